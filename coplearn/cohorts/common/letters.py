"""Letters to a cohort's people: each in the transaction of its cause, in its reader's language, once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership, StaffRequest
from coplearn.cohorts.common.models.meeting import Meeting, Registration
from coplearn.cohorts.common.queries import at_work
from coplearn.cohorts.common.rules.words import CANCELLED, PLANNED, Kind, MemberState, StaffRole, State
from coplearn.outbox.rules import REPLY_TO, THERE
from coplearn.outbox.service import cancel_letters, queue_letter

INVITATION: Final = "cohort-invitation"
PLACE: Final = "cohort-place"
MEETING: Final = "cohort-meeting"
MEETINGS: Final = "cohort-meetings"
REMINDER: Final = "cohort-reminder"
OUTCOME: Final = "cohort-outcome"
EXPIRY: Final = "cohort-expiry"
FOLLOW_UP: Final = "cohort-follow-up"
STAFF: Final = "cohort-staff"
HELP: Final = "cohort-help"
DIGEST: Final = "cohort-digest"
SESSION: Final = "cohort-session"
_FOR_WHO_IS_IN: Final = (INVITATION, PLACE, MEETING, MEETINGS, REMINDER, FOLLOW_UP, HELP, SESSION)
"""Letters that mean nothing to somebody who is no longer in the cohort."""


class Sender(Protocol):
    """The sender of a letter by hand."""

    @property
    def name(self) -> str:
        """The names as the reader knows them."""

    @property
    def email(self) -> str:
        """The address for the answer."""


def scope_of(cohort_id: int) -> str:
    """Under which the outbox keeps a cohort's letters together."""
    return f"cohort:{cohort_id}"


def _to_member(
    session: Session,
    cohort: Cohort,
    member: Membership,
    kind: str,
    key: str,
    params: Mapping[str, Any],
    now: datetime,
    not_before: datetime | None = None,
) -> bool:
    if member.email is None:
        return False
    own = {"name": member.name, "cohort": cohort.title, "cohort_id": cohort.public_id, THERE: cohort.time_zone}
    said = {**own, **params}
    written = queue_letter(
        session,
        key=f"{kind}:{key}",
        to=member.email,
        locale=member.locale,
        time_zone=_zone_of(session, member) or cohort.time_zone,
        kind=kind,
        params=said,
        now=now,
        scope=scope_of(cohort.id),
        not_before=not_before,
    )
    return written is not None


def _zone_of(session: Session, member: Membership) -> str:
    # Read with the people by whoever writes to many, and then it costs nothing here.
    user = session.get(User, member.user_id) if member.user_id is not None else None
    return user.time_zone if user is not None else ""


def invite(session: Session, cohort: Cohort, member: Membership, token: str, now: datetime) -> bool:
    """Invite somebody: ``token`` is the private part of the address ``cohorts.accept``. Whether a letter was written."""
    name = hashlib.sha256(token.encode()).hexdigest()[:32]
    return _to_member(session, cohort, member, INVITATION, f"{member.public_id}:{name}", {"token": token}, now)


def give_place(session: Session, cohort: Cohort, member: Membership, now: datetime) -> bool:
    """Tell somebody that they take part now. Whether a letter was written."""
    day = now.date().isoformat()
    return _to_member(session, cohort, member, PLACE, f"{member.public_id}:{day}", {}, now)


def tell_meeting(session: Session, cohort: Cohort, meeting: Meeting, what: str, now: datetime) -> int:
    """Tell everybody who takes part of a meeting; how many letters were written.

    ``what`` is ``planned``, ``changed``, ``cancelled`` or ``restored``. A later change of the same meeting takes letters
    back that did not go out yet. Of a new session of a series all its people hear, of a change those who registered.
    """
    cancel_letters(session, prefix=f"{MEETING}:{meeting.public_id}:")
    cancel_letters(session, prefix=f"{REMINDER}:{meeting.public_id}:")
    if meeting.by_registration and what == "planned":
        return sum(tell_session(session, cohort, meeting, one, what, now) for one in _writable(session, cohort.id))
    params = {"what": what, **_hours(meeting)}
    written = 0
    for member in _writable(session, cohort.id, meeting, _REGISTERED):
        key = f"{meeting.public_id}:{meeting.sequence}:{what}:{member.public_id}"
        written += _to_member(session, cohort, member, MEETING, key, params, now)
    return written


