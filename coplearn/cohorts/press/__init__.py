"""Papers of cohorts, one room a subject."""
