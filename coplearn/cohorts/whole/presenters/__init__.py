"""What the pages of cohorts as a whole show."""
