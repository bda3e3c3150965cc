"""Coming into a cohort: by its code, by an invitation, by a card or by a trainer's hand; and leaving it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.models.certification import Certification
from coplearn.cohorts.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.queries.joining import seats_taken
from coplearn.cohorts.rules.cohort import new_public_id
from coplearn.cohorts.rules.joining import (
    FULL,
    LEFT,
    is_full,
    new_card_code,
    new_join_code,
    person_key,
    why_no_code,
)
from coplearn.cohorts.rules.rosters import Draft
from coplearn.cohorts.rules.words import MemberState, State
from coplearn.cohorts.service import letters
from coplearn.cohorts.service.events import note
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.kernel.text import N_

TAKEN = N_("Somebody has taken this seat already. Ask the trainer if that should have been you.")
SAME_ADDRESS = N_("Somebody with that mail address is in this cohort already.")
SAME_NAME = N_("Somebody with that name and organisation is in this cohort already.")


def held(session: Session, cohort_id: int) -> Cohort:
    """The cohort as it is now, held until the transaction ends: whoever comes in or goes out takes turns."""
    return session.execute(
        select(Cohort).where(Cohort.id == cohort_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()


def member_in(session: Session, cohort: Cohort, public_id: str) -> Membership:
    """Somebody of that cohort as they are now. Raises NotFound for anybody else."""
    found = session.scalar(
        select(Membership)
        .where(Membership.cohort_id == cohort.id, Membership.public_id == public_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(N_("There is no page at this address for you."))
    return found


def _refuse_staff(session: Session, cohort: Cohort, person: Person) -> None:
    """Whoever works in a cohort is not trained in it as well: nobody marks or judges themselves."""
    works = select(CohortStaff.id).where(
        CohortStaff.cohort_id == cohort.id, CohortStaff.user_id == person.id, CohortStaff.ended_at.is_(None)
    )
    if session.scalar(works.limit(1)) is not None:
        raise Refused(N_("You work in this cohort, so you cannot be trained in it as well."))


def _need_seat(session: Session, cohort: Cohort) -> None:
    if is_full(cohort.capacity, seats_taken(session, cohort.id)):
        raise Refused(FULL)


# ── By the cohort's code ──


def open_code(
    session: Session, person: Person, cohort_id: int, now: datetime, *, expires_at: datetime | None, approval: bool
) -> Cohort:
    """Let people join by a code; the cohort's present one stays. Raises Refused for a time that is past."""
    if expires_at is not None and expires_at <= now:
        raise Refused(N_("Choose a day that is still to come."))
    cohort = held(session, cohort_id)
    if cohort.join_code is None:
        _put_code(session, cohort)
    cohort.join_expires_at, cohort.join_needs_approval = expires_at, approval
    cohort.rev += 1
    note(session, cohort.id, person, "code-opened", now)
    session.flush()
    return cohort


def renew_code(session: Session, person: Person, cohort_id: int, now: datetime) -> Cohort:
    """Give the cohort another code; the old one opens nothing any more."""
    cohort = held(session, cohort_id)
    _put_code(session, cohort)
    cohort.rev += 1
    note(session, cohort.id, person, "code-renewed", now)
    session.flush()
    return cohort


def close_code(session: Session, person: Person, cohort_id: int, now: datetime) -> None:
    """Let nobody join by themselves any more."""
    cohort = held(session, cohort_id)
    if cohort.join_code is not None:
        cohort.join_code = cohort.join_expires_at = None
        cohort.rev += 1
        note(session, cohort.id, person, "code-closed", now)
        session.flush()


def _put_code(session: Session, cohort: Cohort) -> None:
    while True:
        try:
            with session.begin_nested():
                cohort.join_code = new_join_code()
            return
        except IntegrityError:
            continue  # one in a billion: another cohort has it


