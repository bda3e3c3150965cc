"""Packages of other platforms (SCORM 1.2 and 2004), brought in as files and played here with the progress kept."""
