"""Rules that every room stands on."""
