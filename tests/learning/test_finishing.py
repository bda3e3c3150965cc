"""When somebody finished a course is noted once and stays, whatever the order of things and whatever becomes of the course."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.courses.plugin import Outcome
from coplearn.learning import joining, queries, service
from coplearn.learning.models import Enrolment
from coplearn.learning.tasks import note_finished
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.sizes import examples

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
COURSE = "course-a"
DONE, OPEN = Outcome(done=True, answers={}), Outcome(done=False, answers={})


def at(hour: float) -> datetime:
    """So many hours later."""
    return NOW + timedelta(hours=hour)


def visitor(session: Session) -> tuple[int, str]:
    """A new learner without an account, and their token."""
    who, token = service.start_visitor(session, NOW, NOW - timedelta(days=90))
    return who.id, token


def account(session: Session) -> tuple[int, int]:
    """A new account: its number and its learner's."""
    name = secrets.token_hex(8)
    user = User(email=f"{name}@example.org", active=True, fs_uniquifier=name, create_datetime=NOW, locale="en")
    session.add(user)
    session.flush()
    who = service.learner_for_user(session, name, NOW)
    assert who is not None
    return user.id, who.id


def answer(
    session: Session, who: int, item: str, items: str, when: datetime, outcome: Outcome = DONE, course: str = COURSE
) -> None:
    """An answer to an item of the course, which has those items (one letter each) at the time."""
    target = service.AnsweredItem(course, "1.0.0", "d" * 64, item, 0, tuple(items))
    service.answer_item(session, who, target, secrets.token_hex(8), "en", 1, outcome, when)


def day(session: Session, items: str, course: str = COURSE) -> None:
    """The day's work, on a course that has those items by now."""
    session.commit()
    note_finished(session, course, tuple(items))


def finished(session: Session, who: int, course: str = COURSE) -> datetime | None:
    """When they finished the course, as it is noted."""
    statement = select(Enrolment.finished_at).where(Enrolment.learner_id == who, Enrolment.course_id == course)
    return session.execute(statement).scalar()


def test_last_open_item_finishes_the_course(session: Session) -> None:
    """At that moment and once: doing items again, in whatever way, moves nothing."""
    who, _ = visitor(session)
    answer(session, who, "b", "ab", at(0))
    answer(session, who, "a", "ab", at(1), OPEN)
    answer(session, who, "b", "ab", at(2))
    assert finished(session, who) is None
    answer(session, who, "a", "ab", at(3))
    answer(session, who, "a", "ab", at(4))
    answer(session, who, "b", "ab", at(5), OPEN)
    assert finished(session, who) == at(3)
    assert queries.export_of(session, who)["enrolments"][0]["finished_at"] == at(3).isoformat()


def test_course_of_one_item_is_finished_with_the_first_answer(session: Session) -> None:
    """And not when that answer leaves it open; other courses and other learners are not touched."""
    who, _ = visitor(session)
    other, _ = visitor(session)
    answer(session, other, "a", "ab", at(0))
    answer(session, who, "a", "a", at(0), OPEN, course="course-b")
    answer(session, who, "a", "a", at(1))
    assert finished(session, who) == at(1)
    assert (finished(session, who, "course-b"), finished(session, other)) == (None, None)


def test_course_that_gained_an_item_stays_finished(session: Session) -> None:
    """Neither the new item's being open nor its being done later changes the day."""
    who, _ = visitor(session)
    answer(session, who, "a", "ab", at(0))
    answer(session, who, "b", "ab", at(1))
    day(session, "abc")
    answer(session, who, "c", "abc", at(2))
    day(session, "abc")
    assert finished(session, who) == at(1)


def test_course_that_lost_the_open_item_is_finished_by_the_day_s_work(session: Session) -> None:
    """On the day of the last item that is still there; by whoever has done all the others, and nobody else."""
    everything_else, half, before = (visitor(session)[0] for _ in range(3))
    for hour, item in enumerate("ab"):
        answer(session, everything_else, item, "abc", at(hour))
    answer(session, half, "a", "abc", at(0))
    answer(session, half, "b", "abc", at(1), OPEN)
    for hour, item in enumerate("abc"):
        answer(session, before, item, "abc", at(hour))
    answer(session, everything_else, "a", "ab", at(9))  # done long ago, so it finishes nothing today
    for _ in range(2):
        day(session, "ab")
        assert [finished(session, who) for who in (everything_else, half, before)] == [at(1), None, at(2)]
    day(session, "")
    assert finished(session, half) is None


