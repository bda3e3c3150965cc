"""Series of sessions: registration for each, and the page of each with agenda, speakers, materials, notes and what was agreed."""
