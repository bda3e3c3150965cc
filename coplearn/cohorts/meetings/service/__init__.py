"""Changing meetings and attendance."""
