"""Outcomes of a training: teach-backs, the checklist, decisions, certificates, and three questions later."""
