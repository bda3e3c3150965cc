"""Reading the numbers of a cohort, of countries and of a period: a known number of statements, however many records."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, distinct, func, literal, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased, load_only

from coplearn.assessments.rules import PairedSums
from coplearn.cohorts.common.counting import completed, person, right_in_force
from coplearn.cohorts.common.models.certification import Certification, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount, Meeting
from coplearn.cohorts.common.rules.words import ATTENDED, PLANNED, TRAINING_KINDS, MemberState, TrainingOutcome
from coplearn.cohorts.outcomes.queries.checklist import learners_of
from coplearn.insights.counting import by_each, came, decided, held_then, people_by, people_in, tallied, within
from coplearn.insights.rules import TRAINING_BY, Dimension, Measure, Period, ReportScope, Tally
from coplearn.learning.models import Enrolment, Visit


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting with how many of the people who take part are marked in which way."""

    title: str
    starts_at: datetime
    marks: dict[str, int]


def people_after(session: Session, cohort_id: int, key: str, limit: int) -> list[Membership]:
    """The people who take part, in order of name, from behind the person of that public id on (two statements at most)."""
    query = select(Membership).where(Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE)
    if key:
        place = select(Membership.name, Membership.id).where(
            Membership.cohort_id == cohort_id, Membership.public_id == key
        )
        after = session.execute(place).first()
        if after is not None:
            query = query.where(tuple_(Membership.name, Membership.id) > (after[0], after[1]))
    return list(session.scalars(query.order_by(Membership.name, Membership.id).limit(limit)))


def people_counted(session: Session, cohort_id: int) -> list[Membership]:
    """The same people, all of them, with no more than what tells the way in which each learns (one statement)."""
    query = select(Membership).where(Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE)
    way = load_only(Membership.user_id, Membership.card_code, Membership.email, raiseload=True)
    return list(session.scalars(query.order_by(Membership.name, Membership.id).options(way)))


def people_by_ids(session: Session, cohort_id: int, ids: Sequence[int]) -> list[Membership]:
    """The members of them who take part, in that order (one statement)."""
    query = select(Membership).where(
        Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE, Membership.id.in_(ids)
    )
    return sorted(session.scalars(query), key=lambda one: ids.index(one.id))


def membership_id_of(session: Session, cohort_id: int, key: str) -> int | None:
    """The member of that public id in the cohort; None for nobody's (one statement)."""
    return session.scalar(select(Membership.id).where(Membership.cohort_id == cohort_id, Membership.public_id == key))


def states_of(session: Session, cohort_id: int) -> dict[str, int]:
    """The number of people in each state (one statement)."""
    rows = session.execute(
        select(Membership.state, func.count()).where(Membership.cohort_id == cohort_id).group_by(Membership.state)
    )
    return {row[0]: row[1] for row in rows}


