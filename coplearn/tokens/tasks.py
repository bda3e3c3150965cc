"""The day's work: forgetting keys that ended."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.site import site_of
from coplearn.tokens.service import forget_ended


def register_tokens(app: Flask) -> None:
    """Add the day's work. Register after the outbox."""

    @site_of(app).jobs.daily("forget keys of programs")
    def forget(_app: Flask, session: Session, now: datetime) -> None:
        forget_ended(session, now)
