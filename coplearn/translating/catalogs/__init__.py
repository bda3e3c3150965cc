"""Catalogs: their source and files, publishing, languages, and who works on which."""
