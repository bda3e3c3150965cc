"""Learning with a card: people without mail and without an account take the courses, and it counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from secrets import token_urlsafe
from typing import Final

from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import CardLearner, Cohort, Membership
from coplearn.cohorts.queries.cards import learner_of_card
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.rules.footing import NOBODY_NEW
from coplearn.cohorts.rules.joining import new_card_code, person_key
from coplearn.cohorts.rules.words import MemberState, State
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.seats import held, member_in, need_right
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.learning.service import Courses, join_kept, keep_learner

NOT_KEPT: Final = N_("This seat is not kept any more. Ask the trainer to take you back.")
NOT_OPEN: Final = N_("This cohort is not open yet. Try again when its trainer says so.")
HAS_ACCOUNT: Final = N_("This place has an account. Sign in with it to go on.")
NEEDS_LETTING_IN: Final = N_("This place is not taken up yet. The trainer lets people in first.")
Sign = Callable[[Membership], str]
"""Makes the token by which a browser learns as a member; it changes with the code on the card."""


def learn_with_card(
    session: Session, cohort_id: int, public_id: str, sign: Sign, now: datetime, *, by: Person | None = None
) -> str:
    """Let a browser learn as somebody without an account; gives back its token. ``by`` is the trainer who lends a device.

    Whoever was invited takes part from then on. Raises NotFound, and Refused for a place that cannot be learned with.
    """
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    _check(session, cohort, membership, now)
    membership.card_code = membership.card_code or new_card_code()
    if membership.state == MemberState.INVITED:
        membership.state, membership.joined_at = MemberState.ACTIVE, membership.joined_at or now
    card, token = session.get(CardLearner, membership.id), sign(membership)
    learner_id = keep_learner(session, card.learner_id if card is not None else None, token, now)
    if card is None:
        session.add(CardLearner(membership_id=membership.id, learner_id=learner_id))
        note(session, cohort.id, by, "card-first-used", now, member=public_id)
    session.flush()
    return token


def _check(session: Session, cohort: Cohort, membership: Membership, now: datetime) -> None:
    if cohort.archived_at is not None or membership.state == MemberState.WITHDRAWN:
        raise Refused(NOT_KEPT)
    if cohort.state == State.DRAFT:
        raise Refused(NOT_OPEN)
    if membership.user_id is not None:
        raise Refused(HAS_ACCOUNT)
    if membership.state not in (MemberState.ACTIVE, MemberState.INVITED):
        raise Refused(NEEDS_LETTING_IN)
    if membership.state == MemberState.INVITED:
        need_right(session, cohort, now, NOBODY_NEW)


def hand_over_learning(session: Session, membership: Membership, now: datetime, courses: Courses) -> None:
    """Give what was learned with a card to the account that took the place over."""
    card = session.get(CardLearner, membership.id)
    if card is not None and membership.user_id is not None:
        join_kept(session, card.learner_id, membership.user_id, now, courses)


def renew_card(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Give somebody's card a new code: the lost one opens nothing from then on, and what was done with it stays."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    old, membership.card_code = membership.card_code, new_card_code()
    if old is not None and membership.key == person_key("", None, "", old):
        membership.key = person_key("", None, "", membership.card_code)
    shut_card(session, membership.id, now)
    note(session, cohort.id, person, "card-renewed", now, member=public_id)
    session.flush()
    return membership


def shut_card(session: Session, membership_id: int, now: datetime) -> None:
    """End learning in every browser that this card opened."""
    learner_id = learner_of_card(session, membership_id)
    if learner_id is not None:
        keep_learner(session, learner_id, token_urlsafe(24), now)
