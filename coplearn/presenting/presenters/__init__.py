"""The contents of the pages of presenting: slides, and what groups answered."""
