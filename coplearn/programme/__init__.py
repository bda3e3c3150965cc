"""A programme's records: activities, countries, organisations, and who may see, write and confirm them."""
