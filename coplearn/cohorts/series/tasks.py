"""Series and their sessions for the site's search."""

from __future__ import annotations

from flask import Flask

from coplearn.cohorts.common.rules.words import Kind
from coplearn.cohorts.series.queries import series_at, series_piece, series_stamps
from coplearn.findable import FindableSource
from coplearn.site import site_of


def register_series(app: Flask) -> None:
    """Let the search find the series that anybody may read about, and each of their sessions."""
    site_of(app).findable.append(
        FindableSource(name="series", label=Kind.SERIES.label, stamps=series_stamps, piece=series_piece, read=series_at)
    )
