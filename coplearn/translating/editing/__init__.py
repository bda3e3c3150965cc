"""Editing: one message at a time, with all there is to know about it."""
