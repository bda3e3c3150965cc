"""A room by code: open for a day, closed by a press, and not to be guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.short_codes import latin_digits
from coplearn.rooms.models import Room, RoomSeat
from coplearn.rooms.queries import part_of, room_by_code, seats_taken
from coplearn.rooms.rules import TRIES, read_room_code
from coplearn.rooms.service import close_room, forget_rooms, free_seats, open_room, renew_code, take_seat
from coplearn.storage.database import current_session
from tests.conftest import MakeSite


def type_code(client: FlaskClient, code: str) -> TestResponse:
    """Type a code at the door."""
    token = client.get("/en/room/").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.post("/en/room/", data={"csrf_token": token, "code": code})


def put_room(app: Flask) -> str:
    """An open room whose page is the help page; its code."""
    with app.app_context():
        session = current_session(app)
        room = open_room(session, "pages.help_now", utcnow())
        session.commit()
        return room.code


def test_code_opens_the_rooms_page_for_its_day_alone(each_app: Flask) -> None:
    """However it is typed; after twelve hours it opens nothing."""
    code = put_room(each_app)
    client = each_app.test_client()
    for typed in (code, code.lower(), f"{code[:3]}-{code[3:]}", f" {code[:2]} {code[2:]} "):
        assert type_code(client, typed).status_code == 303
    with time_machine.travel(utcnow() + timedelta(hours=13)):
        answer = type_code(each_app.test_client(), code)
    assert answer.status_code == 404 and "No room is open with this code" in answer.text and code in answer.text


def test_wrong_codes_are_counted_for_an_address(make_app: MakeSite) -> None:
    """After forty nobody guesses on; the right code waits as well."""
    app = make_app(rate_limits=True)
    code, client = put_room(app), app.test_client()
    wrong = "AAAAAA" if code != "AAAAAA" else "BBBBBB"
    assert [type_code(client, wrong).status_code for _ in range(TRIES + 1)] == [404] * TRIES + [429]
    assert type_code(client, code).status_code == 429


def test_new_code_shuts_the_old_one_and_closing_shuts_all(session: Session) -> None:
    """Seats stay where they are."""
    now = utcnow()
    room = open_room(session, "pages.help_now", now)
    old, seat = room.code, take_seat(session, room, "helpline", 2, now)
    renew_code(session, room, now)
    assert room.code != old and room_by_code(session, old) is None
    assert part_of(session, room.id, seat) == "helpline"
    close_room(session, room, now)
    assert room.closed_at == now


def test_seats_are_limited_freed_and_forgotten(session: Session) -> None:
    """No seat more than there are; two days after its end nothing is left of a room."""
    now = utcnow()
    room = open_room(session, "pages.help_now", now)
    seats = [take_seat(session, room, "police", 2, now) for _ in range(2)]
    with pytest.raises(Refused):
        take_seat(session, room, "police", 2, now)
    take_seat(session, room, "school", 1, now)
    assert seats_taken(session, room.id) == {"police": 2, "school": 1}
    free_seats(session, room, "police")
    assert part_of(session, room.id, seats[0]) is None and seats_taken(session, room.id) == {"school": 1}
    forget_rooms(session, now + timedelta(days=2))
    assert session.scalar(select(func.count()).select_from(Room)) == 1
    forget_rooms(session, now + timedelta(days=3))
    assert session.scalar(select(func.count()).select_from(Room)) == 0
    assert session.scalar(select(func.count()).select_from(RoomSeat)) == 0


def test_what_cannot_be_a_code_is_none() -> None:
    """Other lengths, letters that are left out, and nothing at all."""
    assert [read_room_code(text) for text in ("", "ABC", "ABCDEFG", "ABCDE0", "ABCDEI", "%$&/()")] == [""] * 6
    assert read_room_code("a٢b۳-cd") == "A2B3CD"
    assert latin_digits("٠١٢٣ ۴۵ 七") == "0123 45 七"
