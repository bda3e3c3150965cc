"""The chain of events, its end, and the days on which it was sealed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, ShortText


class AuditEvent(Base):
    """One thing that somebody did or read: ids and codes alone. A row is never changed and never removed."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix_audit_event_kind", "kind", "number"),
        Index("ix_audit_event_who", "who", "number"),
        Index("ix_audit_event_whom", "whom", "number"),
        Index("ix_audit_event_at", "at"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Counted from one without a gap."""
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(48))
    """A :class:`coplearn.audit.kinds.EventKind`."""
    who: Mapped[ShortText]
    """``user:7``, or ``site``, ``shell`` or ``visitor``."""
    session: Mapped[str] = mapped_column(String(16))
    """A hash of the session it was done in; empty where there is none."""
    whom: Mapped[str] = mapped_column(String(96))
    """A person's id, such as ``user:7`` or ``member:abc``; empty where it was done to nobody."""
    about: Mapped[str] = mapped_column(String(200))
    """Ids and codes of what else it was about."""
    hash: Mapped[str] = mapped_column(String(64))
    """Of this row and of the hash before it."""


class AuditHead(Base):
    """The end of the chain: one row, which whoever writes holds until their transaction ends."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class AuditSeal(Base):
    """The chain's end as it was signed on one day."""

    __tablename__ = "audit_seal"

    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    key_id: Mapped[ShortText]
    signature: Mapped[str] = mapped_column(Text)
    """Base64, of the day, the number, the hash and the seal before."""
