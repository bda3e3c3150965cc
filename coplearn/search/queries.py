"""Reading the names of the cohorts that somebody may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.whole.queries.cohort import worked_in

MOST: Final = 2_000
"""Of the newest."""


@dataclass(frozen=True, slots=True)
class NamedCohort:
    """A cohort as it is found: ``works`` where the person works in it or coordinates it, else they are trained in it."""

    public_id: str
    title: str
    country: str
    works: bool


def cohorts_seen_by(session: Session, user_id: int, countries: frozenset[str] | None) -> list[NamedCohort]:
    """The cohorts of somebody's own list, newest first: where they work, what they coordinate, where they take part."""
    columns = (Cohort.public_id, Cohort.title, Cohort.country)
    working = session.execute(
        select(*columns).where(worked_in(user_id, countries)).order_by(Cohort.id.desc()).limit(MOST)
    )
    seats = session.execute(
        select(*columns)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.user_id == user_id, Membership.state.in_((MemberState.ACTIVE, MemberState.WITHDRAWN)))
        .order_by(Cohort.id.desc())
        .limit(MOST)
    )
    found = {row.public_id: NamedCohort(row.public_id, row.title, row.country, works=True) for row in working}
    for row in seats:
        found.setdefault(row.public_id, NamedCohort(row.public_id, row.title, row.country, works=False))
    return list(found.values())
