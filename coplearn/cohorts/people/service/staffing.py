"""Staff of a cohort: asking them by mail address, their answer, and the end of their work.

Whoever asks learns nothing of an address: it gets a letter, with or without an account, and only a yes shows who it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import end_sessions
from coplearn.cohorts.common.letters import ask_to_work
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership, StaffRequest
from coplearn.cohorts.common.queries import Person, StaffLine, staff_of
from coplearn.cohorts.common.rules.authorisation import clashing_role
from coplearn.cohorts.common.rules.words import Kind, MemberState, StaffRole, State, new_public_id
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.people.queries import ANSWER_WITHIN, request_for
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_

_TRAINED: Final = N_("That person is trained in this cohort, so they cannot work in it as well.")
_REGISTERED: Final = N_("That person takes part in this series, so they cannot work in it as well.")
_CLASH: Final = N_("Whoever trains in a cohort cannot be its examiner: sign-off is by somebody independent.")
LEADS: Final = N_(
    "Whoever leads has no last day: they answer for it until somebody else leads, and then you end their work here."
)
OVER: Final = N_("That day is over. Choose a later one.")
_GONE: Final = N_("This question is not open any more. Ask whoever wrote to you to send it again.")


def ask_staff(
    session: Session,
    person: Person,
    cohort_id: int,
    email: str,
    role: StaffRole,
    now: datetime,
    until: datetime | None = None,
) -> bool:
    """Ask whoever has that mail address to work in a cohort; whether they do already. ``email`` is in lower case.

    The work ends by itself at ``until``; whoever works in it already has the new end. Asking again counts from now, and
    writes at most one letter a day. Whoever names themselves works in it at once. What is refused is judged by what the page
    of the cohort shows anyway, so that it tells nothing of accounts. Raises Refused.
    """
    if until is not None and role == StaffRole.LEAD:
        raise Refused(LEADS)
    if until is not None and until <= now:
        raise Refused(OVER)
    cohort = locked_cohort(session, cohort_id)
    lines = [line for line in staff_of(session, cohort.id) if line.email == email]
    held = next((line for line in lines if line.role == role), None)
    if held is not None:
        if held.until != until:
            session.get_one(CohortStaff, held.id).ended_at = until
            log_event(session, cohort.id, person, "staff-until", now, name=held.name, role=role)
        return True
    listed = select(Membership.id).where(Membership.cohort_id == cohort.id, Membership.email == email)
    _refuse(cohort, session.scalar(listed.where(Membership.state != MemberState.WITHDRAWN)) is not None, lines, role)
    if email == person.email:
        add_agreed_staff(session, person, cohort.id, email, role, now, until)
        return True
    request = _asked(session, cohort.id, email, role, now)
    request.role_until = until
    log_event(session, cohort.id, person, "staff-asked", now, role=role)
    session.flush()
    ask_to_work(session, cohort, request, user_by_email(session, email), now)
    return False


def _refuse(cohort: Cohort, trained: bool, lines: list[StaffLine], role: StaffRole) -> None:
    if trained:
        raise Refused(_REGISTERED if cohort.kind == Kind.SERIES else _TRAINED)
    if clashing_role(role, {line.role for line in lines}):
        raise Refused(_CLASH)


def _asked(session: Session, cohort_id: int, email: str, role: StaffRole, now: datetime) -> StaffRequest:
    same = (StaffRequest.cohort_id == cohort_id, StaffRequest.email == email, StaffRequest.role == role)
    request = session.scalar(select(StaffRequest).where(*same))
    if request is None:
        request = StaffRequest(public_id=new_public_id(), cohort_id=cohort_id, email=email, role=role, asked_at=now)
        session.add(request)
    request.asked_at, request.declined_at = now, None
    return request


def take_back_request(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> None:
    """Ask somebody no longer. Raises NotFound."""
    cohort = locked_cohort(session, cohort_id)
    same_request = select(StaffRequest).where(StaffRequest.cohort_id == cohort.id, StaffRequest.public_id == public_id)
    request = session.scalar(same_request)
    if request is None:
        raise NotFound(_GONE)
    session.delete(request)
    log_event(session, cohort.id, person, "staff-not-asked", now, role=request.role)
    session.flush()


def accept_request(session: Session, person: Person, public_id: str, now: datetime) -> Cohort:
    """Say yes, for the confirmed mail address that was asked; the cohort. Raises NotFound, or Refused when it can be no more."""
    offer = request_for(session, person, public_id, now)
    if offer is None:
        raise NotFound(_GONE)
    cohort, role = locked_cohort(session, offer.cohort.id), StaffRole(offer.asked.role)
    add_agreed_staff(session, person, cohort.id, person.email, role, now, offer.asked.role_until)
    session.delete(offer.asked)
    session.flush()
    return cohort


def decline_request(session: Session, person: Person, public_id: str, now: datetime) -> None:
    """Say no; who asked sees that, and nothing else. Raises NotFound."""
    offer = request_for(session, person, public_id, now)
    if offer is None:
        raise NotFound(_GONE)
    offer.asked.declined_at = now
    session.flush()


def forget_requests(session: Session, now: datetime) -> None:
    """Forget whom somebody asked too long ago."""
    session.execute(delete(StaffRequest).where(StaffRequest.asked_at <= now - timedelta(days=ANSWER_WITHIN)))


def add_agreed_staff(
    session: Session,
    person: Person,
    cohort_id: int,
    email: str,
    role: StaffRole,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Put somebody with an account at work, up to ``until``, who has agreed already and is known to own the address.

    Twice is as once, up to the later end. Raises NotFound for an unknown address, and Refused for somebody who cannot hold
    that role here.
    """
    cohort, user = locked_cohort(session, cohort_id), user_by_email(session, email)
    if user is None:
        raise NotFound(N_("There is no account with that address."))
    trained = select(Membership.id).where(Membership.cohort_id == cohort.id, Membership.user_id == user.id)
    lines = [line for line in staff_of(session, cohort.id) if line.user_id == user.id]
    _refuse(cohort, session.scalar(trained.where(Membership.state != MemberState.WITHDRAWN)) is not None, lines, role)
    held = next((line for line in lines if line.role == role), None)
    if held is not None:
        session.get_one(CohortStaff, held.id).ended_at = later_end(held.until, until)
        session.flush()
    else:
        put_staff(session, cohort.id, user.id, role, now, until)
        kind = "staff-agreed" if user.id == person.id else "staff-added"
        log_event(session, cohort.id, person, kind, now, name=user.name or user.email, role=role)
        session.flush()


