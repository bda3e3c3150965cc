"""Presenters of the pages of people."""
