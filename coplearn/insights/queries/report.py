"""Reading a period report: a known number of statements, however many records there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import String, and_, cast, distinct, func, literal, select, union_all
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.models.meeting import ChildrenCount, Meeting
from coplearn.cohorts.rules.words import Outcome
from coplearn.insights.queries.counting import by_each, came, decided, held_then, people_by, people_in, tallied, within
from coplearn.insights.rules.report import TRAINING_BY, Dimension, Measure, Scope, Tally
from coplearn.learning.models import Enrolment

WORK_MEMORY = "64MB"


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
    (trained,) = tallied(session, people_by(there, TRAINING_BY), 1)
    done = decided(scope, start, end)
    certified = done.c.outcome == Outcome.CERTIFIED
    completed, valid, revoked = tallied(
        session,
        people_by(
            done,
            TRAINING_BY,
            done.c.revoked_at.is_(None),
            and_(certified, done.c.revoked_at.is_(None)),
            and_(certified, done.c.revoked_at.is_not(None)),
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
        .where(held_then(start, end, now), within(scope))
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
        .where(held_then(start, end, now), within(scope))
        .group_by(ChildrenCount.age_band)
    )
    found = {(Dimension.AGE.value, band): int(count) for band, count in rows if count}
    return found | {("", ""): sum(found.values())} if found else {}


def finishers(session: Session, audiences: Mapping[str, Collection[str]], start: datetime, end: datetime) -> Tally:
    """Learners who finished a course then, by audience, language and course (one statement).

    ``audiences`` says whom each course is for. When somebody finished is noted and stays, whatever becomes of the course:
    the same period gives the same number whenever it is asked for. A course that is gone counts, and is for nobody known.
    """
    rows = (
        select(
            Enrolment.learner_id.label("who"),
            Enrolment.course_id.label(Dimension.COURSE),
            Enrolment.locale.label(Dimension.LANGUAGE),
        )
        .where(Enrolment.finished_at >= start, Enrolment.finished_at < end)
        .cte("finished")
    )
    pairs = [("", ""), *((key, who) for key, course in audiences.items() for who in course)]
    for_whom = [select(literal(key).label("key"), literal(who).label("audience")) for key, who in pairs]
    known = union_all(*for_whom).cte("known")
    once_each = (
        select(rows.c.who, known.c.audience.label(Dimension.AUDIENCE))
        .select_from(rows.outerjoin(known, known.c.key == rows.c[Dimension.COURSE]))
        .cte("once_each")
    )
    counts = people_by(rows, (Dimension.LANGUAGE, Dimension.COURSE))
    return tallied(session, union_all(*counts.selects, people_in(once_each, Dimension.AUDIENCE)), 1)[0]


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
