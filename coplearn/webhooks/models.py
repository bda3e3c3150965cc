"""Webhooks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id


class Webhook(Base):
    """A server that is told what happens in the cohorts of whoever asked for it."""

    __tablename__ = "webhook"
    __table_args__ = (Index("ix_webhook_user_id", "user_id"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    """Whose it is: it is told of nothing that they may not see at that moment."""
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[str]] = mapped_column(JSON)
    """Words of :data:`coplearn.webhooks.rules.EVENTS`."""
    made_at: Mapped[datetime]
    last_event: Mapped[int]
    """The id of the last line of a cohort's history that it was told of, or that was there before it."""
    last_finish_at: Mapped[datetime | None]
    """When it became known of the last finished course that it was told of; None for none since it was made."""
    last_finish: Mapped[int] = mapped_column(BigInteger, default=0, server_default=text("0"))
    """Its number among those of one instant: made of the enrolment and of the membership."""
    told_at: Mapped[datetime | None]
    failures: Mapped[int]
    """In a row."""
    not_before: Mapped[datetime | None]
    """Nobody sends before that: a job has it, or it failed not long ago."""
    stopped_at: Mapped[datetime | None]
    """When it had failed too often."""
