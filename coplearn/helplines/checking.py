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


def lasting(read: date, called: date | None, year: int | None, *, page_confirms: bool = True) -> tuple[date, timedelta]:
    """The day that counts, of the reading or of the call, and the time for which a line may be shown after it.

    The one that lasts longer counts; beside a call, a page that confirms nothing does not.
    """
    is_new = year is not None and read.year - year < OLD_AFTER
    found = [(read, LONGEST if is_new else LONGEST_OLD)] if page_confirms or called is None else []
    if called is not None:
        found.append((called, LONGEST))
    return max(found, key=lambda one: one[0] + one[1])


def too_old(read: date, year: int | None) -> bool:
    """Whether a page of that year confirms nothing any more."""
    return year is not None and read.year - year > TOO_OLD_AFTER


def spread(key: str, last: date, period: timedelta) -> date:
    """A day after the first third of the period that follows ``last``: always the same one for a key, another for another."""
    third = period // 3
    return last + third + timedelta(days=crc32(key.encode()) % (period - third).days + 1)
