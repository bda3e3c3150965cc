"""The pages of numbers, one room a subject."""
