"""Statements of the Experience API: an LRS of our own, and what is sent to another."""
