"""Consultations on a statement: its versions, remarks on each paragraph, what became of each, and the text that was agreed on."""
