"""Reading activities with everything that their versions say, in a known number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session, aliased

from coplearn.accounts.models import User
from coplearn.programme.models.records import (
    Activity,
    ActivityCountry,
    ActivityReach,
    ActivityVersion,
    Participation,
)
from coplearn.programme.rules.periods import Span
from coplearn.programme.rules.records import ActivityContent, CountryLine, PartnerLine, ReachLine, same_thing
from coplearn.programme.rules.words import (
    IS_COUNTED,
    STANDS,
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    CountUnit,
    PartRole,
    Precision,
    Qualifier,
    RecordState,
    Trait,
)

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class RecordedActivity:
    """An activity with one of its versions."""

    id: int
    public_id: str
    programme_id: int | None
    state: RecordState
    version_id: int
    number: int
    content: ActivityContent
    by_id: int | None
    at: datetime
    confirmed_by_id: int | None
    confirmed_at: datetime | None


def is_newest() -> ColumnElement[bool]:
    """The version of an activity that was written last."""
    return and_(ActivityVersion.activity_id == Activity.id, ActivityVersion.number == Activity.newest)


def is_written(session: Session, content: ActivityContent, key: str) -> bool:
    """Whether the activity is written down under another key, and not taken back (one statement)."""
    rows = session.execute(
        select(ActivityVersion.id, ActivityVersion.title, ActivityVersion.place, ActivityCountry.country)
        .join(Activity, is_newest())
        .outerjoin(ActivityCountry, ActivityCountry.version_id == ActivityVersion.id)
        .where(
            ActivityVersion.since == content.span.since,
            ActivityVersion.kind == content.kind.value,
            Activity.state != RecordState.TAKEN_BACK.value,
            Activity.key != key,
        )
    ).all()
    countries = defaultdict[int, list[str]](list)
    for version, _, _, country in rows:
        countries[version] += [country] if country else []
    return any(same_thing(content, title, place, countries[version]) for version, title, place, _ in rows)


def stands() -> ColumnElement[bool]:
    """The version of an activity that counts: a second person confirmed it, and nobody took it back."""
    return and_(
        ActivityVersion.activity_id == Activity.id,
        ActivityVersion.number == Activity.counted,
        Activity.state.in_([state.value for state in STANDS]),
    )


def within(since: date | None, until: date | None) -> ColumnElement[bool]:
    """Versions whose span has a day in the period; None leaves an end open."""
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(ActivityVersion.until >= since)
    if until is not None:
        conditions.append(ActivityVersion.since <= until)
    return and_(True, *conditions)


def is_in(countries: Collection[str]) -> ColumnElement[bool]:
    """Versions that name one of those countries."""
    named = select(ActivityCountry.version_id).where(ActivityCountry.country.in_(sorted(countries)))
    return ActivityVersion.id.in_(named)


def has_country() -> ColumnElement[bool]:
    """Versions that name any country."""
    return exists().where(ActivityCountry.version_id == ActivityVersion.id)


def is_counted_status() -> ColumnElement[bool]:
    """Versions of what was held, has ended or is under way."""
    return ActivityVersion.status.in_([status.value for status in IS_COUNTED])


def activity_by(session: Session, public_id: str) -> Activity | None:
    """The activity of that address."""
    return session.scalar(select(Activity).where(Activity.public_id == public_id))


def counted_activities(
    session: Session,
    since: date,
    until: date,
    countries: Collection[str] | None = None,
    programme_id: int | None = None,
) -> list[RecordedActivity]:
    """Every activity whose record counts and whose span has a day in the period, whatever its status (four statements).

    With ``countries`` those that name one of them; None for all, and for those without a country.
    """
    where = [within(since, until)]
    if countries is not None:
        where.append(is_in(countries))
    if programme_id is not None:
        where.append(Activity.programme_id == programme_id)
    rows = session.execute(
        select(Activity, ActivityVersion)
        .join(ActivityVersion, stands())
        .where(*where)
        .order_by(ActivityVersion.since, Activity.id)
    )
    return recorded(session, [(row[0], row[1]) for row in rows])


def recorded(session: Session, rows: Sequence[tuple[Activity, ActivityVersion]]) -> list[RecordedActivity]:
    """The activities with all that those versions say (three statements for each five hundred)."""
    contents = contents_of(session, [version for _, version in rows])
    return [
        RecordedActivity(
            activity.id,
            activity.public_id,
            activity.programme_id,
            RecordState(activity.state),
            version.id,
            version.number,
            contents[version.id],
            version.by_id,
            version.at,
            version.confirmed_by_id,
            version.confirmed_at,
        )
        for activity, version in rows
    ]


def contents_of(session: Session, versions: Sequence[ActivityVersion]) -> dict[int, ActivityContent]:
    """Everything that those versions say, by their ids (three statements for each five hundred)."""
    countries: defaultdict[int, list[CountryLine]] = defaultdict(list)
    partners: defaultdict[int, list[PartnerLine]] = defaultdict(list)
    reach: defaultdict[int, list[ReachLine]] = defaultdict(list)
    for ids in _pieces([version.id for version in versions]):
        for one in session.scalars(_of(ActivityCountry, ids)):
            countries[one.version_id].append(CountryLine(one.country, one.as_source_says))
        for part in session.scalars(_of(Participation, ids)):
            partners[part.version_id].append(PartnerLine(part.text, PartRole(part.role), part.organisation_id))
        for number in session.scalars(_of(ActivityReach, ids)):
            reach[number.version_id].append(_reach_line(number))
    return {
        version.id: _content(version, countries[version.id], partners[version.id], reach[version.id])
        for version in versions
    }


def _of(table: Any, ids: Sequence[int]) -> Any:
    return select(table).where(table.version_id.in_(ids)).order_by(table.id)


def _pieces(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _reach_line(row: ActivityReach) -> ReachLine:
    return ReachLine(
        AudienceGroup(row.audience),
        CountBasis(row.basis),
        row.number,
        Qualifier(row.qualifier),
        CountUnit(row.unit),
        row.age_band,
        row.words,
    )


def _content(
    version: ActivityVersion, countries: list[CountryLine], partners: list[PartnerLine], reach: list[ReachLine]
) -> ActivityContent:
    return ActivityContent(
        title=version.title,
        kind=ActivityKind(version.kind),
        status=ActivityStatus(version.status),
        span=Span(version.since, version.until, Precision(version.precision)),
        countries=tuple(countries),
        place=version.place,
        audiences=tuple(AudienceGroup(one) for one in version.audiences),
        audience_words=version.audience_words,
        partners=tuple(partners),
        languages=tuple(version.languages),
        reach=tuple(reach),
        traits=tuple(Trait(one) for one in version.traits),
        course_ids=tuple(version.course_ids),
        about=version.about,
        summary=version.summary,
        source=version.source,
    )


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version of an activity, with who wrote it and who confirmed it by name."""

    number: int
    content: ActivityContent
    by: str
    at: datetime
    why: str
    taken_back: bool
    confirmed_by: str
    confirmed_at: datetime | None
    counts: bool


def history_of(session: Session, activity_id: int) -> list[HistoryEntry]:
    """Every version of an activity, oldest first (four statements). Names are empty for those who are no longer here."""
    writer, second = aliased(User), aliased(User)
    rows = session.execute(
        select(ActivityVersion, Activity.counted, writer.name, writer.email, second.name, second.email)
        .join(Activity, Activity.id == ActivityVersion.activity_id)
        .outerjoin(writer, writer.id == ActivityVersion.by_id)
        .outerjoin(second, second.id == ActivityVersion.confirmed_by_id)
        .where(ActivityVersion.activity_id == activity_id)
        .order_by(ActivityVersion.number)
    ).all()
    contents = contents_of(session, [row[0] for row in rows])
    return [
        HistoryEntry(
            row[0].number,
            contents[row[0].id],
            row[2] or row[3] or "",
            row[0].at,
            row[0].why,
            row[0].taken_back,
            row[4] or row[5] or "",
            row[0].confirmed_at,
            row[0].number == row[1],
        )
        for row in rows
    ]
