"""Reading people and what they are trusted with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import AccountEvent, EndedSession, Grant, Invitation, User
from coplearn.accounts.rules import Granted
from coplearn.kernel.clock import utcnow
from coplearn.outbox.queries import export_of as letters_to
from coplearn.storage.base import UtcDateTime

_UNIQUIFIER: Final = 32
"""Letters of ``user.fs_uniquifier``; behind it in a session's key are a dot and what tells its sessions apart."""


def owns_session(key: str | None = None) -> ColumnElement[bool]:
    """Whether a row of ``user`` is whose session it is that ``key`` names (the statement's parameter of that name by
    default), and the session was not ended.

    A part of the statement that reads the person, so that nobody pays a statement for it.
    """
    given = bindparam("key", type_=String()) if key is None else bindparam(None, key, String())
    ended = exists().where(EndedSession.key == given)
    return and_(User.fs_uniquifier == func.substr(given, 1, _UNIQUIFIER), User.active, ~ended)


def in_force() -> ColumnElement[bool]:
    """Whether a row of ``grant`` has not ended at the moment the statement runs."""
    return or_(Grant.until.is_(None), Grant.until > bindparam(None, callable_=utcnow, type_=UtcDateTime()))


_GRANTS = (
    select(Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id, Grant.until)
    .join(User, User.id == Grant.user_id)
    .where(owns_session(), in_force())
)


def grants_of(session: Session, uniquifier: str) -> list[Granted]:
    """The grants of the signed-in person (one statement); empty when the session is no longer good."""
    return [Granted(*row) for row in session.execute(_GRANTS, {"key": uniquifier})]


def user_id_of(session: Session, uniquifier: str) -> int | None:
    """The account of the signed-in person (one statement); None when the session is no longer good."""
    return session.scalar(select(User.id).where(owns_session(uniquifier)))


def user_of(session: Session, key: str) -> User | None:
    """The signed-in person (one statement); None when the session is no longer good."""
    return session.scalar(select(User).where(owns_session(key)))


def has_people(session: Session) -> bool:
    """Whether anybody has an account here (one statement)."""
    return session.scalar(select(User.id).limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with an account and their grants outside cohorts."""

    email: str
    is_active: bool
    grants: tuple[Granted, ...]


def people_and_roles(session: Session, *, everybody: bool = False) -> list[Holder]:
    """People with a role outside cohorts or switched off, by address (two statements); with ``everybody`` all accounts."""
    grants: dict[int, list[Granted]] = {}
    rows = select(Grant.user_id, Grant.name, Grant.locale, Grant.course, Grant.country).order_by(Grant.id)
    for user_id, role, locale, course, country in session.execute(rows.where(Grant.cohort_id == 0, in_force())):
        grants.setdefault(user_id, []).append(Granted(role, locale, course, country))
    accounts = select(User.id, User.email, User.active).order_by(User.email)
    return [
        Holder(email, active, tuple(grants.get(user_id, ())))
        for user_id, email, active in session.execute(accounts)
        if everybody or user_id in grants or not active
    ]


def user_by_email(session: Session, email: str) -> User | None:
    """The person with that address, as stored, or None."""
    return session.scalar(select(User).where(User.email == email))


@dataclass(frozen=True, slots=True)
class AccountActionLine:
    """A line of an account's history."""

    kind: str
    at: datetime
    by: str
    """Who did it; empty for somebody who is no longer here, and at the server's own terminal."""
    details: dict[str, Any]


def account_actions(session: Session, user_id: int, limit: int = 100) -> list[AccountActionLine]:
    """The latest of what staff did with an account, newest first (one statement)."""
    who = User.__table__.alias("who")
    rows = session.execute(
        select(AccountEvent.kind, AccountEvent.at, func.coalesce(who.c.name, who.c.email, ""), AccountEvent.details)
        .outerjoin(who, who.c.id == AccountEvent.by_id)
        .where(AccountEvent.user_id == user_id)
        .order_by(AccountEvent.id.desc())
        .limit(limit)
    )
    return [AccountActionLine(kind, at, by, details) for kind, at, by, details in rows]


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Every stored field about the account for the person's own download, but the password's hash and session's key."""
    user = session.get_one(User, user_id)
    return {
        "email": user.email,
        "name": user.name,
        "language": user.locale,
        "time_zone": user.time_zone,
        "created": user.create_datetime.isoformat(),
        "address_confirmed": user.confirmed_at.isoformat() if user.confirmed_at else None,
        "roles": [
            {
                "role": grant.name,
                "language": grant.locale,
                "country": grant.country,
                "cohort": grant.cohort_id,
                "course": grant.course,
                "until": grant.until.isoformat() if grant.until else None,
            }
            for grant in user.roles
        ],
        "invitations": [
            {"role": one.role, "language": one.locale, "course": one.course, "country": one.country}
            | {"until": one.role_until.isoformat() if one.role_until else None}
            | {
                "made": one.created_at.isoformat(),
                "works_until": one.expires_at.isoformat(),
                "written_in": one.language,
            }
            for one in session.scalars(select(Invitation).where(Invitation.email == user.email))
        ],
        "joined_accounts": list(session.scalars(select(User.email).where(User.merged_into_id == user_id))),
        "deeds_of_staff": [
            {"what": kind, "when": at.isoformat(), "details": details}
            for kind, at, details in session.execute(
                select(AccountEvent.kind, AccountEvent.at, AccountEvent.details)
                .where(AccountEvent.user_id == user_id)
                .order_by(AccountEvent.id)
            )
        ],
        "letters": letters_to(session, user.email),
    }


def joined_with(session: Session, user_id: int) -> list[int]:
    """Closed accounts of the same person, whose records this one took over (one statement)."""
    return list(session.scalars(select(User.id).where(User.merged_into_id == user_id)))


def email_of(session: Session, user_id: int) -> str:
    """The address of an account; empty where there is none of that number (one statement)."""
    return session.scalar(select(User.email).where(User.id == user_id)) or ""


def zone_of(session: Session, user_id: int) -> str:
    """The time zone whose hours the person's mail tells; empty where they never said (one statement)."""
    return session.scalar(select(User.time_zone).where(User.id == user_id)) or ""
