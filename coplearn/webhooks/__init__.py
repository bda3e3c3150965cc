"""Webhooks: other servers that are told what happens in somebody's cohorts, signed, in order, and until they fail too often."""
