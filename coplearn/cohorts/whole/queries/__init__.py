"""Reading cohorts as a whole."""
