"""Declarations of round tables: drafts in several languages, the text as it was adopted, and what became of each recommendation."""
