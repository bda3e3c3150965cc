"""Who is found to need help, for which reason, and that one press writes to them once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.letters import offer_help, scope_of
from coplearn.cohorts.common.queries import Person, is_on_the_way
from coplearn.cohorts.meetings.queries import in_danger
from coplearn.cohorts.meetings.rules.attendance import Planned, standing
from coplearn.cohorts.whole.queries.needs import facts_of, needs_by_cohort
from coplearn.cohorts.whole.rules import Facts, Need, reasons_of
from coplearn.cohorts.whole.service import send_digests
from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Attempt, Learner, Visit
from coplearn.outbox.models import Letter
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import attend
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_meeting,
    put_member,
    put_staff,
    signed_in_client,
)
from tests.counting import counted, under_lock

FINE = Facts(
    joined_at=NOW - timedelta(days=3),
    has_way=True,
    wants_courses=True,
    done=0,
    last_at=None,
    failed=(),
    standing=None,
)
_LATE = standing([Planned(1, NOW - timedelta(days=2), NOW - timedelta(days=1), True)], {}, 80, NOW, NOW)
_LOST = standing([Planned(1, NOW - timedelta(days=2), NOW - timedelta(days=1), True)], {1: "absent"}, 80, NOW)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, []),
        ({"joined_at": NOW - timedelta(days=7)}, [Need.NOT_STARTED]),
        ({"joined_at": NOW - timedelta(days=6, hours=23)}, []),
        ({"joined_at": NOW - timedelta(days=7), "has_way": False}, [Need.NO_ACCOUNT]),
        ({"joined_at": NOW - timedelta(days=90), "wants_courses": False}, []),
        ({"done": 3, "last_at": NOW - timedelta(days=14)}, [Need.IDLE]),
        ({"done": 3, "last_at": NOW - timedelta(days=13)}, []),
        ({"done": 0, "last_at": NOW - timedelta(days=20), "joined_at": NOW - timedelta(days=30)}, [Need.IDLE]),
        ({"done": 43, "last_at": NOW - timedelta(days=60), "wants_courses": False}, []),
        ({"failed": ("First check",)}, [Need.FAILED]),
        ({"standing": _LOST}, [Need.DANGER]),
        ({"standing": _LATE}, []),
        ({"standing": _LOST, "failed": ("A",), "joined_at": NOW - timedelta(days=9)}, [Need.DANGER, Need.FAILED, Need.NOT_STARTED]),
    ],
)  # fmt: skip
def test_reasons_are_the_rules_that_hold(changes: dict[str, Any], wanted: list[Need]) -> None:
    """Each rule at its border, alone and together, the most urgent first."""
    assert [reason.need for reason in reasons_of(replace(FINE, **changes), NOW)] == wanted


LEA = Person(0, "Lea", "lea@example.org", "en", ())


def _put_learner(session: Session, user_id: int | None) -> int:
    learner = Learner(user_id=user_id, visitor_hash=None, seed=1, created_at=NOW, seen_at=NOW)
    session.add(learner)
    session.flush()
    return learner.id


def _put_attempt(session: Session, learner_id: int, number: int, *, passed: bool) -> None:
    session.execute(
        insert(Attempt).values(
            learner_id=learner_id, course_id="cop-parents", item_id="p1-check", key=f"k{number}", at=NOW, locale="ar",
            course_version="1", course_digest="d", seed=1, answers={}, done=True, score=90 if passed else 20, passed=passed,
        )
    )  # fmt: skip


def test_records_tell_who_failed_too_often_and_who_stopped(app: Flask, session: Session) -> None:
    """Three failures of one check count until it is passed; the last step in the course is what idleness is counted from."""
    cohort = put_cohort(session)
    stuck, through = put_member(session, cohort, "a@example.org"), put_member(session, cohort, "b@example.org")
    put_member(session, cohort, "gone@example.org", state="withdrawn")
    for member, passes in ((stuck, False), (through, True)):
        learner = _put_learner(session, member.user_id)
        for number in range(3):
            _put_attempt(session, learner, number, passed=False)
        if passes:
            _put_attempt(session, learner, 9, passed=True)
        session.add(
            Visit(
                learner_id=learner, course_id="cop-parents", item_id="p1-check", first_at=NOW - timedelta(days=40),
                done_at=NOW - timedelta(days=20), score=20, passed_at=None, tries=3, state={}, state_at=None,
            )
        )  # fmt: skip
    session.flush()
    courses = site_of(app).library.current().courses
    titles = {("cop-parents", "p1-check"): "First check"}
    found = {member.email: facts for member, facts in facts_of(session, cohort, courses, titles, NOW)}
    assert set(found) == {"a@example.org", "b@example.org"}
    assert found["a@example.org"].failed == ["First check"]
    assert found["b@example.org"].failed == []
    assert found["a@example.org"].last_at == NOW - timedelta(days=20)


def test_offer_of_help_is_written_once_a_day(session: Session) -> None:
    """The second press on a day writes nothing; somebody without mail gets none; it is in the person's language."""
    cohort = put_cohort(session)
    member = put_member(session, cohort, "a@example.org", locale="fr")
    silent = put_member(session, cohort, None)
    assert offer_help(session, cohort, member, Need.IDLE, "See you!", LEA, NOW)
    assert not offer_help(session, cohort, member, Need.IDLE, "Again", LEA, NOW)
    assert offer_help(session, cohort, member, Need.IDLE, "", LEA, NOW + timedelta(days=1))
    assert not offer_help(session, cohort, silent, Need.IDLE, "", LEA, NOW)
    letters = session.scalars(select(Letter).where(Letter.scope == scope_of(cohort.id)).order_by(Letter.id)).all()
    assert [(letter.to_address, letter.locale) for letter in letters] == [("a@example.org", "fr")] * 2
    assert letters[0].params["words"] == "See you!"


