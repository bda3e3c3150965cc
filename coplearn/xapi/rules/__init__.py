"""The law of statements and of who may send and read them."""
