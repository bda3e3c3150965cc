"""Certificates, and the files that were made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, Name, ShortText


class Certificate(Base):
    """One learner's certificate for one course or package: one a kind, for ever under the same number."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("learner_id", "course_id", "kind"),)

    id: Mapped[Id]
    number: Mapped[ShortText] = mapped_column(unique=True)
    """Random, in groups that can be read aloud."""
    learner_id: Mapped[int] = mapped_column(ForeignKey("learner.id", ondelete="CASCADE"))
    course_id: Mapped[ShortText]
    """The course; of a package its number, after :data:`coplearn.certificates.rules.OF_PACKAGE`."""
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[Name]
    issued_at: Mapped[datetime]
    course_version: Mapped[str] = mapped_column(String(32))
    course_digest: Mapped[ShortText]
    locale: Mapped[str] = mapped_column(String(16))
    """The language the course was finished in."""
    titles: Mapped[dict[str, Any] | None]
    """What the course was called then, by language; None where that was not kept."""
    course_locale: Mapped[str] = mapped_column(String(16), default="", server_default=text("''"))
    """The language that the course was written in; one of those of ``titles``."""
    adapted_by: Mapped[dict[str, Any] | None]
    """By language who had changed the course for a country, where somebody had."""


class CertificateFile(Base):
    """The fingerprint of a PDF this site made, so that a changed one is told apart."""

    __tablename__ = "certificate_file"
    __table_args__ = (Index("ix_certificate_file_certificate_id", "certificate_id"),)

    id: Mapped[Id]
    certificate_id: Mapped[int] = mapped_column(ForeignKey("certificate.id", ondelete="CASCADE"))
    sha256: Mapped[ShortText] = mapped_column(unique=True)
    name: Mapped[Name]
    """The name on that file; an older name still makes an honest file, and the check says so."""
    made_at: Mapped[datetime]
