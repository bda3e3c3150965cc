"""Verbs of consultations: statements and their versions, asking, saying and answering."""
