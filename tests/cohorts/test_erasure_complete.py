"""What is kept of a person is in their download, and nothing of it is in any file of the database once they are erased."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.models.cohort import Membership, RosterImport
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.forgetting import forget_reports
from coplearn.outbox.service import queue_letter
from coplearn.storage.base import Base
from coplearn.storage.database import current_session, engine_of, settle
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_evaluation,
    put_member,
    put_roster,
    put_staff,
    put_teach_back,
    signed_in_client,
)

ADDRESS = "zqx00@example.org"
COLUMNS = {
    ("user", "name"): "zqx01",
    ("membership", "name"): "zqx02",
    ("membership", "organisation"): "zqx03",
    ("membership", "region"): "zqx04",
    ("membership", "phone"): "zqx05",
    ("certification", "name"): "zqx06",
    ("certification", "note"): "zqx07",
    ("evaluation", "note_to_trainee"): "zqx08",
    ("evaluation", "note_internal"): "zqx09",
    ("evaluation", "reason"): "zqx10",
    ("evaluation", "evidence_name"): "zqx11",
    ("roster_import", "file_name"): "zqx12",
}
SEAT = "zqx20 Organisation"
REFUSED = "zqx21 zqx00@example.org"


def put_person(session: Session) -> str:
    """Somebody with a marker in every text that is kept of them; the key of their session."""
    own, other = put_cohort(session), put_cohort(session, "AM", title="Yerevan", time_zone="Asia/Yerevan")
    member = put_member(session, own, ADDRESS)
    put_evaluation(session, put_teach_back(session, member))
    put_certification(session, own, member)
    user_id = put_staff(session, other, ADDRESS, "trainer")
    roster = put_roster(session, other, by_id=user_id)
    for (table, column), marker in COLUMNS.items():
        session.execute(text(f'UPDATE "{table}" SET "{column}" = :marker'), {"marker": marker})
    # A seat kept for the address that nobody has taken, and a line about the person in somebody else's list.
    seat = put_member(session, other, None, name="zqx22", organisation=SEAT, state="invited")
    seat.email = ADDRESS
    put_roster(session, own, report=json.dumps([[3, "email", REFUSED, "No.", {"who": REFUSED}, "fault"]]))
    user = session.get_one(User, user_id)
    user.confirmed_at = NOW
    note(session, other.id, None, "staff-added", NOW, user_id=user_id, name="zqx01", role="trainer")
    queue_letter(
        session, key="k", to=ADDRESS, locale="en", time_zone="UTC", kind="account-welcome",
        params={"text": "zqx23"}, now=NOW,
    )  # fmt: skip
    session.expire(roster)
    return user.fs_uniquifier


def everything(session: Session) -> str:
    """Every row of every table, as text."""
    rows = [tuple(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return json.dumps(rows, default=str, ensure_ascii=False)


def test_marker_in_every_text_is_in_the_download_and_gone_after_the_erasure(each_app: Flask) -> None:
    """Rows, the database's file and its write-ahead log."""
    with each_app.app_context():
        session = current_session(each_app)
        key = put_person(session)
        session.commit()
        assert everything(session).count("zqx") > len(COLUMNS) + 4
    client = signed_in_client(each_app, key)
    kept = client.get("/en/me/data").text
    missing = [marker for marker in [*COLUMNS.values(), ADDRESS, SEAT, REFUSED, "zqx22"] if marker not in kept]
    assert missing == []
    token = hidden_fields(client.get("/en/me/erase").text)["csrf_token"]
    assert client.post("/en/me/erase", data={"csrf_token": token, "sure": "yes"}).status_code == 303
    with each_app.app_context():
        session = current_session(each_app)
        assert "zqx" not in everything(session).casefold()
        assert len(session.scalars(select(Membership)).all()) == 2
    for file in each_app.extensions["settings"].instance_path.glob("coplearn.sqlite3*"):
        assert b"zqx" not in file.read_bytes().lower(), file


def test_address_that_is_not_confirmed_reaches_nobodys_seat(each_app: Flask) -> None:
    """Whoever makes an account for somebody else's address gets nothing of what is kept for its owner."""
    with each_app.app_context():
        session = current_session(each_app)
        key = put_person(session)
        session.execute(text('UPDATE "user" SET confirmed_at = NULL'))
        session.commit()
    assert SEAT not in signed_in_client(each_app, key).get("/en/me/data").text


def test_what_a_list_was_refused_is_forgotten_after_a_month(each_app: Flask) -> None:
    """The values and the file's name go; which line it was and why stays."""
    with each_app.app_context():
        session = current_session(each_app)
        put_person(session)
        forget_reports(session, NOW + timedelta(days=1))
        session.flush()
        rosters = session.scalars(select(RosterImport)).all()
        assert {one.file_name for one in rosters} == {""}
        assert "zqx21" not in "".join(one.report for one in rosters)
        assert any(json.loads(one.report)[0][0] == 3 for one in rosters if one.report != "[]")


@pytest.mark.parametrize("times", [1, 2])
def test_settling_empties_the_log(app: Flask, times: int) -> None:
    """Twice is as once."""
    for _ in range(times):
        assert settle(engine_of(app))
    log = app.extensions["settings"].instance_path / "coplearn.sqlite3-wal"
    assert not log.exists() or log.stat().st_size == 0
