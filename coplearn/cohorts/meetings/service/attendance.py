"""Taking marks: forty at once in one transaction, each counted once, and none lost when two people mark together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, or_, select, true
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Attendance, ChildrenCount, Mark, Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import ATTENDED, CANCELLED, AgeBand, MemberState, Presence, Via
from coplearn.cohorts.meetings.queries import is_registered
from coplearn.cohorts.meetings.rules.marking import (
    DOOR,
    EARLY,
    LONGEST_OP,
    LONGEST_REASON,
    MOST_MARKS,
    Fate,
    door_is_open,
    fate_of,
    is_door_code,
    presence_at,
    window,
)
from coplearn.cohorts.meetings.rules.meetings import wanting_for_children
from coplearn.kernel.errors import NotFound, Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.storage.dialects import own_words
from coplearn.storage.upserts import put


@dataclass(frozen=True, slots=True)
class Sent:
    """One mark as a page or a device sends it."""

    op_id: str
    """Made by the page: the same one is the same mark, however often it comes."""
    member: str
    """The member's public id."""
    status: str
    base_rev: int
    """The attendance's rev that was on the page; 0 for none."""
    made_at: datetime
    """By the device's clock: kept and shown, never counted on."""
    via: str = Via.REGISTER
    after: str = ""
    """The op id of the mark that the same page made before for the same person, if any."""


@dataclass(frozen=True, slots=True)
class MarkStanding:
    """The mark of somebody after a sending."""

    member: str
    status: str
    rev: int


@dataclass(frozen=True, slots=True)
class Stale:
    """A mark that was made without knowing of a newer one: kept in the history, and somebody chooses."""

    op_id: str
    member: str
    name: str
    yours: str
    theirs: str
    rev: int


@dataclass(slots=True)
class Saved:
    """The result of a sending."""

    taken: int = 0
    """New marks that were written down, stale ones too."""
    standings: dict[str, MarkStanding] = field(default_factory=dict)
    stale: list[Stale] = field(default_factory=list)
    strangers: list[tuple[str, str]] = field(default_factory=list)
    """(public id, name) of people who are not in the register; the name is empty for somebody unknown here."""


@dataclass(slots=True)
class _Row:
    """One person while marks are taken."""

    id: int
    public_id: str
    name: str
    active: bool
    status: str | None
    rev: int
    changed: bool = False
    last: str = ""
    """The op id of the mark that stands; empty for none."""


def save_marks(
    session: Session,
    person: Person,
    cohort: Cohort,
    meeting_id: str,
    sent: Sequence[Sent],
    now: datetime,
    *,
    decides: bool,
    reason: str = "",
) -> Saved:
    """Take marks for a meeting, in the order they were made (at most five statements, whatever their number).

    ``decides`` says whether the person decides on outcomes, who alone corrects late, with a reason. Raises NotFound
    for a meeting that is not the cohort's, and Refused when the meeting may not be marked or a word is unknown.
    """
    meeting = locked_meeting(session, cohort.id, meeting_id)
    allowed = window(meeting.starts_at, meeting.ends_at, meeting.state, now, decides=decides)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    _refuse(allowed.refusal)
    _refuse(wanting_for_children(meeting.with_children, meeting.safeguarding_lead, meeting.vetted_adults))
    if allowed.needs_reason and not reason:
        raise Refused(N_("Say why the register is corrected so late."))
    _check(sent)
    about = f"cohort:{cohort.id},meeting:{meeting_id}"
    saved = _take(session, meeting, _rows(session, meeting, [one.member for one in sent]), sent, person, reason, now)
    if saved.taken:
        audit.record(session, EventKind.REGISTER_WRITTEN, about=about, now=now)
    return saved


def _refuse(phrase: Phrase | None) -> None:
    if phrase is not None:
        raise Refused(phrase.text, **phrase.params)


def _check(sent: Sequence[Sent]) -> None:
    if len(sent) > MOST_MARKS:
        raise Refused(N_("Send at most %(count)s marks at once."), count=MOST_MARKS)
    for one in sent:
        if one.status not in set(Presence) or one.via not in set(Via) or not 1 <= len(one.op_id) <= LONGEST_OP:
            raise Refused(
                N_("One of those marks cannot be read. Load the page again; what waits on this device stays.")
            )


