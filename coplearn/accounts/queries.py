"""Reading people and what they are trusted with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User
from coplearn.accounts.rules import Granted
from coplearn.outbox.queries import export_of as letters_to

_GRANTS = (
    select(Grant.name, Grant.locale, Grant.course, Grant.country, Grant.cohort_id)
    .join(User, User.id == Grant.user_id)
    .where(User.fs_uniquifier == bindparam("uniquifier"), User.active)
)


def grants_of(session: Session, uniquifier: str) -> list[Granted]:
    """What the signed-in person is trusted with (one statement); empty when the session is no longer good."""
    return [Granted(*row) for row in session.execute(_GRANTS, {"uniquifier": uniquifier})]


def roles_of(session: Session, uniquifier: str) -> list[str]:
    """The names of those roles, wherever they hold (one statement)."""
    return [grant.role for grant in grants_of(session, uniquifier)]


def user_id_of(session: Session, uniquifier: str) -> int | None:
    """The account of the signed-in person (one statement); None when the session is no longer good."""
    return session.scalar(select(User.id).where(User.fs_uniquifier == uniquifier, User.active))


def has_people(session: Session) -> bool:
    """Whether anybody has an account here (one statement)."""
    return session.scalar(select(User.id).limit(1)) is not None


def user_by_email(session: Session, email: str) -> User | None:
    """The person with that address, as stored, or None."""
    return session.scalar(select(User).where(User.email == email))


def export_of(session: Session, user_id: int) -> dict[str, Any]:
    """Every stored field about the account for the person's own download, but the password's hash and session's key."""
    user = session.get_one(User, user_id)
    return {
        "email": user.email,
        "name": user.name,
        "language": user.locale,
        "created": user.create_datetime.isoformat(),
        "address_confirmed": user.confirmed_at.isoformat() if user.confirmed_at else None,
        "roles": [
            {
                "role": grant.name,
                "language": grant.locale,
                "country": grant.country,
                "cohort": grant.cohort_id,
                "course": grant.course,
            }
            for grant in user.roles
        ],
        "letters": letters_to(session, user.email),
    }
