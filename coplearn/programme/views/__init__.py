"""The pages of programme records."""
