"""Table of who an account is at a provider that its owner signs in with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id


class ProviderIdentity(Base):
    """One person at one provider: the number it knows them by, which they keep when their mail address changes."""

    __tablename__ = "provider_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    issuer: Mapped[str] = mapped_column(String(255))
    """The provider's own address: its name in the settings may be given to another one day."""
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime]
    given: Mapped[list[list[str]]] = mapped_column(JSON)
    """The roles that it gave (role, language, course, country), so that it takes no other away."""
