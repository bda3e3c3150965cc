"""Forms of the pages of programme records. What a record may say is the domain's law."""