def join(session: Session, person: Person, code: str, now: datetime) -> Membership:
    """Come in by the cohort's code; pressing twice is as once. Raises Refused with the reason when nobody can, or NotFound."""
    found = session.scalar(select(Cohort.id).where(Cohort.join_code == code))
    if found is None:
        raise NotFound(N_("No cohort has this code. Check it letter by letter, or ask the trainer for a new one."))
    cohort = held(session, found)
    if cohort.join_code != code:
        raise Refused(N_("This code was replaced by a new one. Ask the trainer for it."))
    reason = why_no_code(cohort.state, cohort.archived_at, cohort.join_expires_at, now)
    if reason is not None:
        raise Refused(reason.text, **reason.params)
    if cohort.right_id is not None and session.scalar(_revoked(cohort.right_id)) is not None:
        raise Refused(N_("This cohort is over, so nobody can join it any more."))
    _refuse_staff(session, cohort, person)
    own = _own_seat(session, cohort, person)
    if own is not None:
        return _take(session, cohort, own, person, now) if own.state == MemberState.INVITED else _again(own)
    _need_seat(session, cohort)
    waits = cohort.join_needs_approval
    membership = _new(cohort, Draft(0, person.name, person.email, "", "", person.locale, "", None), now)
    membership.user_id = person.id
    membership.state = MemberState.WAITING if waits else MemberState.ACTIVE
    membership.joined_at = None if waits else now
    _add(session, membership, SAME_ADDRESS)
    note(session, cohort.id, person, "asked-to-join" if waits else "joined", now, member=membership.public_id)
    session.flush()
    return membership


def _revoked(right_id: int) -> Select[datetime | None]:
    """When the right was taken back under which a cohort is run: nobody may let anybody in any more."""
    return select(Certification.revoked_at).where(Certification.id == right_id)


def _own_seat(session: Session, cohort: Cohort, person: Person) -> Membership | None:
    """The person's own membership, or the one that was made for their confirmed mail address."""
    own = session.scalar(select(Membership).where(Membership.cohort_id == cohort.id, Membership.user_id == person.id))
    if own is not None:
        return own
    kept = session.scalar(
        select(Membership).where(Membership.cohort_id == cohort.id, Membership.key == person_key("", person.email, ""))
    )
    if kept is None:
        return None
    if kept.user_id is not None or not _is_confirmed(session, person):
        raise Refused(TAKEN)
    if kept.state != MemberState.INVITED:
        kept.user_id = person.id
        _hand_over(session, kept)
    return kept


def _hand_over(session: Session, membership: Membership) -> None:
    """What was decided while nobody had the seat is its holder's from now on, and with it the right to train."""
    session.execute(
        update(Certification)
        .where(Certification.membership_id == membership.id, Certification.user_id.is_(None))
        .values(user_id=membership.user_id)
    )


def _is_confirmed(session: Session, person: Person) -> bool:
    return session.scalar(select(User.confirmed_at).where(User.id == person.id)) is not None


def _again(own: Membership) -> Membership:
    if own.state == MemberState.WITHDRAWN:
        raise Refused(LEFT)
    return own


# ── By an invitation or a card ──


