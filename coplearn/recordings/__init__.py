"""Recordings: what a course brings to be heard or seen, and what staff add to it in their languages."""
