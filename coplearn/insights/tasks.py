"""The day's work for reports: closing days."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.insights.queries import make_room, zones_and_tiers
from coplearn.insights.rules import known_zone
from coplearn.insights.service import close_days
from coplearn.site import site_of


def register_ledger(app: Flask) -> None:
    """Add the closing of days to the day's work. Register after what finds finished courses."""
    site_of(app).jobs.daily("close days")(close_what_is_over)


def close_what_is_over(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: close the days that nobody corrects any more, in the site's time zone."""
    settings = site_of(app).settings
    zone = settings.report_zone
    if not zone:
        zones, _ = zones_and_tiers(session, None)
        zone = zones[0] if zones else "UTC"
    make_room(session)
    close_days(session, known_zone(zone), now)
