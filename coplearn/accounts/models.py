"""People who sign in, and what each is trusted with, where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coplearn.storage.base import Base, Id, ShortText


class User(Base, UserMixin):
    """A person with an account: a mail address and a password, and no more than the work needs."""

    __tablename__ = "user"
    __table_args__ = (
        # In the order of letters, not of a language, so that what begins a name or an address is found by them.
        Index("ix_user_name", "name", postgresql_ops={"name": "varchar_pattern_ops"}),
        Index("ix_user_email", "email", postgresql_ops={"email": "varchar_pattern_ops"}),
        Index("ix_user_locale_id", "locale", "id"),
        Index("ix_user_active_id", "active", "id"),
        Index(
            "ix_user_unconfirmed",
            "id",
            sqlite_where=text("confirmed_at IS NULL"),
            postgresql_where=text("confirmed_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool]
    fs_uniquifier: Mapped[ShortText] = mapped_column(unique=True)
    """Names the person in the session; a new one ends every session at once."""
    confirmed_at: Mapped[datetime | None]
    name: Mapped[str | None] = mapped_column(String(200))
    """As the person wants it on certificates; empty until asked for."""
    locale: Mapped[str] = mapped_column(String(16), default="en")
    """The language mail is written in."""
    time_zone: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """An IANA name: the zone whose hours mail tells; empty where the person never said, and then it is the cohort's."""
    create_datetime: Mapped[datetime]
    merged_into_id: Mapped[int | None]
    """The account that took this one's records over; nobody signs in here any more."""

    roles: Mapped[list[Grant]] = relationship(  # type: ignore[assignment] # the mixin wants a list of its own roles
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )


class EndedSession(Base):
    """A session that its owner signed out of, kept until its cookie would be too old anyway."""

    __tablename__ = "ended_session"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """As :func:`coplearn.accounts.guards.session_key` has it."""
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    until: Mapped[datetime] = mapped_column(index=True)


class Grant(Base, RoleMixin):
    """A role given to one person, everywhere or within a language, a country, a cohort or a course."""

    __tablename__ = "grant"
    __table_args__ = (
        UniqueConstraint("user_id", "name", "locale", "country", "cohort_id", "course", name="uq_grant_all"),
        Index("ix_grant_user_id", "user_id"),
    )

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(16), default="")
    """A locale's code; empty for all."""
    country: Mapped[str] = mapped_column(String(2), default="")
    """An ISO 3166 code; empty for all."""
    cohort_id: Mapped[int] = mapped_column(default=0)
    """A cohort's id; 0 for all."""
    course: Mapped[str] = mapped_column(String(64), default="")
    """A course's id, or ``interface`` for the site's own sentences; empty for all."""
    until: Mapped[datetime | None]
    """When it ends, by itself and at the next request; None for no end."""

    user: Mapped[User] = relationship(back_populates="roles")


class AccountEvent(Base):
    """An entry in the history of somebody's account: what staff did with it. The person sees it too; it is never changed."""

    __tablename__ = "account_event"
    __table_args__ = (Index("ix_account_event_user_id_id", "user_id", "id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    """Whose account it is."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    """Who did it; None for somebody who is no longer here."""
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.accounts.rules.AccountAction`."""
    details: Mapped[dict[str, Any]]


class Invitation(Base):
    """A person who was invited to a role and has not come yet. In time it is forgotten."""

    __tablename__ = "invitation"
    __table_args__ = (Index("ix_invitation_email", "email"),)

    id: Mapped[Id]
    token_hash: Mapped[ShortText] = mapped_column(unique=True)
    """SHA-256 of what stands in the link."""
    email: Mapped[str] = mapped_column(String(255))
    """Whom the link was sent to; empty for the first administrator's, which is printed where the site starts."""
    role: Mapped[str] = mapped_column(String(32))
    locale: Mapped[str] = mapped_column(String(16))
    course: Mapped[str] = mapped_column(String(64))
    country: Mapped[str] = mapped_column(String(2))
    role_until: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(16))
    """The language that the person is written to in, and their account's."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
