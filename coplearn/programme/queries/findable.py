"""Activities as the site's search finds them: confirmed ones, by those who may read them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted
from coplearn.findable import FindableRecord
from coplearn.programme.models.records import Activity, ActivityCountry, ActivityVersion, Participation
from coplearn.programme.queries.activities import stands
from coplearn.programme.queries.organisations import seats_of
from coplearn.programme.rules.access import ProgrammeAccess, access_of
from coplearn.programme.rules.words import STANDS

_PIECE = 500
EVERYWHERE = "all"
"""The circle of those who coordinate all countries."""


def activity_stamps(session: Session) -> dict[str, str]:
    """A stamp for each five hundred activities (one statement)."""
    piece = Activity.id // _PIECE
    rows = session.execute(
        select(piece, func.count(), func.sum(Activity.counted), func.sum(func.coalesce(Activity.programme_id, 0)))
        .where(Activity.state.in_([state.value for state in STANDS]))
        .group_by(piece)
    )
    return {str(row[0]): ".".join(str(one) for one in row[1:]) for row in rows}


def activity_piece(session: Session, piece: str) -> Iterator[FindableRecord]:
    """The confirmed ones of five hundred activities (three statements)."""
    first = int(piece) * _PIECE
    return _found(session, Activity.id.between(first, first + _PIECE - 1))


def activities_at(session: Session, places: Collection[str]) -> Iterator[FindableRecord]:
    """The confirmed activities of those addresses (three statements)."""
    return _found(session, Activity.public_id.in_(places))


def activity_circles(session: Session, user_id: int, grants: Sequence[Granted]) -> frozenset[str]:
    """The circles of a person: all countries, their countries, and their programmes there, as ``rules.access.may_see`` has it."""
    return circles_of_access(access_of(user_id, grants, seats_of(session, user_id)))


def circles_of_access(access: ProgrammeAccess) -> frozenset[str]:
    """The same, of what decides on what they may see."""
    countries = {EVERYWHERE} if access.countries is None else {country.lower() for country in access.countries}
    return frozenset(countries | {f"p{seat.programme_id}{seat.country.lower()}" for seat in access.seats})


def circles_of_activity(countries: Collection[str], programme_id: int | None) -> frozenset[str]:
    """The circles that may read an activity."""
    codes = {country.lower() for country in countries}
    own = {f"p{programme_id}", *(f"p{programme_id}{code}" for code in codes)} if programme_id is not None else set()
    return frozenset({EVERYWHERE} | codes | own)


def _found(session: Session, which: ColumnElement[bool]) -> Iterator[FindableRecord]:
    rows = session.execute(select(Activity, ActivityVersion).join(ActivityVersion, stands()).where(which)).all()
    numbers = [version.id for _, version in rows]
    countries: dict[int, list[tuple[str, str]]] = {number: [] for number in numbers}
    partners: dict[int, list[str]] = {number: [] for number in numbers}
    for one in session.scalars(select(ActivityCountry).where(ActivityCountry.version_id.in_(numbers))):
        countries[one.version_id].append((one.country, one.as_source_says))
    for part in session.scalars(select(Participation).where(Participation.version_id.in_(numbers))):
        partners[part.version_id].append(part.text)
    for activity, version in rows:
        named = countries[version.id]
        yield FindableRecord(
            place=activity.public_id,
            locale="",
            title=version.title,
            texts=(
                version.summary,
                version.place,
                ", ".join(partners[version.id]),
                ", ".join(words for _, words in named),
                version.audience_words,
                version.source,
            ),
            circles=circles_of_activity([code for code, _ in named], activity.programme_id),
            endpoint="programme.activity",
            values={"activity_id": activity.public_id},
        )
