"""Records are kept once, join an account without loss, and are forgotten or erased whole; on both engines."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial, reduce
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import erase_user
from coplearn.courses.plugin import Outcome
from coplearn.kernel.errors import NotFound, Refused
from coplearn.learning import joining, queries, service
from coplearn.learning.models import Learner, Visit
from coplearn.learning.rules import Visited, forget_date, join
from coplearn.storage.database import current_session
from tests.crowd import all_at_once
from tests.sizes import examples

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LESSON = Outcome(done=True, answers={})


COURSES = {"course-a": ("item-a", "item-b")}


def target(item: str = "item-a", tries: int = 0) -> service.AnsweredItem:
    """An item of one course."""
    return service.AnsweredItem("course-a", "1.0.0", "d" * 64, item, tries, COURSES["course-a"])


def person(session: Session, name: str = "ani") -> User:
    """Somebody with an account."""
    user = User(email=f"{name}@example.org", active=True, fs_uniquifier=name, create_datetime=NOW, locale="en")
    session.add(user)
    session.flush()
    return user


def counts(session: Session) -> dict[str, int]:
    """How many rows each table of learning holds."""
    names = ("learner", "enrolment", "visit", "attempt", "certificate")
    return {name: session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}


def test_the_same_key_is_one_attempt_with_the_first_result(session: Session) -> None:
    """A second press of the same form gives back the first result; with another answer it is refused, and changes nothing."""
    learner, _ = service.start_visitor(session, NOW, NOW)
    outcome = Outcome(True, {"q": ["a", "b"]}, 40, False)
    first = service.answer_item(session, learner.id, target(), "k", "en", 1, outcome, NOW)
    assert service.answer_item(session, learner.id, target(), "k", "en", 1, outcome, NOW) == first
    with pytest.raises(service.AnsweredBefore):
        service.answer_item(session, learner.id, target(), "k", "en", 1, Outcome(True, {"q": ["b"]}, 100, True), NOW)
    with pytest.raises(service.AnsweredBefore):
        service.answer_item(session, learner.id, target("item-b"), "k", "en", 1, outcome, NOW)
    assert counts(session)["attempt"] == 1
    assert queries.visits_of(session, learner.id, "course-a")["item-a"].score == 40


def test_simultaneous_presses_are_one_attempt(each_app: Flask) -> None:
    """Fifty posts of one press at once, each in its own connection: one attempt, one try, no error."""
    with each_app.app_context():
        session = current_session(each_app)
        learner, _ = service.start_visitor(session, NOW, NOW)
        session.commit()

    def press() -> None:
        with each_app.app_context():
            own = current_session(each_app)
            service.answer_item(own, learner.id, target(), "one-press", "en", 1, LESSON, NOW)
            own.commit()

    errors = all_at_once([press] * 50)
    with each_app.app_context():
        own = current_session(each_app)
        assert errors == []
        assert counts(own)["attempt"] == 1
        assert queries.visits_of(own, learner.id, "course-a")["item-a"].tries == 1


def test_two_devices_at_the_same_moment_both_count(each_app: Flask) -> None:
    """Different presses at once on an item nobody has touched yet: each is kept, and the item is one."""
    with each_app.app_context():
        session = current_session(each_app)
        learner, _ = service.start_visitor(session, NOW, NOW)
        session.commit()

    def press(number: int) -> None:
        with each_app.app_context():
            own = current_session(each_app)
            service.answer_item(own, learner.id, target(), f"press-{number}", "en", 1, LESSON, NOW)
            own.commit()

    errors = all_at_once(partial(press, number) for number in range(20))
    with each_app.app_context():
        own = current_session(each_app)
        assert errors == []
        assert counts(own) == {"learner": 1, "enrolment": 1, "visit": 1, "attempt": 20, "certificate": 0}
        assert queries.visits_of(own, learner.id, "course-a")["item-a"].tries == 20


def test_a_learner_erased_meanwhile_is_told(session: Session) -> None:
    """A form sent after the erasure says so instead of failing."""
    learner, _ = service.start_visitor(session, NOW, NOW)
    service.erase_learner(session, learner.id)
    with pytest.raises(NotFound):
        service.answer_item(session, learner.id, target(), "k", "en", 1, LESSON, NOW)


def test_when_somebody_was_here_is_written_down_once_an_hour(session: Session) -> None:
    """To forget visitors after months it is enough, and an answer writes that much less."""
    learner, token = service.start_visitor(session, NOW, NOW)
    seen = []
    for minutes in (30, 61, 90, 130):
        sent = service.Submission(f"k{minutes}", "en", 1, LESSON, NOW + timedelta(minutes=minutes))
        found = service.answer_as(session.connection(), None, token, target(), sent)
        assert found is not None
        assert found[0].id == learner.id
        seen.append(session.scalars(select(Learner.seen_at)).one() - NOW)
    assert [one.seconds // 60 for one in seen] == [0, 61, 61, 130]
    assert service.answer_as(session.connection(), None, "nobody's", target(), sent) is None


def test_tries_beyond_the_limit_are_refused_and_keep_the_best(session: Session) -> None:
    """The last try does not count down what was reached before."""
    learner, _ = service.start_visitor(session, NOW, NOW)
    for number, score in enumerate((90, 10)):
        outcome = Outcome(True, {}, score, score >= 70)
        service.answer_item(session, learner.id, target(tries=2), f"k{number}", "en", 1, outcome, NOW)
    with pytest.raises(Refused):
        service.answer_item(session, learner.id, target(tries=2), "k3", "en", 1, LESSON, NOW)
    visit = queries.visits_of(session, learner.id, "course-a")["item-a"]
    assert (visit.score, visit.tries, visit.passed_at) == (90, 2, NOW)
    assert counts(session)["attempt"] == 2


def test_visitor_joins_an_account_that_has_its_own_records(session: Session) -> None:
    """Both devices' work is there afterwards: best score, earliest time, every attempt once; the visitor is no more."""
    user = person(session)
    mine = service.learner_for_user(session, "ani", NOW)
    assert mine is not None
    service.answer_item(session, mine.id, target(), "a", "en", 1, Outcome(True, {}, 60, False), NOW)
    visitor, token = service.start_visitor(session, NOW, NOW - timedelta(days=90))
    later = NOW + timedelta(hours=1)
    service.answer_item(session, visitor.id, target(), "b", "ar", 1, Outcome(True, {}, 80, True), later)
    service.answer_item(session, visitor.id, target("item-b"), "c", "ar", 1, LESSON, later)
    joining.join_visitor(session, token, user.id, later, COURSES)
    visits = queries.visits_of(session, mine.id, "course-a")
    assert (visits["item-a"].score, visits["item-a"].done_at, visits["item-a"].tries) == (80, NOW, 2)
    assert visits["item-b"].done_at == later
    assert [one.place_item_id for one in queries.enrolments_of(session, mine.id)] == ["item-b"]
    assert counts(session) == {"learner": 1, "enrolment": 1, "visit": 2, "attempt": 3, "certificate": 0}


