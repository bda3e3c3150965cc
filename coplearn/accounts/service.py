"""Changing accounts: grant a role, name a person, erase one."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.rules import Granted
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role
from coplearn.outbox.service import forget_address


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
    user = user_by_email(session, email)
    if user is None:
        raise NotFound(N_("There is no account with that address."))
    if Granted(role, locale, course, country) not in grants_of(session, user.fs_uniquifier):
        session.add(Grant(user_id=user.id, name=role, locale=locale, country=country, cohort_id=0, course=course))
        session.flush()


def erase_user(session: Session, user_id: int) -> None:
    """Remove the account; every row that hangs on it goes with it, and letters to its address are forgotten."""
    address = session.scalar(select(User.email).where(User.id == user_id))
    if address is not None:
        forget_address(session, address)
    session.execute(delete(User).where(User.id == user_id))
    session.expire_all()
