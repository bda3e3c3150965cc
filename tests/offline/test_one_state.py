"""Logs of several devices, doubled, reordered, split and late, under clocks that are wrong by years: one final state."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.courses.course import Course
from coplearn.learning.joining import join_visitor
from coplearn.learning.models import Attempt, Enrolment, Learner, Visit
from coplearn.learning.rules import edition_of
from coplearn.learning.service import keep_edition, learner_for_user, start_visitor
from coplearn.offline.operations.rules import Operation, read_operations
from coplearn.offline.operations.service import take_operations
from tests.courses.makecourse import LESSON, make_course
from tests.sizes import examples

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
BACK = START + timedelta(days=30)
"""All devices find a network after thirty days."""
EXTRA = "01-begin/05-extra-page.md"

Sent = dict[str, Any]


class Editions:
    """A course before and after its update; without fields of its own that an example would print."""

    def __init__(self, *pair: Course) -> None:
        self.pair = pair


@dataclass(frozen=True)
class Press:
    """One operation as its device keeps it, with what it knows of the world: which edition it was, and who was there."""

    edition: int
    as_visitor: bool
    skew: timedelta
    at: datetime
    raw: Mapping[str, Any]

    def sent(self, now: datetime) -> Operation:
        """The operation as it is read from a sending at that instant, by the device's own clock."""
        made, clock = self.at + self.skew, now + self.skew
        body = {"sent": clock.timestamp() * 1000, "operations": [{**self.raw, "made": made.timestamp() * 1000}]}
        return read_operations(body)[0]


@dataclass
class World:
    """A course of two editions, and what came in so far."""

    session: Session
    editions: Sequence[Course]
    user: User
    now: datetime = BACK
    visitor: int | None = None
    token: str = ""
    current: int = 0
    refused: list[str] = field(default_factory=list)

    def begin(self) -> None:
        for course in self.editions[:1]:
            keep_edition(self.session, edition_of(course, {}), START)
        who, self.token = start_visitor(self.session, self.now, START)
        self.visitor = who.id

    def publish(self) -> None:
        """The course is updated."""
        self.current = 1
        keep_edition(self.session, edition_of(self.editions[1], {}), self.now)

    def join(self) -> None:
        """The visitor signs in to an account that may have learned on another device."""
        courses = {self.editions[0].id: tuple(self.editions[self.current].items)}
        join_visitor(self.session, self.token, self.user.id, self.now, courses)
        self.visitor = None

    def arrive(self, batch: Sequence[Press]) -> None:
        """One sending; all of it is of one person. After the visitor joined, what was theirs comes as the account's."""
        self.now += timedelta(minutes=7)
        mine = self.visitor if batch[0].as_visitor else None
        if mine is None:
            account = learner_for_user(self.session, self.user.fs_uniquifier, self.now)
            assert account is not None
            mine = account.id
        sent = [press.sent(self.now) for press in batch]
        taken = take_operations(self.session, self.editions[self.current], mine, "ar", sent, self.now)
        self.refused += [op for op, _ in taken.refused]

    def state(self) -> Mapping[str, Any]:
        """Everything of the learner but at which second the server heard of it."""
        self.session.flush()
        who = self.session.scalars(select(Learner.id)).one()
        visits = self.session.scalars(select(Visit).where(Visit.learner_id == who).order_by(Visit.item_id)).all()
        attempts = self.session.scalars(select(Attempt).where(Attempt.learner_id == who).order_by(Attempt.key)).all()
        place = self.session.scalars(select(Enrolment).where(Enrolment.learner_id == who)).one_or_none()
        return {
            "visits": [
                (one.item_id, one.done_at is not None, one.score, one.passed_at is not None, one.tries, one.state)
                + (one.state_at, one.course_digest)
                for one in visits
            ],
            "attempts": [
                (one.key, one.item_id, one.answers, one.score, one.passed, one.done, one.seed, one.course_digest)
                for one in attempts
            ],
            "place": place
            and (place.place_item_id, place.place_at, place.locale, place.course_digest)
            + (place.finished_at is not None and place.finished_digest,),
        }


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> Editions:
    """The template course, and the same with one more lesson."""
    folder = make_course(tmp_path_factory.mktemp("editions"))
    first = folder.course()
    folder.write(EXTRA, folder.read(LESSON).replace("first-page", "extra-page"))
    return Editions(first, folder.course())


