"""Accounts: who is here, what each is trusted with, and what happens to them."""
