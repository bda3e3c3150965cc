"""The letters about experts, and the day's work: votes whose time is over, nominations that nobody answered."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.resources.experts.mail import KINDS, nominee_token
from coplearn.resources.experts.service import close_due
from coplearn.site import site_of


def register_experts(app: Flask) -> None:
    """Make letters and the day's work know of experts. Register after the outbox."""
    parts = site_of(app)
    for kind in KINDS:
        parts.letters.add(kind)
    parts.jobs.daily("votes on experts")(close_votes)


def close_votes(app: Flask, session: Session, now: datetime) -> None:
    """Close what is due."""
    close_due(session, partial(nominee_token, app), now)
