"""An exercise made straight in the tables, for tests that need one and not its opening."""

from __future__ import annotations

from flask import Flask

from coplearn.accounts.queries import user_by_email
from coplearn.drills.service import open_run
from coplearn.kernel.clock import utcnow
from coplearn.rooms.queries import room_of_number
from coplearn.storage.database import current_session

EXERCISE = {"course_id": "cop-cyberdrill-grooming", "item_id": "a-report-of-grooming"}


def put_exercise(app: Flask, email: str) -> dict[str, str]:
    """An exercise that somebody opened, and its room, by the names that addresses have."""
    with app.app_context():
        session = current_session(app)
        user = user_by_email(session, email)
        assert user is not None
        run = open_run(session, user.id, EXERCISE["course_id"], EXERCISE["item_id"], "1.0.0", "drills.table", utcnow())
        room = room_of_number(session, run.room_id)
        assert room is not None
        names = {"run": run.public_id, "room": room.public_id, "room_code": room.code}
        session.commit()
    return names
