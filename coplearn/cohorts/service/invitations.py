"""Asking people in: letters to those with a mail address, cards for those without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.rules.joining import HOLDS_SEAT, JOINABLE, new_card_code
from coplearn.cohorts.rules.words import MemberState
from coplearn.cohorts.service import letters
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.seats import held, member_in, need_right
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_

AT_ONCE: Final = 1_000
"""Letters that one press writes; the next press writes the next."""
A_DAY: Final = 2_000
"""Invitations that one person may have written within a day, in all their cohorts, and that all of a cohort's staff may
have written in it: nobody makes the site write to the world."""
Sign = Callable[[Membership], str]
"""Makes the private part of the address in somebody's invitation."""


def give_cards(session: Session, person: Person, cohort_id: int, now: datetime) -> int:
    """Make a card's code for everybody who has no mail address and none yet; how many were made."""
    cohort = held(session, cohort_id)
    without = session.scalars(
        select(Membership).where(
            Membership.cohort_id == cohort.id,
            Membership.email.is_(None),
            Membership.card_code.is_(None),
            Membership.state != MemberState.WITHDRAWN,
        )
    ).all()
    for membership in without:
        membership.card_code = new_card_code()
    if without:
        note(session, cohort.id, person, "cards-made", now, count=len(without))
    session.flush()
    return len(without)


def invite(session: Session, person: Person, cohort_id: int, public_id: str, sign: Sign, now: datetime) -> Membership:
    """Write an invitation to somebody who has not come yet; each press is a new letter. Raises Refused when it cannot be."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    _need_open(session, cohort, now)
    if membership.email is None:
        raise Refused(N_("There is no mail address to write to. Print a card instead."))
    if membership.user_id is not None or membership.state not in HOLDS_SEAT:
        raise Refused(N_("Only somebody who was asked in and has not come yet can be invited."))
    _left_today(session, person, cohort.id, now)
    _invite(session, cohort, membership, sign, now)
    note(session, cohort.id, person, "person-invited", now, member=public_id)
    session.flush()
    return membership


def invite_all(session: Session, person: Person, cohort_id: int, sign: Sign, now: datetime) -> int:
    """Write to those invited whom nobody wrote to yet, at most :data:`AT_ONCE`; how many letters.

    Raises Refused for a cohort that is not open.
    """
    cohort = held(session, cohort_id)
    _need_open(session, cohort, now)
    left = _left_today(session, person, cohort.id, now)
    waiting = session.scalars(
        select(Membership)
        .where(
            Membership.cohort_id == cohort.id,
            Membership.state == MemberState.INVITED,
            Membership.email.is_not(None),
            Membership.invited_at.is_(None),
        )
        .order_by(Membership.id)
        .limit(min(AT_ONCE, left))
    ).all()
    for membership in waiting:
        _invite(session, cohort, membership, sign, now)
    if waiting:
        note(session, cohort.id, person, "people-invited", now, count=len(waiting))
    session.flush()
    return len(waiting)


def _left_today(session: Session, person: Person, cohort_id: int, now: datetime) -> int:
    """How many invitations the person may still have written today, in this cohort. Raises Refused when none."""
    theirs = _written(session, CohortEvent.by_id == person.id, now)
    if theirs >= A_DAY:
        raise Refused(
            N_(
                "You have invited %(count)s people within a day, the most there can be. Nothing is lost: go on tomorrow."
            ),
            count=A_DAY,
        )
    here = _written(session, CohortEvent.cohort_id == cohort_id, now)
    if here >= A_DAY:
        raise Refused(
            N_(
                "%(count)s people were invited to this cohort within a day, the most there can be. Nothing is lost: go on"
                " tomorrow."
            ),
            count=A_DAY,
        )
    return A_DAY - max(theirs, here)


def _written(session: Session, whose: ColumnElement[bool], now: datetime) -> int:
    lately = select(CohortEvent).where(whose, CohortEvent.at > now - timedelta(days=1))
    written = session.scalars(lately.where(CohortEvent.kind.in_(("person-invited", "people-invited"))))
    return sum(int(one.details.get("count", 1)) for one in written)


def _need_open(session: Session, cohort: Cohort, now: datetime) -> None:
    if cohort.state not in JOINABLE or cohort.archived_at is not None:
        raise Refused(N_("People are invited while the cohort is open or running. Open it first."))
    need_right(session, cohort, now)


def _invite(session: Session, cohort: Cohort, membership: Membership, sign: Sign, now: datetime) -> None:
    letters.invite(session, cohort, membership, sign(membership), now)
    membership.invited_at = now