def tell_new_meetings(session: Session, cohort: Cohort, meetings: Sequence[Meeting], now: datetime) -> int:
    """Tell everybody who takes part of meetings that were planned together, in one letter each; how many were written."""
    if len(meetings) == 1 or meetings[0].by_registration:
        return sum(tell_meeting(session, cohort, meeting, "planned", now) for meeting in meetings)
    params = {"meetings": [_hours(meeting) for meeting in meetings]}
    written = 0
    for member in _writable(session, cohort.id):
        key = f"{meetings[0].public_id}:{len(meetings)}:{member.public_id}"
        written += _to_member(session, cohort, member, MEETINGS, key, params, now)
    return written


def _hours(meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting": meeting.title,
        "meeting_id": meeting.public_id,
        "sequence": meeting.sequence,
        "changed": meeting.changed_at.isoformat(),
        "cancelled": meeting.state == CANCELLED,
        "starts": meeting.starts_at.isoformat(),
        "ends": meeting.ends_at.isoformat(),
        "room": meeting.room,
        # Of a session it stands on the session's page, for the registered: a letter is sent on.
        "meeting_link": "" if meeting.by_registration else meeting.link,
        "is_session": meeting.by_registration,
        "online": bool(meeting.link),
    }


def tell_session(
    session: Session, cohort: Cohort, meeting: Meeting, member: Membership, what: str, now: datetime
) -> bool:
    """Tell somebody of a session: that it is ``planned``, that they have a ``place``, or that there is ``none`` for them."""
    key = f"{meeting.public_id}:{what}:{member.public_id}:{now.date().isoformat()}"
    return _to_member(session, cohort, member, SESSION, key, {"what": what, **_hours(meeting)}, now)


def take_back_letters(session: Session, cohort: Cohort, member: Membership) -> int:
    """Take back what waits for somebody who is no longer in the cohort; how many letters.

    What was decided about them (an outcome, the end of a certificate) stays on its way: it holds for who has left too.
    """
    return cancel_letters(session, scope=scope_of(cohort.id), about=member.public_id, kinds=_FOR_WHO_IS_IN)


def active_number(session: Session, cohort_id: int) -> int:
    """The number of people who take part and can be written to."""
    where = (Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE, Membership.email.is_not(None))
    return session.scalar(select(func.count()).select_from(Membership).where(*where)) or 0


_REGISTERED: Final = (MemberState.ACTIVE, MemberState.WAITING, MemberState.QUEUED)


def _writable(
    session: Session, cohort_id: int, meeting: Meeting | None = None, states: Sequence[str] = (MemberState.ACTIVE,)
) -> list[Membership]:
    """Members who take part and can be written to; of a session of a series, those whose registration is in one of the states."""
    where = [Membership.cohort_id == cohort_id, Membership.state == MemberState.ACTIVE, Membership.email.is_not(None)]
    if meeting is not None and meeting.by_registration:
        registered = select(Registration.membership_id).where(
            Registration.meeting_id == meeting.id, Registration.state.in_(states)
        )
        where.append(Membership.id.in_(registered))
    # With their accounts, which say in which time zone each reads.
    people = select(Membership, User).outerjoin(User, User.id == Membership.user_id).where(*where)
    return [member for member, _ in session.execute(people)]


