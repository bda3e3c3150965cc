"""What every room of cohorts stands on: tables, words, who may do what, how people are counted, letters."""