def test_day_s_work_finds_who_finished_before_it_was_noted(each_app: Flask) -> None:
    """After the upgrade, through the work as it is registered: many learners of a course as it stands in the library."""
    course = site_of(each_app).library.current().courses["cop-parents"]
    items = list(course.items)
    with each_app.app_context():
        session = current_session(each_app)
        people = [visitor(session)[0] for _ in range(4)]
        for number, who in enumerate(people):
            for place, item in enumerate(items[: len(items) - number % 2]):
                target = service.AnsweredItem(course.id, course.version, course.digest, item, 0, items)
                service.answer_item(session, who, target, f"k{place}", "en", 1, DONE, at(place))
        session.execute(update(Enrolment).values(finished_at=None))
        session.commit()
    assert "finish courses" in site_of(each_app).jobs.run_daily(NOW)
    with each_app.app_context():
        session = current_session(each_app)
        last = at(len(items) - 1)
        assert [finished(session, who, course.id) for who in people] == [last, None, last, None]


def test_joining_finishes_what_both_did_together(session: Session) -> None:
    """Neither had all of it; together they have, since the later of the two halves."""
    user, mine = account(session)
    theirs, token = visitor(session)
    answer(session, mine, "b", "ab", at(1))
    answer(session, theirs, "a", "ab", at(3))
    answer(session, theirs, "a", "ab", at(4), course="course-b")
    joining.join_visitor(session, token, user, at(5), {COURSE: ("a", "b")})
    assert (finished(session, mine), finished(session, mine, "course-b")) == (at(3), None)


def test_joining_keeps_the_earlier_finishing(session: Session) -> None:
    """Of two that had finished the earlier; of one, that one; though the course asks for more by now."""
    for mine_first in (True, False):
        user, mine = account(session)
        theirs, token = visitor(session)
        first, second = (mine, theirs) if mine_first else (theirs, mine)
        answer(session, first, "a", "a", at(1))
        answer(session, second, "a", "a", at(2))
        answer(session, theirs, "x", "x", at(3), course="course-b")
        joining.join_visitor(session, token, user, at(5), {COURSE: ("a", "new")})
        assert (finished(session, mine), finished(session, mine, "course-b")) == (at(1), at(3))