def claim(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Take the seat that is kept for the person's own, confirmed mail address. Raises NotFound or Refused."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.email != person.email or not _is_confirmed(session, person):
        raise NotFound(N_("There is no page at this address for you."))
    return _take(session, cohort, membership, person, now)


def take_seat_of(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Take a seat over, for whoever proved it is theirs by the letter or the card; once. Raises NotFound or Refused."""
    cohort = held(session, cohort_id)
    return _take(session, cohort, member_in(session, cohort, public_id), person, now)


def _take(session: Session, cohort: Cohort, membership: Membership, person: Person, now: datetime) -> Membership:
    if membership.user_id == person.id and membership.state != MemberState.INVITED:
        return _again(membership)
    if cohort.archived_at is not None or membership.state == MemberState.WITHDRAWN:
        raise Refused(N_("This seat is not kept any more. Ask the trainer to take you back."))
    if cohort.state == State.DRAFT:
        raise Refused(N_("This cohort is not open yet. Try again when its trainer says so."))
    if membership.user_id not in (None, person.id):
        raise Refused(TAKEN)
    _refuse_staff(session, cohort, person)
    try:
        with session.begin_nested():
            membership.user_id = person.id
    except IntegrityError:
        raise Refused(N_("You have another seat in this cohort already. Nothing was changed.")) from None
    _hand_over(session, membership)
    if membership.state == MemberState.INVITED:
        membership.state = MemberState.ACTIVE
    membership.joined_at = membership.joined_at or now
    note(session, cohort.id, person, "seat-taken", now, member=membership.public_id)
    session.flush()
    return membership


# ── By a trainer's hand ──


def add_by_hand(
    session: Session, person: Person, cohort_id: int, draft: Draft, now: datetime, *, take_part: bool = False
) -> Membership:
    """Put one person on the list; who has no mail address is in at once and gets a card. Raises Refused."""
    cohort = held(session, cohort_id)
    _need_seat(session, cohort)
    membership = _new(cohort, draft, now)
    if draft.email is None or take_part:
        membership.state, membership.joined_at = MemberState.ACTIVE, now
    _add(session, membership, SAME_ADDRESS if draft.email else SAME_NAME)
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
    if membership.state == MemberState.WAITING:
        _need_seat(session, cohort)
    if membership.state == MemberState.WAITING:
        letters.give_place(session, cohort, membership, now)
    membership.state, membership.joined_at = MemberState.ACTIVE, membership.joined_at or now
    note(session, cohort.id, person, "person-approved", now, member=public_id)
    session.flush()
    return membership


def withdraw(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Take somebody off the list (or refuse who waits); what they did stays, and they can be taken back."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state != MemberState.WITHDRAWN:
        note(session, cohort.id, person, "person-withdrawn", now, member=public_id, was=membership.state)
        membership.state, membership.left_at = MemberState.WITHDRAWN, now
        session.flush()
    return membership


def take_back(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> Membership:
    """Put somebody back on the list, as one who takes part when they ever did. Raises Refused when every seat is taken."""
    cohort = held(session, cohort_id)
    membership = member_in(session, cohort, public_id)
    if membership.state != MemberState.WITHDRAWN:
        return membership
    _need_seat(session, cohort)
    came = membership.user_id is not None or membership.joined_at is not None or membership.email is None
    membership.state = MemberState.ACTIVE if came else MemberState.INVITED
    membership.joined_at = (membership.joined_at or now) if came else None
    membership.left_at = None
    note(session, cohort.id, person, "person-taken-back", now, member=public_id)
    session.flush()
    return membership


def _new(cohort: Cohort, draft: Draft, now: datetime) -> Membership:
    return Membership(**new_member(cohort.id, cohort.languages, draft, now) | {"state": MemberState.INVITED})


def new_member(cohort_id: int, languages: list[str], draft: Draft, now: datetime) -> dict[str, Any]:
    """The columns of somebody new but their state; without a mail address they have a card."""
    plain = replace(draft, card_code=None) if draft.email else draft
    return {
        "public_id": new_public_id(),
        "cohort_id": cohort_id,
        "user_id": None,
        "key": plain.key,
        "name": draft.name,
        "email": draft.email,
        "organisation": draft.organisation,
        "region": draft.region,
        "locale": draft.locale or languages[0],
        "card_code": draft.card_code or (None if draft.email else new_card_code()),
        "calendar_token": token_hex(16),
        "created_at": now,
        "invited_at": None,
        "joined_at": None,
        "left_at": None,
    }


def _add(session: Session, membership: Membership, told: str) -> None:
    try:
        with session.begin_nested():
            session.add(membership)
    except IntegrityError:
        raise Refused(told) from None
