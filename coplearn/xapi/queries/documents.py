"""Reading documents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from coplearn.xapi.models import KeptDocument


def place_of(resource: str, activity: str, agent: str) -> str:
    """The place in which documents with the same ids are the same document."""
    return hashlib.sha256(f"{resource}\0{activity}\0{agent}".encode()).hexdigest()


def document_at(session: Session, place: str, registration: str, document_id: str) -> KeptDocument | None:
    """The document, locked until the transaction ends where the engine locks rows."""
    here = (KeptDocument.place == place, KeptDocument.registration == registration)
    return session.scalar(select(KeptDocument).where(*here, KeptDocument.document_id == document_id).with_for_update())


def documents_at(
    session: Session, place: str, registration: str | None, since: datetime | None
) -> Sequence[tuple[str, datetime]]:
    """Ids with when each was last changed: of one registration, or of all."""
    where = within(place, registration)
    if since is not None:
        where = and_(where, KeptDocument.updated_at > since)
    rows = session.execute(
        select(KeptDocument.document_id, KeptDocument.updated_at).where(where).order_by(KeptDocument.document_id)
    )
    return [(document_id, at) for document_id, at in rows]


def within(place: str, registration: str | None) -> ColumnElement[bool]:
    """The documents of a place, of one registration or of all."""
    here = KeptDocument.place == place
    return here if registration is None else and_(here, KeptDocument.registration == registration)
