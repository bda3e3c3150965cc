"""The translators' store: messages, texts, edits that are only ever added, and what is counted of them."""
