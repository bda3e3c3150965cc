"""The base of every room of cohorts: tables, words, who may do what, how people are counted, letters."""
