"""The law of numbers: periods, what is counted, what is hidden."""
