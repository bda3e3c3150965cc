"""Rules of programme records: words, periods, numbers, and who may do what."""
