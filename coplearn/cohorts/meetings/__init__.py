"""The meetings of a cohort: planning them, the register, checking in, children counted, and calendars."""
