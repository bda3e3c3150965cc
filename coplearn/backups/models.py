"""The backups that were made of this database, and when each was last restored for a trial."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, ShortText


class Backup(Base):
    """A backup. Which ones still exist is told by the places they are kept in, and not by this table."""

    __tablename__ = "backup"

    name: Mapped[ShortText] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    bytes: Mapped[int] = mapped_column(BigInteger)
    rows: Mapped[int] = mapped_column(BigInteger)
    verified_at: Mapped[datetime | None]
    """When it was last restored into a scratch place and found equal, row by row."""
