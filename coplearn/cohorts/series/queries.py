"""Reading series: their pages, who is registered for a session, what stands on its page, and sessions as own activities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, distinct, false, func, or_, select, true, union_all
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import (
    Attendance,
    Meeting,
    Registration,
    SessionAction,
    SessionMaterial,
    SessionSpeaker,
)
from coplearn.cohorts.common.rules.words import ATTENDED, PLANNED, Kind, MemberState, State
from coplearn.cohorts.series.rules import PagePart, SessionStatus, counted_once, status_of
from coplearn.findable import FindableRecord

TABLES: Final[Mapping[PagePart, type[SessionSpeaker | SessionMaterial | SessionAction]]] = {
    PagePart.SPEAKER: SessionSpeaker,
    PagePart.MATERIAL: SessionMaterial,
    PagePart.ACTION: SessionAction,
}
_LAST: Final = 1_000_000_000
_PIECE: Final = 20


@dataclass(frozen=True, slots=True)
class Registered:
    """A person on the list of a session."""

    registration: Registration
    member: Membership


@dataclass(frozen=True, slots=True)
class SessionParts:
    """The lines of a session's page, by kind."""

    speakers: Sequence[SessionSpeaker]
    materials: Sequence[SessionMaterial]
    actions: Sequence[SessionAction]


@dataclass(frozen=True, slots=True)
class SeriesSession:
    """A session as an activity of our own, from records."""

    meeting_id: int
    series: str
    title: str
    country: str
    starts_at: datetime
    ends_at: datetime
    status: SessionStatus
    registered: int
    """People who have a place."""
    attended: int
    """People marked as having been there."""
    organisations: Mapping[str, int]
    """Those of the people who were there, by sector, each counted once; before the session those of the registered."""


def series_of(session: Session, public_id: str) -> Cohort | None:
    """The series of that address (one statement)."""
    return session.scalar(select(Cohort).where(Cohort.public_id == public_id, Cohort.kind == Kind.SERIES))


def open_to_all() -> tuple[ColumnElement[bool], ...]:
    """The conditions of series whose page anybody may read."""
    return (
        Cohort.kind == Kind.SERIES,
        Cohort.is_public.is_(True),
        Cohort.archived_at.is_(None),
        Cohort.state != State.DRAFT,
    )


def public_series(session: Session, limit: int) -> list[Cohort]:
    """Series that anybody may read about, the newest first (one statement)."""
    return list(session.scalars(select(Cohort).where(*open_to_all()).order_by(Cohort.id.desc()).limit(limit)))


def session_of(session: Session, cohort_id: int, public_id: str) -> Meeting | None:
    """The session of that address, if it is that series' (one statement)."""
    return session.scalar(select(Meeting).where(Meeting.cohort_id == cohort_id, Meeting.public_id == public_id))


def own_places(session: Session, membership_id: int) -> dict[int, Registration]:
    """Somebody's places in a series, by session, those they gave back left out (one statement)."""
    rows = session.scalars(
        select(Registration).where(
            Registration.membership_id == membership_id, Registration.state != MemberState.WITHDRAWN
        )
    )
    return {row.meeting_id: row for row in rows}


def places_of(session: Session, meeting_id: int) -> list[Registered]:
    """The list of a session: people by name, and who waits in the order of coming (one statement)."""
    rows = session.execute(
        select(Registration, Membership)
        .join(Membership, Membership.id == Registration.membership_id)
        .where(Registration.meeting_id == meeting_id, Registration.state != MemberState.WITHDRAWN)
        .order_by(func.coalesce(Registration.queue_number, 0), Membership.name, Membership.id)
    )
    return [Registered(registration, member) for registration, member in rows]


def not_on_list(session: Session, meeting: Meeting, limit: int) -> list[Membership]:
    """People of the series who are not on the list of that session, by name (one statement)."""
    on_it = select(Registration.membership_id).where(
        Registration.meeting_id == meeting.id, Registration.state != MemberState.WITHDRAWN
    )
    people = select(Membership).where(
        Membership.cohort_id == meeting.cohort_id, Membership.state == MemberState.ACTIVE, Membership.id.not_in(on_it)
    )
    return list(session.scalars(people.order_by(Membership.name, Membership.id).limit(limit)))


def taken(session: Session, meeting_id: int) -> int:
    """The number of people who have a place at a session."""
    return _number(session, meeting_id, MemberState.ACTIVE)


def waiting(session: Session, meeting_id: int) -> int:
    """The number of people on the waiting list of a session."""
    return _number(session, meeting_id, MemberState.QUEUED)


def _number(session: Session, meeting_id: int, state: MemberState) -> int:
    where = (Registration.meeting_id == meeting_id, Registration.state == state)
    return session.scalar(select(func.count()).select_from(Registration).where(*where)) or 0


