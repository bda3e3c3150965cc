"""The law of the report: pure functions from records to numbers."""
