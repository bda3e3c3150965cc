"""Rules of meetings and attendance."""
