"""Changing accounts: grant a role, name a person, erase one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import Final
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import AccountEvent, EndedSession, Grant, Invitation, User
from coplearn.accounts.queries import grants_of, user_by_email
from coplearn.accounts.rules import AccountAction, Granted
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.i18n.time_zones import ZONES
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Role
from coplearn.outbox.service import forget_address
from coplearn.privacy.rules import TERMS

UNCONFIRMED_FOR: Final = TERMS["unconfirmed"].span


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
    audit.record(session, EventKind.ACCOUNT_ADDED, whom=f"user:{user.id}", now=now)
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
        about = _codes({"role": str(role), **_place(locale, course, country)})
        audit.record(session, EventKind.ROLE_GIVEN, whom=f"user:{user.id}", about=about)


def log_account_action(
    session: Session, user_id: int, by_id: int | None, kind: AccountAction, now: datetime, **details: object
) -> None:
    """Write down what staff did with an account; ``details`` are plain JSON values and name nobody."""
    session.add(AccountEvent(user_id=user_id, by_id=by_id, at=now, kind=kind, details=details))
    session.flush()
    if kind in _KINDS:
        audit.record(session, _KINDS[kind], whom=f"user:{user_id}", about=_codes(details), now=now)


_KINDS: Final[Mapping[AccountAction, EventKind]] = {
    AccountAction.INVITED: EventKind.ACCOUNT_ADDED,
    AccountAction.ROLE_GIVEN: EventKind.ROLE_GIVEN,
    AccountAction.ROLE_TAKEN: EventKind.ROLE_TAKEN,
    AccountAction.HANDED_OVER: EventKind.WORK_HANDED_OVER,
    AccountAction.TAKEN_OVER: EventKind.WORK_HANDED_OVER,
    AccountAction.MERGED: EventKind.ACCOUNTS_MERGED,
    AccountAction.SEEN: EventKind.SEEN_AS,
    AccountAction.CODES_PRINTED: EventKind.PRINTED_CODES_GIVEN,
    AccountAction.FACTOR_RESET: EventKind.FACTOR_RESET,
}
"""The name of an action in the audit log; switching off and on is written there by :func:`switch_account`."""


def _codes(details: Mapping[str, object]) -> str:
    return ",".join(f"{name}={value}" for name, value in details.items() if value not in ("", 0, None))


def _place(locale: str, course: str, country: str) -> dict[str, object]:
    return {"locale": locale, "course": course, "country": country}


def forget_ended_roles(session: Session, now: datetime) -> None:
    """Let go of roles whose time is over: nobody holds them any more, and the history of the account has them."""
    session.execute(delete(Grant).where(Grant.until <= now))


def end_sessions(session: Session, user_id: int) -> None:
    """End every session of the person, in every worker, at its next request."""
    session.get_one(User, user_id).fs_uniquifier = uuid4().hex
    session.flush()


def revoke_role(session: Session, email: str, role: str, place: Granted | None) -> None:
    """Take a role away again as ``place`` has it, or (None) wherever it was given; every session of the person ends.

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
        about = _codes({"role": grant.name, **_place(grant.locale, grant.course, grant.country)})
        audit.record(session, EventKind.ROLE_TAKEN, whom=f"user:{user.id}", about=about)
        session.delete(grant)
    end_sessions(session, user.id)


def switch_account(session: Session, email: str, *, on: bool) -> None:
    """Switch an account off, which ends every session of it at once and for good, or on again. Raises NotFound."""
    user = _known(session, email)
    user.active = on
    audit.record(session, EventKind.ACCOUNT_ON if on else EventKind.ACCOUNT_OFF, whom=f"user:{user.id}")
    session.flush()
    if not on:
        end_sessions(session, user.id)


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
    for joined in session.scalars(select(User.id).where(User.merged_into_id == user_id)).all():
        erase_user(session, joined)
    address = session.scalar(select(User.email).where(User.id == user_id))
    if address is not None:
        forget_address(session, address)
        session.execute(delete(Invitation).where(Invitation.email == address))
        audit.record(session, EventKind.ACCOUNT_ERASED, whom=f"user:{user_id}")
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