def later_end(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends of work; None is no end."""
    return None if one is None or other is None else max(one, other)


def put_staff(
    session: Session, cohort_id: int, user_id: int, role: StaffRole, now: datetime, until: datetime | None = None
) -> None:
    """Put an account at work in a cohort, in a row of its own or the one that ended."""
    was = session.scalar(
        select(CohortStaff).where(
            CohortStaff.cohort_id == cohort_id, CohortStaff.user_id == user_id, CohortStaff.role == role
        )
    )
    if was is not None:
        was.ended_at = until
    else:
        session.add(CohortStaff(cohort_id=cohort_id, user_id=user_id, role=role, added_at=now, ended_at=until))
    session.flush()


def end_staff(session: Session, person: Person, cohort_id: int, staff_id: int, now: datetime) -> None:
    """End somebody's work in a cohort, and every session of theirs; the row stays.

    Raises NotFound, and Refused for the last lead of a live cohort.
    """
    cohort = locked_cohort(session, cohort_id)
    lines = staff_of(session, cohort.id)
    line = next((one for one in lines if one.id == staff_id), None)
    if line is None:
        raise NotFound(N_("There is no such person at work in this cohort."))
    leads = sum(one.role == StaffRole.LEAD for one in lines)
    if line.role == StaffRole.LEAD and leads == 1 and cohort.state in (State.OPEN, State.RUNNING):
        raise Refused(N_("Name another lead trainer first: a cohort that is open or running needs one."))
    session.get_one(CohortStaff, staff_id).ended_at = now
    log_event(session, cohort.id, person, "staff-ended", now, name=line.name, role=line.role)
    end_sessions(session, line.user_id)
