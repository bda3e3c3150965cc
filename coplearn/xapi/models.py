"""Statements with what they are found by, documents, attachments, keys, launched packages, and how far another LRS was told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_UUID = String(36)


class KeptStatement(Base):
    """A statement, never changed; that it was voided is written beside it."""

    __tablename__ = "xapi_statement"
    __table_args__ = (Index("ix_xapi_statement_target", "target"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """Holds the instant at which it was stored (``rules.indexing``)."""
    statement_id: Mapped[str] = mapped_column(_UUID, unique=True)
    sender: Mapped[ShortText]
    """The key or the session that sent it."""
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    """The learner of the package that sent it, with whom it is erased; None of what other programs sent."""
    body: Mapped[str] = mapped_column(Text)
    """JSON, as it is given out."""
    target: Mapped[str | None] = mapped_column(_UUID)
    """The statement that is its object."""
    voids: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_voided: Mapped[bool] = mapped_column(default=False, server_default=false())


class StatementMark(Base):
    """A number by which a statement is found, such as that of its agent."""

    __tablename__ = "xapi_mark"
    __table_args__ = (Index("ix_xapi_mark_number", "number"),)

    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("xapi_statement.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class KeptActivity(Base):
    """A definition of an activity, put together from all statements that say something of it."""

    __tablename__ = "xapi_activity"

    mark: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    iri: Mapped[str] = mapped_column(Text)
    definition: Mapped[dict[str, Any]]


class KeptAttachment(Base):
    """The bytes of an attachment, once for all statements that have it."""

    __tablename__ = "xapi_attachment"

    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    content_type: Mapped[str] = mapped_column(Text)
    data: Mapped[str] = mapped_column(Text)
    """In base64."""


class KeptDocument(Base):
    """A document of a state, of an activity's profile or of an agent's profile."""

    __tablename__ = "xapi_document"
    __table_args__ = (UniqueConstraint("place", "registration", "document_id"),)

    id: Mapped[Id]
    place: Mapped[ShortText]
    """A hash of the resource, the activity and the agent."""
    registration: Mapped[str] = mapped_column(_UUID, default="", server_default=text("''"))
    document_id: Mapped[str] = mapped_column(String(500))
    learner_id: Mapped[int | None] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    content_type: Mapped[str] = mapped_column(Text)
    data: Mapped[str] = mapped_column(Text)
    """In base64."""
    etag: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[datetime]


class LrsKey(Base):
    """A key with which another program speaks to this LRS."""

    __tablename__ = "xapi_key"

    id: Mapped[Id]
    name: Mapped[Name]
    key: Mapped[ShortText] = mapped_column(unique=True)
    secret_hash: Mapped[ShortText]
    scopes: Mapped[str] = mapped_column(String(200))
    """Separated by spaces."""
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"), index=True)
    ends_on: Mapped[date]
    """The last day on which it is good."""
    ended_at: Mapped[datetime | None]
    used_on: Mapped[date | None]


class PackageSession(Base):
    """A learner in a launched package: what its fetch address gives once, and what it may then do."""

    __tablename__ = "xapi_session"

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), index=True)
    activity: Mapped[str] = mapped_column(Text)
    registration: Mapped[str] = mapped_column(_UUID, index=True)
    fetch_hash: Mapped[ShortText] = mapped_column(unique=True)
    fetched_at: Mapped[datetime | None]
    key: Mapped[ShortText] = mapped_column(unique=True)
    secret_hash: Mapped[ShortText]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    initialized_at: Mapped[datetime | None]
    """When a package of cmi5 said that it has begun; and when that it has ended, or another session took its place."""
    terminated_at: Mapped[datetime | None]


class LearnerAlias(Base):
    """The name of a learner in statements; without this row nobody knows whose it was."""

    __tablename__ = "xapi_alias"

    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"), primary_key=True)
    alias: Mapped[ShortText] = mapped_column(unique=True)


class RecordTarget(Base):
    """The LRS that is told of learning here, and how far it was told. There is one row at most."""

    __tablename__ = "xapi_target"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    endpoint: Mapped[str] = mapped_column(String(500))
    key: Mapped[Name]
    sealed_secret: Mapped[str] = mapped_column(Text)
    is_on: Mapped[bool]
    changed_at: Mapped[datetime]
    sent: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    refused: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    fault: Mapped[ShortText] = mapped_column(default="", server_default=text("''"))
    """What the last try came to; empty while all is well."""
    failures: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]


class RecordCursor(Base):
    """A mark up to which one sort of record was told."""

    __tablename__ = "xapi_cursor"

    sort: Mapped[ShortText] = mapped_column(primary_key=True)
    told: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    seen: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """The largest number there was at ``seen_at``; everything up to it is committed some time later."""
    seen_at: Mapped[datetime]


class ToldFinish(Base):
    """A note that another LRS was told that somebody finished a course."""

    __tablename__ = "xapi_told_finish"

    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id", ondelete="CASCADE"), primary_key=True)
