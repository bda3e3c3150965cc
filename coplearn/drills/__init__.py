"""Exercises run in a room: the facilitator's page, the players' page by code, results, and what became of the fixes."""
