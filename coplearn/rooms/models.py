"""Rooms and the seats taken in them: a part and a time, and nothing of who sits there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from coplearn.storage.base import Base, Id, ShortText


class Room(Base):
    """A page that people in one place open by a code, for a day."""

    __tablename__ = "room"

    id: Mapped[Id]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    page: Mapped[ShortText]
    """The endpoint of its page; it is given ``room_id``."""
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]


class RoomSeat(Base):
    """One seat that was taken, for a part such as a role; the browser knows its number, nobody knows the person."""

    __tablename__ = "room_seat"
    __table_args__ = (Index("ix_room_seat_room_id_part", "room_id", "part"),)

    id: Mapped[Id]
    room_id: Mapped[int] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"))
    part: Mapped[ShortText]
    at: Mapped[datetime]
