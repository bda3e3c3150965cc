"""Lines are checked again in time, and never all in the same week."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coplearn.helplines.checking import LONGEST, LONGEST_OLD, lasting, spread, too_old

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2100, 1, 1))
PERIODS = st.sampled_from([LONGEST, LONGEST_OLD])


@given(key=st.text(), last=DAYS, period=PERIODS)
def test_spread_falls_after_the_first_third_and_is_the_same_each_time(key: str, last: date, period: timedelta) -> None:
    """A line is shown for a good while, is never shown longer than it may be, and its day does not move about."""
    found = spread(key, last, period)
    assert last + period // 3 < found <= last + period
    assert found == spread(key, last, period)


@given(last=DAYS, period=PERIODS, start=st.integers(min_value=0, max_value=10**6))
def test_spread_of_many_lines_read_on_one_day_is_even(last: date, period: timedelta, start: int) -> None:
    """Whoever reads two hundred pages in an evening is not asked to read them all again on one."""
    days = [spread(f"XX {start + number}", last, period) for number in range(200)]
    assert len(set(days)) > 40
    assert max(days.count(day) for day in set(days)) <= 15


@given(read=DAYS, age=st.integers(min_value=0, max_value=30), days=st.integers(min_value=0, max_value=400))
def test_time_is_short_for_an_old_page_and_long_after_a_call(read: date, age: int, days: int) -> None:
    """A page that is old, or bears no year, is trusted for less long; a call is as good as a new page."""
    year = read.year - age
    assert lasting(read, None, year) == (read, LONGEST if age < 3 else LONGEST_OLD)
    assert lasting(read, None, None) == (read, LONGEST_OLD)
    later = read + timedelta(days=days + 1)
    assert lasting(read, later, year) == (later, LONGEST)
    assert too_old(read, year) == (age > 10)
    assert not too_old(read, None)


@given(read=DAYS, days=st.integers(min_value=1, max_value=4000))
def test_call_of_long_ago_is_not_renewed_by_reading_a_page(read: date, days: int) -> None:
    """What a page confirms lasts as long as for any page; one that confirms nothing leaves the call its year and no more."""
    called = read - timedelta(days=days)
    assert lasting(read, called, None, page_confirms=False) == (called, LONGEST)
    day, time = lasting(read, called, None)
    assert day + time == max(read + LONGEST_OLD, called + LONGEST)
