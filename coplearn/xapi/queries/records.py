"""Reading what another LRS has not been told yet, in pieces, each by the order of a key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from coplearn.certificates.models import Certificate
from coplearn.certificates.rules import OF_PACKAGE
from coplearn.learning.models import Attempt, Enrolment
from coplearn.learning.rules import is_step
from coplearn.xapi.models import LearnerAlias, RecordCursor, RecordTarget, ToldFinish
from coplearn.xapi.rules.records import Record, verb_of

AT_ONCE = 50


class Sort(StrEnum):
    """Sorts of records, in the order in which they are told."""

    ENROLMENTS = "enrolments"
    ATTEMPTS = "attempts"
    CERTIFICATES = "certificates"


_IDS = {Sort.ENROLMENTS: Enrolment.id, Sort.ATTEMPTS: Attempt.id, Sort.CERTIFICATES: Certificate.id}


@dataclass(frozen=True, slots=True)
class Untold:
    """A record that is to be told: its number among its sort, its learner, and what is told but for their name."""

    number: int
    learner_id: int
    record: Record


def the_target(session: Session) -> RecordTarget | None:
    """The LRS that is told, if one was ever named."""
    return session.get(RecordTarget, 1)


def cursor_of(session: Session, sort: str) -> RecordCursor | None:
    """The mark up to which one sort was told; None where it never was."""
    return session.get(RecordCursor, sort)


def newest(session: Session, sort: Sort) -> int:
    """The largest number of that sort that can be seen now."""
    return session.scalar(select(func.max(_IDS[sort]))) or 0


def untold(session: Session, sort: Sort, after: int, until: int) -> list[Untold]:
    """The next records of a sort, in their order."""
    if sort is Sort.ENROLMENTS:
        return _enrolments(session, after, until)
    return _attempts(session, after, until) if sort is Sort.ATTEMPTS else _certificates(session, after, until)


def _enrolments(session: Session, after: int, until: int) -> list[Untold]:
    rows = select(Enrolment).where(Enrolment.id > after, Enrolment.id <= until).order_by(Enrolment.id).limit(AT_ONCE)
    return [
        Untold(
            one.id,
            one.learner_id,
            Record(
                "registered",
                f"enrolment:{one.id}:{one.started_at.isoformat()}",
                "",
                one.started_at,
                one.course_id,
                one.locale,
            ),
        )
        for one in session.scalars(rows)
    ]


def _attempts(session: Session, after: int, until: int) -> list[Untold]:
    rows = select(Attempt).where(Attempt.id > after, Attempt.id <= until).order_by(Attempt.id).limit(AT_ONCE)
    return [Untold(one.id, one.learner_id, _of_attempt(one)) for one in session.scalars(rows)]


def _of_attempt(one: Attempt) -> Record:
    step = is_step(one.item_id)
    return Record(
        verb=verb_of(done=one.done, score=one.score, passed=one.passed, is_step=step),
        source=f"attempt:{one.id}:{one.key}",
        alias="",
        at=one.at,
        course_id=one.course_id,
        locale=one.locale,
        item_id=one.item_id,
        revision=one.course_version,
        score=one.score,
        success=one.passed if step and one.score is not None else None,
        completion=one.done if step else None,
    )


def _certificates(session: Session, after: int, until: int) -> list[Untold]:
    # Of what is done in packages nothing is told, and so not of certificates for them either.
    of_course = Certificate.course_id.not_like(f"{OF_PACKAGE}%")
    rows = (
        select(Certificate).where(Certificate.id > after, Certificate.id <= until, of_course).order_by(Certificate.id)
    )
    return [
        Untold(
            one.id,
            one.learner_id,
            Record(
                "earned",
                f"certificate:{one.number}",
                "",
                one.issued_at,
                one.course_id,
                one.locale,
                revision=one.course_version,
            ),
        )
        for one in session.scalars(rows.limit(AT_ONCE))
    ]


def untold_finishes(session: Session, of: Collection[tuple[int, str]] | None) -> list[Untold]:
    """Courses that were finished and are not told: of those learners and courses, or (None) any."""
    if of is not None and not of:
        return []
    open_ones = Enrolment.finished_at.is_not(None) & ~exists().where(ToldFinish.enrolment_id == Enrolment.id)
    where: ColumnElement[bool] = open_ones
    if of is not None:
        pairs = [and_(Enrolment.learner_id == learner, Enrolment.course_id == course) for learner, course in sorted(of)]
        where = and_(open_ones, or_(*pairs))
    rows = session.scalars(select(Enrolment).where(where).order_by(Enrolment.id).limit(AT_ONCE))
    return [Untold(one.id, one.learner_id, _of_finish(one)) for one in rows]


def _of_finish(one: Enrolment) -> Record:
    assert one.finished_at is not None
    source = f"finish:{one.id}:{one.started_at.isoformat()}"
    return Record("completed", source, "", one.finished_at, one.course_id, one.locale, completion=True)


def aliases_of(session: Session, learners: Collection[int]) -> dict[int, str]:
    """The names of learners in statements, as far as they have one."""
    rows = select(LearnerAlias.learner_id, LearnerAlias.alias).where(LearnerAlias.learner_id.in_(learners))
    return {row.learner_id: row.alias for row in session.execute(rows)}


def waiting(session: Session) -> int:
    """About how many records are still to be told."""
    told = {sort: cursor_of(session, sort) for sort in Sort}
    counts: Sequence[int] = [newest(session, sort) - (cursor.told if cursor else 0) for sort, cursor in told.items()]
    return sum(counts)
