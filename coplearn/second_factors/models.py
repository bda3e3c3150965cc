"""Tables of signing in: the app's secret, codes to keep, until when somebody may go without, and open sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id


class Authenticator(Base):
    """A person's app that shows a new number every half minute."""

    __tablename__ = "authenticator"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255))
    """What the app was given, sealed with the site's key."""
    last_counter: Mapped[int]
    """The half minute (since 1970) whose number was taken last; it and earlier ones are never taken again."""
    added_at: Mapped[datetime]


class SpareCode(Base):
    """A code that is good once: to get in without the app, or printed by a coordinator for somebody who has none."""

    __tablename__ = "spare_code"
    __table_args__ = (Index("ix_spare_code_user_id_digest", "user_id", "digest", unique=True),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    """The code, hashed with the site's key and the account."""
    printed: Mapped[bool]
    """Whether a coordinator gave it, so that it is a second factor by itself."""
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key that a person's device keeps and unlocks: it signs them in by itself, or after the password."""

    __tablename__ = "passkey"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """Its number as the device gave it, in letters."""
    public_key: Mapped[str] = mapped_column(String(1400))
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(60))
    """As the person calls it."""
    added_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    """When it answered last: an older question is not answered any more."""


class FactorGrace(Base):
    """The day until which somebody who works here may go without a second factor; it begins once."""

    __tablename__ = "factor_grace"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    until: Mapped[datetime]


class SignedIn(Base):
    """A browser in which somebody signed in, so that they can see it and end its session."""

    __tablename__ = "signed_in"

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """As :func:`coplearn.accounts.guards.session_key` has it."""
    device: Mapped[str] = mapped_column(String(60))
    """The names of browser and system."""
    began_at: Mapped[datetime]
