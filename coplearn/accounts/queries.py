"""Reading people and what they are trusted with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import Grant, User

_ROLES = (
    select(Grant.name)
    .join(User, User.id == Grant.user_id)
    .where(User.fs_uniquifier == bindparam("uniquifier"), User.active)
)


def roles_of(session: Session, uniquifier: str) -> list[str]:
    """The role names of the signed-in person (one statement); empty when the session is no longer good."""
    return list(session.scalars(_ROLES, {"uniquifier": uniquifier}))


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
            {"role": grant.name, "language": grant.locale, "country": grant.country, "cohort": grant.cohort_id}
            for grant in user.roles
        ],
    }
