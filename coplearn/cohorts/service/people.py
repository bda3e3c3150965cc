"""A cohort's people by a trainer's hand: put on the list, corrected, let in, taken off and taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Membership
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.rules.joining import new_card_code, person_key
from coplearn.cohorts.rules.rosters import Draft
from coplearn.cohorts.rules.words import MemberState
from coplearn.cohorts.service import letters
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.queue import fill_seats
from coplearn.cohorts.service.seats import (
    SAME_ADDRESS,
    SAME_NAME,
    held,
    member_in,
    need_right,
    need_seat,
    new_seat,
    put_seat,
)
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.text import N_


def add_by_hand(
    session: Session, person: Person, cohort_id: int, draft: Draft, now: datetime, *, take_part: bool = False
) -> Membership:
    """Put one person on the list; who has no mail address is in at once and gets a card. Raises Refused."""
    cohort = held(session, cohort_id)
    need_right(session, cohort, now)
    need_seat(session, cohort)
    membership = new_seat(cohort, draft, now)
    if draft.email is None or take_part:
        membership.state, membership.joined_at = MemberState.ACTIVE, now
    put_seat(session, membership, SAME_ADDRESS if draft.email else SAME_NAME)
    note(session, cohort.id, person, "person-added", now, member=membership.public_id)
    session.flush()
    return membership


def correct(
    session: Session, person: Person, cohort_id: int, public_id: str, draft: Draft, now: datetime
) -> Membership:
    """Correct what stands on the list about somebody. Raises Refused when that would make two people one."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    values: dict[str, Any] = {
        "name": draft.name,
        "organisation": draft.organisation,
        "region": draft.region,
        "locale": draft.locale or membership.locale,
        "email": draft.email,
        "phone": draft.phone,
    }
    changed = [name for name, value in values.items() if getattr(membership, name) != value]
    if not changed:
        return membership
    if draft.email is None and membership.card_code is None:
        values["card_code"] = new_card_code()
    if "email" in changed:
        values["invited_at"] = None
    if {"email", "name", "organisation"} & set(changed):
        values["key"] = person_key(draft.name, draft.email, draft.organisation)
    try:
        with session.begin_nested():
            for name, value in values.items():
                setattr(membership, name, value)
    except IntegrityError:
        raise Refused(SAME_ADDRESS if draft.email else SAME_NAME) from None
    note(session, cohort.id, person, "person-corrected", now, member=public_id, fields=changed)
    session.flush()
    return membership


def approve(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Let in somebody who waits, or who was invited and came without answering. Raises Refused when every seat is taken."""
    cohort = held(session, cohort_id)
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
    note(session, cohort.id, person, "person-approved", now, member=public_id)
    session.flush()
    return membership


def withdraw(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Take somebody off the list (or refuse who waits); what they did stays, and they can be taken back.

    Letters that wait for them are taken back, and their seat goes to who is next on the waiting list.
    """
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state != MemberState.WITHDRAWN:
        note(session, cohort.id, person, "person-withdrawn", now, member=public_id, was=membership.state)
        membership.state, membership.left_at = MemberState.WITHDRAWN, now
        membership.queue_number = None
        letters.take_back_letters(session, cohort, membership)
        fill_seats(session, cohort, now)
    return membership


def take_back(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Put somebody back on the list, as one who takes part when they ever did. Raises Refused when every seat is taken."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state != MemberState.WITHDRAWN:
        return membership
    if membership.joined_at is None:
        # Who took part before is nobody new.
        need_right(session, cohort, now)
    need_seat(session, cohort)
    came = membership.user_id is not None or membership.joined_at is not None or membership.email is None
    membership.state = MemberState.ACTIVE if came else MemberState.INVITED
    membership.joined_at = (membership.joined_at or now) if came else None
    membership.left_at = None
    note(session, cohort.id, person, "person-taken-back", now, member=public_id)
    session.flush()
    return membership
