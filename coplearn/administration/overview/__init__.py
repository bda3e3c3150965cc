"""The state of the site: what is in order, what to look at, and what has to be done."""
