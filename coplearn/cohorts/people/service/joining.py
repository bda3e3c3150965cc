"""Coming into a cohort by oneself: by its code, by an invitation or by a card, and learning with a card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import CardLearner, Cohort, CohortStaff, Membership
from coplearn.cohorts.common.queries import Person, at_work
from coplearn.cohorts.common.rules.authorisation import NOBODY_NEW
from coplearn.cohorts.common.rules.words import Kind, MemberState, State
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.people.queries import learner_of_card, queue_length, seats_taken
from coplearn.cohorts.people.rules.joining import (
    FULL,
    LEFT,
    entry_state,
    new_card_code,
    new_join_code,
    person_key,
    why_no_code,
)
from coplearn.cohorts.people.rules.rosters import PersonDraft
from coplearn.cohorts.people.service.seats import (
    SAME_ADDRESS,
    fill_seats,
    member_in,
    need_right,
    new_seat,
    put_last,
    put_seat,
)
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_
from coplearn.learning.joining import join_kept, keep_learner
from coplearn.learning.service import Courses

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
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    _check(session, cohort, membership, now)
    membership.card_code = membership.card_code or new_card_code()
    if membership.state == MemberState.INVITED:
        membership.state, membership.joined_at = MemberState.ACTIVE, membership.joined_at or now
    card, token = session.get(CardLearner, membership.id), sign(membership)
    learner_id = keep_learner(session, card.learner_id if card is not None else None, token, now)
    if card is None:
        session.add(CardLearner(membership_id=membership.id, learner_id=learner_id))
        log_event(session, cohort.id, by, "card-first-used", now, member=public_id)
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
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    old, membership.card_code = membership.card_code, new_card_code()
    if old is not None and membership.key == person_key("", None, "", old):
        membership.key = person_key("", None, "", membership.card_code)
    shut_card(session, membership.id, now)
    log_event(session, cohort.id, person, "card-renewed", now, member=public_id)
    session.flush()
    return membership


def shut_card(session: Session, membership_id: int, now: datetime) -> None:
    """End learning in every browser that this card opened."""
    learner_id = learner_of_card(session, membership_id)
    if learner_id is not None:
        keep_learner(session, learner_id, token_urlsafe(24), now)


NO_COURSES: Final[Courses] = MappingProxyType({})
"""When a course was finished that was learned on both sides is then found by the day's work."""
_CAME: Final = {
    MemberState.ACTIVE: "joined",
    MemberState.WAITING: "asked-to-join",
    MemberState.QUEUED: "queued",
}
TAKEN = N_("Somebody has taken this seat already. Ask the trainer if that should have been you.")


def _refuse_staff(session: Session, cohort: Cohort, person: Person) -> None:
    """Refuse somebody who works in the cohort as a member: nobody marks or judges themselves."""
    works = select(CohortStaff.id).where(
        CohortStaff.cohort_id == cohort.id, CohortStaff.user_id == person.id, at_work()
    )
    if session.scalar(works.limit(1)) is not None:
        if cohort.kind == Kind.SERIES:
            raise Refused(N_("You help run this series, so you need not register."))
        raise Refused(N_("You work in this cohort, so you cannot be trained in it as well."))


# ── By the cohort's code ──


def open_code(
    session: Session, person: Person, cohort_id: int, now: datetime, *, expires_at: datetime | None, approval: bool
) -> Cohort:
    """Let people join by a code; the cohort's present one stays. Raises Refused for a time that is past."""
    if expires_at is not None and expires_at <= now:
        raise Refused(N_("Choose a day that is still to come."))
    cohort = locked_cohort(session, cohort_id)
    if cohort.join_code is None:
        _put_code(session, cohort)
    cohort.join_expires_at, cohort.join_needs_approval = expires_at, approval
    cohort.rev += 1
    log_event(session, cohort.id, person, "code-opened", now)
    fill_seats(session, cohort, now)
    return cohort


def renew_code(session: Session, person: Person, cohort_id: int, now: datetime) -> Cohort:
    """Give the cohort another code; the old one opens nothing any more."""
    cohort = locked_cohort(session, cohort_id)
    _put_code(session, cohort)
    cohort.rev += 1
    log_event(session, cohort.id, person, "code-renewed", now)
    session.flush()
    return cohort


def close_code(session: Session, person: Person, cohort_id: int, now: datetime) -> None:
    """Let nobody join by themselves any more."""
    cohort = locked_cohort(session, cohort_id)
    if cohort.join_code is not None:
        cohort.join_code = cohort.join_expires_at = None
        cohort.rev += 1
        log_event(session, cohort.id, person, "code-closed", now)
        session.flush()


def _put_code(session: Session, cohort: Cohort) -> None:
    while True:
        try:
            with session.begin_nested():
                cohort.join_code = new_join_code()
            return
        except IntegrityError:
            continue  # one in a billion: another cohort has it


def join(session: Session, person: Person, code: str, now: datetime, courses: Courses = NO_COURSES) -> Membership:
    """Come in by the cohort's code; pressing twice is as once. Raises Refused with the reason when nobody can, or NotFound."""
    cohort_id = session.scalar(select(Cohort.id).where(Cohort.join_code == code))
    if cohort_id is None:
        raise NotFound(N_("No cohort has this code. Check it letter by letter, or ask the trainer for a new one."))
    cohort = locked_cohort(session, cohort_id)
    if cohort.join_code != code:
        raise Refused(N_("This code was replaced by a new one. Ask the trainer for it."))
    reason = why_no_code(cohort.state, cohort.archived_at, cohort.join_expires_at, now)
    if reason is not None:
        raise Refused(reason.text, **reason.params)
    return come_in(session, cohort, person, now, courses, approval=cohort.join_needs_approval)


