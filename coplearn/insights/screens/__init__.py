"""What the pages of numbers show, one room a page."""
