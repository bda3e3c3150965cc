"""The report put into words, ready for its page and its files."""