def locked_meeting(session: Session, cohort_id: int, public_id: str) -> Meeting:
    """The meeting, held until the transaction ends: its writers take turns."""
    meeting = session.scalar(
        select(Meeting)
        .where(Meeting.cohort_id == cohort_id, Meeting.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if meeting is None:
        raise NotFound(N_("There is no such meeting in this cohort."))
    return meeting


def _rows(session: Session, meeting: Meeting, members: Iterable[str]) -> dict[str, _Row]:
    result = session.execute(
        select(
            Membership.id,
            Membership.public_id,
            Membership.name,
            Membership.state,
            Attendance.status,
            Attendance.rev,
            is_registered(meeting.id) if meeting.by_registration else true(),
        )
        .outerjoin(Attendance, and_(Attendance.membership_id == Membership.id, Attendance.meeting_id == meeting.id))
        .where(Membership.cohort_id == meeting.cohort_id, Membership.public_id.in_(sorted(set(members))))
    )
    return {
        row[1]: _Row(row[0], row[1], row[2], row[3] == MemberState.ACTIVE and bool(row[6]), row[4], row[5] or 0)
        for row in result
    }


def _take(
    session: Session,
    meeting: Meeting,
    rows: dict[str, _Row],
    sent: Sequence[Sent],
    person: Person,
    reason: str,
    now: datetime,
) -> Saved:
    saved, fresh = Saved(), []
    known = _earlier(session, meeting, rows, [one.op_id for one in sent])
    for one in sent:
        row = rows.get(one.member)
        if row is None or not row.active:
            saved.strangers.append((one.member, row.name if row is not None else ""))
        elif one.op_id not in known:
            known.add(one.op_id)
            fresh.append(_judged(saved, meeting, row, one, person, reason, now))
    saved.taken = len(fresh)
    _write(session, meeting, fresh, [row for row in rows.values() if row.changed], now)
    for row in rows.values():
        if row.active and row.status is not None:
            saved.standings[row.public_id] = MarkStanding(row.public_id, row.status, row.rev)
    return saved


def _earlier(session: Session, meeting: Meeting, rows: dict[str, _Row], op_ids: Sequence[str]) -> set[str]:
    """The marks that came before; also finds the mark that stands for each person."""
    by_id = {row.id: row for row in rows.values()}
    marks = session.scalars(
        select(Mark)
        .where(
            or_(Mark.op_id.in_(op_ids), and_(Mark.meeting_id == meeting.id, Mark.membership_id.in_(list(by_id)))),
        )
        .order_by(Mark.id)
    )
    known = set()
    for mark in marks:
        known.add(mark.op_id)
        if mark.meeting_id == meeting.id and mark.stands and mark.membership_id in by_id:
            by_id[mark.membership_id].last = mark.op_id
    return known


def _judged(
    saved: Saved, meeting: Meeting, row: _Row, one: Sent, person: Person, reason: str, now: datetime
) -> dict[str, Any]:
    """The new row of the history; the person's row is moved on when the mark stands."""
    goes_on = bool(one.after) and row.last == one.after
    fate = fate_of(one.status, one.base_rev, row.status, row.rev, goes_on=goes_on)
    mark: dict[str, Any] = {
        "op_id": one.op_id,
        "meeting_id": meeting.id,
        "membership_id": row.id,
        "status": one.status,
        "base_rev": one.base_rev,
        "stands": fate is not Fate.STALE,
        "by_id": person.id,
        "by_name": person.name,
        "via": one.via,
        "at": now,
        "made_at": one.made_at,
        "reason": reason,
    }
    if fate is Fate.STALE:
        saved.stale.append(Stale(one.op_id, row.public_id, row.name, one.status, row.status or "", row.rev))
    elif fate is Fate.STANDS:
        row.status, row.rev, row.changed = one.status, row.rev + 1, True
    if fate is not Fate.STALE:
        row.last = one.op_id
    return mark


def _write(session: Session, meeting: Meeting, marks: list[dict[str, Any]], changed: list[_Row], now: datetime) -> None:
    """The history and what stands now: two statements."""
    own = own_words(session.get_bind().dialect)
    if marks:
        session.execute(own.insert(Mark).on_conflict_do_nothing(), marks)
    if changed:
        values = [
            {
                "meeting_id": meeting.id,
                "membership_id": row.id,
                "status": row.status,
                "rev": row.rev,
                "updated_at": now,
            }
            for row in changed
        ]
        statement = own.insert(Attendance)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["meeting_id", "membership_id"],
                set_={name: statement.excluded[name] for name in ("status", "rev", "updated_at")},
            ),
            values,
        )
    session.flush()


