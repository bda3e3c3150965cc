"""Cohorts: people who are trained together, from the invitation to a certified trainer who trains others."""
