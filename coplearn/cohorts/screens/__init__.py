"""What cohorts' pages show, one room a subject."""
