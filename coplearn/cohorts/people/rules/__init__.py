"""Rules about people and the lists they stand on."""
