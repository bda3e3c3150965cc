"""Changing cohorts, one room a subject."""
