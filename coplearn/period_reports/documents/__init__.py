"""The report in words, and its makers: paper, word processor, tables."""
