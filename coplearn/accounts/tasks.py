"""What the machine does about accounts by itself, once a day."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.accounts.service import forget_ended, forget_unconfirmed


def forget_ended_sessions(_app: Flask, session: Session, now: datetime) -> None:
    """Sessions that were signed out of need no remembering once their cookies are too old."""
    forget_ended(session, now)


def forget_unconfirmed_accounts(_app: Flask, session: Session, now: datetime) -> None:
    """An account whose address nobody confirmed is somebody's address for nothing."""
    forget_unconfirmed(session, now)