def queue_at(session: Session, meeting_id: int, limit: int | None = None) -> list[Registered]:
    """The people who wait for a place at a session, the next first."""
    rows = session.execute(
        select(Registration, Membership)
        .join(Membership, Membership.id == Registration.membership_id)
        .where(Registration.meeting_id == meeting_id, Registration.state == MemberState.QUEUED)
        .order_by(func.coalesce(Registration.queue_number, _LAST), Registration.id)
        .limit(limit)
    )
    return [Registered(registration, member) for registration, member in rows]


def place_in_line(session: Session, registration: Registration) -> int:
    """The place of somebody on a waiting list: 1 is next."""
    number = registration.queue_number if registration.queue_number is not None else _LAST
    before = func.coalesce(Registration.queue_number, _LAST)
    earlier = or_(before < number, and_(before == number, Registration.id < registration.id))
    where = (Registration.meeting_id == registration.meeting_id, Registration.state == MemberState.QUEUED, earlier)
    return 1 + (session.scalar(select(func.count()).select_from(Registration).where(*where)) or 0)


def parts_of(session: Session, meeting_id: int) -> SessionParts:
    """The speakers, materials and actions of a session, in the order they were written (three statements)."""
    speakers = select(SessionSpeaker).where(SessionSpeaker.meeting_id == meeting_id).order_by(SessionSpeaker.id)
    materials = select(SessionMaterial).where(SessionMaterial.meeting_id == meeting_id).order_by(SessionMaterial.id)
    actions = select(SessionAction).where(SessionAction.meeting_id == meeting_id).order_by(SessionAction.id)
    return SessionParts(
        session.scalars(speakers).all(), session.scalars(materials).all(), session.scalars(actions).all()
    )


def part_of(
    session: Session, meeting_id: int, part: PagePart, number: int
) -> SessionSpeaker | SessionMaterial | SessionAction | None:
    """One line of a session's page, if it is that session's."""
    row = session.get(TABLES[part], number)
    if not isinstance(row, SessionSpeaker | SessionMaterial | SessionAction) or row.meeting_id != meeting_id:
        return None
    return row


def names_at(session: Session, meeting: Meeting) -> list[str]:
    """The names that no notes under the Chatham House Rule may hold: the people and organisations on the list, and the speakers."""
    people = session.execute(
        select(Membership.name, Membership.organisation)
        .join(Registration, Registration.membership_id == Membership.id)
        .where(Registration.meeting_id == meeting.id)
    )
    spoke = session.execute(
        select(SessionSpeaker.name, SessionSpeaker.organisation).where(SessionSpeaker.meeting_id == meeting.id)
    )
    return sorted({name for row in (*people, *spoke) for name in row if name})


def organisations_at(session: Session, meeting_ids: Collection[int], *, came: bool) -> dict[int, Mapping[str, int]]:
    """Organisations of the people at each session by sector, each counted once: of who was there, or of who has a place."""
    stated = _stated(session, meeting_ids, came=came)
    return {one: counted_once(pairs) for one, pairs in stated.items()}


def organisations_of(session: Session, series_id: int) -> Mapping[str, int]:
    """Organisations of the people who were at any session of a series by sector, each counted once."""
    stated = _stated(session, select(Meeting.id).where(Meeting.cohort_id == series_id), came=True)
    return counted_once(pair for pairs in stated.values() for pair in pairs)


def _stated(
    session: Session, meeting_ids: Collection[int] | Select[int], *, came: bool
) -> dict[int, list[tuple[str, str]]]:
    if came:
        rows = session.execute(
            select(Attendance.meeting_id, Membership.organisation, Membership.sector)
            .join(Membership, Membership.id == Attendance.membership_id)
            .where(Attendance.meeting_id.in_(meeting_ids), Attendance.status.in_(ATTENDED))
        )
    else:
        rows = session.execute(
            select(Registration.meeting_id, Membership.organisation, Membership.sector)
            .join(Membership, Membership.id == Registration.membership_id)
            .where(Registration.meeting_id.in_(meeting_ids), Registration.state == MemberState.ACTIVE)
        )
    stated: dict[int, list[tuple[str, str]]] = {}
    for meeting_id, organisation, sector in rows:
        stated.setdefault(meeting_id, []).append((organisation, sector))
    return stated


def attended_at(session: Session, meeting_ids: Collection[int]) -> dict[int, int]:
    """The number of people who were at each session (one statement)."""
    rows = session.execute(
        select(Attendance.meeting_id, func.count())
        .where(Attendance.meeting_id.in_(meeting_ids), Attendance.status.in_(ATTENDED))
        .group_by(Attendance.meeting_id)
    )
    return {meeting_id: count for meeting_id, count in rows}  # noqa: C416 - rows