def forms(course: Course, item_id: str, chance: random.Random) -> Mapping[str, Any]:
    """What somebody gives in one step: a page read, a walk through the story, a check right or wrong, an action."""
    item = course.items[item_id]
    if item.kind == "scenario":
        walks = (["sit"], ["demand", "knock"], ["demand"], ["demand", ":back", "sit"])
        return {"steps": [{"choice": [choice]} for choice in chance.choice(walks)]}
    if item.kind == "quiz":
        helps = chance.choice((["wait", "beside"], ["correcting"]))
        word = chance.choice(("question", "order"))
        return {"fields": {"first-word": [word], "what-helps": helps, "my-question": ["?"]}}
    return {"fields": {"did": ["done"]} if item.kind == "action" else {}}


def some_logs(editions: Sequence[Course], chance: random.Random) -> list[list[Press]]:
    """The logs of two or three devices, each in its own order."""
    logs, moments = [], chance.sample(range(30 * 86_400), 40)
    for number in range(chance.randint(2, 3)):
        skew = timedelta(days=chance.choice((0, 0, -3650, 3650, 1)), seconds=chance.randrange(9))
        as_visitor, edition, log = number % 2 == 0, 0, list[Press]()
        for at in sorted(moments.pop() for _ in range(chance.randint(1, 4))):
            edition = max(edition, chance.choice((0, 0, 1)))
            course = editions[edition]
            item_id = chance.choice(list(course.items))
            raw = {"op": f"device-{number}-{len(log)}", "seq": len(log) + 1, "item": course.items[item_id].code}
            raw |= {"seed": at % 97, "made_of": course.items[item_id].digest, "course_digest": course.digest}
            raw |= forms(course, item_id, chance)
            log.append(Press(edition, as_visitor, skew, START + timedelta(seconds=at), raw))
        logs.append(log)
    return logs


def plainly(world: World, logs: Sequence[Sequence[Press]]) -> None:
    """Everything once, one by one, in the account from the beginning; the course is updated in between."""
    world.join()
    for edition in (0, 1):
        if edition:
            world.publish()
        for log in logs:
            for press in log:
                if press.edition == edition:
                    world.arrive([replace(press, as_visitor=False)])


def wildly(world: World, logs: Sequence[Sequence[Press]], chance: random.Random) -> None:
    """Split at any place, sent one to three times, in any order, while the course is updated and the visitor signs in."""
    steps: list[Callable[[], None]] = []
    batches: list[list[Press]] = []
    for log in logs:
        rest = list(log)
        while rest:
            size = chance.randint(1, len(rest))
            batches += [rest[:size]] * chance.choice((1, 1, 2, 3))
            rest = rest[size:]
    chance.shuffle(batches)
    steps += [partial(world.arrive, chance.sample(batch, len(batch))) for batch in batches]
    steps.insert(chance.randint(0, len(steps)), world.join)
    newer = [at for at, batch in enumerate(batches) if any(press.edition for press in batch)]
    steps.insert(min(chance.randint(0, len(steps)), *newer, len(steps)), world.publish)
    for step in steps:
        step()


@examples(25, 5_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 2**40))
def test_any_order_comes_to_one_state(session: Session, editions: Editions, number: int) -> None:
    """On both databases: the state is that of everything sent once, in order, from one device."""
    chance, found = random.Random(number), []
    logs = some_logs(editions.pair, chance)
    for way in (plainly, lambda world, logs: wildly(world, logs, chance)):
        session.rollback()
        user = User(email="a@example.org", active=True, fs_uniquifier="ani", create_datetime=START, locale="en")
        session.add(user)
        session.flush()
        world = World(session, editions.pair, user)
        world.begin()
        way(world, logs)
        assert world.refused == []
        found.append(world.state())
    session.rollback()
    assert found[0] == found[1]
    assert len(found[0]["attempts"]) == sum(map(len, logs))
