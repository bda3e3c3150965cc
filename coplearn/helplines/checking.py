"""Until when a line may be shown, and the days on which lines are checked again, spread so that they never fall together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final
from zlib import crc32

LONGEST: Final = timedelta(days=365)
"""After a call, or after reading a page that is not old."""
LONGEST_OLD: Final = timedelta(days=274)
"""After reading a page that is old, or bears no date."""
OLD_AFTER: Final = 3
"""Years after which a page is old."""
TOO_OLD_AFTER: Final = 10
"""Years after which a page confirms nothing."""


def longest(read: date, called: date | None, year: int | None) -> timedelta:
    """The time for which a line may be shown after it was last read or called."""
    fresh = called is not None or (year is not None and read.year - year < OLD_AFTER)
    return LONGEST if fresh else LONGEST_OLD


def too_old(read: date, year: int | None) -> bool:
    """Whether a page of that year confirms nothing any more."""
    return year is not None and read.year - year > TOO_OLD_AFTER


def spread(key: str, last: date, period: timedelta) -> date:
    """A day after the first third of the period that follows ``last``: always the same one for a key, another for another."""
    third = period // 3
    return last + third + timedelta(days=crc32(key.encode()) % (period - third).days + 1)
