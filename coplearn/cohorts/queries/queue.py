"""Reading a cohort's waiting list."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Membership
from coplearn.cohorts.rules.words import MemberState

_LAST: Final = 1_000_000_000
"""Who came by a list and has no number stands behind all who have one."""


def _order() -> tuple[ColumnElement[int], ColumnElement[int]]:
    return func.coalesce(Membership.queue_number, _LAST), Membership.id.expression


def _queued(cohort_id: int) -> tuple[ColumnElement[bool], ...]:
    return Membership.cohort_id == cohort_id, Membership.state == MemberState.QUEUED


def queue_of(session: Session, cohort_id: int, limit: int | None = None) -> list[Membership]:
    """Who waits for a seat, the next first."""
    return list(session.scalars(select(Membership).where(*_queued(cohort_id)).order_by(*_order()).limit(limit)))


def queue_length(session: Session, cohort_id: int) -> int:
    """How many wait for a seat."""
    return session.scalar(select(func.count()).select_from(Membership).where(*_queued(cohort_id))) or 0


def place_in_queue(session: Session, member: Membership) -> int:
    """Which place somebody has who waits: 1 is next."""
    number = member.queue_number if member.queue_number is not None else _LAST
    before = tuple_(*_order()) < tuple_(number, member.id)
    return 1 + (session.scalar(select(func.count()).where(*_queued(member.cohort_id), before)) or 0)
