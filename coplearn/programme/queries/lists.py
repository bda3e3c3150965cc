"""Reading lists of activities for whoever may see them, and counts by country, however many records there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from coplearn.cohorts.common.counting import certified, person, right_in_force
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.programme.models.records import Activity, ActivityCountry, ActivityVersion
from coplearn.programme.queries.activities import RecordedActivity, is_in, is_newest, recorded, stands, within
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.words import (
    TOOK_PLACE,
    ActivityKind,
    ActivityStatus,
    Precision,
    ProgrammeRole,
    RecordState,
)

SHOWN: Final = 50
"""Activities on one page of the list."""
MOST_EXPORTED: Final = 20_000


@dataclass(frozen=True, slots=True)
class ActivityFilters:
    """The question of a list; None and empty for all."""

    since: date | None = None
    until: date | None = None
    country: str = ""
    kind: str = ""
    status: str = ""
    state: str = ""
    """A :class:`RecordState`, or :data:`WAITS` for those whose newest version nobody confirmed yet."""
    programme_id: int | None = None


WAITS: Final = "waits"


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """An activity in a list, by its newest version."""

    id: int
    public_id: str
    title: str
    kind: ActivityKind
    status: ActivityStatus
    span: Span
    place: str
    state: RecordState
    waits: bool
    """Whether its newest version waits for a second person."""
    by_id: int | None
    countries: tuple[tuple[str, str], ...]
    """Codes, and the source's own names where they differ."""

    @property
    def key(self) -> str:
        """The place in the list, from which the next page begins."""
        return f"{self.span.since.isoformat()}.{self.id}"


@dataclass(frozen=True, slots=True)
class CountryCounts:
    """The numbers of one country that a dashboard shows."""

    held: int = 0
    under_way: int = 0
    planned: int = 0
    newest: date | None = None
    trainers: int = 0
    """People who were certified and whose certificate nobody took back."""
    active: int = 0
    """Those of them whose right is in force now."""


def readable(access: ProgrammeAccess) -> ColumnElement[bool]:
    """Versions of activities that somebody may read: the same law as ``rules.access.may_see``, as a condition."""
    if access.countries is None:
        return true()
    ways: list[ColumnElement[bool]] = [Activity.created_by_id == access.user_id]
    if access.countries:
        ways.append(is_in(access.countries))
    for seat in access.seats:
        here = Activity.programme_id == seat.programme_id
        ways.append(and_(here, is_in([seat.country])) if seat.country else here)
    return or_(false(), *ways)


def activity_lines(
    session: Session,
    access: ProgrammeAccess,
    asked: ActivityFilters,
    after: str = "",
    limit: int = SHOWN,
    *,
    named: bool = True,
) -> list[ActivityLine]:
    """The newest first, from behind the place ``after`` on (one statement), without their countries unless ``named``."""
    query = _asked(access, asked)
    place = _place(after)
    if place is not None:
        query = query.where(tuple_(ActivityVersion.since, Activity.id) < place)
    newest_first = (ActivityVersion.since.desc(), Activity.id.desc())
    query = query.order_by(*newest_first).limit(limit)
    if not named:
        return [_line(row[0], row[1], ()) for row in session.execute(query)]
    shown = query.with_only_columns(ActivityVersion.id).subquery("shown")
    rows = session.execute(
        select(Activity, ActivityVersion, ActivityCountry.country, ActivityCountry.as_source_says)
        .join(ActivityVersion, ActivityVersion.activity_id == Activity.id)
        .join(shown, shown.c.id == ActivityVersion.id)
        .outerjoin(ActivityCountry, ActivityCountry.version_id == ActivityVersion.id)
        .order_by(*newest_first, ActivityCountry.id)
    )
    found: dict[int, tuple[Activity, ActivityVersion, list[tuple[str, str]]]] = {}
    for activity, version, country, words in rows:
        countries = found.setdefault(version.id, (activity, version, []))[2]
        countries += [(country, words)] if country is not None else []
    return [_line(activity, version, tuple(countries)) for activity, version, countries in found.values()]


def whole_activities(session: Session, access: ProgrammeAccess, asked: ActivityFilters) -> list[RecordedActivity]:
    """Everything of each of them, oldest first, at most :data:`MOST_EXPORTED`."""
    query = _asked(access, asked).order_by(ActivityVersion.since, Activity.id).limit(MOST_EXPORTED)
    return recorded(session, [(row[0], row[1]) for row in session.execute(query)])


