"""Countries' overlays of courses: their commands, the page of what has to be decided, and how a country paints its site."""
