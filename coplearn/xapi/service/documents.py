"""Keeping documents: put, merged and deleted by whoever has seen what they change (xAPI Communication, 2.2 and 3.1)."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from coplearn.storage.upserts import insert_new
from coplearn.xapi.models import KeptDocument
from coplearn.xapi.queries.documents import document_at, within
from coplearn.xapi.rules.formats import Rejected, read_json
from coplearn.xapi.service.quotas import MOST_LETTERS


@dataclass(frozen=True, slots=True)
class DocumentName:
    """The place of a document."""

    place: str
    registration: str
    document_id: str
    learner_id: int | None = None
    """Whose package stores it; it is erased with them."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a request on the document that it has seen; ``wanted`` where it must say something to replace one."""

    if_match: str = ""
    if_none_match: str = ""
    wanted: bool = False

    def hold(self, known: KeptDocument | None) -> None:
        """Raise Rejected where the document is another one than the request was made for."""
        tags = {one.strip().removeprefix("W/").strip('"') for one in self.if_match.split(",") if one.strip()}
        if tags and (known is None or ("*" not in tags and known.etag not in tags)):
            raise Rejected(412, "If-Match: the document is another one, or there is none.")
        without = {one.strip().removeprefix("W/").strip('"') for one in self.if_none_match.split(",") if one.strip()}
        if without and known is not None and ("*" in without or known.etag in without):
            raise Rejected(412, "If-None-Match: there is such a document.")
        if self.wanted and known is not None and not tags and not without:
            raise Rejected(
                409,
                "There is a document already. Check the current state of the resource, then set If-Match with its current ETag to"
                " resolve the conflict.",
            )


def put_document(
    session: Session, name: DocumentName, content_type: str, data: bytes, conditions: Conditions, now: datetime
) -> None:
    """Store a document, or another in its place. Raises Rejected (409, 412)."""
    known = document_at(session, name.place, name.registration, name.document_id)
    conditions.hold(known)
    _store(session, name, known, content_type, data, now)


def merge_document(
    session: Session,
    name: DocumentName,
    content_type: str,
    data: bytes,
    conditions: Conditions,
    now: datetime,
    *,
    most: int = MOST_LETTERS,
) -> None:
    """Store a JSON object, or set its properties in the one that is there, which has at most so many bytes then.

    Raises Rejected (400, 409, 412, 413).
    """
    if not _is_json(content_type):
        raise Rejected(400, "Content-Type: what is posted is application/json; use PUT for another.")
    new = read_json(data, "The document")
    if not isinstance(new, dict):
        raise Rejected(400, "The document is not a JSON object.")
    known = document_at(session, name.place, name.registration, name.document_id)
    conditions.hold(known)
    if known is not None:
        old = read_json(b64decode(known.data), "The document that is there") if _is_json(known.content_type) else None
        if not isinstance(old, dict):
            raise Rejected(400, "The document that is there is not a JSON object; use PUT to replace it.")
        data = json.dumps(old | new, ensure_ascii=False, separators=(",", ":")).encode()
        if len(data) > most:
            raise Rejected(413, f"The document would have more than {most} bytes.")
    _store(session, name, known, content_type, data, now)


def delete_document(session: Session, name: DocumentName, conditions: Conditions) -> None:
    """Delete a document, if there is one. Raises Rejected (412)."""
    known = document_at(session, name.place, name.registration, name.document_id)
    conditions.hold(known)
    if known is not None:
        session.delete(known)
        session.flush()


def delete_documents(session: Session, place: str, registration: str | None, *, but: str = "") -> None:
    """Delete all documents of a place, of one registration or of all, ``but`` one."""
    session.execute(delete(KeptDocument).where(within(place, registration), KeptDocument.document_id != but))


def etag_of(data: bytes) -> str:
    """The SHA-1 in hexadecimal, which the standard wants as ETag."""
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _store(
    session: Session, name: DocumentName, known: KeptDocument | None, content_type: str, data: bytes, now: datetime
) -> None:
    values: dict[str, object] = {
        "content_type": content_type,
        "data": b64encode(data).decode(),
        "etag": etag_of(data),
        "updated_at": now,
    }
    if known is not None:
        for column, value in values.items():
            setattr(known, column, value)
        session.flush()
        return
    values["learner_id"] = name.learner_id
    place = {"place": name.place, "registration": name.registration, "document_id": name.document_id}
    if not insert_new(session, KeptDocument, place | values):
        raise Rejected(
            409, "Another request stored this document at the same moment. Check the current state of the resource."
        )