def waiting_for(session: Session, access: ProgrammeAccess) -> int:
    """The number of newest versions that this person may confirm (one statement; none where they confirm nothing)."""
    if not access.may_confirm_somewhere:
        return 0
    ways: list[ColumnElement[bool]] = [true()] if access.countries is None else [false()]
    if access.countries:
        ways.append(is_in(access.countries))
    for seat in access.seats:
        if seat.role is ProgrammeRole.EDITOR:
            here = Activity.programme_id == seat.programme_id
            ways.append(and_(here, is_in([seat.country])) if seat.country else here)
    return (
        session.scalar(
            select(func.count())
            .select_from(Activity)
            .join(ActivityVersion, is_newest())
            .where(
                _waits(),
                or_(*ways),
                or_(ActivityVersion.by_id.is_(None), ActivityVersion.by_id != access.user_id),
            )
        )
        or 0
    )


def counts_by_country(
    session: Session, access: ProgrammeAccess, countries: Collection[str] | None, now: datetime
) -> dict[str, CountryCounts]:
    """The numbers of each country that has any, of what somebody may read (one statement).

    An activity of several countries counts in each of them. Trainers are told to whoever coordinates their country.
    """
    led = countries if access.countries is None else access.countries & set(countries or access.countries)
    activities = (
        select(
            ActivityCountry.country,
            ActivityVersion.status,
            func.count(),
            literal(0),
            func.max(ActivityVersion.until),
        )
        .join(ActivityVersion, ActivityVersion.id == ActivityCountry.version_id)
        .join(Activity, stands())
        .where(_of(ActivityCountry.country, countries), readable(access))
        .group_by(ActivityCountry.country, ActivityVersion.status)
    )
    # Papers are brought together by person first, which databases do in memory; different people they would count by sorting.
    people = (
        select(
            Cohort.country,
            func.max(case((certified(), 1), else_=0)).label("is_certified"),
            func.max(case((right_in_force(now), 1), else_=0)).label("is_active"),
        )
        .select_from(Certification)
        .join(Membership, Membership.id == Certification.membership_id)
        .join(Cohort, Cohort.id == Membership.cohort_id)
        .where(_of(Cohort.country, led))
        .group_by(Cohort.country, person())
        .subquery()
    )
    certified_people, active_people = func.sum(people.c.is_certified), func.sum(people.c.is_active)
    trainers = select(
        people.c.country, literal(_TRAINERS), certified_people, active_people, cast(null(), Date)
    ).group_by(people.c.country)
    found: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    newest: dict[str, date] = {}
    for country, what, count, more, until in session.execute(union_all(activities, trainers)):
        found[country][what] = (count, more)
        if until is not None:
            newest[country] = max(newest.get(country, until), until)
    return {country: _counts(told, newest.get(country)) for country, told in found.items()}


_TRAINERS: Final = "trainers"


def _of(column: Any, countries: Collection[str] | None) -> ColumnElement[bool]:
    return column.in_(sorted(countries)) if countries is not None else true()


def _counts(told: Mapping[str, tuple[int, int]], newest: date | None) -> CountryCounts:
    def number(status: str) -> int:
        return told.get(status, (0, 0))[0]

    held = sum(number(status) for status in TOOK_PLACE)
    return CountryCounts(
        held,
        number(ActivityStatus.UNDER_WAY),
        number(ActivityStatus.PLANNED),
        newest,
        *told.get(_TRAINERS, (0, 0)),
    )


def _asked(access: ProgrammeAccess, asked: ActivityFilters) -> Select[Activity, ActivityVersion]:
    where = [readable(access), within(asked.since, asked.until)]
    if asked.country:
        where.append(is_in([asked.country]))
    if asked.kind:
        where.append(ActivityVersion.kind == asked.kind)
    if asked.status:
        where.append(ActivityVersion.status == asked.status)
    if asked.state:
        where.append(_waits() if asked.state == WAITS else Activity.state == asked.state)
    if asked.programme_id is not None:
        where.append(Activity.programme_id == asked.programme_id)
    return select(Activity, ActivityVersion).join(ActivityVersion, is_newest()).where(*where)


def _waits() -> ColumnElement[bool]:
    return and_(ActivityVersion.confirmed_at.is_(None), Activity.state != RecordState.TAKEN_BACK)


def _place(after: str) -> Any:
    day, _, number = after.partition(".")
    try:
        since, activity_id = date.fromisoformat(day), int(number[:10])
    except ValueError:
        return None
    return tuple_(since, activity_id) if 0 <= activity_id < 2**31 else None


def _line(activity: Activity, version: ActivityVersion, countries: tuple[tuple[str, str], ...]) -> ActivityLine:
    return ActivityLine(
        activity.id,
        activity.public_id,
        version.title,
        ActivityKind(version.kind),
        ActivityStatus(version.status),
        Span(version.since, version.until, Precision(version.precision)),
        version.place,
        RecordState(activity.state),
        version.confirmed_at is None and activity.state != RecordState.TAKEN_BACK,
        version.by_id,
        countries,
    )
