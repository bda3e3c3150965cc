"""Reading rooms by their code or their name, and who sits where."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.rooms.models import Room, RoomSeat


def room_by_code(session: Session, code: str) -> Room | None:
    """The room of that code, open or not."""
    return session.scalar(select(Room).where(Room.code == code)) if code else None


def room_by_id(session: Session, public_id: str) -> Room | None:
    """The room of that name."""
    return session.scalar(select(Room).where(Room.public_id == public_id))


def room_of_number(session: Session, number: int | None) -> Room | None:
    """The room of that number; None once it is forgotten."""
    return session.get(Room, number) if number is not None else None


def part_of(session: Session, room_id: int, seat_id: int) -> str | None:
    """The part of a seat; None for one that was freed."""
    return session.scalar(select(RoomSeat.part).where(RoomSeat.room_id == room_id, RoomSeat.id == seat_id))


def seat_in(session: Session, room_id: int, part: str) -> int | None:
    """A seat of that part; None where nobody took one."""
    return session.scalar(select(RoomSeat.id).where(RoomSeat.room_id == room_id, RoomSeat.part == part).limit(1))


def seats_taken(session: Session, room_id: int) -> dict[str, int]:
    """The number of seats taken, by part."""
    rows = session.execute(
        select(RoomSeat.part, func.count()).where(RoomSeat.room_id == room_id).group_by(RoomSeat.part)
    )
    return {row[0]: row[1] for row in rows}
