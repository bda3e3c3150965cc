"""Changing accounts: grant a role, name a person, erase one."""

from __future__ import annotations

from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import EndedSession, Grant, User
from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.rules import Granted
from coplearn.i18n.time_zones import ZONES
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role
from coplearn.outbox.service import forget_address

UNCONFIRMED_FOR: Final = timedelta(days=30)


def add_user(session: Session, email: str, locale: str, now: datetime) -> User:
    """Make a confirmed account without a password, for a person known otherwise. Raises Refused for a known address.

    ``email`` is in its stored form (in lower case); nobody can sign in before a password is chosen.
    """
    if user_by_email(session, email) is not None:
        raise Refused(N_("There is an account with that address already."))
    user = User(
        email=email,
        password=None,
        active=True,
        fs_uniquifier=token_hex(16),
        confirmed_at=now,
        name=None,
        locale=locale,
        create_datetime=now,
    )
    session.add(user)
    session.flush()
    return user


def grant_role(session: Session, email: str, role: Role, locale: str = "", course: str = "", country: str = "") -> None:
    """Trust the person with a role, everywhere or within a language (a code), a course (an id, or ``interface``) and a
    country (ISO 3166-1, two capitals).

    Twice is as once. Raises NotFound for an unknown address.
    """
    user = _known(session, email)
    if Granted(role, locale, course, country) not in grants_of(session, user.fs_uniquifier):
        session.add(Grant(user_id=user.id, name=role, locale=locale, country=country, cohort_id=0, course=course))
        session.flush()


def revoke_role(session: Session, email: str, role: str, place: Granted | None) -> None:
    """Take a role away again as ``place`` has it, or (None) wherever it was given; it acts on the person's next page.

    Raises NotFound for an unknown address and for a role that was not given so. Roles within cohorts end on their pages.
    One that the site no longer knows can be taken away as well.
    """
    user = _known(session, email)
    taken = [
        grant
        for grant in user.roles
        if grant.name == role
        and grant.cohort_id == 0
        and (
            place is None or (grant.locale, grant.course, grant.country) == (place.locale, place.course, place.country)
        )
    ]
    if not taken:
        raise NotFound(N_("That role was not given so."))
    for grant in taken:
        session.delete(grant)
    session.flush()


def switch_account(session: Session, email: str, *, on: bool) -> None:
    """Switch an account off, which ends every session of it at once and for good, or on again. Raises NotFound."""
    user = _known(session, email)
    user.active = on
    if not on:
        user.fs_uniquifier = uuid4().hex
    session.flush()


def _known(session: Session, email: str) -> User:
    user = user_by_email(session, email)
    if user is None:
        raise NotFound(N_("There is no account with that address."))
    return user


def end_session(session: Session, key: str, user_id: int, until: datetime) -> None:
    """Let nobody use that session any more, whoever kept its cookie; ``until`` it would be too old. Twice is as once."""
    if session.get(EndedSession, key) is None:
        session.add(EndedSession(key=key, user_id=user_id, until=until))
        session.flush()


def forget_ended(session: Session, now: datetime) -> None:
    """Let go of ended sessions that nobody could use any more anyway."""
    session.execute(delete(EndedSession).where(EndedSession.until <= now))


def forget_unconfirmed(session: Session, now: datetime) -> None:
    """Remove accounts that were made :data:`UNCONFIRMED_FOR` ago and whose address was never confirmed."""
    late = User.confirmed_at.is_(None) & (User.create_datetime < now - UNCONFIRMED_FOR)
    for user_id in session.scalars(select(User.id).where(late)).all():
        erase_user(session, user_id)


def erase_user(session: Session, user_id: int) -> None:
    """Remove the account; every row that hangs on it goes with it, and letters to its address are forgotten."""
    address = session.scalar(select(User.email).where(User.id == user_id))
    if address is not None:
        forget_address(session, address)
    session.execute(delete(User).where(User.id == user_id))
    session.expire_all()


def choose_zone(session: Session, user_id: int, zone: str, *, only_first: bool = False) -> None:
    """Keep the time zone whose hours the person's mail tells; empty: the cohort's. ``only_first`` changes no choice.

    Raises Refused for a name that is no zone.
    """
    if zone and zone not in ZONES:
        raise Refused(N_("Choose a time zone from the list."))
    user = session.get_one(User, user_id)
    if not (only_first and user.time_zone):
        user.time_zone = zone
