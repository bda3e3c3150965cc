"""The contents of the pages of programme records."""
