"""Tables of the ledger of fives: what was given out, which anybody may know, and the carries, which nobody may."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class Ledger(Base):
    """The last closed day of the ledger: one row, which whoever closes days holds locked."""

    __tablename__ = "ledger"

    id: Mapped[Id]
    zone: Mapped[ShortText]
    """The IANA name of the time zone in which its days begin and end; kept from the first closing on."""
    last_day: Mapped[date | None] = mapped_column(Date)
    """The last closed day."""


class LedgerMark(Base):
    """The number that one row of one figure was given on one closed day. Rows are added, and never changed or deleted."""

    __tablename__ = "ledger_mark"
    __table_args__ = (Index("ix_ledger_mark_scope_day", "scope", "day"),)

    figure: Mapped[str] = mapped_column(String(16), primary_key=True)
    """A :class:`coplearn.insights.rules.Measure`."""
    scope: Mapped[str] = mapped_column(String(2), primary_key=True)
    """A country (ISO 3166-1), or empty for the whole site."""
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Empty for all rows together."""
    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    marks: Mapped[int]
    """Fives of people; single ones of cohorts and meetings."""


class LedgerCarry(Base):
    """The part of a row that was not given yet. SECRET: together with the marks it is the true number.

    It is read where days are closed and nowhere else: in no page, export, log or message.
    """

    __tablename__ = "ledger_carry"

    figure: Mapped[str] = mapped_column(String(16), primary_key=True)
    scope: Mapped[str] = mapped_column(String(2), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[str] = mapped_column(String(64), primary_key=True)
    carry: Mapped[int]
    """In hundredths of a person; it began with a random part of a five."""
    counted: Mapped[int]
    """How many were counted into it, from which a later correction is known."""
