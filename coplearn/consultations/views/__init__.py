"""Pages of consultations: for staff, and for whoever reads and comments."""
