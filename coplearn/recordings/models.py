"""The recordings that staff added to courses."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Float, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, ShortText


class RecordingFile(Base):
    """One file of a recording, in one language, quality and type. Its bytes lie in the store, named by ``key``."""

    __tablename__ = "recording_file"
    __table_args__ = (
        UniqueConstraint("course_id", "name", "locale", "quality", "extension", "kind", name="uq_recording_file"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    course_id: Mapped[ShortText]
    name: Mapped[ShortText]
    locale: Mapped[ShortText]
    quality: Mapped[ShortText]
    extension: Mapped[ShortText]
    kind: Mapped[ShortText]
    """``audio`` or ``video``."""
    bytes: Mapped[int] = mapped_column(BigInteger)
    seconds: Mapped[float | None] = mapped_column(Float)
    voice: Mapped[ShortText]
    """``person`` or ``machine``."""
    key: Mapped[ShortText]
    """The first half of the SHA-256 of the file."""
    made_of: Mapped[ShortText]
    """A digest of the words that were there when it was added."""
    added_at: Mapped[datetime]
