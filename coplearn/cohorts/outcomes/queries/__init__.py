"""Reading what comes of a training."""
