"""The daily work on rooms."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.rooms.service import forget_rooms
from coplearn.site import site_of


def register_rooms(app: Flask) -> None:
    """Forget rooms whose day is over. Register after the outbox."""

    @site_of(app).jobs.daily("forget rooms")
    def forget(_app: Flask, session: Session, now: datetime) -> None:
        forget_rooms(session, now)
