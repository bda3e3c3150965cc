"""Activities: each a row that names it, and what was said of it in versions that are only added to."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText

_USER = "user.id"
_VERSION = "activity_version.id"


class Activity(Base):
    """An activity by its name. All that is said of it stands in its versions."""

    __tablename__ = "activity"
    __table_args__ = (
        Index("ix_activity_about", "about"),
        Index("ix_activity_programme_id", "programme_id"),
        Index("ix_activity_state_id", "state", "id"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    key: Mapped[str] = mapped_column(String(128), unique=True)
    """Whatever brought it here (a form, a line of a spreadsheet, a device) brings it once."""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="RESTRICT"))
    about: Mapped[ShortText]
    """What of this site the newest version is about, such as ``cohort:12``; empty for nothing."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.RecordState`."""
    newest: Mapped[int]
    """The number of the newest version."""
    counted: Mapped[int | None]
    """The number of the version that a second person confirmed last, which counts; None for none."""
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    created_at: Mapped[datetime]


class ActivityVersion(Base):
    """Everything that somebody said of an activity at one time. Only who confirmed it is written later, once."""

    __tablename__ = "activity_version"
    __table_args__ = (
        UniqueConstraint("activity_id", "number"),
        Index("ix_activity_version_since_until", "since", "until"),
        Index("ix_activity_version_by_id", "by_id"),
        Index("ix_activity_version_confirmed_by_id", "confirmed_by_id"),
    )

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[Name]
    kind: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.programme.rules.words.ActivityKind`."""
    status: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.ActivityStatus`."""
    since: Mapped[date]
    until: Mapped[date]
    precision: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.Precision`."""
    place: Mapped[Name]
    audiences: Mapped[list[str]] = mapped_column(JSON)
    """Of :class:`coplearn.programme.rules.words.AudienceGroup`; empty when not stated."""
    audience_words: Mapped[Name]
    languages: Mapped[list[str]] = mapped_column(JSON)
    traits: Mapped[list[str]] = mapped_column(JSON)
    """Of :class:`coplearn.programme.rules.words.Trait`."""
    course_ids: Mapped[list[str]] = mapped_column(JSON)
    about: Mapped[ShortText]
    summary: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(String(300))
    """The reason of a correction or of taking it back; empty for what was never confirmed before."""
    taken_back: Mapped[bool]
    via: Mapped[str] = mapped_column(String(16))
    """``form``, ``phone``, ``sheet`` or ``machine``."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]


class ActivityCountry(Base):
    """A country that a version names."""

    __tablename__ = "activity_country"
    __table_args__ = (UniqueConstraint("version_id", "country"), Index("ix_activity_country_country", "country"))

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey(_VERSION, ondelete="CASCADE"))
    country: Mapped[str] = mapped_column(String(2))
    """ISO 3166-1."""
    as_source_says: Mapped[Name]
    """The source's own name of it; empty where it is the usual one."""


class Participation(Base):
    """An organisation's part in an activity, in the words of the source."""

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("version_id", "text_key", "role"),
        Index("ix_participation_text_key", "text_key"),
        Index("ix_participation_organisation_id", "organisation_id"),
    )

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey(_VERSION, ondelete="CASCADE"))
    text: Mapped[Name]
    text_key: Mapped[Name]
    """As :func:`coplearn.programme.rules.records.text_key` has it: texts that are one name have one."""
    role: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.PartRole`."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="SET NULL"))
    """Where the writer chose it from the list; else :class:`coplearn.programme.models.organisations.OrganisationText` tells."""


class ActivityReach(Base):
    """A number that a version states of one group, or that it says is not stated."""

    __tablename__ = "activity_reach"
    __table_args__ = (Index("ix_activity_reach_version_id", "version_id"),)

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey(_VERSION, ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(32))
    """An :class:`coplearn.programme.rules.words.AudienceGroup`."""
    unit: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.CountUnit`."""
    age_band: Mapped[str] = mapped_column(String(16))
    basis: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.CountBasis`."""
    number: Mapped[int | None] = mapped_column(BigInteger)
    """None when not stated."""
    qualifier: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.programme.rules.words.Qualifier`."""
    words: Mapped[Name]


class ActivityEvidence(Base):
    """A file or a link that shows that an activity was as it is told. It is added to and taken away, never changed."""

    __tablename__ = "activity_evidence"
    __table_args__ = (Index("ix_activity_evidence_activity_id", "activity_id"),)

    id: Mapped[Id]
    activity_id: Mapped[int] = mapped_column(ForeignKey("activity.id", ondelete="CASCADE"))
    title: Mapped[Name]
    link: Mapped[str] = mapped_column(String(1000))
    """An address; empty for a file."""
    file_key: Mapped[ShortText] = mapped_column(index=True)
    """SHA-256 of the file; empty for a link."""
    media_type: Mapped[ShortText]
    bytes: Mapped[int] = mapped_column(BigInteger)
    shows: Mapped[ShortText] = mapped_column(server_default=text("''"))
    """The number that it shows, as :func:`coplearn.programme.rules.records.number_keys` has it; empty for none in particular."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    removed_at: Mapped[datetime | None]


class ActivitySheet(Base):
    """A spreadsheet of activities that was read and waits to be brought in, or was."""

    __tablename__ = "activity_sheet"
    __table_args__ = (Index("ix_activity_sheet_by_id", "by_id"),)

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    name: Mapped[Name]
    """The file's name."""
    digest: Mapped[ShortText]
    """SHA-256 of the file."""
    programme_id: Mapped[int | None] = mapped_column(ForeignKey("programme.id", ondelete="CASCADE"))
    rows: Mapped[list[list[str]]] = mapped_column(JSON)
    """Its cells as texts, headings first; empty once it was brought in."""
    answers: Mapped[dict[str, str]] = mapped_column(JSON)
    """What the person said unknown words mean: a country's code by its key in the file."""
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    added: Mapped[int]
