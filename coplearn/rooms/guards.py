"""The room and the seat of a browser: what its session remembers of the code that was typed."""

from __future__ import annotations

from secrets import token_hex
from typing import Final

from flask import current_app, session

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.rooms.models import Room
from coplearn.rooms.queries import part_of, room_by_id
from coplearn.rooms.rules import is_open
from coplearn.storage.database import current_session

_ROOM: Final = "room"
_SEAT: Final = "seat"
_NAME: Final = "in-room"


def come_in(room: Room) -> None:
    """Remember that this browser was given the room's code; a seat of another room is given up."""
    if session.get(_ROOM) != room.public_id:
        session.pop(_SEAT, None)
        session[_NAME] = token_hex(8)
    session[_ROOM] = room.public_id


def name_in_room() -> str:
    """Name of this browser in the room it came into: drawn at the door, and known there alone."""
    name: str = session.setdefault(_NAME, token_hex(8))
    return name


def sit_down(seat_id: int) -> None:
    """Remember the browser's seat."""
    session[_SEAT] = seat_id


def present_room(public_id: str) -> Room:
    """The open room that this browser was given the code of. Raises NotFound for every other."""
    room = room_by_id(current_session(current_app), public_id) if session.get(_ROOM) == public_id else None
    if room is None or not is_open(room.expires_at, room.closed_at, utcnow()):
        raise NotFound(N_("This room is closed, or was never open on this device. Type the code of today once more."))
    return room


def present_seat(room: Room) -> int | None:
    """The number of this browser's seat in the room; None before it took one, and after the seat was freed."""
    return session.get(_SEAT) if present_part(room) is not None else None


def present_part(room: Room) -> str | None:
    """The part that this browser holds in the room; None before it chose, and after the seat was freed."""
    seat_id = session.get(_SEAT)
    return part_of(current_session(current_app), room.id, seat_id) if isinstance(seat_id, int) else None
