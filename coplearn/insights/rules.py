"""The tables of a report: what is counted, of which days, by what, and how they come together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coplearn.cohorts.outcomes.rules.certification import add_months
from coplearn.cohorts.outcomes.rules.checklist import Checklist, RequirementKind
from coplearn.i18n.time_zones import ZONES
from coplearn.kernel.text import N_, Phrase


class Measure(StrEnum):
    """The figures that are counted."""

    TRAINED = "trained"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    REVOKED = "revoked"
    COHORTS = "cohorts"
    MEETINGS = "meetings"
    FINISHED = "finished"
    CHILDREN = "children"


class Stays(StrEnum):
    """The figures of questions that are asked again after a course; the last two are percent."""

    ASKED = "asked"
    ANSWERED = "answered"
    RIGHT = "right"


class Dimension(StrEnum):
    """By what it is counted."""

    COUNTRY = "country"
    AUDIENCE = "audience"
    LANGUAGE = "language"
    TIER = "tier"
    KIND = "kind"
    REGION = "region"
    COURSE = "course"
    AGE = "age"
    LATER = "later"
    """A course, and how many days after it: ``cop-parents:30``."""


NOT_STATED: Final = ""
"""The value of whoever did not say. It is a row of its own, and only where there is somebody in it."""
OUTRIGHT: Final = frozenset({Measure.COHORTS, Measure.MEETINGS})
"""Not numbers of people: they are shown as they are."""
TRAINING: Final = (
    Measure.TRAINED, Measure.COMPLETED, Measure.CERTIFIED, Measure.REVOKED, Measure.COHORTS, Measure.MEETINGS,
)  # fmt: skip
TRAINING_BY: Final = (Dimension.COUNTRY, Dimension.AUDIENCE, Dimension.LANGUAGE, Dimension.TIER, Dimension.KIND)
ONLINE_BY: Final = (Dimension.AUDIENCE, Dimension.LANGUAGE, Dimension.COURSE)


class Few(StrEnum):
    """The sign in an edition where no five was given."""

    OR_NONE = "few-or-none"


Cell = int | Few
Tally = Mapping[tuple[str, str], int]
"""By (dimension, value) how many; ("", "") is all of them. Who is in several rows counts once in each, and once in all."""


@dataclass(frozen=True, slots=True)
class ReportScope:
    """The scope of numbers: cohorts of those countries (None: of all), and of that tier (None: of all)."""

    countries: frozenset[str] | None
    tier: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.countries is None and self.tier is None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One value with its numbers, in the order of the table's measures."""

    value: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """The numbers by one dimension; rows in the order of their values, the one of who did not say last."""

    dimension: Dimension
    measures: tuple[Measure | Stays, ...]
    rows: tuple[ReportRow, ...]
    total: tuple[Cell, ...]


def tables_of(
    measures: Sequence[Measure],
    dimensions: Sequence[Dimension],
    tallies: Mapping[Measure, Tally],
    *,
    in_fives: bool = False,
) -> tuple[ReportTable, ...]:
    """A table for each dimension. With ``in_fives`` no people are few or none."""

    def row(by: str, value: str) -> tuple[Cell, ...]:
        cells = [(one, tallies.get(one, {}).get((by, value), 0)) for one in measures]
        return tuple(count or (Few.OR_NONE if in_fives and one not in OUTRIGHT else 0) for one, count in cells)

    return tuple(
        ReportTable(
            one,
            tuple(measures),
            tuple(ReportRow(value, row(one, value)) for value in _row_values(one, tallies)),
            row("", ""),
        )
        for one in dimensions
    )


SHARES_FROM: Final = 20
"""A share is told of so many people or more: one of fewer says too much of one person, and nothing of the course."""


def stays_table(counts: Mapping[str, tuple[int, int, int]]) -> ReportTable:
    """The table of questions asked again: by value of :attr:`Dimension.LATER` how many were asked, how many of those answered,
    and how many of these rightly."""
    rows = tuple(ReportRow(value, _shares(*counts[value])) for value in sorted(counts))
    asked, answered, right = (sum(numbers) for numbers in zip(*counts.values(), strict=True)) if counts else (0, 0, 0)
    return ReportTable(Dimension.LATER, tuple(Stays), rows, _shares(asked, answered, right))


