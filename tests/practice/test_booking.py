"""Booking letters as a property: whatever is done, killed, answered and stopped in between, nobody is written to twice."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.learning import service as learning
from coplearn.learning.models import Practice
from coplearn.outbox.models import Letter
from coplearn.outbox.rules import LetterState
from coplearn.practice.rules import Purpose, morning_of, refresher_key
from coplearn.practice.service import Answered, Circumstances, book_letters, keep_answer, stop_asking
from tests.sizes import examples

COURSE, DAYS = "course-a", (7, 30)
FINISHED = date(2026, 3, 21)
"""A week before clocks go forward in Europe."""
MIDNIGHT = datetime(2026, 3, 22, 0, 5, tzinfo=UTC)
ZONES = ("", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Honolulu")
STEP = st.one_of(
    st.tuples(st.just("work"), st.booleans()),
    st.tuples(st.sampled_from(["answer", "stop", "nothing"]), st.integers(0, 1)),
)


def _people(session: Session, zones: list[str]) -> list[int]:
    found = []
    for zone in zones:
        name = secrets.token_hex(16)
        user = User(email=f"{name}@example.org", active=True, fs_uniquifier=name, create_datetime=MIDNIGHT, locale="en")
        user.confirmed_at, user.time_zone = MIDNIGHT, zone
        session.add(user)
        session.flush()
        who = learning.learner_for_user(session, name, MIDNIGHT)
        assert who is not None
        found.append(who.id)
        for days in DAYS:
            due = FINISHED + timedelta(days=days)
            row = Practice(learner_id=who.id, course_id=COURSE, key=refresher_key(days), purpose=Purpose.REFRESHER)
            row.due_on, row.by_letter, row.answer = due, True, {}
            session.add(row)
    session.commit()
    return found


def _work(session: Session, now: datetime, *, killed: bool) -> None:
    behind: int | None = 0
    while behind is not None:
        behind = book_letters(session, now, behind, lambda *_: "token")
        if killed:
            session.rollback()
            return
        session.commit()


@examples(5, 100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zones=st.lists(st.sampled_from(ZONES), min_size=2, max_size=2),
    days=st.lists(st.lists(STEP, max_size=3), min_size=35, max_size=35),
)
def test_everybody_is_written_to_once_on_their_morning_or_not_at_all(
    session: Session, zones: list[str], days: list[list[tuple[str, int | bool]]]
) -> None:
    """Day by day for five weeks, with work that is done twice, killed in the middle, or not at all."""
    people = _people(session, zones)
    ended: set[tuple[int, str]] = set()
    for number, steps in enumerate(days):
        now = MIDNIGHT + timedelta(days=number)
        for step, value in [("work", False), *steps]:
            if step == "work":
                _work(session, now, killed=bool(value))
            elif step == "answer":
                key = refresher_key(DAYS[0] if number < 20 else DAYS[1])
                given_one = Answered(key, Purpose.REFRESHER, "check", "q", {"is": "a"}, is_right=True)
                keep_answer(session, people[int(value)], Circumstances(COURSE, "1.0.0", "en"), given_one, now)
                session.commit()
                ended.add((people[int(value)], key))
            elif step == "stop":
                stop_asking(session, people[int(value)], COURSE, now)
                session.commit()
                for after in DAYS:
                    ended.add((people[int(value)], refresher_key(after)))
    for learner_id, zone in zip(people, zones, strict=True):
        for after in DAYS:
            morning = morning_of(FINISHED + timedelta(days=after), zone)
            booked = _booked(session, learner_id, after)
            if (
                learner_id,
                refresher_key(after),
            ) in ended:  # nothing is sent in this test, so what was booked is taken back
                assert booked in ([], [(morning, LetterState.CANCELLED)])
            else:
                assert booked == [(morning, LetterState.WAITING)]


def _booked(session: Session, learner_id: int, after: int) -> list[tuple[datetime, str]]:
    """When each letter with that question may go, and how it stands."""
    begins = f"practice:{learner_id}:{COURSE}:{refresher_key(after)}:"
    letters = session.scalars(select(Letter).where(Letter.key.startswith(begins))).all()
    return [(letter.next_try_at, letter.state) for letter in letters]
