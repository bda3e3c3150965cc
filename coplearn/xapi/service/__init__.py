"""Verbs of the LRS, of its keys, of launched packages and of telling another LRS."""
