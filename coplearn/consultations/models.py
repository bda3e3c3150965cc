"""Statements in their versions and languages, consultations on them, and what was said in one and became of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_USER = "user.id"
_STATEMENT = "statement.id"
_CONSULTATION = "consultation.id"


class Statement(Base):
    """A text that people are asked about, in the language it is written in."""

    __tablename__ = "statement"
    __table_args__ = (Index("ix_statement_country", "country"), Index("ix_statement_by_id", "by_id"))

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    locale: Mapped[ShortText]
    """The code of the language it is written in."""
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1; empty for one of no country in particular."""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    newest: Mapped[int]
    """The number of the newest version."""
    shown: Mapped[int | None]
    """The number of the version that everybody may read; None for none."""
    agreed: Mapped[int | None]
    """The number of the version that is the final text; None while there is none."""
    agreed_on: Mapped[date | None]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))


class StatementVersion(Base):
    """The text as it stood at one time; never changed. Its blocks have ids that stay from version to version."""

    __tablename__ = "statement_version"
    __table_args__ = (UniqueConstraint("statement_id", "number"), Index("ix_statement_version_by_id", "by_id"))

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey(_STATEMENT, ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[Name]
    body: Mapped[str] = mapped_column(Text)
    """Markdown, with the id of each block at its end, as courses have it."""
    note: Mapped[str] = mapped_column(String(300))
    """What is new in it."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]


class StatementText(Base):
    """A block in another language, of the words that it has in the statement's own; a later row takes its place."""

    __tablename__ = "statement_text"
    __table_args__ = (
        Index("ix_statement_text_statement_id_locale", "statement_id", "locale"),
        Index("ix_statement_text_by_id", "by_id"),
    )

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey(_STATEMENT, ondelete="CASCADE"))
    locale: Mapped[ShortText]
    block: Mapped[ShortText]
    """The block's id; ``title`` for the title."""
    made_of: Mapped[ShortText]
    """The hash of the words it was translated from: once those change, it is of another text."""
    text: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]


class AgreedText(Base):
    """The final text in one language, as the bytes that its hash is of."""

    __tablename__ = "agreed_text"
    __table_args__ = (UniqueConstraint("statement_id", "locale"),)

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey(_STATEMENT, ondelete="CASCADE"))
    locale: Mapped[ShortText]
    file: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


class Consultation(Base):
    """A time in which people say what they think of one version."""

    __tablename__ = "consultation"
    __table_args__ = (
        Index("ix_consultation_statement_id", "statement_id"),
        Index("ix_consultation_by_id", "by_id"),
        Index("ix_consultation_opens_on_closes_on", "opens_on", "closes_on"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey(_STATEMENT, ondelete="CASCADE"))
    number: Mapped[int]
    """Of the version that people are asked about."""
    way: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.consultations.rules.words.ConsultationWay`."""
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    """The last day, wherever somebody is."""
    question: Mapped[str] = mapped_column(Text)
    """What people are asked, in the statement's language."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]
    summary: Mapped[str] = mapped_column(Text)
    """What was heard, in the words of whoever led it and in the statement's language."""
    told_at: Mapped[datetime | None]
    """When the summary was made public."""


class AskedOrganisation(Base):
    """An organisation that was asked, and where its letter went. It answers once, however many of its people write."""

    __tablename__ = "asked_organisation"
    __table_args__ = (
        UniqueConstraint("consultation_id", "organisation_id"),
        Index("ix_asked_organisation_by_id", "by_id"),
    )

    id: Mapped[Id]
    consultation_id: Mapped[int] = mapped_column(ForeignKey(_CONSULTATION, ondelete="CASCADE"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"))
    email: Mapped[str] = mapped_column(String(320))
    """Empty a year after the consultation closed."""
    locale: Mapped[ShortText]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When its address was closed."""


class StatementRemark(Base):
    """One remark on one block, as it was written and in the language it was written in. No person is kept with it."""

    __tablename__ = "remark"
    __table_args__ = (
        Index("ix_remark_consultation_id_block", "consultation_id", "block"),
        Index("ix_remark_asked_id", "asked_id"),
        Index("ix_remark_judged_by_id", "judged_by_id"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey(_CONSULTATION, ondelete="CASCADE"))
    block: Mapped[ShortText]
    """The block's id in the version that was asked about; empty for the whole text."""
    text: Mapped[str] = mapped_column(Text)
    locale: Mapped[ShortText]
    asked_id: Mapped[int | None] = mapped_column(ForeignKey("asked_organisation.id", ondelete="CASCADE"))
    """The organisation that says it; None for somebody who was not asked."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.consultations.rules.words.RemarkState`."""
    at: Mapped[datetime]
    judged_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    judged_at: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(300))
    """The reason for which it is not shown."""


class RemarkAnswer(Base):
    """The answer to a remark, with its reason; a later row takes its place."""

    __tablename__ = "remark_answer"
    __table_args__ = (Index("ix_remark_answer_remark_id", "remark_id"), Index("ix_remark_answer_by_id", "by_id"))

    id: Mapped[Id]
    remark_id: Mapped[int] = mapped_column(ForeignKey("remark.id", ondelete="CASCADE"))
    outcome: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.consultations.rules.words.RemarkOutcome`."""
    reason: Mapped[str] = mapped_column(Text)
    theme: Mapped[Name]
    """A word or two under which remarks are told together; empty for none."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]


class HeardGroup(Base):
    """A group that was heard by talking, such as young people: numbers with their basis, and no name.

    A later row may correct it.
    """

    __tablename__ = "heard_group"
    __table_args__ = (
        Index("ix_heard_group_consultation_id", "consultation_id"),
        Index("ix_heard_group_corrects_id", "corrects_id"),
        Index("ix_heard_group_by_id", "by_id"),
    )

    id: Mapped[Id]
    consultation_id: Mapped[int] = mapped_column(ForeignKey(_CONSULTATION, ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(32))
    """Who they are: an :class:`coplearn.programme.rules.words.AudienceGroup`."""
    age_band: Mapped[str] = mapped_column(String(16))
    place: Mapped[Name]
    heard_on: Mapped[date | None]
    number: Mapped[int | None]
    qualifier: Mapped[str] = mapped_column(String(16))
    basis: Mapped[str] = mapped_column(String(16))
    countries: Mapped[int | None]
    countries_qualifier: Mapped[str] = mapped_column(String(16))
    said: Mapped[str] = mapped_column(Text)
    """What was heard, in the statement's language."""
    source: Mapped[Name]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("heard_group.id", ondelete="CASCADE"))
    why: Mapped[str] = mapped_column(String(300))
    """The reason of the correction."""
