"""Running an exercise: entries are kept once and in order, roles see what is theirs alone, and fixes are asked after."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.accounts.service import erase_user
from coplearn.cohorts.meetings.rules.marking import MOST_MARKS
from coplearn.cohorts.meetings.service.attendance import Sent
from coplearn.courses.exercise import Exercise, ExerciseRole, Inject
from coplearn.drills import queries, service
from coplearn.drills.models import DrillEntry, DrillFix, DrillRun
from coplearn.drills.presenters import on_table, slots_of
from coplearn.drills.rules import fits, happened_at, slots
from coplearn.kernel.errors import Refused
from coplearn.outbox.models import Letter
from coplearn.rooms.models import Room
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_cohort, put_member, put_staff, put_user, signed_in_client

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
COURSE, ITEM = "cop-cyberdrill-grooming", "a-report-of-grooming"
SMALL = Exercise(
    minutes=60,
    least=2,
    most=3,
    rules=("leave",),
    prepare=(),
    systems=(),
    roles=(ExerciseRole("helpline", 1, None, True), ExerciseRole("police", 2, None, False)),
    injects=(
        Inject("first", 5, ("helpline",), ("who",), ("wait",), False),
        Inject("second", 20, (), ("how",), (), True),
    ),
    anchors=("safe", "lawful", "fast"),
    fails=("copied",),
    distress=("out",),
    wash=("late",),
    fixes=2,
)


def sent(key: str, value: str, rev: int = 0, *, op: str = "", made: datetime = NOW, after: str = "") -> Sent:
    """An entry as a device sends it."""
    return Sent(op or f"{key}-{value}-{rev}", key, value, rev, made, after=after)


@pytest.fixture
def run(session: Session) -> DrillRun:
    """An exercise that was just opened."""
    user_id = put_user(session, "lead@example.org")
    return service.open_run(session, user_id, COURSE, ITEM, "1.0.0", "drills.table", NOW)


def enter(session: Session, run: DrillRun, *entries: Sent, now: datetime = NOW) -> service.EnteredNow:
    """Enter as its facilitator."""
    assert run.by_id is not None
    return service.take_entries(session, run, SMALL, entries, run.by_id, now)


def held(session: Session, run: DrillRun) -> dict[str, str]:
    """What holds for each key."""
    return {key: slot.value for key, slot in slots_of(run, queries.entries_of(session, run.id)).items()}


def test_same_entries_again_change_nothing(session: Session, run: DrillRun) -> None:
    """A device that heard no answer sends once more; each entry is kept once."""
    batch = (sent("clock", "running"), sent("inject.first", "revealed"), sent("score.safe", "2"))
    first = enter(session, run, *batch)
    again = enter(session, run, *batch, now=NOW + timedelta(hours=1))
    assert [one.value for one in again.standing.values()] == [one.value for one in first.standing.values()]
    assert session.scalar(select(func.count()).select_from(DrillEntry)) == 3
    assert run.began_at == NOW


def test_entry_that_did_not_know_of_a_newer_one_is_kept_and_does_not_hold(session: Session, run: DrillRun) -> None:
    """Two devices of one facilitator: the later word waits until somebody chooses; a page's own second thought goes on."""
    enter(session, run, sent("score.safe", "2", op="one"))
    came = enter(session, run, sent("score.safe", "3", op="other"))
    assert came.stale == ["other"] and held(session, run)["score.safe"] == "2"
    slot = slots_of(run, queries.entries_of(session, run.id))["score.safe"]
    assert (slot.other, slot.rev, slot.op_id) == ("3", 1, "one")
    enter(session, run, sent("score.safe", "1", op="two", after="one"))
    assert held(session, run)["score.safe"] == "1"
    assert slots_of(run, queries.entries_of(session, run.id))["score.safe"].other == ""


