"""Events that the ledger of fives counts, and what it gave out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.counting import decision_counts, first_times, held, person
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import ChildrenCount, Meeting
from coplearn.cohorts.common.rules.words import ENDED_WELL, TrainingOutcome
from coplearn.insights.counting import training_dimensions
from coplearn.insights.ledger_rules import FIVE, Combination
from coplearn.insights.models import Ledger, LedgerMark
from coplearn.insights.rules import OUTRIGHT, TRAINING_BY, Dimension, Measure
from coplearn.learning.models import Enrolment

Days = Mapping[date | None, Sequence[tuple[Combination, int]]]
"""By day, how many in which rows; under None what was before the first of the days."""


def counted_by_day(
    session: Session, figure: Measure, start: datetime | None, end: datetime, zone: str, now: datetime
) -> Days:
    """The events of a figure before ``end``: by day from ``start`` on (None: all of them), and those before (one statement)."""
    events = _EVENTS[figure](now).subquery("events")
    names = [column.name for column in events.c if column.name not in ("at", "n")]
    before = events.c.at < start if start is not None else None
    at = (case((before, None), else_=events.c.at) if before is not None else events.c.at).label("fresh")
    values = [events.c[name] for name in names]
    rows = session.execute(
        select(at, func.sum(events.c.n), *values).where(events.c.at < end).group_by(at, *values)
    ).all()  # fmt: skip
    place, found = ZoneInfo(zone), dict[date | None, list[tuple[Combination, int]]]()
    for fresh, count, *row in rows:
        day = fresh.astimezone(place).date() if fresh is not None else None
        found.setdefault(day, []).append((dict(zip(names, (value or "" for value in row), strict=True)), int(count)))
    return found


def _by_cohort() -> list[ColumnElement[Any]]:
    """The rows of a cohort or a meeting: the language is the cohort's first."""
    own = training_dimensions() | {Dimension.LANGUAGE: Cohort.languages[0].as_string()}
    return [own[one].label(one) for one in TRAINING_BY]


def _by_member() -> list[ColumnElement[Any]]:
    own = training_dimensions()
    return [own[one].label(one) for one in TRAINING_BY]


def _trained(now: datetime) -> Select[*tuple[Any, ...]]:
    """One row a person, on the day of the first meeting at which they were trained anywhere."""
    first = first_times(now).subquery("first")
    turn = func.row_number().over(partition_by=person(), order_by=(first.c.at, Membership.id)).label("turn")
    each = (
        select(first.c.at, turn, *_by_member())
        .join(Membership, Membership.id == first.c.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .subquery("each_time")
    )
    return select(each.c.at, literal(1).label("n"), *(each.c[one] for one in TRAINING_BY)).where(each.c.turn == 1)


def _decided(at: ColumnElement[Any], *where: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(at.label("at"), literal(1).label("n"), *_by_member())
        .select_from(Certification)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(*where)
    )


def _completed(_now: datetime) -> Select[*tuple[Any, ...]]:
    """Also of whoever's certificate was taken back since: the training took place, and that is an event of its own."""
    return _decided(_issued(), Certification.outcome.in_(ENDED_WELL), decision_counts())


def _certified(_now: datetime) -> Select[*tuple[Any, ...]]:
    return _decided(_issued(), Certification.outcome == TrainingOutcome.CERTIFIED, decision_counts())


def _revoked(_now: datetime) -> Select[*tuple[Any, ...]]:
    """On the day on which it was taken back."""
    return _decided(
        Certification.__table__.c.revoked_at,
        Certification.outcome == TrainingOutcome.CERTIFIED,
        Certification.revoked_at.is_not(None),
        Certification.renewed_from_id.is_(None),
    )


def _issued() -> ColumnElement[Any]:
    return Certification.__table__.c.issued_at


def _cohorts(now: datetime) -> Select[*tuple[Any, ...]]:
    """On the day of their first meeting."""
    first = (
        select(Meeting.cohort_id, func.min(Meeting.starts_at).label("at"))
        .where(held(now))
        .group_by(Meeting.cohort_id)
        .subquery("first")
    )
    return select(first.c.at, literal(1).label("n"), *_by_cohort()).join(Cohort, Cohort.id == first.c.cohort_id)


def _meetings(now: datetime) -> Select[*tuple[Any, ...]]:
    at = Meeting.starts_at.label("at")
    return (
        select(at, literal(1).label("n"), *_by_cohort()).join(Cohort, Cohort.id == Meeting.cohort_id).where(held(now))
    )


def _children(now: datetime) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Meeting.starts_at.label("at"),
            ChildrenCount.count.label("n"),
            Cohort.country.label(Dimension.COUNTRY),
            ChildrenCount.age_band.label(Dimension.AGE),
        )
        .join(Meeting, Meeting.id == ChildrenCount.meeting_id)
        .join(Cohort, Cohort.id == Meeting.cohort_id)
        .where(held(now), ChildrenCount.count > 0)
    )


def _finished(_now: datetime) -> Select[*tuple[Any, ...]]:
    """Each course once: whoever finished two has done so twice."""
    return select(
        Enrolment.finished_at.label("at"),
        literal(1).label("n"),
        Enrolment.locale.label(Dimension.LANGUAGE),
        cast(Enrolment.course_id, String).label(Dimension.COURSE),
    ).where(Enrolment.finished_at.is_not(None))


_EVENTS: Final = {
    Measure.TRAINED: _trained,
    Measure.COMPLETED: _completed,
    Measure.CERTIFIED: _certified,
    Measure.REVOKED: _revoked,
    Measure.COHORTS: _cohorts,
    Measure.MEETINGS: _meetings,
    Measure.CHILDREN: _children,
    Measure.FINISHED: _finished,
}


def ledger_of(session: Session) -> Ledger | None:
    """The last closed day of the ledger; None while no day was ever closed (one statement)."""
    return session.get(Ledger, 1)


def given_out(
    session: Session, countries: Collection[str] | None, first: date, last: date
) -> dict[Measure, dict[tuple[str, str], int]]:
    """The numbers given on those days, to the site (None) or to those countries together, by (dimension, value).

    One statement.
    """
    scopes = sorted(countries) if countries is not None else [""]
    named = (LedgerMark.figure, LedgerMark.scope, LedgerMark.dimension, LedgerMark.value)
    rows = session.execute(
        select(*named, func.sum(LedgerMark.marks))
        .where(LedgerMark.scope.in_(scopes), LedgerMark.day >= first, LedgerMark.day <= last)
        .group_by(*named)
    )
    found: dict[Measure, dict[tuple[str, str], int]] = {}
    for figure, scope, dimension, value, marks in rows:
        measure = Measure(figure)
        count = int(marks) * (1 if measure in OUTRIGHT else FIVE)
        tally = found.setdefault(measure, {})
        tally[dimension, value] = tally.get((dimension, value), 0) + count
        if scope and not dimension:
            tally[Dimension.COUNTRY, scope] = tally.get((Dimension.COUNTRY, scope), 0) + count
    return found


def known_countries(session: Session) -> list[str]:
    """The countries that anything was ever given to (one statement)."""
    rows = session.scalars(select(LedgerMark.scope).where(LedgerMark.scope != "").distinct())
    return sorted(rows)
