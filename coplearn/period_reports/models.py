"""Editions of the report: what was handed on, kept as it was."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class PeriodEdition(Base):
    """A report as it was handed on. Neither it nor its rows are ever changed."""

    __tablename__ = "period_edition"
    __table_args__ = (Index("ix_period_edition_made_by_id", "made_by_id"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    countries: Mapped[list[str]] = mapped_column(JSON)
    """Codes of the countries that it is of; empty for all."""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    people_until: Mapped[date | None]
    """The last closed day of the ledger when it was made; None where no numbers of people stand in it."""
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("period_edition.id", ondelete="RESTRICT"))
    """The edition before it, whose records it corrects."""
    corrections: Mapped[list[list[str]]] = mapped_column(JSON)
    """What the edition before told otherwise: each record as it was there and as it is now, in the form of its rows."""
    digest: Mapped[ShortText]
    """SHA-256 over its days, its scope and the digests of its rows."""
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))


class PeriodEditionRow(Base):
    """A record as an edition tells it."""

    __tablename__ = "period_edition_row"
    __table_args__ = (UniqueConstraint("edition_id", "key"),)

    id: Mapped[Id]
    edition_id: Mapped[int] = mapped_column(ForeignKey("period_edition.id", ondelete="CASCADE"))
    key: Mapped[ShortText]
    """The record: ``activity:…``, ``country:…``, or an own one such as ``cohort:12``."""
    version: Mapped[int]
    digest: Mapped[ShortText]
    """SHA-256 of ``content``."""
    content: Mapped[str] = mapped_column(Text)
    """The record in canonical JSON (:func:`coplearn.period_reports.rules.facts.frozen`)."""
