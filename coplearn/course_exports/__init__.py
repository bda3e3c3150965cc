"""Courses as files for other platforms: packages that report to them, cartridges, and books."""
