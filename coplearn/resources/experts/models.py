"""Experts who were nominated, and the votes on each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id

_USER = "user.id"


class ExpertNomination(Base):
    """A person who was nominated as an expert. What tells who they are is forgotten once nothing comes of it."""

    __tablename__ = "expert_nomination"
    __table_args__ = (Index("ix_expert_nomination_state", "state"), Index("ix_expert_nomination_email", "email"))

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    by_organisation: Mapped[str] = mapped_column(String(200))
    """Whom the nominator works for, as the nominee is told."""
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320))
    locale: Mapped[str] = mapped_column(String(16))
    """The language that they are written to in."""
    organisation: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    """In a few words, what they know."""
    reason: Mapped[str] = mapped_column(Text)
    interests: Mapped[str] = mapped_column(Text)
    """Their own statement of interests."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.resources.experts.rules.NominationState`."""
    created_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    """When the vote ends."""
    closed_at: Mapped[datetime | None]


class ExpertVote(Base):
    """One member's place on the panel of a vote, and what they chose; the place is there from the beginning of the vote."""

    __tablename__ = "expert_vote"
    __table_args__ = (UniqueConstraint("nomination_id", "member_id"),)

    id: Mapped[Id]
    nomination_id: Mapped[int] = mapped_column(ForeignKey("expert_nomination.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    member_id: Mapped[int]
    """Their seat in the hub."""
    choice: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.resources.experts.rules.VoteChoice`; empty while they have not voted."""
    at: Mapped[datetime | None]
