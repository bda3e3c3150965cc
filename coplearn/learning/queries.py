"""Reading learners' records in a known number of statements."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, literal, select
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.accounts.queries import owns_session
from coplearn.learning.models import Attempt, CourseEdition, Enrolment, Learner, Practice, Visit, Vote
from coplearn.learning.rules import Edition


@dataclass(frozen=True, slots=True)
class WhoLearns:
    """The learner of a request, read as one small row."""

    id: int
    seed: int
    user_id: int | None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One item's standing."""

    item_id: str
    done_at: datetime | None
    score: int | None
    passed_at: datetime | None
    tries: int
    course_digest: str = ""
    """The edition of the course in which it was last answered."""
    state: Mapping[str, Any] | None = None
    """What the item's kind keeps; None where it was not asked for."""


@dataclass(frozen=True, slots=True)
class InCourse:
    """A learner in one course: the id of the item where they were last, and the items they touched, by id.

    ``begun`` names the edition of the course in which they began, and ``finished`` is whether they ever finished it.
    """

    learner: WhoLearns | None = None
    place: str | None = None
    begun: str = ""
    finished: bool = False
    visits: Mapping[str, VisitRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Latest:
    """The course a learner worked in last: its id, the item they were at, and the items they touched, by id."""

    course_id: str
    place: str | None
    visits: Mapping[str, VisitRow]


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One attempt as a page shows it."""

    id: int
    item_id: str
    course_id: str
    answers: Mapping[str, Any]
    score: int | None
    passed: bool | None
    seed: int
    done: bool
    course_digest: str
    """The edition of the course that was answered."""


def visitor_hash(token: str) -> str:
    """The SHA-256 of a visitor's token, which alone is kept, so that a stolen table opens nobody's progress."""
    return hashlib.sha256(token.encode()).hexdigest()


# Built once, with bound parameters: building a statement costs more than running it on SQLite.
_BY_USER = (
    select(Learner.id, Learner.seed, Learner.user_id).join(User, User.id == Learner.user_id).where(owns_session())
)
_BY_VISITOR = select(Learner.id, Learner.seed, Learner.user_id).where(Learner.visitor_hash == bindparam("key"))
_ITEM_COLUMNS = (Visit.item_id, Visit.done_at, Visit.score, Visit.passed_at, Visit.tries, Visit.course_digest)
# Reading a state from its JSON costs as much as all the rest of a row, and a page shows one item.
_ONE_STATE = case((Visit.item_id == bindparam("item"), Visit.state))
_HERE = (
    select(
        *(Learner.id, Learner.seed, Learner.user_id),
        *(Enrolment.place_item_id, Enrolment.course_digest, Enrolment.finished_at),
        *_ITEM_COLUMNS,
        _ONE_STATE,
    )
    .outerjoin(Enrolment, and_(Enrolment.learner_id == Learner.id, Enrolment.course_id == bindparam("course")))
    .outerjoin(Visit, and_(Visit.learner_id == Learner.id, Visit.course_id == bindparam("course")))
)
_HERE_BY_USER = _HERE.join(User, User.id == Learner.user_id).where(owns_session())
_HERE_BY_VISITOR = _HERE.where(Learner.visitor_hash == bindparam("key"))
_NEWEST = (
    select(Enrolment.id)
    .where(Enrolment.learner_id == Learner.id)
    .order_by(Enrolment.place_at.desc(), Enrolment.id.desc())
    .limit(1)
    .correlate(Learner)
    .scalar_subquery()
)
_LATEST = (
    select(Enrolment.course_id, Enrolment.place_item_id, *_ITEM_COLUMNS)
    .select_from(Learner)
    .join(Enrolment, Enrolment.id == _NEWEST)
    .outerjoin(Visit, and_(Visit.learner_id == Learner.id, Visit.course_id == Enrolment.course_id))
)
_LATEST_BY_USER = _LATEST.join(User, User.id == Learner.user_id).where(owns_session())
_LATEST_BY_VISITOR = _LATEST.where(Learner.visitor_hash == bindparam("key"))
_TOUCHED = select(Visit.course_id, *_ITEM_COLUMNS).join(Learner, Learner.id == Visit.learner_id)
_TOUCHED_BY_USER = _TOUCHED.join(User, User.id == Learner.user_id).where(owns_session())
_TOUCHED_BY_VISITOR = _TOUCHED.where(Learner.visitor_hash == bindparam("key"))
_NO_ENROLMENT = (literal(None), literal(None), literal(None))
_AT_ITEM = select(Learner.id, Learner.seed, Learner.user_id, *_NO_ENROLMENT, *_ITEM_COLUMNS, Visit.state).outerjoin(
    Visit,
    and_(
        Visit.learner_id == Learner.id,
        Visit.course_id == bindparam("course"),
        Visit.item_id == bindparam("item"),
    ),
)
_AT_ITEM_BY_USER = _AT_ITEM.join(User, User.id == Learner.user_id).where(owns_session())
_AT_ITEM_BY_VISITOR = _AT_ITEM.where(Learner.visitor_hash == bindparam("key"))
_VISITS = select(*_ITEM_COLUMNS, Visit.state).where(
    Visit.learner_id == bindparam("learner"), Visit.course_id == bindparam("course")
)
_ATTEMPT = select(
    Attempt.id,
    Attempt.item_id,
    Attempt.course_id,
    Attempt.answers,
    Attempt.score,
    Attempt.passed,
    Attempt.seed,
    Attempt.done,
    Attempt.course_digest,
).where(Attempt.learner_id == bindparam("learner"))
_ATTEMPT_BY_ID = _ATTEMPT.where(Attempt.id == bindparam("attempt"))
_ATTEMPT_BY_KEY = _ATTEMPT.where(Attempt.key == bindparam("key"))
_EDITION = select(
    CourseEdition.course_id,
    CourseEdition.digest,
    CourseEdition.version,
    CourseEdition.locale,
    CourseEdition.titles,
    CourseEdition.items,
    CourseEdition.adapted_by,
)


def learner_of_user(session: Session, key: str) -> WhoLearns | None:
    """The learner of the signed-in person named by the session's key; None when there is none yet or the session is over."""
    row = session.connection().execute(_BY_USER, {"key": key}).first()
    return WhoLearns(*row) if row is not None else None


def learner_of_visitor(session: Session, token: str) -> WhoLearns | None:
    """The learner a visitor's token names; None when it is unknown or was forgotten."""
    row = session.connection().execute(_BY_VISITOR, {"key": visitor_hash(token)}).first()
    return WhoLearns(*row) if row is not None else None


def user_in_course(
    connection: Connection, key: str, course_id: str, item_id: str | None, *, alone: bool
) -> InCourse | None:
    """The learner of the signed-in person and all they did in the course (one statement); None as in :func:`learner_of_user`.

    The state of ``item_id`` comes with it and no other. With ``alone`` that item alone is read, and no place.
    """
    values = {"key": key, "course": course_id, "item": item_id}
    return _in_course(connection.execute(_AT_ITEM_BY_USER if alone else _HERE_BY_USER, values).all())


def visitor_in_course(
    connection: Connection, token: str, course_id: str, item_id: str | None, *, alone: bool
) -> InCourse | None:
    """The same for the learner a visitor's token names."""
    values = {"key": visitor_hash(token), "course": course_id, "item": item_id}
    return _in_course(connection.execute(_AT_ITEM_BY_VISITOR if alone else _HERE_BY_VISITOR, values).all())


def touched_by_user(connection: Connection, key: str) -> dict[str, dict[str, VisitRow]]:
    """Every item of every course that the signed-in person touched, by course and item (one statement)."""
    return _by_course(connection.execute(_TOUCHED_BY_USER, {"key": key}))


def touched_by_visitor(connection: Connection, token: str) -> dict[str, dict[str, VisitRow]]:
    """The same for the learner a visitor's token names."""
    return _by_course(connection.execute(_TOUCHED_BY_VISITOR, {"key": visitor_hash(token)}))


def _by_course(rows: Iterable[Any]) -> dict[str, dict[str, VisitRow]]:
    visits: dict[str, dict[str, VisitRow]] = {}
    for row in rows:
        visits.setdefault(row[0], {})[row[1]] = VisitRow(*row[1:])
    return visits


def latest_of_user(connection: Connection, key: str) -> Latest | None:
    """The course the signed-in person worked in last, in one statement; None for somebody who has begun none."""
    return _latest(connection.execute(_LATEST_BY_USER, {"key": key}).all())


def latest_of_visitor(connection: Connection, token: str) -> Latest | None:
    """The same for the learner a visitor's token names."""
    return _latest(connection.execute(_LATEST_BY_VISITOR, {"key": visitor_hash(token)}).all())


def _latest(rows: Sequence[Any]) -> Latest | None:
    if not rows:
        return None
    return Latest(rows[0][0], rows[0][1], {row[2]: VisitRow(*row[2:]) for row in rows if row[2] is not None})


def _in_course(rows: Sequence[Any]) -> InCourse | None:
    if not rows:
        return None
    place, begun, finished_at = rows[0][3:6]
    visits = {row[6]: VisitRow(*row[6:]) for row in rows if row[6] is not None}
    return InCourse(WhoLearns(*rows[0][:3]), place, begun or "", finished_at is not None, visits)


def visits_of(session: Session, learner_id: int, course_id: str) -> dict[str, VisitRow]:
    """Every item of the course this learner has touched, by item id (one statement)."""
    rows = session.connection().execute(_VISITS, {"learner": learner_id, "course": course_id})
    return {row[0]: VisitRow(*row) for row in rows}


def attempt_by_id(session: Session, learner_id: int, attempt_id: int) -> AttemptRow | None:
    """The attempt, only when it is this learner's own."""
    row = session.connection().execute(_ATTEMPT_BY_ID, {"learner": learner_id, "attempt": attempt_id}).first()
    return AttemptRow(*row) if row is not None else None


def editions_of(session: Session, course_id: str, digests: Collection[str]) -> dict[str, Edition]:
    """The editions of the course that are known, by digest; one statement, or none when none is asked for."""
    if not digests:
        return {}
    chosen = _EDITION.where(CourseEdition.course_id == course_id, CourseEdition.digest.in_(sorted(digests)))
    return {row.digest: Edition(*row) for row in session.execute(chosen)}


def edition_times(session: Session, course_id: str) -> dict[str, datetime]:
    """The time at which each edition of the course was first kept, by digest, the first one first (one statement)."""
    kept = select(CourseEdition.digest, CourseEdition.first_at).where(CourseEdition.course_id == course_id)
    rows = session.execute(kept.order_by(CourseEdition.first_at, CourseEdition.digest))
    return {row.digest: row.first_at for row in rows}


def finished_edition(session: Session, learner_id: int, course_id: str) -> Edition | None:
    """The edition of the course that the learner finished first; None when they did not, or it is not known."""
    row = session.execute(
        _EDITION.join(
            Enrolment,
            and_(
                Enrolment.course_id == CourseEdition.course_id,
                Enrolment.finished_digest == CourseEdition.digest,
                Enrolment.finished_at.is_not(None),
            ),
        ).where(Enrolment.learner_id == learner_id, CourseEdition.course_id == course_id)
    ).first()
    return Edition(*row) if row is not None else None


def attempt_by_key(connection: Connection, learner_id: int, key: str) -> AttemptRow | None:
    """The learner's attempt that was kept with that key."""
    row = connection.execute(_ATTEMPT_BY_KEY, {"learner": learner_id, "key": key}).first()
    return AttemptRow(*row) if row is not None else None


def latest_attempt(session: Session, learner_id: int, course_id: str, item_id: str) -> AttemptRow | None:
    """The learner's last attempt at that item."""
    statement = _ATTEMPT.where(Attempt.course_id == course_id, Attempt.item_id == item_id)
    statement = statement.order_by(Attempt.at.desc(), Attempt.id.desc()).limit(1)
    row = session.connection().execute(statement, {"learner": learner_id}).first()
    return AttemptRow(*row) if row is not None else None


def votes_of(session: Session, course_id: str, item_id: str) -> dict[str, int]:
    """The number of learners' present answers for each key of that item (one statement)."""
    counted = select(Vote.key, func.count()).where(Vote.course_id == course_id, Vote.item_id == item_id)
    return {row[0]: row[1] for row in session.connection().execute(counted.group_by(Vote.key))}


def enrolments_of(session: Session, learner_id: int) -> Sequence[Enrolment]:
    """The learner's courses, the latest first."""
    statement = select(Enrolment).where(Enrolment.learner_id == learner_id).order_by(Enrolment.place_at.desc())
    return session.scalars(statement).all()


def visits_by_course(session: Session, learner_id: int) -> dict[str, dict[str, VisitRow]]:
    """Every touched item of every course of the learner, without states (one statement)."""
    return _by_course(session.execute(select(Visit.course_id, *_ITEM_COLUMNS).where(Visit.learner_id == learner_id)))


_FEWEST_TOLD, _ROUND = 100, 10


def reach(session: Session) -> tuple[int, int]:
    """Numbers of those who began and who finished a course, as the public may know them: rounded down to tens, and 0 while
    it is few (two statements in one)."""
    begun, finished = session.execute(
        select(func.count(), func.count(Enrolment.finished_at)).select_from(Enrolment)
    ).one()
    rounded = [count // _ROUND * _ROUND if count >= _FEWEST_TOLD else 0 for count in (begun, finished)]
    return rounded[0], rounded[1]


def done_by_course(session: Session, learner_id: int) -> dict[str, dict[str, datetime]]:
    """By course and item when the learner did each item for the first time; without the open ones (one statement)."""
    statement = select(Visit.course_id, Visit.item_id, Visit.done_at).where(Visit.learner_id == learner_id)
    done: dict[str, dict[str, datetime]] = {}
    for course_id, item_id, done_at in session.execute(statement):
        if done_at is not None:
            done.setdefault(course_id, {})[item_id] = done_at
    return done


def all_done(session: Session, course_id: str, items: Sequence[str]) -> Sequence[int]:
    """Enrolments that are not known to be finished, and whose learner has done all those items (one statement).

    ``items`` are in the order of the course: whoever has not done the last one is left out before any is counted.
    """
    if not items:
        return []
    last = aliased(Visit)
    done = select(func.count()).where(
        Visit.learner_id == Enrolment.learner_id,
        Visit.course_id == course_id,
        Visit.item_id.in_(items),
        Visit.done_at.is_not(None),
    )
    statement = (
        select(Enrolment.id)
        .join(last, and_(last.learner_id == Enrolment.learner_id, last.course_id == Enrolment.course_id))
        .where(Enrolment.course_id == course_id, Enrolment.finished_at.is_(None))
        .where(last.item_id == items[-1], last.done_at.is_not(None), done.scalar_subquery() == len(items))
    )
    return session.scalars(statement).all()


def export_of(session: Session, learner_id: int) -> dict[str, Any]:
    """Every stored field about the learner, for their own download."""

    def plain(row: Any) -> dict[str, Any]:
        values = {
            column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "learner_id"
        }
        return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}

    def all_of(
        model: type[Enrolment] | type[Visit] | type[Attempt] | type[Vote] | type[Practice],
    ) -> list[dict[str, Any]]:
        return [
            plain(row)
            for row in session.scalars(select(model).where(model.learner_id == learner_id).order_by(model.id))
        ]

    learner = session.get_one(Learner, learner_id)
    return {
        "learner": {key: value for key, value in plain(learner).items() if key != "visitor_hash"},
        "enrolments": all_of(Enrolment),
        "visits": all_of(Visit),
        "attempts": all_of(Attempt),
        "votes": all_of(Vote),
        "practice": all_of(Practice),
    }
