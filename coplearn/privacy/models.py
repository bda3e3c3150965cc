"""Consents: what people agreed to, and when they took it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class Consent(Base):
    """One thing that somebody agreed to, in one wording. Rows are added and ended, and never changed otherwise."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_user_id", "user_id"), Index("ix_consent_code", "code"))

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.privacy.rules.ConsentTo`."""
    about: Mapped[ShortText]
    """A course's id, where it is about one; else empty."""
    version: Mapped[str] = mapped_column(String(16))
    """Names the wording (``rules.WORDINGS``)."""
    locale: Mapped[str] = mapped_column(String(16))
    """The language it was read in."""
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    code: Mapped[ShortText]
    """The code in the person's letters by which they stop them; empty for none."""
