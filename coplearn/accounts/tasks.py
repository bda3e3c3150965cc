"""The day's work for accounts."""

from __future__ import annotations

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.accounts.service import forget_ended, forget_ended_roles, forget_unconfirmed
from coplearn.site import site_of
from coplearn.storage.database import engine_of, settle


def register_account_tasks(app: Flask) -> None:
    """Add what is done about accounts to the day's work. Register after the outbox."""
    daily = site_of(app).jobs.daily
    daily("ended sessions")(forget_ended_sessions)
    daily("ended roles")(drop_ended_roles)
    daily("unconfirmed accounts")(forget_unconfirmed_accounts)
    daily("empty the log")(empty_log)


def forget_ended_sessions(_app: Flask, session: Session, now: datetime) -> None:
    """Sessions that were signed out of need no remembering once their cookies are too old."""
    forget_ended(session, now)


def drop_ended_roles(_app: Flask, session: Session, now: datetime) -> None:
    """A role that has ended is nobody's."""
    forget_ended_roles(session, now)


def forget_unconfirmed_accounts(_app: Flask, session: Session, now: datetime) -> None:
    """An account whose address nobody confirmed is somebody's address for nothing."""
    forget_unconfirmed(session, now)


def empty_log(app: Flask, session: Session, _now: datetime) -> None:
    """Empty SQLite's log of what was erased while readers were in the way. Raises TimeoutError when they still are: the
    day's work is begun again in some minutes."""
    session.rollback()
    if not settle(engine_of(app)):
        raise TimeoutError("readers hold the log")
