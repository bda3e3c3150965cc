"""Pages of declarations: for everybody, for those who work on them, and for who looks after a recommendation."""
