"""Pages of cohorts as a whole."""
