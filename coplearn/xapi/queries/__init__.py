"""Reading statements, documents, keys and what is to be told."""
