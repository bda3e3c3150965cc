"""Days begin where the people are: time zones, changes of the clock, leap days and the ends of months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.insights.rules import Period, last_months, midnight, problems_of, this_year, today_in

ZONES = ("UTC", "Asia/Yerevan", "Africa/Casablanca", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Asia/Kathmandu")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 30)), st.sampled_from(ZONES))
def test_day_ends_where_the_next_begins(day: date, zone: str) -> None:
    """No instant is in two days or in none, also on days of 23 or 25 hours."""
    one, next_one = Period(day, day, zone), Period(day + timedelta(days=1), day + timedelta(days=1), zone)
    assert one.end == next_one.start
    assert one.start <= one.end
    assert (one.end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() <= day


@pytest.mark.parametrize(
    ("day", "zone", "instant"),
    [
        (date(2026, 3, 1), "Asia/Yerevan", "2026-02-28T20:00"),
        (date(2026, 3, 1), "America/Lima", "2026-03-01T05:00"),
        (date(2028, 2, 29), "Asia/Kathmandu", "2028-02-28T18:15"),
        # Cairo's clocks jump from 00:00 to 01:00 on the last Friday of April: the day begins at the jump.
        (date(2026, 4, 24), "Africa/Cairo", "2026-04-23T22:00"),
        # Havana's go back from 01:00 to 00:00: the day begins with the first of its two midnights.
        (date(2026, 11, 1), "America/Havana", "2026-11-01T04:00"),
    ],
)
def test_midnight_is_that_of_the_place(day: date, zone: str, instant: str) -> None:
    """Where the clock stands at 00:00, or where it jumps over it."""
    assert midnight(day, zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_this_year_is_the_year_of_the_place() -> None:
    """On New Year's Eve in London it is already another year in Yerevan."""
    now = datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert this_year(now, "Asia/Yerevan") == Period(date(2026, 1, 1), date(2026, 1, 1), "Asia/Yerevan")
    assert today_in(now, "America/Lima") == date(2025, 12, 31)


def test_last_months_follow_each_other_to_today() -> None:
    """Twelve calendar months with no gap, February of a leap year whole."""
    months = last_months(datetime(2028, 3, 31, 12, tzinfo=UTC), "UTC", 12)
    assert (months[0].first, months[-1]) == (date(2027, 4, 1), Period(date(2028, 3, 1), date(2028, 3, 31), "UTC"))
    assert (months[-2].first, months[-2].last) == (date(2028, 2, 1), date(2028, 2, 29))
    assert all(one.end == after.start for one, after in pairwise(months))


@pytest.mark.parametrize(
    ("first", "last", "zone", "wrong"),
    [
        (date(2026, 1, 1), date(2026, 1, 1), "UTC", set()),
        (date(2026, 1, 2), date(2026, 1, 1), "UTC", {"last"}),
        (None, date(2026, 1, 1), "UTC", {"first"}),
        (date(1, 1, 1), date(9999, 12, 31), "UTC", {"first", "last"}),
        (date(2026, 1, 1), date(2026, 1, 1), "../../etc/passwd", {"zone"}),
    ],
)
def test_period_that_makes_no_sense_is_told_at_its_field(
    first: date | None, last: date | None, zone: str, wrong: set[str]
) -> None:
    """Days the wrong way round, missing or absurd, and zones nobody knows."""
    assert set(problems_of(first, last, zone)) == wrong
