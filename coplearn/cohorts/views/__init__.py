"""Cohorts' pages, one room a subject."""
