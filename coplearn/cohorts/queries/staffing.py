"""Who was asked to work in a cohort, and what somebody was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.models.cohort import Cohort, StaffRequest
from coplearn.cohorts.queries.cohort import Person

ANSWER_WITHIN: Final = 30
"""Days that somebody has to answer."""


@dataclass(frozen=True, slots=True)
class StaffOffer:
    """A cohort that somebody is asked to work in."""

    cohort: Cohort
    asked: StaffRequest


def requests_in(session: Session, cohort_id: int, now: datetime) -> list[StaffRequest]:
    """Whom a cohort's leads asked, newest first, with those who said no."""
    asked = select(StaffRequest).where(StaffRequest.cohort_id == cohort_id, _in_time(now))
    return list(session.scalars(asked.order_by(StaffRequest.id.desc())))


def staff_offers_for(session: Session, person: Person, now: datetime) -> list[StaffOffer]:
    """What the person's mail address was asked, when it is confirmed to be theirs; newest first."""
    mine = _open(now).join(User, User.id == person.id)
    mine = mine.where(StaffRequest.email == person.email, User.confirmed_at.is_not(None))
    return [StaffOffer(*row) for row in session.execute(mine.order_by(StaffRequest.id.desc()))]


def request_for(session: Session, person: Person, public_id: str, now: datetime) -> StaffOffer | None:
    """One of these."""
    return next((one for one in staff_offers_for(session, person, now) if one.asked.public_id == public_id), None)


def open_request(session: Session, public_id: str, now: datetime) -> StaffOffer | None:
    """What a letter's address leads to, whoever opens it."""
    row = session.execute(_open(now).where(StaffRequest.public_id == public_id)).first()
    return StaffOffer(*row) if row is not None else None


def _open(now: datetime) -> Select[Cohort, StaffRequest]:
    joined = select(Cohort, StaffRequest).join(StaffRequest, StaffRequest.cohort_id == Cohort.id)
    return joined.where(StaffRequest.declined_at.is_(None), Cohort.archived_at.is_(None), _in_time(now))


def _in_time(now: datetime) -> ColumnElement[bool]:
    return StaffRequest.asked_at > now - timedelta(days=ANSWER_WITHIN)