def own_sessions(
    session: Session, since: datetime, until: datetime, countries: Collection[str] | None, now: datetime
) -> list[SeriesSession]:
    """Sessions that begin from ``since`` until before ``until`` in those countries (None: all), in order of time; drafts left out.

    A planned session is planned, and whoever counts sessions counts those held or under way. One statement.
    """
    where = (
        Cohort.kind == Kind.SERIES,
        Cohort.state != State.DRAFT,
        Cohort.country.in_(sorted(countries)) if countries is not None else true(),
        Meeting.starts_at >= since,
        Meeting.starts_at < until,
    )
    wanted = select(Meeting.id).join(Cohort, Cohort.id == Meeting.cohort_id).where(*where)
    there = select(Attendance.meeting_id, Attendance.membership_id, true().label("came")).where(
        Attendance.meeting_id.in_(wanted), Attendance.status.in_(ATTENDED)
    )
    placed = select(Registration.meeting_id, Registration.membership_id, false()).where(
        Registration.meeting_id.in_(wanted), Registration.state == MemberState.ACTIVE
    )
    people = union_all(there, placed).subquery("people")
    columns = (
        Meeting.id, Cohort.title, Meeting.title, Cohort.country, Meeting.starts_at, Meeting.ends_at, Meeting.state,
        people.c.came, Membership.organisation, Membership.sector,
    )  # fmt: skip
    rows = session.execute(
        select(*columns, func.count(people.c.membership_id))
        .join(Cohort, Cohort.id == Meeting.cohort_id)
        .outerjoin(people, people.c.meeting_id == Meeting.id)
        .outerjoin(Membership, Membership.id == people.c.membership_id)
        .where(*where)
        .group_by(*columns)
        .order_by(Meeting.starts_at, Meeting.id)
    )
    found: dict[int, tuple[Any, ...]] = {}
    stated: defaultdict[tuple[int, bool], list[tuple[str, str]]] = defaultdict(list)
    for *meeting, came, organisation, sector, count in rows:
        found[meeting[0]] = tuple(meeting)
        stated[meeting[0], bool(came)] += [(organisation, sector)] * count
    return [_own_session(one, stated[key, False], stated[key, True], now) for key, one in found.items()]


def _own_session(
    row: tuple[Any, ...], with_place: Sequence[tuple[str, str]], there: Sequence[tuple[str, str]], now: datetime
) -> SeriesSession:
    meeting_id, series, title, country, starts_at, ends_at, state = row
    status = status_of(state, starts_at, ends_at, now)
    organisations = counted_once(there if status is SessionStatus.HELD else with_place)
    return SeriesSession(
        meeting_id, series, title, country, starts_at, ends_at, status, len(with_place), len(there), organisations
    )


# ── Found by the search (kernel.findable) ──


def series_stamps(session: Session) -> dict[str, str]:
    """A stamp for each piece of the series that anybody may read about, with their sessions (one statement)."""
    piece = Cohort.id // _PIECE
    rows = session.execute(
        select(
            piece,
            func.count(distinct(Cohort.id)),
            func.sum(Cohort.rev),
            func.count(Meeting.id),
            func.sum(Meeting.rev),
            func.max(Meeting.changed_at),
        )
        .outerjoin(Meeting, Meeting.cohort_id == Cohort.id)
        .where(*open_to_all())
        .group_by(piece)
    )
    return {str(row[0]): ".".join(str(one) for one in row[1:]) for row in rows}


def series_piece(session: Session, piece: str) -> Iterator[FindableRecord]:
    """The series of a piece that anybody may read about, and their sessions (one statement)."""
    first = int(piece) * _PIECE
    return _findable(session, Cohort.id.between(first, first + _PIECE - 1))


def series_at(session: Session, places: Collection[str]) -> Iterator[FindableRecord]:
    """The series and sessions at those places that anybody may read about (one statement)."""
    named = or_(Cohort.public_id.in_(places), Meeting.public_id.in_(places))
    return (one for one in _findable(session, named) if one.place in places)


def _findable(session: Session, which: ColumnElement[bool]) -> Iterator[FindableRecord]:
    rows = session.execute(
        select(Cohort, Meeting)
        .outerjoin(Meeting, and_(Meeting.cohort_id == Cohort.id, Meeting.state == PLANNED))
        .where(*open_to_all(), which)
        .order_by(Cohort.id, Meeting.id)
    )
    told: set[int] = set()
    for cohort, meeting in rows:
        if cohort.id not in told:
            told.add(cohort.id)
            yield _found(cohort, cohort.title, (cohort.about,), "series.series", cohort.public_id)
        if meeting is not None:
            texts = (cohort.title, *meeting.agenda.splitlines())
            yield _found(
                cohort, meeting.title, texts, "series.session", meeting.public_id, meeting_id=meeting.public_id
            )


def _found(
    cohort: Cohort, title: str, texts: tuple[str, ...], endpoint: str, place: str, **values: str
) -> FindableRecord:
    """A page in the series' own language. Nobody who speaks is among its words: people are not looked for here."""
    return FindableRecord(
        place=place,
        locale=cohort.languages[0] if cohort.languages else "",
        title=title,
        texts=texts,
        endpoint=endpoint,
        values={"series_id": cohort.public_id, **values},
    )