def test_learners_who_answer_during_the_day_s_work_lose_nothing(each_app: Flask) -> None:
    """Twelve learners finish while the work goes round and round: each at the time of their own last item, no error."""
    with each_app.app_context():
        session = current_session(each_app)
        people = [visitor(session)[0] for _ in range(12)]
        session.commit()
    errors: list[Exception] = []
    over = threading.Event()

    def walk(who: int, number: int) -> None:
        try:
            for place, item in enumerate("abcd"):
                with each_app.app_context():
                    own = current_session(each_app)
                    answer(own, who, item, "abcd", at(number + place / 10))
                    own.commit()
        except Exception as error:
            errors.append(error)

    def work() -> None:
        try:
            while not over.is_set():
                with each_app.app_context():
                    note_finished(current_session(each_app), COURSE, tuple("abc"))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=walk, args=(who, number)) for number, who in enumerate(people)]
    worker = threading.Thread(target=work)
    for thread in (worker, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    worker.join()
    with each_app.app_context():
        session = current_session(each_app)
        noted = [finished(session, who) for who in people]
    assert errors == []
    # The work takes the course to be without its last item, so it may find it finished one item before the learner.
    assert all(time in (at(number + 0.2), at(number + 0.3)) for number, time in enumerate(noted))


@dataclass
class Plain:
    """One record of a learner, by the words of the definition."""

    begun: bool = False
    done: dict[str, datetime] = field(default_factory=dict)
    finished_at: datetime | None = None

    def look(self, items: str) -> None:
        """Is it finished now?"""
        if self.finished_at is None and set(items) <= set(self.done):
            self.finished_at = max(self.done[item] for item in items)

    def until_finished(self) -> list[str]:
        """What was done by the time it was finished."""
        return [item for item, time in self.done.items() if self.finished_at and time <= self.finished_at]

    def meet(self, other: Plain, items: str) -> None:
        """Take over another's record: what one had finished was finished when both together had done that much."""
        halves = [self.until_finished(), other.until_finished()]
        self.done = {
            item: min(one.done[item] for one in (self, other) if item in one.done) for item in {*self.done, *other.done}
        }
        self.finished_at = min((max(self.done[item] for item in half) for half in halves if half), default=None)
        self.look(items)


class World:
    """An account (0) and two devices (1 and 2) in one course, in the database and by the definition."""

    def __init__(self, session: Session) -> None:
        self.session, self.course, self.items, self.hour = session, f"course-{secrets.token_hex(4)}", "abc", 0
        self.user, mine = account(session)
        devices = [visitor(session) for _ in range(2)]
        self.people = {0: mine} | {number + 1: who for number, (who, _) in enumerate(devices)}
        self.tokens = {number + 1: token for number, (_, token) in enumerate(devices)}
        self.plain = {number: Plain() for number in range(3)}
        self.first: dict[str, datetime] = {}

    def answer(self, device: int, item: str, done: bool) -> None:
        """From that device, or the account when the device has joined it."""
        number = device if device in self.plain else 0
        if item not in self.items:
            return
        when, plain = at(self.hour), self.plain[number]
        answer(self.session, self.people[number], item, self.items, when, DONE if done else OPEN, self.course)
        plain.begun = True
        if done:
            self.first.setdefault(item, when)
        if done and item not in plain.done:
            plain.done[item] = when
            plain.look(self.items)

    def join(self, device: int) -> None:
        """Sign in on that device."""
        courses = {self.course: tuple(self.items)}
        joining.join_visitor(self.session, self.tokens[device], self.user, at(self.hour), courses)
        theirs = self.plain.pop(device, Plain())
        if theirs.begun:
            self.plain[0].begun = True
            self.plain[0].meet(theirs, self.items)

    def day(self) -> None:
        """The day's work is done."""
        day(self.session, self.items, self.course)
        for plain in self.plain.values():
            plain.look(self.items)

    def step(self, name: str, *given: object) -> None:
        """Let that happen an hour later, and compare."""
        self.hour += 1
        if name == "change":
            (self.items,) = map(str, given)
        else:
            getattr(self, name)(*given)
        for number, plain in self.plain.items():
            assert finished(self.session, self.people[number], self.course) == plain.finished_at


answers = st.tuples(st.just("answer"), st.integers(0, 2), st.sampled_from("abcd"), st.booleans())
changes = st.tuples(st.just("change"), st.sampled_from(["abc", "ab", "bcd", "a", "abcd"]))
joins = st.tuples(st.just("join"), st.integers(1, 2))
days = st.tuples(st.just("day"))
QUIET = [HealthCheck.function_scoped_fixture]


@examples(12, 50, suppress_health_check=QUIET)
@given(steps=st.lists(answers | answers | joins | days | changes, max_size=25))
def test_finishing_is_what_the_definition_says_while_the_course_changes(app: Flask, steps: Sequence[Any]) -> None:
    """After every answer, joining and day's work, for each of the records."""
    with app.app_context():
        world = World(current_session(app))
        for step in steps:
            world.step(*step)
        world.session.commit()


@examples(12, 50, suppress_health_check=QUIET)
@given(steps=st.lists(answers | joins | days, max_size=20), order=st.permutations([1, 2]))
@example(
    steps=[("answer", 1, "a", True), *(("answer", 2, item, True) for item in "bca"), ("answer", 0, "b", True)],
    order=[2, 1],
)
def test_finishing_of_an_unchanged_course_is_when_its_last_item_was_first_done(
    app: Flask, steps: Sequence[Any], order: Sequence[int]
) -> None:
    """On whichever device, once all have joined in whatever order."""
    with app.app_context():
        world = World(current_session(app))
        for step in [*steps, *(("join", device) for device in order)]:
            world.step(*step)
        noted = finished(world.session, world.people[0], world.course)
        world.session.commit()
    assert noted == (max(world.first.values()) if set(world.first) == set("abc") else None)