def come_in(
    session: Session, cohort: Cohort, person: Person, now: datetime, courses: Courses = NO_COURSES, *, approval: bool
) -> Membership:
    """Give somebody a place in a cohort that is held and that they may come into; who has one keeps it. Raises Refused."""
    _refuse_staff(session, cohort, person)
    own = _own_seat(session, cohort, person, now, courses)
    if own is not None:
        return _take(session, cohort, own, person, now, courses) if own.state == MemberState.INVITED else _again(own)
    need_right(session, cohort, now, NOBODY_NEW)
    waiting = queue_length(session, cohort.id) if cohort.waiting_list else 0
    taken = seats_taken(session, cohort.id) if cohort.capacity is not None else 0
    state = entry_state(cohort.capacity, taken, waiting, keeps_list=cohort.waiting_list, approval=approval)
    if state is None:
        raise Refused(FULL)
    membership = new_seat(cohort, PersonDraft(0, person.name, person.email, "", "", person.locale, "", None), now)
    membership.user_id = person.id
    membership.state = state
    membership.joined_at = now if state is MemberState.ACTIVE else None
    if state is MemberState.QUEUED:
        put_last(session, cohort, membership)
    put_seat(session, membership, SAME_ADDRESS)
    log_event(session, cohort.id, person, _CAME[state], now, member=membership.public_id)
    session.flush()
    return membership


def _own_seat(session: Session, cohort: Cohort, person: Person, now: datetime, courses: Courses) -> Membership | None:
    """The person's own membership, or the one that was made for their confirmed mail address."""
    own = session.scalar(select(Membership).where(Membership.cohort_id == cohort.id, Membership.user_id == person.id))
    if own is not None:
        return own
    seat = session.scalar(
        select(Membership).where(Membership.cohort_id == cohort.id, Membership.key == person_key("", person.email, ""))
    )
    if seat is None:
        return None
    if seat.user_id is not None or not _is_confirmed(session, person):
        raise Refused(TAKEN)
    if seat.state != MemberState.INVITED:
        seat.user_id = person.id
        _hand_over(session, seat, now, courses)
    return seat


def _hand_over(session: Session, membership: Membership, now: datetime, courses: Courses) -> None:
    """Give the holder of a seat what was decided and learned while nobody had it, and with it the right to train."""
    session.execute(
        update(Certification)
        .where(Certification.membership_id == membership.id, Certification.user_id.is_(None))
        .values(user_id=membership.user_id)
    )
    hand_over_learning(session, membership, now, courses)


def _is_confirmed(session: Session, person: Person) -> bool:
    return session.scalar(select(User.confirmed_at).where(User.id == person.id)) is not None


def _again(own: Membership) -> Membership:
    if own.state == MemberState.WITHDRAWN:
        raise Refused(LEFT)
    return own


# ── By an invitation or a card ──


def claim(
    session: Session, person: Person, cohort_id: int, public_id: str, now: datetime, courses: Courses = NO_COURSES
) -> Membership:
    """Take the seat that is kept for the person's own, confirmed mail address. Raises NotFound or Refused."""
    cohort = locked_cohort(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.email != person.email or not _is_confirmed(session, person):
        raise NotFound(N_("There is no page at this address for you."))
    return _take(session, cohort, membership, person, now, courses)


def take_seat_of(
    session: Session, person: Person, cohort_id: int, public_id: str, now: datetime, courses: Courses = NO_COURSES
) -> Membership:
    """Take a seat over, for whoever proved it is theirs by the letter or the card; once. Raises NotFound or Refused.

    What was learned with the card joins the account; ``courses`` are the items of all the site holds.
    """
    cohort = locked_cohort(session, cohort_id)
    return _take(session, cohort, member_in(session, cohort, public_id), person, now, courses)


def _take(
    session: Session, cohort: Cohort, membership: Membership, person: Person, now: datetime, courses: Courses
) -> Membership:
    if membership.user_id == person.id and membership.state != MemberState.INVITED:
        return _again(membership)
    if cohort.archived_at is not None or membership.state == MemberState.WITHDRAWN:
        raise Refused(NOT_KEPT)
    if cohort.state == State.DRAFT:
        raise Refused(NOT_OPEN)
    if membership.user_id not in (None, person.id):
        raise Refused(TAKEN)
    if membership.state == MemberState.INVITED:
        need_right(session, cohort, now, NOBODY_NEW)
    _refuse_staff(session, cohort, person)
    try:
        with session.begin_nested():
            membership.user_id = person.id
    except IntegrityError:
        raise Refused(N_("You have another seat in this cohort already. Nothing was changed.")) from None
    _hand_over(session, membership, now, courses)
    if membership.state == MemberState.INVITED:
        membership.state = MemberState.ACTIVE
    membership.joined_at = membership.joined_at or now
    log_event(session, cohort.id, person, "seat-taken", now, member=membership.public_id)
    session.flush()
    return membership