def check_in(
    session: Session, person: Person, cohort: Cohort, membership: Membership, typed: str, now: datetime
) -> tuple[Meeting, str]:
    """Check in somebody at the door: the meeting, and how they are marked. Twice is as once.

    Raises Refused when no door is open or the code is not that of this half minute (or the one before).
    """
    doors = session.scalars(
        select(Meeting).where(Meeting.cohort_id == cohort.id).order_by(Meeting.starts_at, Meeting.id)
    )
    opened = [door for door in doors if door_is_open(door.starts_at, door.ends_at, door.state, now)]
    if not opened:
        raise Refused(N_("No meeting is open for checking in now. The door opens half an hour before it begins."))
    meeting = next((door for door in opened if is_door_code(door.checkin_secret, typed, now)), None)
    if meeting is None:
        raise Refused(
            N_("That is not the code at the door now. It changes every half minute: look again and type the new one.")
        )
    meeting = locked_meeting(session, cohort.id, meeting.public_id)
    _refuse(wanting_for_children(meeting.with_children, meeting.safeguarding_lead, meeting.vetted_adults))
    rows = _rows(session, meeting, [membership.public_id])
    row = rows.get(membership.public_id)
    if meeting.by_registration and (row is None or not row.active):
        raise Refused(N_("You are not registered for this session. Ask whoever runs it."))
    if row is None or not row.active:
        raise Refused(N_("You do not take part in this cohort any more. Ask your trainer."))
    if row.status in ATTENDED:
        return meeting, str(row.status)
    # One for each person and meeting: a second press, on another device too, is the same mark.
    op_id = f"{DOOR}{meeting.id}-{membership.id}"
    sent = Sent(op_id, membership.public_id, presence_at(meeting.starts_at, now), 0, now, Via.CHECKIN)
    _take(session, meeting, rows, [sent], person, "", now)
    return meeting, str(row.status)


MOST: Final = 9_999


def count_children(
    session: Session, person: Person, cohort: Cohort, meeting_id: str, counts: Mapping[str, int], now: datetime
) -> None:
    """Write down how many of each age band were there; a band that is not given stays as it was.

    Raises NotFound, and Refused before the meeting, for one without children, or for a number that cannot be.
    """
    meeting = locked_meeting(session, cohort.id, meeting_id)
    if not meeting.with_children or meeting.state == CANCELLED:
        raise Refused(N_("No children take part in this meeting."))
    if now < meeting.starts_at - EARLY:
        raise Refused(N_("This meeting has not begun. Children are counted when they are there."))
    wanting = wanting_for_children(True, meeting.safeguarding_lead, meeting.vetted_adults)
    if wanting is not None:
        raise Refused(wanting.text)
    about = f"cohort:{cohort.id},meeting:{meeting_id}"
    audit.record(session, EventKind.CHILDREN_COUNTED, about=about, now=now)
    for band, count in counts.items():
        if band not in set(AgeBand) or not 0 <= count <= MOST:
            raise Refused(N_("Type a number from 0 to %(most)s."), most=MOST)
        values = {"meeting_id": meeting.id, "age_band": band, "count": count, "by_id": person.id, "at": now}
        changes = {"count": count, "by_id": person.id, "at": now}
        put(session, ChildrenCount, ("meeting_id", "age_band"), values, changes)