def meetings_of(session: Session, cohort_id: int, now: datetime) -> list[MeetingLine]:
    """Meetings that have begun and are not cancelled, in order of time (one statement)."""
    active = and_(Membership.id == Attendance.membership_id, Membership.state == MemberState.ACTIVE)
    rows = session.execute(
        select(Meeting.id, Meeting.title, Meeting.starts_at, Attendance.status, func.count(Membership.id))
        .outerjoin(Attendance, Attendance.meeting_id == Meeting.id)
        .outerjoin(Membership, active)
        .where(Meeting.cohort_id == cohort_id, Meeting.state == PLANNED, Meeting.starts_at <= now)
        .group_by(Meeting.id, Attendance.status)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    lines: dict[int, MeetingLine] = {}
    for meeting_id, title, starts_at, status, count in rows:
        line = lines.setdefault(meeting_id, MeetingLine(title, starts_at, {}))
        if count:
            line.marks[status] = count
    return list(lines.values())


EXPIRING_DAYS = 90


@dataclass(frozen=True, slots=True)
class MonthCount:
    """The number of people in one month."""

    period: Period
    trained: int
    completed: int
    certified: int


@dataclass(frozen=True, slots=True)
class ExpiringRight:
    """A right that ends soon."""

    name: str
    valid_until: datetime
    cohort_id: str
    cohort_title: str


@dataclass(frozen=True, slots=True)
class FollowUpCount:
    """The numbers of people asked three months later, and of those who answered."""

    asked: int
    answered: int


def cohorts_by(session: Session, scope: ReportScope) -> dict[tuple[str, str], int]:
    """Cohorts in which people are trained and that are not archived, by (state, kind) (one statement)."""
    rows = session.execute(
        select(Cohort.state, Cohort.kind, func.count())
        .where(within(scope), Cohort.archived_at.is_(None), Cohort.kind.in_(TRAINING_KINDS))
        .group_by(Cohort.state, Cohort.kind)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def months(session: Session, scope: ReportScope, periods: Sequence[Period], now: datetime) -> list[MonthCount]:
    """People by month; somebody who came in two months is counted in both (two statements)."""
    start, end = periods[0].start, periods[-1].end
    month = _month_of(Meeting.starts_at, periods)
    trained = session.execute(
        select(month, func.count(distinct(person())))
        .select_from(Attendance)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .join(Membership, Membership.id == Attendance.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(held_then(start, end, now), Attendance.status.in_(ATTENDED), within(scope))
        .group_by(month)
    )
    came_in = {row[0]: row[1] for row in trained}
    month = _month_of(Certification.issued_at, periods)
    done = session.execute(
        select(
            month,
            func.count(distinct(person())),
            func.count(distinct(case((Certification.outcome == TrainingOutcome.CERTIFIED, person())))),
        )
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            Certification.issued_at >= start,
            Certification.issued_at < end,
            completed(),
            within(scope),
        )
        .group_by(month)
    )
    ended_in = {row[0]: (row[1], row[2]) for row in done}
    return [
        MonthCount(period, came_in.get(place, 0), *ended_in.get(place, (0, 0))) for place, period in enumerate(periods)
    ]


def _month_of(column: Any, periods: Sequence[Period]) -> ColumnElement[int]:
    """The period that an instant is in. The bounds come from the calendar, which databases know each in their way."""
    return case(*((column < period.end, place) for place, period in enumerate(periods)))


def trained_by(
    session: Session, scope: ReportScope, start: datetime, end: datetime, now: datetime, by: Sequence[Dimension]
) -> dict[tuple[str, str], int]:
    """People who came to a meeting held then, by each of the dimensions (one statement)."""
    there = came(scope, start, end, now)
    return tallied(session, people_by(there, by), 1)[0]


def expiring(session: Session, scope: ReportScope, now: datetime, limit: int) -> tuple[int, list[ExpiringRight]]:
    """Rights that end in the next :data:`EXPIRING_DAYS` days: how many, and the first of them (two statements)."""
    where = and_(right_in_force(now), Certification.valid_until <= now + timedelta(days=EXPIRING_DAYS), within(scope))
    joined = (
        select(Certification.name, Certification.valid_until, Cohort.public_id, Cohort.title)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(where)
    )
    rows = session.execute(joined.order_by(Certification.valid_until, Certification.id).limit(limit)).all()
    lines = [ExpiringRight(name, until, key, title) for name, until, key, title in rows if until is not None]
    if len(lines) < limit:
        return len(lines), lines
    return session.scalar(select(func.count()).select_from(joined.subquery())) or 0, lines


def follow_ups(session: Session, scope: ReportScope) -> FollowUpCount:
    """The answers to the questions three months later (one statement)."""
    row = session.execute(
        select(func.count(FollowUp.sent_at), func.count(case((FollowUp.sent_at.is_not(None), FollowUp.answered_at))))
        .join(Membership, Membership.id == FollowUp.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(within(scope))
    ).one()
    return FollowUpCount(row[0], row[1])


WORK_MEMORY = "64MB"


def make_room(session: Session) -> None:
    """Let PostgreSQL count a report in memory, until the transaction ends (one statement there, none on SQLite).

    With its usual 4 MB it sorts a million people on the disk, and compiling the statement costs more than it saves.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.set_config("work_mem", WORK_MEMORY, True), func.set_config("jit", "off", True)))


def trainings(
    session: Session, scope: ReportScope, start: datetime, end: datetime, now: datetime
) -> dict[Measure, dict[tuple[str, str], int]]:
    """Everything that is counted of cohorts and their people (three statements)."""
    there = came(scope, start, end, now)
    (trained,) = tallied(session, people_by(there, TRAINING_BY), 1)
    done = decided(scope, start, end)
    decisions = Measure.COMPLETED, Measure.CERTIFIED, Measure.REVOKED
    completed, valid, revoked = tallied(session, people_by(done, TRAINING_BY, *decisions), 3)
    cohorts, meetings = _meeting_counts(session, scope, start, end, now)
    return {
        Measure.TRAINED: trained,
        Measure.COMPLETED: completed,
        Measure.CERTIFIED: valid,
        Measure.REVOKED: revoked,
        Measure.COHORTS: cohorts,
        Measure.MEETINGS: meetings,
    }


def _meeting_counts(
    session: Session, scope: ReportScope, start: datetime, end: datetime, now: datetime
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
    session: Session, scope: ReportScope, start: datetime, end: datetime, now: datetime
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


def sittings(
    session: Session, scope: ReportScope, names: Mapping[str, tuple[str, str]], start: datetime, end: datetime
) -> dict[str, PairedSums]:
    """Answers that learners had right before and after each course, of those who answered both times and the second time then (one
    statement). ``names`` are those of the two sittings, by course.

    Where something is left out of the scope these are people of its cohorts, each once.
    """
    before, after = aliased(Visit), aliased(Visit)
    pairs = [(course_id, *both) for course_id, both in names.items()]
    gained = after.score - before.score
    chosen = (
        select(
            before.course_id,
            func.count(),
            func.sum(before.score),
            func.sum(after.score),
            func.sum(gained * gained),
        )
        .join(after, and_(after.learner_id == before.learner_id, after.course_id == before.course_id))
        .where(
            or_(*(and_(before.course_id == one, before.item_id == b, after.item_id == a) for one, b, a in pairs)),
            # Said of each by itself, so that both are found by the index of scored visits.
            before.item_id.in_(sorted({b for _, b, _ in pairs})),
            after.item_id.in_(sorted({a for _, _, a in pairs})),
            before.score.is_not(None),
            after.score.is_not(None),
            after.done_at >= start,
            after.done_at < end,
        )
        .group_by(before.course_id)
    )
    if not scope.is_whole:
        who = learners_of(Membership.cohort_id.in_(select(Cohort.id).where(within(scope))))
        chosen = chosen.where(before.learner_id.in_(select(who.c.learner_id)))
    rows = session.execute(chosen) if pairs else ()
    return {row[0]: PairedSums(*(int(number or 0) for number in row[1:])) for row in rows}


def zones_and_tiers(session: Session, countries: frozenset[str] | None) -> tuple[list[str], list[int]]:
    """The time zones that cohorts there use, the usual one first, and their tiers (one statement)."""
    rows = session.execute(
        select(Cohort.time_zone, Cohort.generation, func.count())
        .where(within(ReportScope(countries)))
        .group_by(Cohort.time_zone, Cohort.generation)
    ).all()
    weight: dict[str, int] = {}
    for zone, _, count in rows:
        weight[zone] = weight.get(zone, 0) + count
    return sorted(weight, key=lambda zone: (-weight[zone], zone)), sorted({row[1] for row in rows})