def test_joining_twice_changes_nothing(session: Session) -> None:
    """A sign-in repeated with the old token finds nobody and loses nothing."""
    user = person(session)
    visitor, token = service.start_visitor(session, NOW, NOW)
    service.answer_item(session, visitor.id, target(), "a", "en", 1, LESSON, NOW)
    joining.join_visitor(session, token, user.id, NOW, COURSES)
    before = counts(session)
    joining.join_visitor(session, token, user.id, NOW, COURSES)
    assert counts(session) == before


events = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["i1", "i2", "i3"]), st.integers(0, 4), st.integers(0, 100)),
    max_size=12,
)


@examples(8, 25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=events, order=st.permutations([0, 1, 2]))
def test_devices_join_to_the_same_whatever_the_order(
    app: Flask, events: Sequence[tuple[int, str, int, int]], order: Sequence[int]
) -> None:
    """Three devices' logs joined to one account in any order: done items and best scores are those of all together."""
    with app.app_context():
        session = current_session(app)
        user = person(session, secrets.token_hex(8))
        devices = [service.start_visitor(session, NOW, NOW - timedelta(days=90)) for _ in range(3)]
        for number, (device, item, hour, score) in enumerate(events):
            outcome = Outcome(True, {}, score, score >= 70)
            at = NOW + timedelta(hours=hour)
            service.answer_item(session, devices[device][0].id, target(item), f"k{number}", "en", 1, outcome, at)
        for device in order:
            joining.join_visitor(session, devices[device][1], user.id, NOW, COURSES)
        learner = service.learner_for_user(session, user.fs_uniquifier, NOW)
        assert learner is not None
        found = queries.visits_of(session, learner.id, "course-a")
        session.commit()
    best: dict[str, int] = {}
    tries: dict[str, int] = {}
    for _, item, _, score in events:
        best[item] = max(best.get(item, 0), score)
        tries[item] = tries.get(item, 0) + 1
    assert {item: visit.score for item, visit in found.items()} == best
    assert {item: visit.tries for item, visit in found.items()} == tries


