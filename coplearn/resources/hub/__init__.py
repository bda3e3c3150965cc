"""Resources: contributed, appraised against a published rubric, listed, and taken down."""
