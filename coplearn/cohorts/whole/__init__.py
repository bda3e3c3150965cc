"""Cohorts as a whole: the list, one of them, who needs help, the cascade, what waits, and a person's own download."""