def test_digest_goes_to_trainers_once_a_week(app: Flask, session: Session) -> None:
    """Leads and trainers of running cohorts hear how many need help; observers do not, and nobody hears twice."""
    cohort = put_cohort(session, course_ids=[])
    put_staff(session, cohort, "lead@example.org", "lead")
    put_staff(session, cohort, "observer@example.org", "observer")
    put_meeting(session, cohort, NOW - timedelta(days=3), mandatory=True)
    put_member(session, cohort, "a@example.org")
    put_cohort(session, state="closed")
    courses = site_of(app).library.current().courses
    needs = needs_by_cohort(session, courses, NOW)
    assert send_digests(session, needs, NOW) == 1
    assert send_digests(session, needs, NOW + timedelta(days=1)) == 0
    letter = session.scalars(select(Letter)).one()
    assert (letter.to_address, letter.params["lines"]) == ("lead@example.org", {"danger": 1})


def test_days_work_counts_who_needs_help_while_others_save(app: Flask) -> None:
    """Going through everybody's attendance takes a while on a large site: only the letters are written under the lock."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session, course_ids=[])
        put_staff(session, cohort, "lead@example.org", "lead")
        put_meeting(session, cohort, NOW - timedelta(days=3), mandatory=True)
        put_member(session, cohort, "a@example.org")
        session.commit()
    attendance = "coalesce(membership.joined_at"
    with counted(app) as sent, under_lock(app) as held:
        assert "tell trainers who needs help" in site_of(app).jobs.run_daily(NOW)
    assert [one for one in sent if attendance in one]
    assert [one for one in held if attendance in one] == []
    with app.app_context():
        digests = select(Letter.to_address).where(Letter.kind == "cohort-digest")
        assert current_session(app).scalars(digests).all() == ["lead@example.org"]


@pytest.mark.parametrize(
    ("changes", "outcome", "wanted"),
    [
        ({}, None, 1),
        ({}, "repeat", 1),
        ({}, "certified", 0),
        ({}, "completed", 0),
        ({"state": "closed"}, None, 0),
        ({"state": "draft"}, None, 0),
        ({"archived_at": NOW}, None, 0),
    ],
)
def test_who_is_over_is_left_in_peace(
    session: Session, changes: dict[str, Any], outcome: str | None, wanted: int
) -> None:
    """In a cohort that is over nobody is looked for, and nobody about whom it is decided: not by the list, not by the
    warnings of attendance, and nobody is written to from a page that was open before."""
    cohort = put_cohort(session, course_ids=[], **changes)
    member = put_member(session, cohort, "ani@example.org")
    meeting = put_meeting(session, cohort, NOW - timedelta(days=2))
    attend(session, meeting, member, "absent")
    if outcome is not None:
        put_certification(session, cohort, member, outcome=outcome, number=None)
    found = [reasons for _, facts in facts_of(session, cohort, {}, {}, NOW) if (reasons := reasons_of(facts, NOW))]
    assert len(found) == wanted
    assert len(in_danger(session, cohort, NOW)) == wanted
    assert is_on_the_way(session, cohort, member) == bool(wanted)


def test_who_was_brought_in_today_is_not_in_danger_for_last_week(app: Flask) -> None:
    """Not among those who need a word, not by name on the timetable, where the trainer is told what to do; and not on their
    own schedule. Whoever was there to miss it still is."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session, course_ids=[])
        put_staff(session, cohort, "lea@example.org", "lead")
        now = utcnow()
        put_meeting(session, cohort, now - timedelta(days=6))
        late = put_member(session, cohort, "late@example.org", created_at=now, joined_at=now)
        early = put_member(session, cohort, "early@example.org", joined_at=now - timedelta(days=6, hours=1))
        session.commit()
        found = {one.id: reasons_of(facts, now) for one, facts in facts_of(session, cohort, {}, {}, now)}
        assert [reason.need for reason in found[early.id]] == [Need.DANGER]
        assert found[late.id] == []
        keys = {user.email: user.fs_uniquifier for user in session.scalars(select(User))}
        path = f"/en/cohorts/{cohort.public_id}"
    page = signed_in_client(app, keys["lea@example.org"]).get(f"{path}/meetings").text
    assert "Some people joined after meetings had been held" in page
    warned = page[page.index('class="warned"') :]
    warned = warned[: warned.index("</ul>")]
    assert "Early" in warned
    assert "Late" not in warned
    told = ["You can no longer reach" in signed_in_client(app, keys[f"{who}@example.org"]).get(f"{path}/schedule").text
            for who in ("late", "early")]  # fmt: skip
    assert told == [False, True]


