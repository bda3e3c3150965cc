"""Reading what learners were asked beside the steps of their courses, in a known number of statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.courses.course import Course, Module
from coplearn.learning.models import Attempt, Enrolment, Learner, Practice
from coplearn.learning.queries import VisitRow, WhoLearns, visits_of
from coplearn.practice.rules import Kept, PracticeQuestion, Purpose, before_module, open_refresher, refresher

_KEPT = (
    Practice.key,
    Practice.purpose,
    Practice.due_on,
    Practice.by_letter,
    Practice.answered_at,
    Practice.item_id,
    Practice.question_id,
    Practice.answer,
    Practice.letter_at,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A learner in a course: the seed of their questions, their account and its zone, and when they finished the course."""

    id: int
    seed: int
    user_id: int | None
    zone: str
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class BeforeModule:
    """All that a module asks a learner before it begins, and what of it they answered or passed over, by key."""

    course: Course
    module: Module
    number: int
    planned: list[PracticeQuestion]
    kept: Mapping[str, Kept]

    @property
    def still_open(self) -> list[PracticeQuestion]:
        """The questions that are to be asked."""
        return [one for one in self.planned if one.key not in self.kept]


@dataclass(frozen=True, slots=True)
class Again:
    """Everything a learner is asked long after a course; ``planned`` is the question of now, if there is one."""

    course: Course
    reader: Reader
    kept: Mapping[str, Kept]
    visits: Mapping[str, VisitRow]
    planned: PracticeQuestion | None


@dataclass(frozen=True, slots=True)
class Booking:
    """A question that may be due by letter, and to whom it goes."""

    id: int
    learner_id: int
    course_id: str
    key: str
    due_on: date
    email: str
    locale: str
    zone: str


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """Numbers of learners who were asked again so many days after a course, who answered, and who were right."""

    course_id: str
    key: str
    asked: int
    answered: int
    right: int

    @property
    def days(self) -> int:
        """The number of days after the course."""
        return int(self.key.rpartition(":")[2])

    @property
    def counts(self) -> tuple[int, int, int]:
        """The three numbers."""
        return self.asked, self.answered, self.right


def kept_in(session: Session, learner_id: int, course_id: str) -> dict[str, Kept]:
    """All that the learner was or is to be asked in the course, by key (one statement)."""
    rows = session.execute(select(*_KEPT).where(Practice.learner_id == learner_id, Practice.course_id == course_id))
    return {row[0]: Kept(*row) for row in rows}


def before_of(session: Session, course: Course, number: int, learner: WhoLearns | None) -> BeforeModule:
    """All that module ``number`` (from 1) asks the learner before it begins (two statements at most)."""
    module, kept, last, seed = course.modules[number - 1], dict[str, Kept](), dict[str, frozenset[str]](), 0
    if learner is not None and module.asks_first:
        kept, seed = kept_in(session, learner.id, course.id), learner.seed
        last = asked_last(session, learner.id, course.id, course.checks if module.recall is not None else ())
    return BeforeModule(course, module, number, before_module(course, module, seed, last), kept)


def again_of(session: Session, course: Course, learner_id: int, now: datetime) -> Again | None:
    """All that the learner of that id is asked after the course; None when they were erased (four statements at most)."""
    reader = reader_of(session, learner_id, course.id)
    if reader is None:
        return None
    kept = kept_in(session, reader.id, course.id)
    due, planned = open_refresher(kept.values(), reader.zone, now), None
    if due is not None:
        planned = refresher(course, reader.seed, due.days, asked_last(session, reader.id, course.id, course.checks))
    return Again(course, reader, kept, visits_of(session, reader.id, course.id), planned)


def kept_by_course(session: Session, learner_id: int) -> dict[str, dict[str, Kept]]:
    """The same of all courses (one statement)."""
    found: dict[str, dict[str, Kept]] = {}
    for row in session.execute(select(Practice.course_id, *_KEPT).where(Practice.learner_id == learner_id)):
        found.setdefault(row[0], {})[row[1]] = Kept(*row[1:])
    return found


def asked_last(
    session: Session, learner_id: int, course_id: str, item_ids: Collection[str]
) -> dict[str, frozenset[str]]:
    """The questions that the learner answered when they last sent each of those checks (one statement, none for no check)."""
    if not item_ids:
        return {}
    rows = session.execute(
        select(Attempt.item_id, Attempt.answers)
        .where(Attempt.learner_id == learner_id, Attempt.course_id == course_id, Attempt.item_id.in_(sorted(item_ids)))
        .order_by(Attempt.at, Attempt.id)
    )
    return {item_id: frozenset(answers) for item_id, answers in rows}


def reader_of(session: Session, learner_id: int, course_id: str) -> Reader | None:
    """The learner of that id in the course; None when they were erased (one statement)."""
    row = session.execute(
        select(Learner.id, Learner.seed, Learner.user_id, User.time_zone, Enrolment.finished_at)
        .outerjoin(User, User.id == Learner.user_id)
        .outerjoin(Enrolment, and_(Enrolment.learner_id == Learner.id, Enrolment.course_id == course_id))
        .where(Learner.id == learner_id)
    ).first()
    return Reader(row[0], row[1], row[2], row[3] or "", row[4]) if row is not None else None


def bookings(session: Session, until: date, behind: int, limit: int) -> list[Booking]:
    """Questions by letter whose day is not after ``until`` and whose letter is not written, from behind that id on.

    Of people alone whose account is theirs: confirmed, and not switched off (one statement).
    """
    rows = session.execute(
        select(
            Practice.id,
            Practice.learner_id,
            Practice.course_id,
            Practice.key,
            Practice.due_on,
            User.email,
            User.locale,
            User.time_zone,
        )
        .join(Learner, Learner.id == Practice.learner_id)
        .join(User, User.id == Learner.user_id)
        .where(
            Practice.by_letter,
            Practice.letter_at.is_(None),
            Practice.answered_at.is_(None),
            Practice.due_on <= until,
            Practice.id > behind,
            User.confirmed_at.is_not(None),
            User.active,
        )
        .order_by(Practice.id)
        .limit(limit)
        .with_for_update(of=Practice, skip_locked=True)
    )
    return [Booking(*row) for row in rows]


def asked_again(session: Session, first: date, last: date) -> Sequence[AskedAgain]:
    """Outcomes of the refreshers that were due on one of those days, by course and by how long after it (one statement)."""
    answered = and_(Practice.answered_at.is_not(None), Practice.is_right.is_not(None))
    rows = session.execute(
        select(
            Practice.course_id,
            Practice.key,
            func.count(),
            func.count(case((answered, 1))),
            func.count(case((and_(answered, Practice.is_right.is_(True)), 1))),
        )
        .where(Practice.purpose == Purpose.REFRESHER, Practice.due_on >= first, Practice.due_on <= last)
        .group_by(Practice.course_id, Practice.key)
        .order_by(Practice.course_id, Practice.key)
    )
    return [AskedAgain(*row) for row in rows]
