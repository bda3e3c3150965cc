"""The report of a period: what a programme did, where, with whom, and how well each number is known."""
