"""Backups grow old: which are deleted, whatever days they were made on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from coplearn.backups.rules import made_at, name_at, outdated
from tests.sizes import examples

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1)).map(  # noqa: DTZ001 - the zone is set below
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)


@examples(50, 500)
@given(st.sets(INSTANTS, min_size=1, max_size=60), st.integers(0, 9), st.integers(0, 6))
def test_newest_of_each_day_and_week_stay(instants: set[datetime], daily: int, weekly: int) -> None:
    """The newest of all stays, and of the last days and weeks that have one the newest; nothing else does."""
    names = {name_at(instant) for instant in instants}
    kept = sorted(
        made_at(name) or datetime.max.replace(tzinfo=UTC) for name in names - set(outdated(names, daily, weekly))
    )
    newest = {max(one for one in instants if one.date() == day) for day in {one.date() for one in instants}}
    assert kept[-1] == max(instants)
    assert set(kept) <= newest
    assert len(kept) <= max(1, daily + weekly)
    assert set(sorted(newest)[-daily:] if daily else ()) <= set(kept)
    weeks = {one.isocalendar()[:2] for one in instants}
    assert len({one.isocalendar()[:2] for one in kept}) >= min(weekly, len(weeks))


def test_files_of_others_are_left_alone() -> None:
    """A file that somebody put beside the backups is none of them."""
    old = name_at(datetime(2020, 1, 1, tzinfo=UTC))
    names = [
        "holiday",
        "coplearn-20261399T000000Z",
        old,
        name_at(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=90)),
    ]
    assert outdated(names, 1, 1) == [old]
