"""Reading programme records."""
