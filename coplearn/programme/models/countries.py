"""Tables of what a country has or is given: assessments, frameworks, their carrying out, and support, each with states by date."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name

_USER = "user.id"


class CountryRecord(Base):
    """A record about a country, by its name. Every state of it is a row of its own."""

    __tablename__ = "country_record"
    __table_args__ = (
        Index("ix_country_record_country_kind", "country", "kind"),
        Index("ix_country_record_programme_id", "programme_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    """Whatever brought it here brings it once."""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1."""
    as_source_says: Mapped[Name]
    """The source's own name of the country; empty where it is the usual one."""
    kind: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.programme.rules.words.CountryRecordKind`."""
    title: Mapped[Name]
    lead_body: Mapped[Name]
    """The office that answers for it, or whoever gives the support; empty when not stated."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]


class CountryRecordStatus(Base):
    """The state of a record about a country, from a date on. A wrong one is taken back with a reason, never changed."""

    __tablename__ = "country_record_status"
    __table_args__ = (
        Index("ix_country_record_status_record_id", "record_id"),
        Index("ix_country_record_status_since_until", "since", "until"),
        Index("ix_country_record_status_by_id", "by_id"),
    )

    id: Mapped[Id]
    record_id: Mapped[int] = mapped_column(ForeignKey("country_record.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.CountryStatus`."""
    since: Mapped[date]
    until: Mapped[date]
    precision: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.Precision`."""
    words: Mapped[str] = mapped_column(Text)
    """The source's own."""
    document: Mapped[str] = mapped_column(String(1000))
    """The address of the document; empty when not stated."""
    source: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    taken_back_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(300))
    """The reason of taking it back."""
