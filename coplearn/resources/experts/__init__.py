"""Experts: nominated, asked, and voted on by a named panel."""
