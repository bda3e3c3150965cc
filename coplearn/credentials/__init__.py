"""Open Badges 3.0: what was earned here as signed credentials to carry away, and credentials of others that are brought."""
