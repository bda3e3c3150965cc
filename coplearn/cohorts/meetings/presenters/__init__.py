"""Presenters of the pages of meetings."""
