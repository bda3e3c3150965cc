"""Hours on a cohort's clock, links, vetted adults, and the door."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.cohorts.meetings.rules.marking import (
    Fate,
    door_code,
    door_is_open,
    fate_of,
    is_door_code,
    presence_at,
    window,
)
from coplearn.cohorts.meetings.rules.meetings import (
    MeetingDetails,
    adults_of,
    after_gap,
    days_from,
    interval_of,
    is_safe_link,
    kept_on_clock,
    problems_of,
    readings,
    twice,
    wanting_for_children,
)
from coplearn.kernel.errors import Refused
from tests.sizes import examples

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wall(text: str) -> datetime:
    """A time as a clock on a wall shows it, of no zone."""
    return datetime.fromisoformat(text)


# Morocco keeps its clock an hour back during Ramadan: back on 15 February and forward on 22 March 2026.
GAPS = [
    ("Africa/Casablanca", wall("2026-03-22 02:30"), wall("2026-03-22 03:00")),
    ("Europe/Berlin", wall("2026-03-29 02:15"), wall("2026-03-29 03:00")),
    ("America/Nassau", wall("2026-03-08 02:59"), wall("2026-03-08 03:00")),
]
FOLDS = [
    ("Africa/Casablanca", wall("2026-02-15 02:30")),
    ("Europe/Berlin", wall("2026-10-25 02:30")),
    ("America/Nassau", wall("2026-11-01 01:30")),
]


def details(day: date, begins: time, ends: time, **more: object) -> MeetingDetails:
    """A meeting on that day."""
    return MeetingDetails(title="Day one", day=day, begins=begins, ends=ends, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("zone", "local", "next_hour"), GAPS)
def test_hour_that_the_clock_skips_is_refused_with_the_next(zone: str, local: datetime, next_hour: datetime) -> None:
    """Nobody can come at an hour that is not there."""
    assert readings(local, zone) == ()
    assert after_gap(local, zone) == next_hour
    with pytest.raises(Refused) as refusal:
        interval_of(details(local.date(), local.time(), time(9)), zone)
    assert refusal.value.phrase.params == {"time": f"{local:%H:%M}", "next": f"{next_hour:%H:%M}"}


@pytest.mark.parametrize(("zone", "local"), FOLDS)
def test_hour_that_comes_twice_is_asked_about(zone: str, local: datetime) -> None:
    """Both readings are an hour apart, and the person says which one."""
    first, second = readings(local, zone)
    assert second - first == timedelta(hours=1)
    asked = details(local.date(), local.time(), time(9))
    assert twice(asked, zone) == {"begins": (first, second)}
    with pytest.raises(Refused):
        interval_of(asked, zone)
    for reading, instant in enumerate((first, second)):
        chosen = details(local.date(), local.time(), time(9), begins_reading=reading)
        assert interval_of(chosen, zone)[0] == instant


def test_evening_that_ends_after_midnight_ends_the_next_day() -> None:
    """From eight in the evening to one at night is five hours, not minus nineteen."""
    start, end = interval_of(details(date(2026, 5, 4), time(20), time(1)), "Europe/Berlin")
    assert end - start == timedelta(hours=5)


@pytest.mark.parametrize(("begins", "ends"), [(time(9), time(9)), (time(11), time(9)), (time(4), time(21))])
def test_meeting_that_ends_before_it_begins_or_never_is_refused(begins: time, ends: time) -> None:
    """A slip of the pen is told, not stored."""
    with pytest.raises(Refused):
        interval_of(details(date(2026, 5, 4), begins, ends), "Europe/Berlin")


@given(
    st.datetimes(wall("2020-01-01"), wall("2030-01-01")),
    st.sampled_from(["Africa/Casablanca", "Europe/Berlin", "America/Nassau", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from(["UTC", "Europe/Berlin", "Africa/Casablanca", "Pacific/Apia"]),
)
@examples(60, 300)
def test_change_of_zone_keeps_the_hour_on_the_wall(local: datetime, old: str, new: str) -> None:
    """The new clock shows the same time, unless it skips that time; then the first one after."""
    local = local.replace(second=0, microsecond=0)
    for instant in readings(local, old):
        moved = kept_on_clock(instant, old, new)
        wanted = local if readings(local, new) else after_gap(local, new)
        assert moved in readings(wanted, new)
        assert wanted >= local


@pytest.mark.parametrize(
    "link",
    ["http://example.org", "javascript:alert(1)", "https://", "https://bank.example@evil.example/", "https://a b", "//x.example",
     "https://example.org/\u202etxt", "data:text/html,x", "https://[", "https://x.example/" + "a" * 500],
)  # fmt: skip
def test_link_that_is_not_plain_https_is_refused(link: str) -> None:
    """A link is pressed by people who trust it."""
    assert not is_safe_link(link)
    assert "link" in problems_of(details(date(2026, 5, 4), time(9), time(10), link=link), NOW, [])


def test_link_to_a_room_online_is_taken() -> None:
    """What conference tools give out."""
    assert is_safe_link("https://meet.example.org/j/123?pwd=ab%20c#start")


def test_topic_from_another_course_is_refused() -> None:
    """A meeting names modules of its own cohort's courses alone."""
    asked = details(date(2026, 5, 4), time(9), time(10), topics=(("cop-parents", "m1"),))
    assert problems_of(asked, NOW, [("cop-parents", "m1")]) == {}
    assert set(problems_of(asked, NOW, [("cop-parents", "m2")])) == {"topics"}


