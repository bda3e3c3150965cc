"""Resources with their versions, what appraisers wrote of each, what was taken down, and who appraises or votes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText

_USER = "user.id"


class HubMember(Base):
    """A person who appraises resources, votes on experts, or both, under their name."""

    __tablename__ = "hub_member"
    __table_args__ = (Index("ix_hub_member_user_id", "user_id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    """As it stands beside what they wrote."""
    organisation: Mapped[str] = mapped_column(String(200))
    appraises: Mapped[bool]
    votes: Mapped[bool]
    added_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Resource(Base):
    """A resource. What it is stands in its versions; the public sees the one that was decided last."""

    __tablename__ = "resource"
    __table_args__ = (
        Index("ix_resource_state_published_at", "state", "published_at"),
        Index("ix_resource_link_checked_at", "link_checked_at"),
    )

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    """Who contributed it; None for somebody without an account, and for whoever is erased."""
    contact: Mapped[str] = mapped_column(String(320))
    """The address of a contributor without an account, until they were told what came of it."""
    locale: Mapped[str] = mapped_column(String(16))
    """The language that they are written to in."""
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.resources.hub.rules.ResourceState`."""
    shown_id: Mapped[int | None]
    """The version that the public sees. No foreign key: the two tables would stand in a ring."""
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    touched_at: Mapped[datetime]
    """When anything that the public sees of it changed last."""
    taken_down_at: Mapped[datetime | None]
    link_checked_at: Mapped[datetime | None]
    link_failed_since: Mapped[datetime | None]
    """Since when its link has not been reached; None while it is."""


class ResourceVersion(Base):
    """A resource as its contributor described it once; never changed."""

    __tablename__ = "resource_version"
    __table_args__ = (UniqueConstraint("resource_id", "number"),)

    id: Mapped[Id]
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id", ondelete="CASCADE"))
    number: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    locale: Mapped[str] = mapped_column(String(16))
    """The language that its title and description are written in."""
    title: Mapped[str] = mapped_column(String(200))
    about: Mapped[str] = mapped_column(Text)
    publisher: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    languages: Mapped[str] = mapped_column(String(200))
    """As ``rules.joined`` writes them; so ages and audiences."""
    ages: Mapped[str] = mapped_column(String(64))
    audiences: Mapped[str] = mapped_column(String(200))
    format: Mapped[str] = mapped_column(String(32))
    licence: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    evidence: Mapped[str] = mapped_column(Text)
    file_key: Mapped[ShortText] = mapped_column(index=True)
    """The SHA-256 of its file, by which the store has it; empty for a link alone."""
    file_type: Mapped[str] = mapped_column(String(16))
    file_bytes: Mapped[int]
    rating: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.resources.hub.rules.ResourceRating`; empty until it is decided."""


class ResourceAppraisal(Base):
    """An appraisal of a version by one appraiser, or that they have a conflict of interest; only added to."""

    __tablename__ = "resource_appraisal"
    __table_args__ = (Index("ix_resource_appraisal_version_id", "version_id"),)

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey("resource_version.id", ondelete="CASCADE"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    member_id: Mapped[int]
    """The appraiser's seat in the hub, which tells whose is whose when accounts are gone."""
    name: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    is_recusal: Mapped[bool]
    scores: Mapped[dict[str, Any]]
    reasons: Mapped[dict[str, Any]]
    remark: Mapped[str] = mapped_column(Text)
    rubric: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]


class ResourceNotice(Base):
    """The note that a resource was taken down, or put back; only added to."""

    __tablename__ = "resource_notice"
    __table_args__ = (Index("ix_resource_notice_resource_id", "resource_id"),)

    id: Mapped[Id]
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id", ondelete="CASCADE"))
    taken_down: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(32))
    """A :class:`coplearn.resources.hub.rules.RemovalReason`; empty where it was put back."""
    note: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    at: Mapped[datetime]