def test_an_old_page_writes_to_nobody_who_is_over(app: Flask) -> None:
    """Somebody was decided about while the page of needs was open: the press writes nothing and says why."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        put_staff(session, cohort, "lea@example.org", "lead")
        member = put_member(session, cohort, "ani@example.org")
        put_certification(session, cohort, member)
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "lea@example.org")).one()
        path = f"/en/cohorts/{cohort.public_id}/needs"
        address = f"{path}/{member.public_id}"
    client = signed_in_client(app, key)
    token = hidden_fields(client.get("/en/help").text)["csrf_token"]
    assert client.post(address, data={"csrf_token": token, "need": "idle"}).status_code == 303
    assert "is over for" in client.get(path).text
    with app.app_context():
        assert current_session(app).scalars(select(Letter)).all() == []


def test_nobody_is_written_to_for_a_reason_that_there_is_not(app: Flask) -> None:
    """A forged reason has no page; nor has the list of needs in a series, where nobody is trained."""
    with app.app_context():
        session = current_session(app)
        cohort, series = put_cohort(session), put_cohort(session, kind="series")
        for one in (cohort, series):
            put_staff(session, one, "lea@example.org", "lead")
        address = f"/en/cohorts/{cohort.public_id}/needs/{put_member(session, cohort, 'ani@example.org').public_id}"
        of_series = f"/en/cohorts/{series.public_id}/needs"
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "lea@example.org")).one()
        session.commit()
    client = signed_in_client(app, key)
    token = hidden_fields(client.get("/en/help").text)["csrf_token"]
    assert client.post(address, data={"csrf_token": token, "need": "made-up"}).status_code == 404
    assert client.get(of_series).status_code == 404
    with app.app_context():
        assert current_session(app).scalars(select(Letter)).all() == []