def test_meeting_with_children_wants_a_lead_and_two_adults() -> None:
    """The same name twice is one adult."""
    assert wanting_for_children(False, "", "") is None
    assert wanting_for_children(True, "", "Ani, Sam") is not None
    assert wanting_for_children(True, "Rita", "Ani; ani") is not None
    assert wanting_for_children(True, "Rita", "Ani، سام") is None
    assert adults_of("Ani\nSam, Rita، سام") == ["Ani", "Sam", "Rita", "سام"]


def test_days_in_a_row_skip_the_weekend_that_is_chosen() -> None:
    """Friday and Saturday are days off in one country, Saturday and Sunday in another."""
    first = date(2026, 3, 5)  # a Thursday
    assert days_from(first, 3, {6, 0, 1, 2, 3}) == [date(2026, 3, 5), date(2026, 3, 8), date(2026, 3, 9)]
    assert days_from(first, 2, ()) == [date(2026, 3, 5), date(2026, 3, 6)]


def test_door_code_holds_for_two_half_minutes_and_no_longer() -> None:
    """Who types slowly gets in; who sends the code to a friend at home does not."""
    start = datetime(2026, 3, 10, 9, 0, 0, tzinfo=UTC)
    code = door_code("secret", start)
    assert is_door_code("secret", code, start + timedelta(seconds=29))
    assert is_door_code("secret", code, start + timedelta(seconds=59))
    assert not is_door_code("secret", code, start + timedelta(seconds=60))
    assert not is_door_code("secret", code, start - timedelta(seconds=1))
    assert not is_door_code("another", code, start)
    assert not is_door_code("secret", "١٢٣٤٥٦", start)
    assert len(code) == 6 and code.isdecimal()


def test_door_opens_half_an_hour_before_and_late_begins_after_ten_minutes() -> None:
    """The times that the page says."""
    starts, ends = NOW, NOW + timedelta(hours=2)
    times = {at: NOW + timedelta(minutes=at) for at in (-31, -30, -5, 0, 10, 11, 150, 151)}
    opened = {at: door_is_open(starts, ends, "planned", times[at]) for at in (-31, -30, 0, 150, 151)}
    assert opened == {-31: False, -30: True, 0: True, 150: True, 151: False}
    assert not door_is_open(starts, ends, "cancelled", NOW)
    assert [presence_at(starts, times[at]) for at in (-5, 10, 11)] == ["present", "present", "late"]


@pytest.mark.parametrize(
    ("days", "decides", "may", "reason"),
    [
        (-1, False, False, False),
        (0, False, True, False),
        (13, False, True, False),
        (15, False, False, True),
        (15, True, True, True),
    ],
)
def test_window_of_corrections(days: int, decides: bool, may: bool, reason: bool) -> None:
    """Fourteen days for who marks; later a reason, and somebody who decides on outcomes."""
    found = window(NOW, NOW + timedelta(hours=2), "planned", NOW + timedelta(days=days, hours=1), decides=decides)
    assert (found.refusal is None, found.needs_reason) == (may, reason)
    assert window(NOW, NOW, "cancelled", NOW, decides=True).refusal is not None


def test_fate_of_two_marks_that_collide() -> None:
    """Who knew what stands decides; who did not is asked; who says the same has said it."""
    assert fate_of("late", 0, None, 0) is Fate.STANDS
    assert fate_of("late", 1, "present", 1) is Fate.STANDS
    assert fate_of("late", 0, "present", 1) is Fate.STALE
    assert fate_of("late", 2, "present", 1) is Fate.STALE
    assert fate_of("late", 0, "late", 3) is Fate.SAME
    assert fate_of("late", 0, "present", 1, goes_on=True) is Fate.STANDS
