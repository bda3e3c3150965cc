"""Reading cohorts, one room a subject."""
