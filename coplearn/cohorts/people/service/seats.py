"""A cohort's seats and its waiting list: held while somebody comes or goes, counted, and given when one is free."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.cohorts.common import letters
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting, Registration
from coplearn.cohorts.common.queries import Person, authorisation_of
from coplearn.cohorts.common.rules.authorisation import WHY_NOT_FIRM, Authorisation
from coplearn.cohorts.common.rules.words import MemberState, checked_reason, goes_on, new_public_id
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.people.queries import queue_length, queue_of, seats_taken
from coplearn.cohorts.people.rules.joining import FULL, free_seats, is_full, new_card_code
from coplearn.cohorts.people.rules.rosters import FACTS, PersonDraft
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_

SAME_ADDRESS = N_("Somebody with that mail address is in this cohort already.")
SAME_NAME = N_("Somebody with that name and organisation is in this cohort already.")


def member_in(session: Session, cohort: Cohort, public_id: str) -> Membership:
    """The member as they are now. Raises NotFound for anybody else."""
    member = session.scalar(
        select(Membership)
        .where(Membership.cohort_id == cohort.id, Membership.public_id == public_id)
        .execution_options(populate_existing=True)
    )
    if member is None:
        raise NotFound(N_("There is no page at this address for you."))
    return member


def need_seat(session: Session, cohort: Cohort) -> None:
    """Raise Refused when every seat is taken or kept for somebody."""
    if is_full(cohort.capacity, seats_taken(session, cohort.id)):
        raise Refused(FULL)


def need_right(session: Session, cohort: Cohort, now: datetime, told: str = "") -> None:
    """Raise Refused while nobody new may come in, because no right that the cohort stands on is good now.

    ``told`` is said instead of the reason, which is for those who work in the cohort. See ``common.queries``.
    """
    authorisation = authorisation_of(session, cohort, now)
    if authorisation is not Authorisation.FIRM:
        raise Refused(told or WHY_NOT_FIRM[authorisation])


def new_seat(cohort: Cohort, draft: PersonDraft, now: datetime) -> Membership:
    """A new member, invited until told otherwise; not written yet (see :func:`put_seat`)."""
    return Membership(**new_member(cohort.id, cohort.languages, draft, now) | {"state": MemberState.INVITED})


def new_member(cohort_id: int, languages: list[str], draft: PersonDraft, now: datetime) -> dict[str, Any]:
    """The columns of somebody new but their state; without a mail address they have a card."""
    plain = replace(draft, card_code=None) if draft.email else draft
    return {
        "public_id": new_public_id(),
        "cohort_id": cohort_id,
        "user_id": None,
        "key": plain.key,
        **{name: getattr(draft, name) for name in FACTS},
        "email": draft.email,
        "sourced_id": draft.sourced_id,
        "organisation_number": draft.organisation_number,
        "locale": draft.locale or languages[0],
        "card_code": draft.card_code or (None if draft.email else new_card_code()),
        "calendar_token": token_hex(16),
        "created_at": now,
        "invited_at": None,
        "joined_at": None,
        "left_at": None,
    }


def put_seat(session: Session, membership: Membership, told: str) -> None:
    """Write somebody new. Raises Refused with ``told`` when that would make two people one."""
    try:
        with session.begin_nested():
            session.add(membership)
    except IntegrityError:
        raise Refused(told) from None


NOT_THERE: Final = N_("They are no longer on the waiting list. Load the page again.")


def must_wait(session: Session, cohort: Cohort) -> bool:
    """Whether somebody new is put on the waiting list: no seat is free, or others have waited longer."""
    if not cohort.waiting_list:
        return False
    return is_full(cohort.capacity, seats_taken(session, cohort.id)) or queue_length(session, cohort.id) > 0


def leave_sessions(session: Session, membership_ids: Collection[int], now: datetime) -> None:
    """Free the places of members at sessions that have not begun; who is next has them by the day's work at the latest."""
    ahead = select(Meeting.id).where(Meeting.starts_at > now)
    session.execute(
        update(Registration)
        .where(Registration.membership_id.in_(membership_ids), Registration.meeting_id.in_(ahead))
        .values(state=MemberState.WITHDRAWN, queue_number=None, changed_at=now)
        .execution_options(synchronize_session=False)
    )


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
    free = free_seats(cohort.capacity, seats_taken(session, cohort.id)) if cohort.capacity is not None else None
    following = queue_of(session, cohort.id, free)
    if not following or authorisation_of(session, cohort, now) is not Authorisation.FIRM:
        return 0
    for membership in following:
        membership.state, membership.joined_at, membership.queue_number = MemberState.ACTIVE, now, None
        letters.give_place(session, cohort, membership, now)
        log_event(session, cohort.id, None, "seat-given", now, member=membership.public_id)
    session.flush()
    return len(following)


def move_in_queue(
    session: Session, person: Person, cohort_id: int, public_id: str, place: int, reason: str, now: datetime
) -> Membership:
    """Give somebody who waits another place; the reason is kept in the cohort's history. Raises Refused and Conflict."""
    why = checked_reason(reason)
    cohort = locked_cohort(session, cohort_id)
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
    log_event(session, cohort.id, person, "queue-moved", now, member=public_id, before=before, after=place, reason=why)
    session.flush()
    return membership


def leave_queue(session: Session, person: Person, public_id: str, now: datetime) -> Cohort:
    """Step off a cohort's waiting list by oneself; twice is as once. Raises NotFound for who was never on it."""
    cohort_id = session.scalar(select(Cohort.id).where(Cohort.public_id == public_id))
    cohort = locked_cohort(session, cohort_id) if cohort_id is not None else None
    own = None
    if cohort is not None:
        where = (Membership.cohort_id == cohort.id, Membership.user_id == person.id)
        own = session.scalar(select(Membership).where(*where).execution_options(populate_existing=True))
    if cohort is None or own is None or own.state not in (MemberState.QUEUED, MemberState.WITHDRAWN):
        raise NotFound(N_("There is no page at this address for you."))
    if own.state == MemberState.QUEUED:
        own.state, own.left_at, own.queue_number = MemberState.WITHDRAWN, now, None
        log_event(session, cohort.id, person, "queue-left", now, member=own.public_id)
        session.flush()
    return cohort


def fill_all_seats(session: Session, now: datetime) -> int:
    """Give away every seat that came free in whatever way; how many. The day's work: those who freed it did so at once."""
    waiting = select(Membership.cohort_id).where(Membership.state == MemberState.QUEUED).distinct()
    return sum(fill_seats(session, locked_cohort(session, number), now) for number in session.scalars(waiting).all())
