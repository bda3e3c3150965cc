"""Learning without a network: what is kept on a phone, and what comes back from it."""
