"""Keys of programs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class ApiToken(Base):
    """A key with which somebody's program speaks to this site."""

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_user_id", "user_id"), Index("ix_api_token_until", "until"))

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    """Names it in its list and in the audit log; of a client, its ``client_id``."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    """Whose it is: it never opens more than that person may."""
    client_id: Mapped[int | None] = mapped_column(ForeignKey("api_token.id", ondelete="CASCADE"), index=True)
    """The client that got it; None for all but short ones."""
    kind: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.tokens.rules.TokenKind`."""
    name: Mapped[str] = mapped_column(String(80))
    secret_hash: Mapped[ShortText] = mapped_column(unique=True)
    """SHA-256 of the secret, which is shown once and not kept."""
    scopes: Mapped[list[str]] = mapped_column(JSON)
    """Values of :class:`coplearn.tokens.rules.TokenScope`."""
    made_at: Mapped[datetime]
    until: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """When it was last used, to the day."""
