"""A cohort's people by a trainer's hand: put on the list, corrected, invited, let in, taken off and taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.common import letters
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import Kind, MemberState
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.people.rules.joining import HOLDS_SEAT, JOINABLE, new_card_code, person_key
from coplearn.cohorts.people.rules.rosters import FACTS, PersonDraft
from coplearn.cohorts.people.service.seats import (
    SAME_ADDRESS,
    SAME_NAME,
    fill_seats,
    leave_sessions,
    member_in,
    need_right,
    need_seat,
    new_seat,
    put_seat,
)
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.text import N_


def add_by_hand(
    session: Session, person: Person, cohort_id: int, draft: PersonDraft, now: datetime, *, take_part: bool = False
) -> Membership:
    """Put one person on the list; who has no mail address is in at once and gets a card. Raises Refused."""
    cohort = locked_cohort(session, cohort_id)
    need_right(session, cohort, now)
    need_seat(session, cohort)
    membership = new_seat(cohort, draft, now)
    if draft.email is None or take_part:
        membership.state, membership.joined_at = MemberState.ACTIVE, now
    put_seat(session, membership, SAME_ADDRESS if draft.email else SAME_NAME)
    log_event(session, cohort.id, person, "person-added", now, member=membership.public_id)
    session.flush()
    return membership


def correct(
    session: Session, person: Person, cohort_id: int, public_id: str, draft: PersonDraft, now: datetime
) -> Membership:
    """Correct what stands on the list about somebody. Raises Refused when that would make two people one."""
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    values: dict[str, Any] = {
        **{name: getattr(draft, name) for name in FACTS},
        "locale": draft.locale or membership.locale,
        "email": draft.email,
    }
    changed = [name for name, value in values.items() if getattr(membership, name) != value]
    if not changed:
        return membership
    if draft.email is None and membership.card_code is None:
        values["card_code"] = new_card_code()
    if "email" in changed:
        values["invited_at"] = None
    if "organisation" in changed:
        values["organisation_number"] = ""
    if {"email", "name", "organisation"} & set(changed):
        values["key"] = person_key(draft.name, draft.email, draft.organisation, sourced_id=membership.sourced_id)
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(membership, name, value)
    except IntegrityError:
        raise Refused(SAME_ADDRESS if draft.email else SAME_NAME) from None
    log_event(session, cohort.id, person, "person-corrected", now, member=public_id, fields=changed)
    session.flush()
    return membership


def approve(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Let in somebody who waits, or who was invited and came without answering. Raises Refused when every seat is taken."""
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state == MemberState.ACTIVE:
        return membership
    if membership.state == MemberState.WITHDRAWN:
        raise Conflict(N_("Somebody else took this person off the list meanwhile. Load the page again."))
    need_right(session, cohort, now)
    if membership.state in (MemberState.WAITING, MemberState.QUEUED):
        need_seat(session, cohort)
        letters.give_place(session, cohort, membership, now)
    membership.state, membership.joined_at = MemberState.ACTIVE, membership.joined_at or now
    membership.queue_number = None
    log_event(session, cohort.id, person, "person-approved", now, member=public_id)
    session.flush()
    return membership


def withdraw(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Take somebody off the list (or refuse who waits); what they did stays, and they can be taken back.

    Letters that wait for them are taken back, and their seat goes to who is next on the waiting list.
    """
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state != MemberState.WITHDRAWN:
        log_event(session, cohort.id, person, "person-withdrawn", now, member=public_id, was=membership.state)
        membership.state, membership.left_at = MemberState.WITHDRAWN, now
        membership.queue_number = None
        letters.take_back_letters(session, cohort, membership)
        if cohort.kind == Kind.SERIES:
            leave_sessions(session, [membership.id], now)
        fill_seats(session, cohort, now)
    return membership


def take_back(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Put somebody back on the list, as one who takes part when they ever did. Raises Refused when every seat is taken."""
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state != MemberState.WITHDRAWN:
        return membership
    if membership.joined_at is None:
        # Who took part before is nobody new.
        need_right(session, cohort, now)
    need_seat(session, cohort)
    took_part = membership.user_id is not None or membership.joined_at is not None or membership.email is None
    membership.state = MemberState.ACTIVE if took_part else MemberState.INVITED
    membership.joined_at = (membership.joined_at or now) if took_part else None
    membership.left_at = None
    log_event(session, cohort.id, person, "person-taken-back", now, member=public_id)
    session.flush()
    return membership


AT_ONCE: Final = 1_000
"""Letters that one press writes; the next press writes the next."""
A_DAY: Final = 2_000
"""Invitations that one person may have written within a day, in all their cohorts, and that all of a cohort's staff may
have written in it: nobody makes the site write to the world."""
Sign = Callable[[Membership], str]
"""Makes the private part of the address in somebody's invitation."""


def give_cards(session: Session, person: Person, cohort_id: int, now: datetime) -> int:
    """Make a card's code for everybody who has no mail address and none yet; how many were made."""
    cohort = locked_cohort(session, cohort_id)
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
        log_event(session, cohort.id, person, "cards-made", now, count=len(without))
    session.flush()
    return len(without)


def invite(session: Session, person: Person, cohort_id: int, public_id: str, sign: Sign, now: datetime) -> Membership:
    """Write an invitation to somebody who has not come yet; each press is a new letter. Raises Refused when it cannot be."""
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    _need_open(session, cohort, now)
    if membership.email is None:
        raise Refused(N_("There is no mail address to write to. Print a card instead."))
    if membership.user_id is not None or membership.state not in HOLDS_SEAT:
        raise Refused(N_("Only somebody who was asked in and has not come yet can be invited."))
    _left_today(session, person, cohort.id, now)
    _invite(session, cohort, membership, sign, now)
    log_event(session, cohort.id, person, "person-invited", now, member=public_id)
    session.flush()
    return membership


def invite_all(session: Session, person: Person, cohort_id: int, sign: Sign, now: datetime) -> int:
    """Write to those invited whom nobody wrote to yet, at most :data:`AT_ONCE`; how many letters.

    Raises Refused for a cohort that is not open.
    """
    cohort = locked_cohort(session, cohort_id)
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
        log_event(session, cohort.id, person, "people-invited", now, count=len(waiting))
    session.flush()
    return len(waiting)


def _left_today(session: Session, person: Person, cohort_id: int, now: datetime) -> int:
    """The number of invitations that the person may still have written today, in this cohort. Raises Refused when none."""
    written = _written(session, CohortEvent.by_id == person.id, now)
    if written >= A_DAY:
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
    return A_DAY - max(written, here)


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
