"""Presenters of the pages of outcomes."""
