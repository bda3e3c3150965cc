"""The audit log: what staff did and read, in one chain that nobody can change without its being seen."""