def _shares(asked: int, answered: int, right: int) -> tuple[Cell, ...]:
    return asked, _percent(answered, asked), _percent(right, answered)


def _percent(part: int, whole: int) -> Cell:
    return (200 * part + whole) // (2 * whole) if whole >= SHARES_FROM else Few.OR_NONE


def _row_values(dimension: Dimension, tallies: Mapping[Measure, Tally]) -> list[str]:
    found = {value for tally in tallies.values() for (by, value), count in tally.items() if by == dimension and count}
    return sorted(found, key=lambda value: (value == NOT_STATED, len(value) if value.isdigit() else 0, value))


EARLIEST: Final = date(2000, 1, 1)
LATEST: Final = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days in one time zone (an IANA name); an instant is in it from :attr:`start` until before :attr:`end`."""

    first: date
    last: date
    zone: str

    @property
    def start(self) -> datetime:
        """The instant at which the first day begins there, in UTC."""
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The instant at which the day after the last begins there, in UTC."""
        return midnight(self.last + timedelta(days=1), self.zone)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which that day begins there, in UTC.

    Where the clock jumps over midnight, the day begins at the jump; where an hour comes twice, with the first of them.
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def this_year(now: datetime, zone: str) -> Period:
    """The year so far: from the first of January to today, as the calendar there has it."""
    today = today_in(now, zone)
    return Period(today.replace(month=1, day=1), today, zone)


def last_months(now: datetime, zone: str, count: int) -> list[Period]:
    """A number of calendar months, oldest first; the last is the present one up to today."""
    today = today_in(now, zone)
    firsts = [add_months(today.replace(day=1), back) for back in range(1 - count, 1)]
    lasts = [first - timedelta(days=1) for first in firsts[1:]] + [today]
    return [Period(first, last, zone) for first, last in zip(firsts, lasts, strict=True)]


def today_in(now: datetime, zone: str) -> date:
    """The day it is there."""
    return now.astimezone(ZoneInfo(zone)).date()


def known_zone(name: str) -> str:
    """The name itself when this machine knows the zone, else ``UTC``."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name if name in ZONES else "UTC"


def problems_of(first: date | None, last: date | None, zone: str) -> dict[str, Phrase]:
    """The faults of a period that was asked for, by field: ``first``, ``last`` and ``zone``."""
    found: dict[str, Phrase] = {}
    for name, day in (("first", first), ("last", last)):
        if day is None:
            found[name] = Phrase(N_("Type a day, such as 2026-03-31."))
        elif not EARLIEST <= day <= LATEST:
            found[name] = Phrase(N_("Choose a day between the years 2000 and 2100."))
    if not found and first is not None and last is not None and last < first:
        found["last"] = Phrase(N_("The last day is before the first. Choose a later one."))
    if zone not in ZONES:
        found["zone"] = Phrase(N_("Choose a time zone from the list."))
    return found


@dataclass(frozen=True, slots=True)
class RequirementCount:
    """The number of people who have met one requirement."""

    key: str
    kind: RequirementKind
    met: int
    begun: int
    """Of the others, those who have something of it."""
    people: int


def met_of(checklists: Collection[Checklist]) -> tuple[list[RequirementCount], int]:
    """Each requirement in the order of the checklist, and how many people miss nothing that is asked for."""
    found: dict[str, list[int]] = {}
    kinds: dict[str, RequirementKind] = {}
    for one in checklists:
        for requirement in one.requirements:
            kinds[requirement.key] = requirement.kind
            counts = found.setdefault(requirement.key, [0, 0])
            counts[0] += requirement.met
            counts[1] += not requirement.met and requirement.done > 0
    lines = [RequirementCount(key, kinds[key], met, begun, len(checklists)) for key, (met, begun) in found.items()]
    return lines, sum(one.met for one in checklists)


def missing_first(checklists: Mapping[int, Checklist]) -> tuple[int, ...]:
    """The people, who misses most of what is asked for first; who misses as much stays in the order given."""
    return tuple(sorted(checklists, key=lambda one: -len(checklists[one].missing)))


def page_behind(order: Sequence[int], after: int | None, limit: int) -> tuple[Sequence[int], bool]:
    """The part of the order that is shown, from behind ``after`` on, and whether more follow. Who is in it no more is its
    beginning."""
    start = order.index(after) + 1 if after is not None and after in order else 0
    return order[start : start + limit], len(order) > start + limit
