"""Activities that this site knows from its own records: cohorts with their meetings, and exercises that were run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, load_only

from coplearn.cohorts.common.counting import held, person, trained_members
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import ChildrenCount, Meeting
from coplearn.cohorts.common.rules.words import PLANNED, Kind, Sector, State
from coplearn.cohorts.series.queries import SeriesSession, own_sessions
from coplearn.cohorts.series.rules import SessionStatus
from coplearn.drills.models import DrillRun
from coplearn.kernel.words import Audience
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.records import OwnActivity, ReachLine
from coplearn.programme.rules.words import ActivityKind, ActivityStatus, AudienceGroup, CountBasis, CountUnit, Precision

_KINDS: Final[Mapping[str, ActivityKind]] = {
    Kind.TRAINERS: ActivityKind.TRAINERS,
    Kind.AUDIENCE: ActivityKind.TRAINING,
    Kind.WORKSHOP: ActivityKind.WORKSHOP,
}
_GROUPS: Final[Mapping[str, AudienceGroup]] = {
    Audience.PARENTS: AudienceGroup.PARENTS,
    Audience.EDUCATORS: AudienceGroup.EDUCATORS,
    Audience.INDUSTRY: AudienceGroup.INDUSTRY,
    Audience.POLICYMAKERS: AudienceGroup.POLICYMAKERS,
}
_FAR: Final = date(2200, 1, 1)
_LONG_AGO: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Meetings:
    first: datetime
    last: datetime
    held: int
    planned: int


_SHOWN: Final = (
    Cohort.public_id, Cohort.kind, Cohort.title, Cohort.country, Cohort.languages, Cohort.time_zone, Cohort.audience,
    Cohort.state,
)  # fmt: skip
"""What is told of a cohort: the rest of two thousand of them takes the database's format apart for nothing."""


def cohort_activities(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None, now: datetime
) -> list[OwnActivity]:
    """The cohorts with a meeting in the period, each once, with the people it trained and the children who were counted.

    One statement. Drafts are nobody's business yet, and a cohort without a meeting has no period.
    """
    of_these = select(Cohort.id).where(Cohort.kind.in_(list(_KINDS)), Cohort.state != State.DRAFT, *_in(countries))
    meetings = (
        select(
            Meeting.cohort_id,
            func.min(Meeting.starts_at).label("first"),
            func.max(Meeting.ends_at).label("last"),
            func.count(case((held(now), Meeting.id))).label("held"),
            func.count().label("planned"),
        )
        .where(Meeting.state == PLANNED, Meeting.cohort_id.in_(of_these))
        .group_by(Meeting.cohort_id)
        .cte("meetings")
    )
    asked_for = and_(meetings.c.last >= _start(since or _LONG_AGO), meetings.c.first <= _end(until or _FAR))
    # Different people are brought together and then counted: databases do that in memory, and by sorting what they do at once.
    those = Meeting.cohort_id.in_(select(meetings.c.cohort_id).where(asked_for))
    each = (
        select(Membership.cohort_id, person().label("who"))
        .where(Membership.id.in_(trained_members(now, those)))
        .group_by(Membership.cohort_id, person())
        .subquery()
    )
    trained = select(each.c.cohort_id, func.count().label("people")).group_by(each.c.cohort_id).subquery()
    children = (
        select(Meeting.cohort_id, ChildrenCount.age_band, func.sum(ChildrenCount.count).label("children"))
        .join(Meeting, Meeting.id == ChildrenCount.meeting_id)
        .where(held(now))
        .group_by(Meeting.cohort_id, ChildrenCount.age_band)
        .subquery()
    )
    numbers = (meetings.c.first, meetings.c.last, meetings.c.held, meetings.c.planned)
    rows = session.execute(
        select(Cohort, *numbers, trained.c.people, children.c.age_band, children.c.children)
        .join(meetings, meetings.c.cohort_id == Cohort.id)
        .outerjoin(trained, trained.c.cohort_id == Cohort.id)
        .outerjoin(children, children.c.cohort_id == Cohort.id)
        .options(load_only(*_SHOWN))
        .where(asked_for)
        .order_by(meetings.c.first, Cohort.id, children.c.age_band)
    )
    found: dict[int, tuple[Cohort, _Meetings, int]] = {}
    bands: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for cohort, first, last, count, planned, people, band, number in rows:
        found[cohort.id] = (cohort, _Meetings(first, last, count, planned), people or 0)
        if number:
            bands[cohort.id][band] = int(number)
    return [_cohort(*one, bands[key]) for key, one in found.items()]


def meeting_activities(session: Session, cohort_id: int, now: datetime) -> list[OwnActivity]:
    """The meetings of a cohort, each a part of it and never counted beside it (one statement)."""
    rows = session.execute(
        select(Meeting, Cohort).join(Cohort, Cohort.id == Meeting.cohort_id).where(Cohort.id == cohort_id)
    )
    return [_meeting(meeting, cohort, now) for meeting, cohort in rows]


def series_activities(
    session: Session, since: date | None, until: date | None, countries: Collection[str] | None, now: datetime
) -> list[OwnActivity]:
    """The sessions of series in the period, with who was there and their organisations, each once (one statement)."""
    first, last = _start(since or _LONG_AGO), _end(until or _FAR)
    return [_series_session(one) for one in own_sessions(session, first, last, countries, now)]


