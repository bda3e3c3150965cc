"""The page of the audit log, and the watch on what staff read."""
