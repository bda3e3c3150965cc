"""The API: the verbs of the pages for other programs, as JSON, with keys of their own."""
