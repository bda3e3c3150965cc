"""Tables of programme records."""
