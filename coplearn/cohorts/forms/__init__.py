"""What cohorts' pages send, one room a subject."""
