"""A course on paper for a group: the guide of whoever leads it, with its keys, and the handout of those who take part."""
