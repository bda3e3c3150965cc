"""What is kept of a person is in their download, and nothing of it is in any file of the database once they are erased."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.certificates.models import CertificateFile
from coplearn.cohorts.common.models.certification import Certification, CertificationFile
from coplearn.cohorts.common.models.cohort import Membership, RosterImport, StaffRequest
from coplearn.cohorts.common.service import log_event
from coplearn.cohorts.people.service.forgetting import forget_reports, forget_seats
from coplearn.learning.models import Practice
from coplearn.learning.service import learner_for_user
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of, settle
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import as_person, put_mark
from tests.cohorts.traces import everything, put_learning, put_letter
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_evaluation,
    put_meeting,
    put_member,
    put_roster,
    put_staff,
    put_teach_back,
    signed_in_client,
)

ADDRESS = "zqxwvj00@example.org"
NOT_IN_DOWNLOAD = {
    ("letter", "params"): "what a letter said went to the person, and is forgotten after a month",
    ("cohort_event", "by_name"): "their own name, which is in the download as such",
    ("cohort_event", "details"): "their own name, which is in the download as such",
}
COLUMNS = {
    ("user", "name"): "zqxwvj01",
    ("membership", "name"): "zqxwvj02",
    ("membership", "organisation"): "zqxwvj03",
    ("membership", "region"): "zqxwvj04",
    ("membership", "phone"): "zqxwvj05",
    ("certification", "name"): "zqxwvj06",
    ("certification", "note"): "zqxwvj07",
    ("evaluation", "note_to_trainee"): "zqxwvj08",
    ("evaluation", "note_internal"): "zqxwvj09",
    ("evaluation", "reason"): "zqxwvj10",
    ("evaluation", "evidence_name"): "zqxwvj11",
    ("roster_import", "file_name"): "zqxwvj12",
    ("certification", "issued_by_name"): "zqxwvj13",
    ("certification", "revoked_reason"): "zqxwvj14",
    ("certification_file", "name"): "zqxwvj15",
    ("certificate", "name"): "zqxwvj16",
    ("certificate_file", "name"): "zqxwvj17",
    ("mark", "by_name"): "zqxwvj18",
    ("mark", "reason"): "zqxwvj19",
    ("evaluation", "observer_name"): "zqxwvj30",
    ("cohort_event", "by_name"): "zqxwvj31",
}
SEAT = "zqxwvj20 Organisation"
REFUSED = "zqxwvj21 zqxwvj00@example.org"


def put_person(session: Session) -> str:
    """Somebody with a marker in every text that is kept of them; the key of their session."""
    own, other = put_cohort(session), put_cohort(session, "AM", title="Yerevan", time_zone="Asia/Yerevan")
    member = put_member(session, own, ADDRESS)
    put_evaluation(session, put_teach_back(session, member))
    put_certification(session, own, member)
    user_id = put_staff(session, other, ADDRESS, "trainer")
    roster = put_roster(session, other, by_id=user_id)
    number = session.scalars(select(Certification.id)).one()
    session.add(CertificationFile(certification_id=number, sha256="f" * 64, name="", made_at=NOW))
    learner = learner_for_user(session, session.get_one(User, user_id).fs_uniquifier, NOW)
    assert learner is not None
    certificate = put_learning(session, learner.id, "zqxwvj32", "zqxwvj33")
    session.add(CertificateFile(certificate_id=certificate.id, sha256="e" * 64, name="", made_at=NOW))
    asked = {"course_id": "cop-parents", "key": "refresher:30", "purpose": "refresher", "due_on": NOW.date()}
    session.add(Practice(learner_id=learner.id, answer={"said": "zqxwvj34"}, **asked))
    put_mark(session, put_meeting(session, own), member)
    log_event(session, own.id, as_person(session, ADDRESS), "changed", NOW)
    session.add(StaffRequest(public_id="s" * 16, cohort_id=own.id, email=ADDRESS, role="observer", asked_at=NOW))
    session.flush()
    for table, column in (("evaluation", "observer_id"), ("certification", "issued_by_id"), ("mark", "by_id")):
        session.execute(text(f'UPDATE "{table}" SET "{column}" = :who'), {"who": user_id})
    for (table, column), marker in COLUMNS.items():
        session.execute(text(f'UPDATE "{table}" SET "{column}" = :marker'), {"marker": marker})
    # A seat kept for the address that nobody has taken, and a line about the person in somebody else's list.
    seat = put_member(session, other, None, name="zqxwvj22", organisation=SEAT, state="invited")
    seat.email = ADDRESS
    put_roster(session, own, report=json.dumps([[3, "email", REFUSED, "No.", {"who": REFUSED}, "fault"]]))
    user = session.get_one(User, user_id)
    user.confirmed_at = NOW
    log_event(session, other.id, None, "staff-added", NOW, user_id=user_id, name="zqxwvj01", role="trainer")
    put_letter(session, ADDRESS, "zqxwvj23")
    session.expire(roster)
    return user.fs_uniquifier


def test_what_is_kept_of_a_person_in_two_cohorts_is_in_the_download_and_gone_after_the_erasure(each_app: Flask) -> None:
    """Also a seat kept for their address, and a line about them in somebody else's list. Every column: tests/privacy."""
    with each_app.app_context():
        session = current_session(each_app)
        key = put_person(session)
        session.commit()
    client = signed_in_client(each_app, key)
    kept = client.get("/en/me/data").text
    wanted = [marker for column, marker in COLUMNS.items() if column not in NOT_IN_DOWNLOAD]
    wanted += [ADDRESS, SEAT, REFUSED, "zqxwvj22", "zqxwvj32", "zqxwvj33", "zqxwvj34", "asked_to_work"]
    assert [marker for marker in wanted if marker not in kept] == []
    token = hidden_fields(client.get("/en/me/erase").text)["csrf_token"]
    assert client.post("/en/me/erase", data={"csrf_token": token, "sure": "yes"}).status_code == 303
    with each_app.app_context():
        session = current_session(each_app)
        assert "zqxwvj" not in everything(session).casefold()
        assert len(session.scalars(select(Membership)).all()) == 2
    for file in site_of(each_app).settings.instance_path.glob("coplearn.sqlite3*"):
        assert b"zqxwvj" not in file.read_bytes().lower(), file


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
        assert "zqxwvj21" not in "".join(one.report for one in rosters)
        assert any(json.loads(one.report)[0][0] == 3 for one in rosters if one.report != "[]")


@pytest.mark.parametrize("times", [1, 2])
def test_settling_empties_the_log(app: Flask, times: int) -> None:
    """Twice is as once."""
    for _ in range(times):
        assert settle(engine_of(app))
    log = site_of(app).settings.instance_path / "coplearn.sqlite3-wal"
    assert not log.exists() or log.stat().st_size == 0


def test_many_are_forgotten_again_each_by_themselves(session: Session) -> None:
    """Of a backup, or of a country that left: two of one cohort stay two, and who was one person in two cohorts stays one."""
    first, second = put_cohort(session, "MA"), put_cohort(session, "MA")
    both = "b" * 64
    members = [
        put_member(session, first, None, key=both),
        put_member(session, first, None),
        put_member(session, second, None, key=both),
    ]
    assert forget_seats(session, [one.id for one in members]) == (3, [])
    assert [one.name for one in members] == ["", "", ""]
    assert members[0].key == members[2].key != both and members[1].key != members[0].key