def drill_activities(
    session: Session,
    since: date | None,
    until: date | None,
    countries: Collection[str] | None,
    title: Callable[[str, str], str],
) -> list[OwnActivity]:
    """The exercises that were begun in the period (one statement). ``title`` gives an exercise's by its course and item.

    They are of no country, so that none is among those of certain countries.
    """
    if countries is not None:
        return []
    runs = session.scalars(
        select(DrillRun)
        .where(
            DrillRun.began_at >= _start(since or _LONG_AGO),
            DrillRun.began_at <= _end(until or _FAR),
        )
        .order_by(DrillRun.began_at)
    )
    return [_drill(run, title(run.course_id, run.item_id)) for run in runs]


def _cohort(cohort: Cohort, meetings: _Meetings, people: int, children: Mapping[str, int]) -> OwnActivity:
    group = _GROUPS.get(cohort.audience, AudienceGroup.OTHERS)
    reach = [ReachLine(group, CountBasis.COUNTED, people)] if meetings.held else []
    reach += [
        ReachLine(AudienceGroup.CHILDREN, CountBasis.COUNTED, count, age_band=band)
        for band, count in sorted(children.items())
    ]
    return OwnActivity(
        about=f"cohort:{cohort.id}",
        kind=_KINDS[cohort.kind],
        status=_status(cohort, meetings),
        span=_days(meetings.first, meetings.last, cohort.time_zone),
        countries=(cohort.country,),
        title=cohort.title,
        reach=tuple(reach),
        languages=tuple(cohort.languages),
        endpoint="cohorts.cohort",
        values={"cohort_id": cohort.public_id},
    )


def _status(cohort: Cohort, meetings: _Meetings) -> ActivityStatus:
    if meetings.held and (meetings.held == meetings.planned or cohort.state == State.CLOSED):
        return ActivityStatus.HELD
    if meetings.held:
        return ActivityStatus.UNDER_WAY
    return ActivityStatus.CANCELLED if cohort.state == State.CLOSED else ActivityStatus.PLANNED


def _meeting(meeting: Meeting, cohort: Cohort, now: datetime) -> OwnActivity:
    status = ActivityStatus.PLANNED
    if meeting.state != PLANNED:
        status = ActivityStatus.CANCELLED
    elif meeting.ends_at <= now:
        status = ActivityStatus.HELD
    elif meeting.starts_at <= now:
        status = ActivityStatus.UNDER_WAY
    return OwnActivity(
        about=f"meeting:{meeting.id}",
        kind=ActivityKind.SESSION,
        status=status,
        span=_days(meeting.starts_at, meeting.ends_at, cohort.time_zone),
        countries=(cohort.country,),
        title=meeting.title,
        part_of=f"cohort:{cohort.id}",
        languages=tuple(cohort.languages),
    )


_SECTORS: Final[Mapping[str, AudienceGroup]] = {
    Sector.GOVERNMENT: AudienceGroup.GOVERNMENT,
    Sector.COMPANY: AudienceGroup.INDUSTRY,
    Sector.CIVIL_SOCIETY: AudienceGroup.CIVIL_SOCIETY,
}


def _series_session(one: SeriesSession) -> OwnActivity:
    reach: list[ReachLine] = []
    if one.status is SessionStatus.HELD:
        organisations: defaultdict[AudienceGroup, int] = defaultdict(int)
        for sector, count in one.organisations.items():
            organisations[_SECTORS.get(sector, AudienceGroup.OTHERS)] += count
        reach.append(ReachLine(AudienceGroup.OTHERS, CountBasis.COUNTED, one.attended))
        reach += [
            ReachLine(group, CountBasis.COUNTED, count, unit=CountUnit.ORGANISATIONS)
            for group, count in organisations.items()
        ]
    return OwnActivity(
        about=f"meeting:{one.meeting_id}",
        kind=ActivityKind.SESSION,
        status=ActivityStatus(one.status.value),
        span=_days(one.starts_at, one.ends_at, "UTC"),
        countries=(one.country,),
        title=f"{one.series}: {one.title}",
        reach=tuple(reach),
    )


def _drill(run: DrillRun, title: str) -> OwnActivity:
    began = run.began_at or run.created_at
    is_over = run.over_at is not None
    people = (ReachLine(AudienceGroup.OTHERS, CountBasis.COUNTED, run.people),) if is_over and run.people else ()
    return OwnActivity(
        about=f"drill:{run.id}",
        kind=ActivityKind.DRILL,
        status=ActivityStatus.HELD if is_over else ActivityStatus.UNDER_WAY,
        span=_days(began, run.over_at or began, "UTC"),
        countries=(),
        title=title,
        reach=people,
    )


def _days(first: datetime, last: datetime, zone: str) -> Span:
    try:
        own: Any = ZoneInfo(zone)
    except (KeyError, ValueError):
        own = UTC
    return Span(first.astimezone(own).date(), last.astimezone(own).date(), Precision.DAY)


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _end(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


def _in(countries: Collection[str] | None) -> list[Any]:
    return [] if countries is None else [Cohort.country.in_(sorted(countries))]
