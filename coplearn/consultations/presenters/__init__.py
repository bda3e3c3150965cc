"""The contents of the pages of consultations, ready for their templates."""
