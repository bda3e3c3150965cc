"""Opening and closing rooms, and taking seats in them."""

from __future__ import annotations

from datetime import datetime
from secrets import token_hex

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.rooms.models import Room, RoomSeat
from coplearn.rooms.rules import KEPT_FOR, OPEN_FOR, new_room_code


def open_room(session: Session, page: str, now: datetime) -> Room:
    """Open a room whose page is the endpoint ``page``, with a code of its own."""
    room = Room(public_id=token_hex(8), code=_unused(session), page=page, opened_at=now, expires_at=now + OPEN_FOR)
    session.add(room)
    session.flush()
    return room


def renew_code(session: Session, room: Room, now: datetime) -> None:
    """Give the room another code and a new day: the old code opens nothing, and whoever sits in it stays."""
    room.code, room.expires_at, room.closed_at = _unused(session), now + OPEN_FOR, None
    session.flush()


def _unused(session: Session) -> str:
    code = new_room_code()
    while session.scalar(select(Room.id).where(Room.code == code)) is not None:
        code = new_room_code()
    return code


def close_room(session: Session, room: Room, now: datetime) -> None:
    """Let nobody in any more."""
    room.closed_at = room.closed_at or now
    session.flush()


def take_seat(session: Session, room: Room, part: str, most: int, now: datetime) -> int:
    """Take one of ``most`` seats of that part; its number. Raises Refused when all are taken."""
    session.execute(select(Room.id).where(Room.id == room.id).with_for_update())
    taken = select(func.count()).select_from(RoomSeat).where(RoomSeat.room_id == room.id, RoomSeat.part == part)
    if (session.scalar(taken) or 0) >= most:
        raise Refused(N_("All seats of this role are taken. Choose another, or ask the facilitator to free one."))
    seat = RoomSeat(room_id=room.id, part=part, at=now)
    session.add(seat)
    session.flush()
    return seat.id


def free_seats(session: Session, room: Room, part: str) -> None:
    """Free every seat of a part; whoever sat there chooses anew."""
    session.execute(delete(RoomSeat).where(RoomSeat.room_id == room.id, RoomSeat.part == part))


def forget_rooms(session: Session, now: datetime) -> None:
    """Forget rooms whose day is over, with their seats."""
    session.execute(delete(Room).where(Room.expires_at < now - KEPT_FOR))
