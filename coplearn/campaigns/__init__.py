"""Campaigns: posters with the helpline of the country, cards to send on, and what was given out, which is nobody reached."""
