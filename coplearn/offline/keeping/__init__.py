"""Keeping a course on a phone: its pieces, the worker that opens them, and leaving no trace."""
