"""Tables of cohorts, one room a subject."""
