"""Reading numbers, one room a page."""
