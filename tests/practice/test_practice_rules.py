"""When a question is asked again, in which form, and how two records of it become one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coplearn.learning.rules import Practised, join_practised
from coplearn.practice.rules import (
    ASKED_ONCE_MORE,
    FOLLOW_UP_AFTER,
    LET_GO_AFTER,
    TOO_LATE,
    Drawable,
    Kept,
    Purpose,
    WhatCame,
    draw,
    is_due,
    letter_at,
    morning_of,
    next_refresher,
    open_follow_up,
    open_refresher,
    refresher_days,
    today_there,
    zone_named,
)

ZONES = st.sampled_from(sorted(available_timezones()))
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 1))
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 11, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it
RISING = st.lists(st.integers(1, 730), min_size=1, max_size=6, unique=True).map(sorted)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@given(DAYS, ZONES)
@example(date(2011, 12, 30), "Pacific/Apia")  # a day that was left out
@example(date(2026, 3, 29), "Europe/Paris")  # clocks go forward in the night
@example(date(2026, 10, 25), "Europe/Paris")
@example(date(2026, 4, 5), "Australia/Lord_Howe")
@example(date(2026, 2, 15), "Africa/Casablanca")
def test_a_letter_comes_at_nine_where_its_reader_is(day: date, zone: str) -> None:
    """Whatever the clocks do that night. Where there was no such hour it comes after the jump, never before it."""
    there = morning_of(day, zone).astimezone(ZoneInfo(zone))
    wanted = datetime(day.year, day.month, day.day, 9)  # noqa: DTZ001 - what the clock on the wall says
    assert there.replace(tzinfo=None) >= wanted
    existed = wanted.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if existed == wanted:
        assert there.replace(tzinfo=None) == wanted


@pytest.mark.parametrize("zone", ["", "Nowhere/Town", "../etc/passwd", "\0"])
def test_a_zone_that_is_none_is_utc(zone: str) -> None:
    """An account that never said where it is, or a zone that this machine does not know any more."""
    assert zone_named(zone) is UTC
    assert morning_of(date(2026, 12, 1), zone) == datetime(2026, 12, 1, 9, tzinfo=UTC)


@given(RISING, DAYS, st.integers(0, 2000))
def test_refreshers_are_days_to_come_in_their_order(days: list[int], finished: date, later: int) -> None:
    """From the end of the course; from the day somebody asks where the first would be over: nobody is asked at once."""
    asked_on = finished + timedelta(days=later)
    due = refresher_days(days, finished, asked_on)
    assert list(due) == days
    assert all(day > asked_on for day in due.values())
    assert sorted(due.values()) == list(due.values())
    gaps = {day - timedelta(days=after) for after, day in due.items()}
    assert gaps == ({finished} if later < days[0] else {asked_on})


def test_no_refreshers_are_no_days() -> None:
    """A course that asks nothing."""
    assert refresher_days([], date(2026, 1, 1), date(2026, 2, 1)) == {}


@given(DAYS, ZONES, MOMENTS)
def test_a_letter_is_never_early_and_never_in_the_past(day: date, zone: str, now: datetime) -> None:
    """On its morning; on a later one when the site stood still; not at all when that was too long."""
    morning, at = morning_of(day, zone), letter_at(day, zone, now)
    if at is None:
        assert now - morning > TOO_LATE
        return
    assert at >= max(morning, now)
    assert at == morning or at - now <= timedelta(days=2)
    # The same hour at whichever moment it is asked, until it is over: the day's work may be done again.
    assert letter_at(day, zone, at) == at or now > morning


def _asked(days: int, due_on: date, answered: datetime | None = None, *, by_letter: bool = False) -> Kept:
    return Kept(f"refresher:{days}", Purpose.REFRESHER, due_on, by_letter, answered, "", "", {})


@given(st.lists(st.tuples(DAYS, st.booleans()), max_size=5), ZONES, MOMENTS)
def test_one_question_is_asked_at_a_time_and_none_is_a_debt(
    rows: list[tuple[date, bool]], zone: str, now: datetime
) -> None:
    """The newest that is due; once it is answered nothing is asked, however many were passed over before."""
    kept = [_asked(place + 1, day, now if answered else None) for place, (day, answered) in enumerate(rows)]
    due = [one for one in kept if is_due(one.due_on, zone, now)]
    asked = open_refresher(kept, zone, now)
    if asked is not None:
        assert asked in due
        assert asked.answered_at is None
        assert asked.due_on == max(one.due_on for one in due)
    else:
        newest = max((one.due_on for one in due), default=None)
        assert newest is None or any(one.answered_at is not None for one in due if one.due_on == newest)
    comes = next_refresher(kept, zone, now)
    assert comes is None or not is_due(comes, zone, now)


def test_what_came_of_it_is_asked_a_week_later_and_once_more_after_not_yet() -> None:
    """Yes and a changed plan end it; whoever says "not yet" twice is left in peace."""
    done, said = NOW - FOLLOW_UP_AFTER, NOW
    assert open_follow_up("act", done, {}, NOW) == "follow-up:act:1"
    assert open_follow_up("act", done + timedelta(seconds=1), {}, NOW) is None
    assert open_follow_up("act", NOW - LET_GO_AFTER - timedelta(seconds=1), {}, NOW) is None

    def kept(number: int, answer: str) -> dict[str, Kept]:
        key = f"follow-up:act:{number}"
        return {key: Kept(key, Purpose.FOLLOW_UP, said.date(), False, said, "act", "", {"said": answer})}

    for answer in (WhatCame.YES, WhatCame.CHANGED):
        assert open_follow_up("act", done, kept(1, answer), NOW + timedelta(days=400)) is None
    not_yet = kept(1, WhatCame.NOT_YET)
    assert open_follow_up("act", done, not_yet, said + ASKED_ONCE_MORE - timedelta(seconds=1)) is None
    assert open_follow_up("act", done, not_yet, said + ASKED_ONCE_MORE) == "follow-up:act:2"
    assert open_follow_up("act", done, not_yet | kept(2, WhatCame.NOT_YET), NOW + timedelta(days=400)) is None


POOLS = st.lists(
    st.tuples(st.sampled_from(["check-1", "check-2", "check-3"]), st.integers(0, 9), st.booleans()),
    max_size=12,
    unique_by=lambda row: row[:2],
).map(lambda rows: [Drawable(item, (f"q{number}", f"q{number}-b"), critical) for item, number, critical in rows])


@given(POOLS, st.integers(0, 2**31), st.integers(0, 5))
def test_questions_are_drawn_once_each_the_critical_ones_first(pool: list[Drawable], seed: int, count: int) -> None:
    """The same for a person whenever it is asked and in whichever order the course holds them."""
    drawn = draw(pool, seed, "salt", count)
    assert drawn == draw(pool[::-1], seed, "salt", count)
    assert len(drawn) == len(set(drawn)) == min(count, len(pool))
    critical = sum(one.is_critical for one in pool)
    assert sum(one.is_critical for one in drawn) == min(critical, len(drawn))
    every = [draw(pool, seed, "salt", 1, begin)[0] for begin in range(len(pool))]
    assert sorted(every, key=repr) == sorted(pool, key=repr), "each later question is another one, while there are any"


def test_the_form_that_was_not_asked_last_is_asked() -> None:
    """Who had form A gets B, and the other way round; a question with one form is asked in that."""
    both, alone = Drawable("check", ("q", "q-b")), Drawable("check", ("q",))
    assert both.form({"q", "other"}) == "q-b"
    assert both.form({"q-b", "other-b"}) == "q"
    assert both.form(()) == "q"
    assert alone.form({"q"}) == "q"


GIVEN = st.fixed_dictionaries(
    {"question_id": st.sampled_from(["", "a", "b"]), "is_right": st.sampled_from([None, True])}
)
PRACTISED = st.builds(
    Practised, DAYS, st.booleans(), st.none() | MOMENTS, st.none() | MOMENTS, GIVEN,
)  # fmt: skip


@given(PRACTISED, PRACTISED, PRACTISED)
def test_records_of_two_devices_join_in_any_order(one: Practised, other: Practised, third: Practised) -> None:
    """The law of all records: whichever device is met first, and however often."""
    assert join_practised(one, other) == join_practised(other, one)
    assert join_practised(join_practised(one, other), third) == join_practised(one, join_practised(other, third))
    assert join_practised(one, one) == one


def test_the_first_answer_stands_over_a_booking() -> None:
    """A question that was answered on a telephone is not asked again by the letter that an account had booked."""
    booked = Practised(date(2026, 12, 7), by_letter=True)
    answered = Practised(date(2026, 12, 7), answered_at=NOW, given={"question_id": "a", "is_right": True})
    joined = join_practised(booked, answered)
    assert (joined.answered_at, joined.given["question_id"], joined.by_letter) == (NOW, "a", True)


@given(MOMENTS, ZONES)
def test_today_is_the_day_on_the_wall(now: datetime, zone: str) -> None:
    """Days are counted where the reader is."""
    assert today_there(now, zone) == now.astimezone(ZoneInfo(zone)).date()