answers = st.lists(
    st.tuples(st.integers(0, 50), st.none() | st.integers(0, 100), st.booleans()),
    unique_by=lambda one: one[0],
    min_size=1,
    max_size=6,
)


@examples(8, 25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=answers)
def test_answers_come_to_what_the_rule_of_joining_says(
    each_app: Flask, events: Sequence[tuple[int, int | None, bool]]
) -> None:
    """Written one after the other by the database, clocks going back and forth: the visit is the join of them all."""
    wanted: list[Visited] = []
    with each_app.app_context():
        session = current_session(each_app)
        learner, _ = service.start_visitor(session, NOW, NOW - timedelta(days=90))
        for hour, score, done in events:
            at, passed, state = NOW + timedelta(hours=hour), None if score is None else score >= 70, {"at": hour}
            outcome = Outcome(done, {}, score, passed, state)
            service.answer_item(session, learner.id, target(), f"k{hour}", "en", 1, outcome, at)
            wanted.append(Visited(at, at if done else None, score, at if passed else None, state, at))
        columns = (
            Visit.first_at,
            Visit.done_at,
            Visit.score,
            Visit.passed_at,
            Visit.state,
            Visit.state_at,
            Visit.tries,
        )
        found = session.execute(select(*columns).where(Visit.learner_id == learner.id)).one()
        session.rollback()
    assert Visited(*found[:6]) == reduce(join, wanted)
    assert found.tries == len(events)


def test_visitors_are_forgotten_after_their_days_and_accounts_are_not(session: Session) -> None:
    """At the border day: a visitor just older goes with every record, one just younger and an account's learner stay."""
    person(session)
    service.learner_for_user(session, "ani", NOW - timedelta(days=400))
    old, _ = service.start_visitor(session, NOW - timedelta(days=90, seconds=1), NOW - timedelta(days=500))
    service.answer_item(session, old.id, target(), "k", "en", 1, LESSON, NOW - timedelta(days=90, seconds=1))
    young, _ = service.start_visitor(session, NOW - timedelta(days=90), NOW - timedelta(days=500))
    gone = service.forget_visitors(session, forget_date(NOW, 90))
    left = set(session.execute(text("SELECT id FROM learner")).scalars())
    assert gone == 1
    assert old.id not in left
    assert young.id in left
    assert counts(session)["attempt"] == 0


def test_erasing_a_person_leaves_no_trace_of_a_marker(each_app: Flask) -> None:
    """A marker planted in every text a person can type is in the export and nowhere in the database afterwards."""
    marker = "xyzzy-marker"
    with each_app.app_context():
        session = current_session(each_app)
        user = person(session, marker)
        user.name = marker
        learner = service.learner_for_user(session, marker, NOW)
        assert learner is not None
        outcome = Outcome(True, {"thought": marker}, state={"path": [marker]})
        service.answer_item(session, learner.id, target(), marker, "en", 1, outcome, NOW)
        session.commit()
        export: dict[str, Any] = queries.export_of(session, learner.id)
        assert repr(export).count(marker) >= 3
        erase_user(session, user.id)
        session.commit()
        assert _found(session, marker) == []


def _found(session: Session, marker: str) -> list[str]:
    names = inspect(session.connection()).get_table_names()
    rows = {name: session.execute(text(f'SELECT * FROM "{name}"')).all() for name in names}
    return [name for name, found in rows.items() if marker in repr(found)]
