"""Presenters of the pages of cohorts as a whole."""