def test_times_are_those_of_the_device_as_far_as_they_can_be(session: Session, run: DrillRun) -> None:
    """What waited without a network happened when it was pressed, not before the exercise and not after it arrived."""
    later = NOW + timedelta(minutes=50)
    enter(
        session,
        run,
        sent("clock", "running", made=NOW + timedelta(minutes=10)),
        sent("inject.first", "revealed", made=NOW + timedelta(minutes=16)),
        sent("inject.second", "revealed", made=later + timedelta(days=3)),
        now=later,
    )
    found = slots_of(run, queries.entries_of(session, run.id))
    assert run.began_at == NOW + timedelta(minutes=10)
    assert (found["inject.first"].minute, found["inject.second"].minute) == (6, 40)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 600))
def test_happened_at_is_never_outside_the_exercise(made: datetime, minutes: int) -> None:
    """Whatever a device's clock says."""
    now = NOW + timedelta(minutes=minutes)
    assert NOW <= happened_at(made, NOW, now) <= now


@given(st.text(max_size=40), st.text(max_size=400))
def test_only_what_the_exercise_has_can_be_entered(key: str, value: str) -> None:
    """No other key, no other word, no text that is too long, no day that is none."""
    known = slots(SMALL)
    assert not fits(known, f"x{key}", value)
    assert not fits(known, "clock", f"x{value}")
    assert fits(known, "fix.1.what", value) == (len(value) <= 300)
    assert fits(known, "fix.1.due", "2026-12-24") and not fits(known, "fix.1.due", "2026-13-24")


def test_unknown_entry_refuses_the_whole_sending(session: Session, run: DrillRun) -> None:
    """Nothing of it is kept, so that the device keeps all of it."""
    with pytest.raises(Refused):
        enter(session, run, sent("score.safe", "2"), sent("score.gone", "2"))
    session.expire_all()
    assert held(session, run) == {}


def test_too_many_entries_at_once_are_refused_and_none_is_kept(session: Session, run: DrillRun) -> None:
    """As many as may come are taken."""
    many = [sent("clock", "running", op=f"op-{number}") for number in range(MOST_MARKS + 1)]
    with pytest.raises(Refused, match="at once"):
        enter(session, run, *many)
    assert session.scalar(select(func.count()).select_from(DrillEntry)) == 0
    enter(session, run, *many[:-1])
    assert held(session, run) == {"clock": "running"}


def test_fixes_follow_what_is_entered(session: Session, run: DrillRun) -> None:
    """What, which office, by which day; corrected, and taken away again."""
    enter(
        session,
        run,
        sent("fix.1.what", "Answer the line on weekends"),
        sent("fix.1.office", "Child protection"),
        sent("fix.1.due", "2027-02-01"),
        sent("fix.2.what", "A list of duty officers abroad"),
    )
    assert [(fix.what, fix.office, str(fix.due_on)) for fix in queries.fixes_of(session, run.id)] == [
        ("Answer the line on weekends", "Child protection", "2027-02-01"),
        ("A list of duty officers abroad", "", "None"),
    ]
    enter(session, run, sent("fix.1.what", "Answer it at night too", 1), sent("fix.2.what", "", 1))
    assert [fix.what for fix in queries.fixes_of(session, run.id)] == ["Answer it at night too"]


def test_fixes_are_asked_after_once_three_months_later(session: Session, run: DrillRun) -> None:
    """Not before, not twice, and not where each was told of already."""
    enter(session, run, sent("fix.1.what", "Answer the line"), sent("clock", "over"))
    assert service.ask_after_fixes(session, NOW + timedelta(days=90)) == 0
    assert service.ask_after_fixes(session, NOW + timedelta(days=91)) == 1
    assert service.ask_after_fixes(session, NOW + timedelta(days=92)) == 0
    letter = session.scalars(select(Letter).where(Letter.kind == service.FIXES)).one()
    assert letter.to_address == "lead@example.org"
    service.answer_fixes(session, run, {1: "going-on"}, NOW + timedelta(days=93))
    fix = session.scalars(select(DrillFix)).one()
    assert (fix.state, fix.answered_at) == ("going-on", NOW + timedelta(days=93))
    with pytest.raises(Refused):
        service.answer_fixes(session, run, {1: "forgotten"}, NOW)


