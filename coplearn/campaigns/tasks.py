"""The programme is told of campaigns."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.campaigns.queries import campaign_activities
from coplearn.kernel.clock import utcnow
from coplearn.programme.rules.records import OwnActivity
from coplearn.site import site_of


def register_campaigns(app: Flask) -> None:
    """Let campaigns appear among a programme's activities by themselves."""
    site_of(app).activity_sources.append(_activities)


def _activities(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None
) -> list[OwnActivity]:
    return campaign_activities(session, since, until, countries, utcnow().date())
