"""People who sign in, and what each is trusted with, where."""

from __future__ import annotations

from datetime import datetime

from flask_security import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coplearn.storage.base import Base, Id, ShortText


class User(Base, UserMixin):
    """A person with an account: a mail address and a password, and no more than the work needs."""

    __tablename__ = "user"

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

    user: Mapped[User] = relationship(back_populates="roles")
