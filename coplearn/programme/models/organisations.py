"""Organisations, the texts that a person matched with them, and programmes with who works in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_USER = "user.id"


class Programme(Base):
    """A programme: what an organisation does over some years, in some countries, under one name."""

    __tablename__ = "programme"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[Name]
    summary: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class ProgrammeMember(Base):
    """A role of a person in a programme. The row stays when it ends."""

    __tablename__ = "programme_member"
    __table_args__ = (
        Index("ix_programme_member_user_id", "user_id"),
        Index("ix_programme_member_programme_id", "programme_id"),
    )

    id: Mapped[Id]
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.ProgrammeRole`."""
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1; empty for all countries of the programme."""
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Organisation(Base):
    """An organisation, once, whatever the names under which lists and partners write it."""

    __tablename__ = "organisation"
    __table_args__ = (Index("ix_organisation_country", "country"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[Name]
    name_key: Mapped[Name] = mapped_column(unique=True)
    """The name as :func:`coplearn.programme.rules.records.text_key` has it."""
    kind: Mapped[str] = mapped_column(String(32))
    """An :class:`coplearn.programme.rules.words.OrganisationKind`."""
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1; empty for an international one, or when not stated."""
    address: Mapped[str] = mapped_column(String(500))
    """Of its website; empty for none."""
    sourced_id: Mapped[ShortText]
    """Its id where it comes from a register of another system (OneRoster's ``sourcedId``); empty for none."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]


class OrganisationText(Base):
    """A person's word that a text means an organisation. Undone, it stays to be read, and the text is unmatched again."""

    __tablename__ = "organisation_text"
    __table_args__ = (
        # A text means one organisation at a time.
        Index(
            "uq_organisation_text_standing",
            "text_key",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_organisation_text_organisation_id", "organisation_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))
    written: Mapped[Name]
    """The text as it was written."""
    text_key: Mapped[Name]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    undone_at: Mapped[datetime | None]


class CountryName(Base):
    """A name that a source gives a country, as a person said once: lists that name it so are read by it."""

    __tablename__ = "country_name"
    __table_args__ = (UniqueConstraint("text_key"),)

    id: Mapped[Id]
    country: Mapped[str] = mapped_column(String(2))
    written: Mapped[Name]
    text_key: Mapped[Name]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
