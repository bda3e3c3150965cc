"""Changing what comes of a training."""
