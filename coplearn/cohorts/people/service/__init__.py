"""Changing who belongs to a cohort and who works in it."""
