"""Reading statements, consultations, and what was said in them."""
