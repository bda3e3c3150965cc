"""Answers that waited on a device: read, held against what was asked, scored and kept once."""
