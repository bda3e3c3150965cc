"""Reading the questions of three months later and what came back."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.certification import FollowUp
from coplearn.cohorts.models.cohort import Cohort, Membership
from coplearn.cohorts.rules.followup import Results, results_of


def token_hash(token: str) -> str:
    """What is kept of an address's private part: a stolen table opens nobody's answers."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(session: Session, token: str, *, lock: bool = False) -> FollowUp | None:
    """The questions that address names; None for a made-up one."""
    statement = select(FollowUp).where(FollowUp.token_hash == token_hash(token))
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def results_in(session: Session, cohort_id: int) -> Results:
    """What the cohort's people answered, with how many were asked (two statements)."""
    of_cohort = (
        select(FollowUp)
        .join(Membership, Membership.id == FollowUp.membership_id)
        .where(Membership.cohort_id == cohort_id, FollowUp.sent_at.is_not(None))
        .subquery()
    )
    asked = session.scalar(select(func.count()).select_from(of_cohort)) or 0
    answers = session.scalars(select(of_cohort.c.answers).where(of_cohort.c.answered_at.is_not(None)))
    return results_of(asked, list(answers))


def waiting_in(session: Session, cohort_id: int) -> tuple[int, date | None]:
    """How many of the cohort were not asked yet, and the first day on which somebody is."""
    row = session.execute(
        select(func.count(), func.min(FollowUp.due_on))
        .join(Membership, Membership.id == FollowUp.membership_id)
        .where(Membership.cohort_id == cohort_id, FollowUp.sent_at.is_(None))
    ).one()
    return row[0], row[1]


def cohort_of(session: Session, follow_up: FollowUp) -> Cohort | None:
    """Which cohort it asks about."""
    return session.scalar(
        select(Cohort)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .where(Membership.id == follow_up.membership_id)
    )
