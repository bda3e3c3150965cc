"""Reading who people are at the providers they sign in with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.providers.models import ProviderIdentity


def identity_of(session: Session, issuer: str, subject: str) -> ProviderIdentity | None:
    """The account's row for that person of that provider, locked until the transaction ends, or None."""
    theirs = (ProviderIdentity.issuer == issuer) & (ProviderIdentity.subject == subject)
    return session.scalar(select(ProviderIdentity).where(theirs).with_for_update())


def export_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Everything kept of that kind about the account, for the person's own download (one statement)."""
    rows = select(ProviderIdentity).where(ProviderIdentity.user_id == user_id).order_by(ProviderIdentity.id)
    return [
        {
            "provider": row.issuer,
            "number_there": row.subject,
            "linked": row.linked_at.isoformat(),
            "last_used": row.used_at.isoformat(),
            "roles_given": row.given,
        }
        for row in session.scalars(rows)
    ]