def remind_of_meetings(session: Session, now: datetime) -> int:
    """Remind of what begins within the next 36 hours; everybody once a meeting. How many letters were written.

    A draft's people know of nothing yet.
    """
    soon = select(Meeting, Cohort).join(Cohort, Cohort.id == Meeting.cohort_id)
    soon = soon.where(Meeting.state == PLANNED, Meeting.starts_at > now, Meeting.starts_at <= now + timedelta(hours=36))
    written = 0
    live = (Cohort.archived_at.is_(None), Cohort.state.in_((State.OPEN, State.RUNNING)))
    for meeting, cohort in session.execute(soon.where(*live)).all():
        for member in _writable(session, cohort.id, meeting):
            key = f"{meeting.public_id}:{meeting.sequence}:{member.public_id}"
            written += _to_member(session, cohort, member, REMINDER, key, _hours(meeting), now)
    return written


def tell_outcome(
    session: Session, cohort: Cohort, member: Membership, certification: Certification, now: datetime
) -> bool:
    """Tell somebody that it is decided what came of their training; what it is stands on their page alone."""
    key = f"{member.public_id}:{certification.turn}"
    return _to_member(session, cohort, member, OUTCOME, key, {}, now)


def tell_expiry(
    session: Session, cohort: Cohort, member: Membership, certification: Certification, days: int, now: datetime
) -> bool:
    """Tell a trainer that their right ends within so many days."""
    assert certification.valid_until is not None
    params = {"until": certification.valid_until.isoformat()}
    return _to_member(session, cohort, member, EXPIRY, f"{member.public_id}:{certification.turn}:{days}", params, now)


def ask_follow_up(session: Session, cohort: Cohort, member: Membership, token: str, now: datetime) -> bool:
    """Ask the three questions: ``token`` is the private part of the address of the page."""
    return _to_member(session, cohort, member, FOLLOW_UP, member.public_id, {"token": token}, now)


def offer_help(
    session: Session, cohort: Cohort, member: Membership, reason: str, words: str, sender: Sender, now: datetime
) -> bool:
    """Write to somebody who may need help: ``reason`` is a reason's id, ``words`` what the trainer adds, at most once a day.

    The answer goes to the sender's own address.

    Nothing goes to who no longer takes part, nor out of a draft.
    """
    if member.state != MemberState.ACTIVE or cohort.state == State.DRAFT:
        return False
    params = {"reason": reason, "words": words, "sender": sender.name, REPLY_TO: sender.email}
    key = f"{member.public_id}:{reason}:{now.date().isoformat()}"
    return _to_member(session, cohort, member, HELP, key, params, now)


def ask_to_work(session: Session, cohort: Cohort, asked: StaffRequest, user: User | None, now: datetime) -> None:
    """Ask an address to work in a cohort, at most once a day; in the language of its account, else in the cohort's."""
    params = {"name": (user.name if user else None) or "", "cohort": cohort.title, "cohort_id": cohort.public_id}
    queue_letter(
        session,
        key=f"{STAFF}:{asked.public_id}:{now.date().isoformat()}",
        to=asked.email,
        locale=user.locale if user is not None else cohort.languages[0],
        time_zone=(user.time_zone if user is not None else "") or cohort.time_zone,
        kind=STAFF,
        params={**params, "role": asked.role, "asked": asked.public_id, "series": cohort.kind == Kind.SERIES},
        now=now,
        scope=scope_of(cohort.id),
    )


def send_digest(session: Session, cohort: Cohort, lines: Mapping[str, int], week: str, now: datetime) -> int:
    """Send its leads and trainers how many people need help, by reason; once a week. How many letters were written."""
    roles = (StaffRole.LEAD, StaffRole.TRAINER)
    people = select(User).join(CohortStaff, CohortStaff.user_id == User.id).distinct()
    people = people.where(CohortStaff.cohort_id == cohort.id, at_work(), CohortStaff.role.in_(roles))
    written = 0
    for user in session.scalars(people):
        letter = queue_letter(
            session,
            key=f"{DIGEST}:{cohort.public_id}:{user.id}:{week}",
            to=user.email,
            locale=user.locale,
            time_zone=user.time_zone or cohort.time_zone,
            kind=DIGEST,
            params={
                "name": user.name or "",
                "cohort": cohort.title,
                "cohort_id": cohort.public_id,
                "lines": dict(lines),
            },
            now=now,
            scope=scope_of(cohort.id),
        )
        written += letter is not None
    return written
