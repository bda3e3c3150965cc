"""The base of every count of people: the period, whose cohorts, and one person counted once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from coplearn.cohorts.common.counting import decision_counts, held, person, trained_members
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.rules.words import ENDED_WELL, TrainingOutcome
from coplearn.insights.rules import Dimension, Measure, ReportScope


def within(scope: ReportScope) -> ColumnElement[bool]:
    """Cohorts of the scope."""
    where: ColumnElement[bool] = true()
    if scope.countries is not None:
        where = and_(where, Cohort.country.in_(sorted(scope.countries)))
    if scope.tier is not None:
        where = and_(where, Cohort.generation == scope.tier)
    return where


def held_then(start: datetime, end: datetime, now: datetime) -> ColumnElement[bool]:
    """Meetings that began from ``start`` until before ``end`` and were held."""
    return and_(Meeting.starts_at >= start, Meeting.starts_at < end, held(now))


def training_dimensions() -> dict[Dimension, ColumnElement[Any]]:
    """The values that tables of people in cohorts are made by, each as text."""
    columns: dict[Dimension, Any] = {
        Dimension.COUNTRY: Cohort.country,
        Dimension.AUDIENCE: Cohort.audience,
        Dimension.LANGUAGE: Membership.locale,
        Dimension.TIER: cast(Cohort.generation, String),
        Dimension.KIND: Cohort.kind,
    }
    return columns


def dimensions() -> list[ColumnElement[Any]]:
    """By what people are counted, each under the name of its :class:`Dimension`; regions too."""
    named = training_dimensions() | {Dimension.REGION: Cohort.region}
    return [column.label(one) for one, column in named.items()]


def came(scope: ReportScope, start: datetime, end: datetime, now: datetime) -> CTE:
    """A row for each membership of somebody who attended a meeting held then, with the person and the dimensions."""
    there = trained_members(now, Meeting.starts_at >= start, Meeting.starts_at < end).subquery("there")
    return (
        select(person().label("who"), *dimensions())
        .select_from(there)
        .join(Membership, Membership.id == there.c.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(within(scope))
        .cte("came")
    )


def decided(scope: ReportScope, start: datetime, end: datetime) -> CTE:
    """A row for each decision of that time that ended a training well and counts, with the person and the dimensions.

    Marked is whether it says that they completed the training, are certified, or were and had it taken back.
    """
    certified, stands = Certification.outcome == TrainingOutcome.CERTIFIED, Certification.revoked_at.is_(None)
    return (
        select(
            person().label("who"),
            case((stands, 1), else_=0).label(Measure.COMPLETED),
            case((and_(certified, stands), 1), else_=0).label(Measure.CERTIFIED),
            case((and_(certified, ~stands), 1), else_=0).label(Measure.REVOKED),
            *dimensions(),
        )
        .select_from(Certification)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(
            Certification.outcome.in_(ENDED_WELL),
            Certification.issued_at >= start,
            Certification.issued_at < end,
            decision_counts(),
            within(scope),
        )
        .cte("decided")
    )


def by_each(people: CTE, by: Sequence[Dimension], *counts: ColumnElement[int]) -> CompoundSelect[Any]:
    """The counts over all rows, and by each of the dimensions: (dimension, value, counts…)."""
    parts = [select(literal(""), literal(""), *counts).select_from(people)]
    for one in by:
        value = people.c[one.value]
        parts.append(select(literal(one.value), func.coalesce(value, ""), *counts).group_by(value))
    return union_all(*parts)


def people_by(rows: CTE, by: Sequence[Dimension], *marks: str) -> CompoundSelect[Any]:
    """The numbers of different people with a row, or with one that has each of those marks: in all, and by each dimension.

    Marks are columns that are 1 or 0. A value may stand in two rows of the result, to be added up (:func:`tallied` does): nearly
    everybody has one row and is counted by it, and the few with several are brought together by each dimension for itself.
    """
    values = [func.min(rows.c[one.value]).label(one.value) for one in by]
    each = select(rows.c.who, func.count().label("rows"), *values, *_had(rows, marks)).group_by(rows.c.who)
    people = each.cte(f"{rows.name}_people")
    several = select(rows).join(people, people.c.who == rows.c.who).where(people.c.rows > 1).cte(f"{rows.name}_several")
    counts = _counts(people, marks)
    found: list[Select[*tuple[Any, ...]]] = [select(literal(""), literal(""), *counts).select_from(people)]
    for one in by:
        value = people.c[one.value]
        alone = select(literal(one.value), func.coalesce(value, ""), *counts).where(people.c.rows == 1)
        found += [alone.group_by(value), people_in(several, one, *marks)]
    return union_all(*found)


def people_in(rows: CTE, by: Dimension, *marks: str) -> Select[*tuple[Any, ...]]:
    """The same by one dimension alone.

    Rows are first brought together by person, which databases do in memory; different ones they count by sorting them,
    which takes more than twice as long.
    """
    value = rows.c[by.value].label("value")
    each = select(value, rows.c.who, *_had(rows, marks)).group_by(value, rows.c.who).subquery()
    named = literal(by.value), func.coalesce(each.c.value, "")
    return select(*named, *_counts(each, marks)).group_by(each.c.value)


def _had(rows: CTE, marks: Sequence[str]) -> list[ColumnElement[int]]:
    return [func.max(rows.c[mark]).label(mark) for mark in marks]


def _counts(people: FromClause, marks: Sequence[str]) -> list[ColumnElement[int]]:
    return [func.sum(people.c[mark]) for mark in marks] or [func.count(people.c.who)]


def tallied(session: Session, statement: CompoundSelect[Any], count: int) -> list[dict[tuple[str, str], int]]:
    """The result of :func:`by_each` or :func:`people_by`: for each of the counts a mapping by (dimension, value)."""
    found: list[dict[tuple[str, str], int]] = [{} for _ in range(count)]
    for dimension, value, *numbers in session.execute(statement):
        for tally, number in zip(found, numbers, strict=True):
            tally[dimension, value] = tally.get((dimension, value), 0) + int(number or 0)
    return found
