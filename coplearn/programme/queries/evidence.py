"""Reading the files and links that show that activities were as they are told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.programme.models.records import ActivityEvidence


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A link or a file, with who added it."""

    id: int
    title: str
    link: str
    media_type: str
    bytes: int
    by: str
    at: datetime
    shows: str
    """The number that it shows, by its key; empty for none in particular."""


def evidence_of(session: Session, activity_id: int) -> list[EvidenceLine]:
    """The evidence of an activity that nobody took away, oldest first (one statement)."""
    rows = session.execute(
        select(ActivityEvidence, User.name, User.email)
        .outerjoin(User, User.id == ActivityEvidence.by_id)
        .where(ActivityEvidence.activity_id == activity_id, ActivityEvidence.removed_at.is_(None))
        .order_by(ActivityEvidence.id)
    )
    return [
        EvidenceLine(
            one.id, one.title, one.link, one.media_type, one.bytes, name or email or "", one.at, one.shows
        )
        for one, name, email in rows
    ]  # fmt: skip


def evidence_by(session: Session, activity_id: int, evidence_id: int) -> ActivityEvidence | None:
    """One of them."""
    return session.scalar(
        select(ActivityEvidence).where(
            ActivityEvidence.id == evidence_id,
            ActivityEvidence.activity_id == activity_id,
            ActivityEvidence.removed_at.is_(None),
        )
    )


def files_named(session: Session, keys: Collection[str]) -> set[str]:
    """Fingerprints among some of files that evidence has, taken away or not (one statement)."""
    return set(session.scalars(select(ActivityEvidence.file_key).where(ActivityEvidence.file_key.in_(keys))))
