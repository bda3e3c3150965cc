"""Reading what somebody agreed to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.privacy.models import Consent
from coplearn.privacy.rules import wording_of


def export_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Everything somebody agreed to, for their own download, with the sentence in English."""
    return [
        {
            "to": one.kind,
            "about": one.about,
            "wording": one.version,
            "sentence": wording_of(one.kind, one.version),
            "language": one.locale,
            "given": one.given_at.isoformat(),
            "taken_back": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
        }
        for one in session.scalars(select(Consent).where(Consent.user_id == user_id).order_by(Consent.id))
    ]
