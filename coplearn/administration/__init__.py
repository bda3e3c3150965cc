"""Decisions of staff for the whole site, room by room."""
