"""What the pages of outcomes show."""
