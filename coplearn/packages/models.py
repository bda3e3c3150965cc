"""Packages, their versions in each language, and how far learners are in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText

_USER = "user.id"


class Package(Base):
    """A package as learners know it: one thing to learn, in whichever languages it came."""

    __tablename__ = "package"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    created_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
    """Since when it is in no list and is not begun; None while it is."""
    earns_certificate: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether whoever finishes it may have a certificate of this site."""
    needed_score: Mapped[int | None]
    """Percent from which it may be had; None where what the package itself says is enough."""


class PackageVersion(Base):
    """One file that was brought in: a version of a package in one language. Its files lie in the store, below ``key``."""

    __tablename__ = "package_version"
    __table_args__ = (Index("ix_package_version_package_id", "package_id"),)

    id: Mapped[Id]
    package_id: Mapped[int | None] = mapped_column(ForeignKey("package.id", ondelete="CASCADE"))
    """None until somebody decided what it is."""
    key: Mapped[ShortText] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(16))
    """A :class:`coplearn.packages.rules.VersionState`."""
    locale: Mapped[str] = mapped_column(String(16))
    """The language it is in, as whoever brought it decided; empty before."""
    standard: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    items: Mapped[dict[str, Any]]
    """Its items (:class:`coplearn.packages.rules.PackageItem`) in their order, as ``{"items": […]}``."""
    report: Mapped[dict[str, Any]]
    """What was found when it was read, or why it was refused (:mod:`coplearn.packages.reading`)."""
    file_name: Mapped[str] = mapped_column(String(200))
    bytes: Mapped[int] = mapped_column(BigInteger)
    """Of all its files; before it was read, of the archive."""
    files: Mapped[int]
    added_at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey(_USER, ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    """When it was read, then let in, then replaced: whatever came last."""
    digest: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    """SHA-256 of the archive; empty for what was read before that was kept."""
    number: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """Which version of the package in its language it is, from 1; 0 before it is let in."""


class PackageRecord(Base):
    """A learner in a package, in whichever language; nothing that was reached is taken back."""

    __tablename__ = "package_record"
    __table_args__ = (
        UniqueConstraint("learner_id", "package_id"),
        Index("ix_package_record_package_id", "package_id"),
        Index("ix_package_record_registration", "registration"),
    )

    id: Mapped[Id]
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id", ondelete="CASCADE"))
    version_id: Mapped[int]
    """The version that was begun last; no foreign key, as versions go before their records do."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    passed_at: Mapped[datetime | None]
    score: Mapped[int | None]
    """Best score so far, whole percent."""
    done_version_id: Mapped[int | None]
    """The version in which it was done, or was passed later; a certificate names it."""
    registration: Mapped[str] = mapped_column(String(36), default="", server_default=text("''"))
    """The name of this beginning in statements (cmi5, xAPI): another one after a beginning anew; empty before the first launch."""


class PackageState(Base):
    """One item of a package as it stands for one learner: what the package itself keeps there, and what came of it."""

    __tablename__ = "package_state"
    __table_args__ = (UniqueConstraint("record_id", "item"),)

    id: Mapped[Id]
    record_id: Mapped[int] = mapped_column(ForeignKey("package_record.id", ondelete="CASCADE"))
    item: Mapped[str] = mapped_column(String(255))
    """The identifier in the manifest."""
    version_id: Mapped[int]
    """The version that wrote ``said`` and ``suspended``: another one may not understand them."""
    launch: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[int]
    """With ``launch``, which commit was kept last: an earlier one that comes late is not."""
    said: Mapped[dict[str, Any]]
    """Elements of the data model, without the suspend data."""
    suspended: Mapped[str] = mapped_column(Text)
    seconds_before: Mapped[int]
    """In all launches before the last one."""
    seconds: Mapped[int]
    """In the last one."""
    done: Mapped[bool]
    passed: Mapped[bool | None]
    score: Mapped[int | None]
    saved_at: Mapped[datetime]
