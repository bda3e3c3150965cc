"""Pages of packages and of their certificates."""
