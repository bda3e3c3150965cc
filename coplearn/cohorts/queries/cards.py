"""Reading whose card a browser learns with."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import CardLearner, Cohort, Membership
from coplearn.cohorts.queries.joining import Offer


def place_of_learner(session: Session, learner_id: int) -> Offer | None:
    """The cohort and the place whose card that learner learns with."""
    row = session.execute(
        select(Cohort, Membership)
        .join(Membership, Membership.cohort_id == Cohort.id)
        .join(CardLearner, CardLearner.membership_id == Membership.id)
        .where(CardLearner.learner_id == learner_id)
    ).first()
    return Offer(row[0], row[1]) if row is not None else None


def learner_of_card(session: Session, membership_id: int) -> int | None:
    """Who learns with that member's card; None while nobody has."""
    return session.scalar(select(CardLearner.learner_id).where(CardLearner.membership_id == membership_id))
