"""A cohort's waiting list: who comes when every seat is taken, and who gets a seat that is free."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort, Membership
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.queries.footing import footing_of
from coplearn.cohorts.queries.joining import seats_taken
from coplearn.cohorts.queries.queue import queue_length, queue_of
from coplearn.cohorts.rules.certification import checked_reason
from coplearn.cohorts.rules.cohort import goes_on
from coplearn.cohorts.rules.footing import Footing
from coplearn.cohorts.rules.joining import is_full
from coplearn.cohorts.rules.words import MemberState
from coplearn.cohorts.service import letters
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.seats import held, member_in
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_

NOT_THERE: Final = N_("They are no longer on the waiting list. Load the page again.")


def must_wait(session: Session, cohort: Cohort) -> bool:
    """Whether somebody new is put on the waiting list: no seat is free, or others have waited longer."""
    if not cohort.waiting_list:
        return False
    return is_full(cohort.capacity, seats_taken(session, cohort.id)) or queue_length(session, cohort.id) > 0


def put_last(session: Session, cohort: Cohort, membership: Membership) -> None:
    """Give somebody new the last place; for a cohort that is held."""
    waiting = queue_of(session, cohort.id)
    membership.state, membership.joined_at = MemberState.QUEUED, None
    membership.queue_number = 1 + max((one.queue_number or 0 for one in waiting), default=0)


def fill_seats(session: Session, cohort: Cohort, now: datetime) -> int:
    """Give free seats to who waits, the next first, and write to them; how many. For a cohort that is held.

    Where a trainer looks at each person, nobody gets in by themselves: the trainer lets in the next.
    """
    session.flush()
    if cohort.join_needs_approval or not goes_on(cohort.state, cohort.archived_at):
        return 0
    free = None if cohort.capacity is None else max(0, cohort.capacity - seats_taken(session, cohort.id))
    following = queue_of(session, cohort.id, free)
    if not following or footing_of(session, cohort, now) is not Footing.FIRM:
        return 0
    for membership in following:
        membership.state, membership.joined_at, membership.queue_number = MemberState.ACTIVE, now, None
        letters.give_place(session, cohort, membership, now)
        note(session, cohort.id, None, "seat-given", now, member=membership.public_id)
    session.flush()
    return len(following)


def move_in_queue(
    session: Session, person: Person, cohort_id: int, public_id: str, place: int, reason: str, now: datetime
) -> Membership:
    """Give somebody who waits another place; the reason is kept in the cohort's history. Raises Refused and Conflict."""
    why = checked_reason(reason)
    cohort = held(session, cohort_id)
    membership, waiting = member_in(session, cohort, public_id), queue_of(session, cohort.id)
    if membership not in waiting:
        raise Conflict(NOT_THERE)
    if not 1 <= place <= len(waiting):
        raise Refused(N_("Choose a number from %(low)s to %(high)s."), low=1, high=len(waiting))
    before = waiting.index(membership) + 1
    waiting.remove(membership)
    waiting.insert(place - 1, membership)
    for number, one in enumerate(waiting, 1):
        one.queue_number = number
    note(session, cohort.id, person, "queue-moved", now, member=public_id, before=before, after=place, reason=why)
    session.flush()
    return membership


def leave_queue(session: Session, person: Person, public_id: str, now: datetime) -> Cohort:
    """Step off a cohort's waiting list by oneself; twice is as once. Raises NotFound for who was never on it."""
    found = session.scalar(select(Cohort.id).where(Cohort.public_id == public_id))
    cohort = held(session, found) if found is not None else None
    own = None
    if cohort is not None:
        where = (Membership.cohort_id == cohort.id, Membership.user_id == person.id)
        own = session.scalar(select(Membership).where(*where).execution_options(populate_existing=True))
    if cohort is None or own is None or own.state not in (MemberState.QUEUED, MemberState.WITHDRAWN):
        raise NotFound(N_("There is no page at this address for you."))
    if own.state == MemberState.QUEUED:
        own.state, own.left_at, own.queue_number = MemberState.WITHDRAWN, now, None
        note(session, cohort.id, person, "queue-left", now, member=own.public_id)
        session.flush()
    return cohort


def fill_all_seats(session: Session, now: datetime) -> int:
    """Give away every seat that came free in whatever way; how many. The day's work: those who freed it did so at once."""
    waiting = select(Membership.cohort_id).where(Membership.state == MemberState.QUEUED).distinct()
    return sum(fill_seats(session, held(session, number), now) for number in session.scalars(waiting).all())