def test_fixes_that_were_told_of_are_not_asked_after(session: Session, run: DrillRun) -> None:
    """Whoever came back by themselves gets no letter."""
    enter(session, run, sent("fix.1.what", "Answer the line"), sent("clock", "over"))
    service.answer_fixes(session, run, {1: "done"}, NOW)
    assert service.ask_after_fixes(session, NOW + timedelta(days=91)) == 0


def test_erased_facilitator_leaves_the_exercise_without_a_name(session: Session, run: DrillRun) -> None:
    """It counts on; nobody is asked after its fixes any more, and the download had all of it before."""
    enter(session, run, sent("fix.1.what", "Answer the line"), sent("clock", "over"))
    assert run.by_id is not None
    told = queries.export_of(session, run.by_id)
    assert told[0]["fixes"] == [["Answer the line", "", "", ""]] and told[0]["entries"][1][:2] == ["clock", "over"]
    number = run.id
    session.flush()
    erase_user(session, run.by_id)
    session.expire_all()
    assert session.get_one(DrillRun, number).by_id is None
    assert session.scalars(select(DrillEntry.by_id).distinct()).all() == [None]
    assert service.ask_after_fixes(session, NOW + timedelta(days=91)) == 0


def test_role_sees_its_own_messages_newest_first(session: Session, run: DrillRun) -> None:
    """Another role does not see what did not reach it; a consequence comes with its message."""
    enter(session, run, sent("inject.first", "revealed"), sent("turn.first.wait", "yes"))
    found = slots_of(run, queries.entries_of(session, run.id))
    assert [(one.id, list(one.then)) for one in on_table(SMALL, found, "helpline")] == [("first", ["wait"])]
    assert on_table(SMALL, found, "police") == []
    enter(session, run, sent("inject.second", "revealed"), sent("inject.first", "waiting", 1))
    found = slots_of(run, queries.entries_of(session, run.id))
    assert [one.id for one in on_table(SMALL, found, "helpline")] == ["second"]


# ── The pages, on the drill of our own course ──


@dataclass
class Hall:
    """A site with a trainer who may run exercises, and others who may not."""

    app: Flask
    trainer: FlaskClient
    other: FlaskClient
    learner: FlaskClient

    def post(self, client: FlaskClient, address: str, **form: str) -> TestResponse:
        """Send a form with a good token."""
        page = client.get("/en/help").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return client.post(address, data={"csrf_token": token, **form})

    def open(self) -> str:
        """Open the exercise; the address of its page_of_run."""
        answer = self.post(self.trainer, f"/en/drills/{COURSE}/{ITEM}/runs", form_key="k" * 16)
        assert answer.status_code == 303
        return str(answer.location)

    def code(self, page_of_run: str) -> str:
        """The code on the wall."""
        found = re.search(r'door__code"><bdi dir="ltr">([^<]+)<', self.trainer.get(page_of_run).text)
        assert found is not None
        return found[1]

    def player(self, code: str, role: str) -> tuple[FlaskClient, str]:
        """Somebody without an account who types the code and takes a role; their browser and the table's address."""
        client = self.app.test_client()
        answer = self.post(client, "/en/room/", code=code)
        assert answer.status_code == 303
        table = str(answer.location)
        assert self.post(client, table, role=role).status_code == 303
        return client, table

    def send(self, page_of_run: str, *entries: dict[str, Any], client: FlaskClient | None = None) -> TestResponse:
        """Send entries as the page's script does."""
        client = client or self.trainer
        token = client.get("/en/help").text.partition('name="csrf_token" value="')[2].partition('"')[0]
        return client.post(f"{page_of_run}/entries", json={"marks": entries}, headers={"X-CSRFToken": token})


