"""The base of every count of people: the period, whose cohorts, and one person counted once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
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
from coplearn.cohorts.common.rules.words import ENDED_WELL
from coplearn.insights.rules import Dimension, ReportScope


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
    """A row for each standing decision of that time that ended a training well, with the person and the dimensions."""
    return (
        select(
            person().label("who"),
            Certification.outcome.label("outcome"),
            Certification.revoked_at.label("revoked_at"),
            Certification.issued_at.label("issued_at"),
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


def people_by(rows: CTE, by: Sequence[Dimension], *which: ColumnElement[bool]) -> CompoundSelect[Any]:
    """The numbers of different people with a row, or with one for which each of those is true: in all, and by each dimension."""
    return union_all(people_in(rows, None, *which), *(people_in(rows, one, *which) for one in by))


def people_in(rows: CTE, by: Dimension | None, *which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The same by one dimension alone, or in all.

    Rows are first brought together by person, which databases do in memory; different ones they count by sorting them,
    which takes more than twice as long.
    """
    marks = [func.max(case((one, 1), else_=0)).label(f"is_{place}") for place, one in enumerate(which)]
    value = [rows.c[by.value].label("value")] if by is not None else []
    each = select(*value, rows.c.who, *marks).group_by(*value, rows.c.who).subquery()
    counts: list[ColumnElement[int]] = [func.sum(each.c[mark.name]) for mark in marks]
    named: list[ColumnElement[str]] = [literal(""), literal("")]
    if by is not None:
        named = [literal(by.value), func.coalesce(each.c.value, "")]
    found = select(*named, *(counts or [func.count()])).select_from(each)
    return found.group_by(each.c.value) if by is not None else found


def tallied(session: Session, statement: CompoundSelect[Any], count: int) -> list[dict[tuple[str, str], int]]:
    """The result of :func:`by_each` or :func:`people_by`: for each of the counts a mapping by (dimension, value)."""
    rows = session.execute(statement).all()
    return [{(row[0], row[1]): int(row[2 + place] or 0) for row in rows} for place in range(count)]
