"""Rooms, modules and exercises that are not there, on the pages that would show them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import Markup
from sqlalchemy import func, select, update

from coplearn.accounts.models import User
from coplearn.courses.contract import Ballot
from coplearn.drills.models import DrillRun
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.presenting.models import GroupPoll
from coplearn.presenting.service import AskedPart, open_presentation, steer, take_vote
from coplearn.rooms.models import Room
from coplearn.rooms.queries import room_of_number
from coplearn.rooms.service import forget_rooms
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_cohort, put_meeting, put_staff, put_user, signed_in_client
from tests.drills.worlds import put_exercise

PART = AskedPart("cop-parents", "online-life", "1.0.0")


def post(client: FlaskClient, address: str, **form: str) -> int:
    """Send a form with a good token; the status."""
    token = hidden_fields(client.get("/en/help").text)["csrf_token"]
    return client.post(address, data={"csrf_token": token, **form}).status_code


def test_pages_of_what_is_not_there(app: Flask) -> None:
    """A module by a number that no course has, one that left the site, an unknown meeting, a room for something else, and a
    room whose day is over."""
    email = "trainer@example.org"
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        user_id = put_staff(session, cohort, email, "trainer")
        meetings = f"/en/cohorts/{cohort.public_id}/meetings"
        meeting = put_meeting(session, cohort).public_id
        poll = open_presentation(session, user_id, PART, None, "presenting.hall", utcnow())
        run, hall = poll.public_id, room_of_number(session, poll.room_id)
        assert hall is not None
        hall_code, hall_id = hall.code, hall.public_id
        session.commit()
        trainer = signed_in_client(app, session.get_one(User, user_id).fs_uniquifier)
    names = put_exercise(app, email)
    assert trainer.get(f"{meetings}/{meeting}/votes").status_code == 200
    assert trainer.get(f"{meetings}/unknown/votes").status_code == 404

    course = site_of(app).library.current().courses["cop-parents"]
    modules, present = len(course.modules), f"/en/c/{course.code}/present"
    assert [trainer.get(f"{present}/{one}").status_code for one in (0, 1, modules, modules + 1)] == [404, 200, 200, 404]

    for code, mine, other, said in (
        (hall_code, f"/en/hall/{hall_id}", f"/en/table/{hall_id}", "Nothing is played in this room."),
        (
            names["room_code"],
            f"/en/table/{names['room']}",
            f"/en/hall/{names['room']}",
            "Nothing is presented in this room.",
        ),
    ):
        phone = app.test_client()
        assert post(phone, "/en/room/", code=code) == 303 and phone.get(mine).status_code == 200
        page = phone.get(other)
        assert page.status_code == 404 and said in page.text
        assert post(phone, other, role="helpline") == 404

    assert trainer.get(f"/en/presentations/{run}").status_code == 200
    with app.app_context():
        session = current_session(app)
        session.execute(update(GroupPoll).values(module_id="gone"))
        forget_rooms(session, utcnow() + timedelta(days=9))
        session.commit()
    page = trainer.get(f"/en/presentations/{run}")
    assert page.status_code == 404 and "not on the site any more" in page.text
    assert post(trainer, f"/en/drills/runs/{names['run']}/room", do="renew") == 404
    with app.app_context():
        session = current_session(app)
        assert session.scalar(select(func.count()).select_from(Room)) == 0
        assert session.scalar(select(DrillRun.room_id)) is None


def test_hall_that_is_full_takes_no_further_phone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said, with what to do; whoever has a seat may vote again."""
    monkeypatch.setattr("coplearn.presenting.service.MOST_PHONES", 1)
    ballot = Ballot(options=(("a", Markup("One")), ("b", Markup("Two"))))
    with app.app_context():
        session, now = current_session(app), utcnow()
        user_id = put_user(session, "trainer@example.org")
        poll = open_presentation(session, user_id, PART, None, "presenting.hall", now)
        room = room_of_number(session, poll.room_id)
        assert room is not None
        steer(session, poll, "one", 0, now)
        seat = take_vote(session, poll, room, "first", "q", ballot, ["a"], now)
        with pytest.raises(Refused, match="Raise your hand"):
            take_vote(session, poll, room, "second", "q", ballot, ["a"], now)
        assert take_vote(session, poll, room, "first", "q", ballot, ["b"], now) == seat
