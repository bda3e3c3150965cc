"""Reading a period report: a known number of statements, however many records there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, distinct, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.models.meeting import ChildrenCount, Meeting
from coplearn.cohorts.rules.words import Outcome
from coplearn.insights.queries.counting import by_each, came, decided, held, people_in, tallied, within
from coplearn.insights.rules.report import TRAINING_BY, Dimension, Measure, Scope, Tally
from coplearn.learning.models import Enrolment, Visit

WORK_MEMORY = "64MB"


@dataclass(frozen=True, slots=True)
class Online:
    """A course as it is now: what must be done to finish it, and whom it is for."""

    items: Collection[str]
    audiences: Collection[str]


def make_room(session: Session) -> None:
    """Let PostgreSQL count a report in memory, until the transaction ends (one statement there, none on SQLite).

    With its usual 4 MB it sorts a million people on the disk, and compiling the statement costs more than it saves.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.set_config("work_mem", WORK_MEMORY, True), func.set_config("jit", "off", True)))


def trainings(
    session: Session, scope: Scope, start: datetime, end: datetime, now: datetime
) -> dict[Measure, dict[tuple[str, str], int]]:
    """Everything that is counted of cohorts and their people (three statements)."""
    there = came(scope, start, end, now)
    (trained,) = tallied(session, by_each(there, TRAINING_BY, people_in(there)), 1)
    done = decided(scope, start, end)
    certified = done.c.outcome == Outcome.CERTIFIED
    completed, valid, revoked = tallied(
        session,
        by_each(
            done,
            TRAINING_BY,
            people_in(done, done.c.revoked_at.is_(None)),
            people_in(done, and_(certified, done.c.revoked_at.is_(None))),
            people_in(done, and_(certified, done.c.revoked_at.is_not(None))),
        ),
        3,
    )
    cohorts, meetings = _meetings(session, scope, start, end, now)
    return {
        Measure.TRAINED: trained,
        Measure.COMPLETED: completed,
        Measure.CERTIFIED: valid,
        Measure.REVOKED: revoked,
        Measure.COHORTS: cohorts,
        Measure.MEETINGS: meetings,
    }


def _meetings(
    session: Session, scope: Scope, start: datetime, end: datetime, now: datetime
) -> list[dict[tuple[str, str], int]]:
    rows = (
        select(
            Cohort.id.label("cohort"),
            Cohort.country.label(Dimension.COUNTRY),
            Cohort.audience.label(Dimension.AUDIENCE),
            Cohort.languages[0].as_string().label(Dimension.LANGUAGE),
            cast(Cohort.generation, String).label(Dimension.TIER),
            Cohort.kind.label(Dimension.KIND),
        )
        .join(Meeting, Meeting.cohort_id == Cohort.id)
        .where(held(start, end, now), within(scope))
        .cte("meetings")
    )
    return tallied(session, by_each(rows, TRAINING_BY, func.count(distinct(rows.c.cohort)), func.count()), 2)


def children(
    session: Session, scope: Scope, start: datetime, end: datetime, now: datetime
) -> dict[tuple[str, str], int]:
    """Children who were counted at meetings held then, by age (one statement)."""
    rows = session.execute(
        select(ChildrenCount.age_band, func.sum(ChildrenCount.count))
        .join(Meeting, Meeting.id == ChildrenCount.meeting_id)
        .join(Cohort, Cohort.id == Meeting.cohort_id)
        .where(held(start, end, now), within(scope))
        .group_by(ChildrenCount.age_band)
    )
    found = {(Dimension.AGE.value, band): int(count) for band, count in rows if count}
    return found | {("", ""): sum(found.values())} if found else {}


def finishers(session: Session, courses: Mapping[str, Online], start: datetime, end: datetime) -> Tally:
    """Learners who did the last step of a course then, by audience, language and course (one statement).

    A course is finished when every item it has now is done; what it no longer has counts for nothing. The time of that
    is when the last of them was done for the first time, which a record keeps for ever, so the same period gives the
    same number whenever it is asked for, as long as the course stays the same.
    """
    known = {key: course for key, course in courses.items() if course.items}
    if not known:
        return {}
    done = _finished(known, start, end).subquery("done")
    rows = (
        select(
            done.c.learner_id.label("who"), done.c.course_id.label(Dimension.COURSE), Enrolment.locale.label("locale")
        )
        .outerjoin(Enrolment, and_(Enrolment.learner_id == done.c.learner_id, Enrolment.course_id == done.c.course_id))
        .cte("finished")
    )
    people = func.count(distinct(rows.c.who))
    for_whom = [select(literal(key).label("key"), literal(who).label("audience")) for key, who in _pairs(known)]
    audiences = union_all(*for_whom).cte("audiences")
    language, course = func.coalesce(rows.c.locale, ""), rows.c[Dimension.COURSE]
    parts = [
        select(literal(""), literal(""), people),
        select(literal(Dimension.LANGUAGE.value), language, people).group_by(language),
        select(literal(Dimension.COURSE.value), course, people).group_by(course),
        select(literal(Dimension.AUDIENCE.value), audiences.c.audience, people)
        .select_from(rows.join(audiences, audiences.c.key == course))
        .group_by(audiences.c.audience),
    ]
    return tallied(session, union_all(*parts), 1)[0]


def _pairs(courses: Mapping[str, Online]) -> list[tuple[str, str]]:
    return [(key, who) for key, course in courses.items() for who in (course.audiences or ("",))]


def _finished(courses: Mapping[str, Online], start: datetime, end: datetime) -> Select[int, str]:
    """Learner and course. What was done after the period does not matter, so what was done before its end must do."""
    of_courses: list[ColumnElement[bool]] = [
        and_(Visit.course_id == key, Visit.item_id.in_(sorted(course.items))) for key, course in courses.items()
    ]
    wanted = case({key: len(course.items) for key, course in courses.items()}, value=Visit.course_id)
    return (
        select(Visit.learner_id, Visit.course_id)
        .where(Visit.done_at < end, or_(*of_courses))
        .group_by(Visit.learner_id, Visit.course_id)
        .having(func.max(Visit.done_at) >= start, func.count() == wanted)
    )


def zones_and_tiers(session: Session, countries: frozenset[str] | None) -> tuple[list[str], list[int]]:
    """The time zones that cohorts there use, the usual one first, and their tiers (one statement)."""
    rows = session.execute(
        select(Cohort.time_zone, Cohort.generation, func.count())
        .where(within(Scope(countries)))
        .group_by(Cohort.time_zone, Cohort.generation)
    ).all()
    weight: dict[str, int] = {}
    for zone, _, count in rows:
        weight[zone] = weight.get(zone, 0) + count
    return sorted(weight, key=lambda zone: (-weight[zone], zone)), sorted({row[1] for row in rows})
