"""Campaigns, and what was given out in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_USER = "user.id"


class Campaign(Base):
    """A campaign in a country."""

    __tablename__ = "campaign"
    __table_args__ = (Index("ix_campaign_country", "country"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    title: Mapped[Name]
    country: Mapped[str] = mapped_column(String(2))
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="SET NULL"))
    since: Mapped[date]
    until: Mapped[date]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))


class GivenOut(Base):
    """Material that was given out on a day. It is never changed; a slip is taken back, and stays to be read."""

    __tablename__ = "given_out"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(80))
    """A :class:`coplearn.campaigns.rules.PosterKind`, or ``cards.`` and a course's id."""
    locale: Mapped[ShortText]
    number: Mapped[int]
    given_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
