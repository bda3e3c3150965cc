"""A site full of made-up people, so that a newcomer sees at once what it looks like in use."""
