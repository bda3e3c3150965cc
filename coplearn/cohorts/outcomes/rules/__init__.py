"""Rules of what comes of a training."""
