"""The site's own keys: what it signs with, a purpose a key."""
