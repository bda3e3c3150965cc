"""From the first day to the last, both counted, as a place's calendar has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coplearn.cohorts.rules.months import add_months
from coplearn.i18n.zones import ZONES
from coplearn.kernel.text import N_, Phrase

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
    """When that day begins there, in UTC.

    Where the clock jumps over midnight, the day begins at the jump; where an hour comes twice, with the first of them.
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def this_year(now: datetime, zone: str) -> Period:
    """The year so far: from the first of January to today, as the calendar there has it."""
    today = today_in(now, zone)
    return Period(today.replace(month=1, day=1), today, zone)


def last_months(now: datetime, zone: str, count: int) -> list[Period]:
    """So many calendar months, oldest first; the last is the present one up to today."""
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
    """What is wrong with a period that was asked for, by field: ``first``, ``last`` and ``zone``."""
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
