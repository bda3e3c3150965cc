"""The verbs on accounts: roles, and invitations."""
