"""The law of cohorts, one room a subject."""
