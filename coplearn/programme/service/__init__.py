"""Verbs of programme records."""