@pytest.fixture
def hall(each_app: Flask) -> Hall:
    """A trainer of a cohort, another trainer, and somebody who is only trained."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort = put_cohort(session)
        put_staff(session, cohort, "trainer@example.org", "trainer")
        put_staff(session, cohort, "other@example.org", "lead")
        put_member(session, cohort, "learner@example.org")
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    browsers = [signed_in_client(each_app, keys[who]) for who in ("trainer", "other", "learner")]
    return Hall(each_app, *browsers)


def mark(key: str, value: str, rev: int = 0, op: str = "") -> dict[str, Any]:
    """An entry as JSON."""
    return {
        "op": op or f"{key}:{value}", "member": key, "status": value, "rev": rev, "made": 0, "via": "offline", "after": "",
    }  # fmt: skip


def test_exercise_is_its_facilitators_alone(hall: Hall) -> None:
    """Another trainer, a trainee and a visitor find no such page; none of them sees the pack without being a facilitator."""
    page_of_run = hall.open()
    assert hall.trainer.get(page_of_run).status_code == 200
    assert hall.other.get(page_of_run).status_code == 404 and hall.learner.get(page_of_run).status_code == 404
    assert hall.app.test_client().get(page_of_run).status_code == 302
    assert hall.send(page_of_run, mark("clock", "running"), client=hall.other).status_code == 404
    pack = f"/en/drills/{COURSE}/{ITEM}/pack"
    assert hall.other.get(pack).status_code == 200
    assert hall.learner.get(pack).status_code == 404 and hall.learner.get("/en/drills/").status_code == 404


def test_player_sees_their_card_and_what_reached_them_and_no_key(hall: Hall) -> None:
    """By code, without an account: another role's secret, a message to others and the decisions wanted are in no page."""
    page_of_run = hall.open()
    code = hall.code(page_of_run)
    helpline, table = hall.player(code.lower().replace("-", " "), "helpline")
    police, _ = hall.player(code, "cyber-police")
    assert "Nothing yet" in helpline.get(table).text
    answer = hall.send(page_of_run, mark("clock", "running"), mark("inject.first-call", "revealed"))
    assert answer.status_code == 200 and answer.json is not None and len(answer.json["taken"]) == 2
    seen, other = helpline.get(table), police.get(table)
    assert "no-store" in seen.headers["Cache-Control"]
    assert "The counsellor of Lina" in seen.text and "The counsellor of Lina" not in other.text
    assert "Your chat is full on Thursday evenings" in seen.text and "Your chat is full" not in other.text
    assert "archive" in other.text and "Only the police may ask a service" in other.text
    assert "Only the police take reports" not in other.text, "the law of the other country"
    for hidden in ("One office says that the case is its own", "Who of you owns this", "Two offices want to speak"):
        assert hidden not in seen.text
    hall.send(page_of_run, mark("turn.first-call.told-again", "yes"))
    assert "three times now" in helpline.get(table).text and "three times now" not in police.get(table).text
    hall.send(page_of_run, mark("clock", "over", 1))
    assert "What was late?" in police.get(table).text


def test_seats_of_a_role_are_limited_and_can_be_freed(hall: Hall) -> None:
    """Two hold a role, the third is told; nobody changes the role by themselves; a freed seat is chosen anew."""
    page_of_run = hall.open()
    code = hall.code(page_of_run)
    first, table = hall.player(code, "helpline")
    hall.player(code, "helpline")
    third, _ = hall.player(code, "helpline")
    assert "All seats of this role are taken" in third.get(table).text
    hall.post(first, table, role="school")
    assert "Your chat is full" in first.get(table).text
    assert "2 of 2 seats taken" in hall.trainer.get(page_of_run).text
    hall.post(hall.trainer, f"{page_of_run}/room", do="free-helpline")
    assert "Choose your role" in first.get(table).text
    hall.post(first, table, role="school")
    assert "There&#39;s a rumour" in first.get(table).text
    with hall.app.app_context():
        tables = [Room.__table__, *(one for one in Room.metadata.sorted_tables if one.name == "room_seat")]
        assert {column.name for one in tables for column in one.columns} == {
            "id", "public_id", "code", "page", "opened_at", "expires_at", "closed_at", "room_id", "part", "at",
        }  # fmt: skip


