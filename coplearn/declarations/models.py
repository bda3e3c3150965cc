"""Declarations with their groups, drafts and adopted texts; recommendations and every report on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.declarations.rules import LONGEST_LINK, LONGEST_WORDS
from coplearn.storage.base import Base, Id, Name, ShortText

_DECLARATION = "declaration.id"
_USER = "user.id"


class Declaration(Base):
    """A round table and the declaration that comes of it."""

    __tablename__ = "declaration"
    __table_args__ = (Index("ix_declaration_country", "country"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    title: Mapped[Name]
    """A working title; the adopted text has one in each language."""
    country: Mapped[str] = mapped_column(String(2))
    place: Mapped[Name]
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="SET NULL"))
    held_on: Mapped[date]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    adopted_on: Mapped[date | None]
    adopted_at: Mapped[datetime | None]
    adopted_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    shown_at: Mapped[datetime | None]
    """Since when its public page is there; None for no page."""


class DeclarationGroup(Base):
    """A group that took part: a number with its basis, or none stated. Nobody is named."""

    __tablename__ = "declaration_group"

    id: Mapped[Id]
    declaration_id: Mapped[int] = mapped_column(ForeignKey(_DECLARATION, ondelete="CASCADE"), index=True)
    group: Mapped[ShortText]
    age_band: Mapped[ShortText]
    """Of children; empty for adults, and where it is not stated."""
    number: Mapped[int | None]
    qualifier: Mapped[ShortText]
    basis: Mapped[ShortText]


class DeclarationDraft(Base):
    """A version of the text in one language; never changed."""

    __tablename__ = "declaration_draft"
    __table_args__ = (UniqueConstraint("declaration_id", "locale", "number"),)

    id: Mapped[Id]
    declaration_id: Mapped[int] = mapped_column(ForeignKey(_DECLARATION, ondelete="CASCADE"))
    locale: Mapped[ShortText]
    number: Mapped[int]
    """From 1 on, in its language."""
    title: Mapped[Name]
    body: Mapped[str] = mapped_column(Text)
    recommendations: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))


class AdoptedText(Base):
    """The file that was fixed in one language; never changed."""

    __tablename__ = "declaration_adopted"
    __table_args__ = (UniqueConstraint("declaration_id", "locale"),)

    id: Mapped[Id]
    declaration_id: Mapped[int] = mapped_column(ForeignKey(_DECLARATION, ondelete="CASCADE"))
    draft_id: Mapped[int] = mapped_column(ForeignKey("declaration_draft.id"))
    locale: Mapped[ShortText]
    file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    fixed_at: Mapped[datetime]


class Recommendation(Base):
    """A recommendation: its words stand in the adopted texts, at its number; here is who shall do it, and by when."""

    __tablename__ = "recommendation"
    __table_args__ = (UniqueConstraint("declaration_id", "number"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    declaration_id: Mapped[int] = mapped_column(ForeignKey(_DECLARATION, ondelete="CASCADE"))
    number: Mapped[int]
    addressee: Mapped[Name]
    """An office or an organisation in words; empty while nobody has said."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"))
    due_on: Mapped[date | None]
    first_due_on: Mapped[date | None]
    """The day that was set first, so that one which is put off can be told."""
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"), index=True)
    """The person who looks after it and is reminded."""


class StatusReport(Base):
    """A report on a recommendation; never changed, a later one takes its place."""

    __tablename__ = "recommendation_report"

    id: Mapped[Id]
    recommendation_id: Mapped[int] = mapped_column(ForeignKey("recommendation.id", ondelete="CASCADE"), index=True)
    state: Mapped[ShortText]
    told_on: Mapped[date]
    """The day it tells of."""
    words: Mapped[str] = mapped_column(String(LONGEST_WORDS))
    link: Mapped[str] = mapped_column(String(LONGEST_LINK))
    file_name: Mapped[Name]
    file_sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_type: Mapped[ShortText]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
