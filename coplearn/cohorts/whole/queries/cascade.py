"""Reading the line from master to trainer to learner, and how far it reaches, from records alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, case, false, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from coplearn.cohorts.common.counting import certified, completed, person, trained_members
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import at_work
from coplearn.cohorts.common.rules.words import MemberState, TrainingOutcome
from coplearn.cohorts.whole.rules import DEEPEST

MOST_NODES = 2_000
"""No tree is drawn larger than this; the tables beside it count everything."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The line that is looked at: all cohorts of those countries (None: of all), or what was run under those rights."""

    countries: frozenset[str] | None
    right_ids: frozenset[int]
    whole: bool
    """Whether ``countries`` counts; else only the branch under ``right_ids``."""


@dataclass(frozen=True, slots=True)
class CascadeNode:
    """A cohort in the line, with the right it is run under."""

    id: int
    public_id: str
    title: str
    country: str
    generation: int
    right_id: int | None
    trainer: str
    """Who holds that right; empty for a coordinator's own cohort."""
    parent_cohort_id: int | None
    """Where the trainer was trained."""
    depth: int
    people: int
    certified: int


@dataclass(frozen=True, slots=True)
class Reach:
    """People counted once a tier: who attended a meeting, who finished, who was certified."""

    tier: int
    group: str
    """A value of what is counted by; empty for all together, or where it was not stated."""
    cohorts: int
    trained: int
    completed: int
    certified: int


def roots_page(session: Session, scope: Scope, limit: int, before: int | None = None) -> list[int]:
    """The cohorts at the top of the line, newest first: coordinators' own, or those run under the person's rights."""
    where: ColumnElement[bool] = Cohort.right_id.in_(scope.right_ids)
    if scope.whole:
        where = Cohort.right_id.is_(None) & _in_countries(scope.countries)
    wanted = select(Cohort.id).where(where)
    if before is not None:
        wanted = wanted.where(Cohort.id < before)
    return list(session.scalars(wanted.order_by(Cohort.id.desc()).limit(limit)))


def _in_countries(countries: frozenset[str] | None) -> ColumnElement[bool]:
    return true() if countries is None else Cohort.country.in_(sorted(countries)) if countries else false()


def branch(session: Session, root_ids: Collection[int]) -> list[CascadeNode]:
    """The cohorts and all that came of them, nearest first, in one statement."""
    if not root_ids:
        return []
    line = _line(Cohort.id.in_(root_ids))
    trained_in = aliased(Membership)
    rows = session.execute(
        select(
            Cohort.id,
            Cohort.public_id,
            Cohort.title,
            Cohort.country,
            Cohort.generation,
            Cohort.right_id,
            func.coalesce(Certification.name, ""),
            trained_in.cohort_id,
            func.min(line.c.depth),
            _people(),
            _certified(),
        )
        .join(line, line.c.cohort_id == Cohort.id)
        .outerjoin(Certification, Certification.id == Cohort.right_id)
        .outerjoin(trained_in, trained_in.id == Certification.membership_id)
        .group_by(Cohort.id, Certification.name, trained_in.cohort_id)
        .order_by(func.min(line.c.depth), Cohort.id.desc())
        .limit(MOST_NODES)
    )
    return [CascadeNode(*row) for row in rows]


def _line(where: ColumnElement[bool]) -> CTE:
    """The cohorts that ``where`` names, and step by step those run under a right that was given in them."""
    line = select(Cohort.id.label("cohort_id"), literal(0).label("depth")).where(where).cte("line", recursive=True)
    later = (
        select(Cohort.id, line.c.depth + 1)
        .join(Certification, Certification.id == Cohort.right_id)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(line, line.c.cohort_id == Membership.cohort_id)
        .where(line.c.depth < DEEPEST)
    )
    return line.union(later)


def _people() -> Any:
    return (
        select(func.count())
        .select_from(Membership)
        .where(Membership.cohort_id == Cohort.id, Membership.state == MemberState.ACTIVE)
        .correlate(Cohort)
        .scalar_subquery()
    )


def _certified() -> Any:
    certification = aliased(Certification)
    member = aliased(Membership)
    return (
        select(func.count(func.distinct(certification.membership_id)))
        .select_from(certification)
        .join(member, member.id == certification.membership_id)
        .where(member.cohort_id == Cohort.id, certified(certification))
        .correlate(Cohort)
        .scalar_subquery()
    )


def reach(session: Session, scope: Scope, now: datetime, by: str = "") -> list[Reach]:
    """The number of people the line reached, tier by tier, by ``audience``, ``language``, ``country``, ``region`` or all together.

    A person counts once in each line of the table, in however many cohorts they were. Who is trained, has completed and
    is certified is the law of :mod:`coplearn.cohorts.common.counting`, as in the report of a period. The language is the
    one a person is written to in. One statement.
    """
    group = {
        "": literal(""),
        "audience": Cohort.audience,
        "language": Membership.locale,
        "country": Cohort.country,
        "region": Cohort.region,
    }[by]
    within = _within(scope)
    came = trained_members(now, Meeting.cohort_id.in_(within)).subquery("came")
    ended = (
        select(Certification.membership_id, Certification.outcome)
        .join(Membership, Membership.id == Certification.membership_id)
        .where(Membership.cohort_id.in_(within), completed())
        .subquery("ended")
    )
    trained, finished = came.c.membership_id.is_not(None), ended.c.membership_id.is_not(None)
    rows = session.execute(
        select(
            Cohort.generation,
            group,
            func.count(func.distinct(Cohort.id)),
            func.count(func.distinct(case((trained, person())))),
            func.count(func.distinct(case((finished, person())))),
            func.count(func.distinct(case((ended.c.outcome == TrainingOutcome.CERTIFIED, person())))),
        )
        .join(Membership, Membership.cohort_id == Cohort.id)
        .outerjoin(came, came.c.membership_id == Membership.id)
        .outerjoin(ended, ended.c.membership_id == Membership.id)
        .where(
            Cohort.id.in_(within),
            or_(Membership.state.in_((MemberState.ACTIVE, MemberState.WITHDRAWN)), trained, finished),
        )
        .group_by(Cohort.generation, group)
        .order_by(Cohort.generation, group)
    )
    return [Reach(*row) for row in rows]


def _within(scope: Scope) -> Select[int]:
    if scope.whole:
        return select(Cohort.id).where(_in_countries(scope.countries))
    line = _line(Cohort.right_id.in_(scope.right_ids))
    return select(line.c.cohort_id)


def own_rights(session: Session, user_id: int) -> frozenset[int]:
    """Every certification that ever gave somebody a right, those that ended too: the branch stays theirs to see."""
    rows = session.execute(
        select(Certification.id, Certification.course_ids).where(
            Certification.user_id == user_id, Certification.outcome == TrainingOutcome.CERTIFIED
        )
    )
    return frozenset(row[0] for row in rows if row[1])


def cohorts_of_staff(session: Session, user_id: int) -> frozenset[int]:
    """The cohorts somebody works in now, whose pages they may open."""
    rows = session.scalars(select(CohortStaff.cohort_id).where(CohortStaff.user_id == user_id, at_work()))
    return frozenset(rows)