def test_entries_without_scripts_are_the_same(hall: Hall) -> None:
    """The form of the page alone: what was chosen is kept, the rest is untouched, and the results tell it."""
    page_of_run = hall.open()
    page = hall.trainer.get(page_of_run).text.partition('id="register"')[2]
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    form = {
        "s-clock": "over",
        "s-score.record": "3",
        "s-fail.named-child": "yes",
        "s-fix.1.what": "Write down the minute",
        "s-fix.1.due": "2027-01-31",
        "via": "register",
    }
    assert hall.trainer.post(page_of_run, data={**hidden, **form}).status_code == 303
    results = hall.trainer.get(f"{page_of_run}/results").text
    assert "Write down the minute" in results and "3 of 3 points" in results
    # What is missing of a fix is said where it is written down and where it is read; it is kept all the same.
    for page in (results, hall.trainer.get(page_of_run).text):
        assert page.count("nobody owns it yet") == 1 and "No day is set" not in page
    hall.send(page_of_run, mark("fix.1.office", "The duty desk"), mark("fix.2.what", "A list"))
    for page in (hall.trainer.get(f"{page_of_run}/results").text, hall.trainer.get(page_of_run).text):
        assert page.count("nobody owns it yet") == page.count("No day is set") == 1
    assert "A child was named" in results and "It was meant to help" in results
    assert hall.post(hall.trainer, f"{page_of_run}/results", **{"fix-1": "done"}).status_code == 303
    assert re.search(r'value="done"[^>]* checked', hall.trainer.get(f"{page_of_run}/results").text)


def test_nonsense_from_a_device_is_refused_and_keeps_nothing(hall: Hall) -> None:
    """Wrong shapes are 400; what the exercise does not have is 422 with a sentence, so that the device keeps it."""
    page_of_run = hall.open()
    for body in ([], [{"member": 1}], [mark("clock", "x" * 301)], [mark("k" * 161, "yes")], [mark("clock", "a\0b")]):
        assert hall.send(page_of_run, *body).status_code == (200 if not body else 400)
    answer = hall.send(page_of_run, mark("clock", "running"), mark("score.nothing", "1"))
    assert answer.status_code == 422 and answer.json is not None and "does not belong" in answer.json["refused"]
    with hall.app.app_context():
        assert current_session(hall.app).scalar(select(func.count()).select_from(DrillEntry)) == 0


def test_pack_holds_everything_for_a_day_without_a_network(hall: Hall) -> None:
    """The key, each role's card and each message, all anchors, fails, the plan for distress; in Arabic too."""
    page = hall.trainer.get(f"/en/drills/{COURSE}/{ITEM}/pack").text
    assert (page.count("paper-part pack-card"), page.count("paper-part pack-message")) == (12, 12)
    for said in ("One office says that the case", "Your chat is full", "was left alone", "stop the clock"):
        assert said in page
    assert hall.trainer.get(f"/ar/drills/{COURSE}/{ITEM}/pack").status_code == 200


def test_download_holds_the_exercises_of_the_account(hall: Hall) -> None:
    """What a facilitator entered is in their own data."""
    page_of_run = hall.open()
    hall.send(page_of_run, mark("fix.1.what", "A list"))
    data = json.loads(hall.trainer.get("/en/me/data").text)
    assert data["exercises"][0]["fixes"] == [["A list", "", "", ""]]
