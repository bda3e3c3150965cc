"""Tables of translating: messages, their translations, and everything anybody ever did to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_LOCALE = String(16)
_USER = "user.id"
_MESSAGE = "message.id"
_FORMS = JSON(none_as_null=True)


class StoredMessage(Base):
    """One text of the interface or of a course as the source has it now, in any language but its own untranslated."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("domain", "key"), Index("ix_message_domain_seq", "domain", "seq"))

    id: Mapped[Id]
    domain: Mapped[ShortText]
    """``interface`` or a course's id."""
    key: Mapped[ShortText]
    """What it is known by for ever: see ``rules.key_of``."""
    context: Mapped[str] = mapped_column(Text)
    msgid: Mapped[str] = mapped_column(Text)
    plural: Mapped[str | None] = mapped_column(Text)
    seq: Mapped[int]
    """Its place in reading order, from 0."""
    item: Mapped[ShortText]
    """The course item it belongs to (what stands before ``#`` in the context); empty in the interface."""
    kind: Mapped[str] = mapped_column(String(32))
    group: Mapped[str | None] = mapped_column(String(200))
    """Messages of one group are shown in one language or not at all."""
    critical: Mapped[bool]
    max_length: Mapped[int | None]
    notes: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text)
    words: Mapped[int]
    removed_at: Mapped[datetime | None]
    """When the source lost it; it comes back with everything it had."""


class Translation(Base):
    """A message in one language: the text being worked on, and the one that learners see."""

    __tablename__ = "translation"
    __table_args__ = (UniqueConstraint("message_id", "locale"), Index("ix_translation_locale", "locale"))

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    rev: Mapped[int]
    """Goes up with every change of forms, state or based_on; a save names the one it was made from."""
    forms: Mapped[list[str]] = mapped_column(JSON)
    """One text, or one for each plural form of the language."""
    state: Mapped[str] = mapped_column(String(16))
    based_on: Mapped[str] = mapped_column(Text)
    """The source text it translates; another one than the message's makes it stale."""
    sha: Mapped[ShortText]
    """``rules.review_sha`` of the message's present text and these forms."""
    failing: Mapped[bool]
    """Whether a check of severity E keeps it from being published."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    updated_at: Mapped[datetime]
    published_forms: Mapped[list[str] | None] = mapped_column(_FORMS)
    published_based_on: Mapped[str | None] = mapped_column(Text)
    published_rev: Mapped[int | None]
    published_fuzzy: Mapped[bool]
    """Only ever set by adopting a catalog: its text was marked as in need of work and shown with that mark."""


class Edit(Base):
    """One change of a translation, never changed itself. Names of people are not copied here: see ``rules.shown_name``."""

    __tablename__ = "edit"
    __table_args__ = (Index("ix_edit_message_id_locale", "message_id", "locale"), Index("ix_edit_locale", "locale"))

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    rev: Mapped[int]
    """The revision it made."""
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    actor: Mapped[Name]
    """Who it was when it was nobody with an account (``command line``); else empty."""
    via: Mapped[str] = mapped_column(String(16))
    old_forms: Mapped[list[str]] = mapped_column(JSON)
    new_forms: Mapped[list[str]] = mapped_column(JSON)
    old_state: Mapped[str] = mapped_column(String(16))
    new_state: Mapped[str] = mapped_column(String(16))
    based_on: Mapped[str] = mapped_column(Text)
    """The source text that the new forms translate."""
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class Suggestion(Base):
    """A text somebody offers, or one that lost a race; open until somebody decides."""

    __tablename__ = "suggestion"
    __table_args__ = (Index("ix_suggestion_message_id_locale", "message_id", "locale"),)

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    forms: Mapped[list[str]] = mapped_column(JSON)
    based_on: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    author: Mapped[Name]
    origin: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    decision: Mapped[str | None] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)


class Comment(Base):
    """A remark on a message: to the translators of one language, of all (no locale), or to the author (``source``)."""

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_message_id", "message_id"),)

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str | None] = mapped_column(_LOCALE)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    author: Mapped[Name]
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))


class Dismissal(Base):
    """A finding that somebody looked at and found right; it lapses when the source or the text changes."""

    __tablename__ = "dismissal"
    __table_args__ = (UniqueConstraint("message_id", "locale", "check_id", "sha"),)

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    check_id: Mapped[ShortText]
    sha: Mapped[ShortText]
    reason: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]


class Review(Base):
    """A record that somebody read exactly this text beside exactly this source and found it good."""

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("message_id", "locale", "sha"),)

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    sha: Mapped[ShortText]
    kind: Mapped[str] = mapped_column(String(16))
    """``person``, or ``machine`` for one in a reading of its own; a person's takes the place of a machine's."""
    reviewer_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    reviewer: Mapped[Name]
    """A person who is named in a file of records; empty for an account."""
    method: Mapped[Name]
    """How it was read, in a few words, where a record says so."""
    at: Mapped[datetime]


class CarriedText(Base):
    """A text that a catalog's file showed, unread, on the day from which second readings were asked for."""

    __tablename__ = "carried_text"
    __table_args__ = (UniqueConstraint("domain", "locale", "sha"),)

    id: Mapped[Id]
    domain: Mapped[ShortText]
    locale: Mapped[str] = mapped_column(_LOCALE)
    sha: Mapped[str] = mapped_column(String(64))
    """``readings.text_sha`` of the text."""


class TextDraft(Base):
    """A text that a person has typed and not saved yet; nobody else sees it."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("user_id", "message_id", "locale"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    forms: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]


class EditLock(Base):
    """A hint that somebody has a message open; it locks nothing."""

    __tablename__ = "holding"
    __table_args__ = (UniqueConstraint("message_id", "locale", "user_id"),)

    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey(_MESSAGE, ondelete="CASCADE"))
    locale: Mapped[str] = mapped_column(_LOCALE)
    user_id: Mapped[int] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    until: Mapped[datetime] = mapped_column(index=True)


class CatalogVersion(Base):
    """The version of a domain in a language. The row with an empty locale is the source's, as last synced."""

    __tablename__ = "catalog_version"
    __table_args__ = (UniqueConstraint("domain", "locale"),)

    id: Mapped[Id]
    domain: Mapped[ShortText]
    locale: Mapped[str] = mapped_column(_LOCALE)
    version: Mapped[int]
    published_at: Mapped[datetime]
    edit_id: Mapped[int]
    """The newest edit of the language when it was published; 0 for none."""
    file_sha: Mapped[str] = mapped_column(String(64))
    """SHA-256 of the last exported file (of the source messages in the source's row); empty for none."""
    file_edit_id: Mapped[int]


class AuditEntry(Base):
    """One line for what was done to many texts at once: an uploaded file, a typo cleared, a language added."""

    __tablename__ = "deed"
    __table_args__ = (Index("ix_deed_locale", "locale"),)

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    """``import``, ``minor``, ``language``, ``offer`` or ``no-offer`` (of a draft, to learners), or ``carried`` once: the day
    from which second readings are asked for."""
    locale: Mapped[str] = mapped_column(_LOCALE)
    domain: Mapped[ShortText]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    actor: Mapped[Name]
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
