"""A room by code: people in one place open a page on their own devices, without an account and without a name."""
