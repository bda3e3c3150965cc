"""The one place the time is read: aware, in UTC; and the beat in which this process looks for what others changed."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

_TURNS: Final = itertools.count(1)


def utcnow() -> datetime:
    """The present instant in UTC, with its time zone, to the microsecond."""
    return datetime.now(UTC)


def end_of(day: date) -> datetime:
    """The midnight behind the day, in UTC, in which the site tells times to staff: something that lasts to that day ends then."""
    return datetime.combine(day + timedelta(days=1), time_of_day(), UTC)


def last_day(end: datetime) -> datetime:
    """The day on which something holds for the last time whose end is :func:`end_of` it."""
    return end - timedelta(microseconds=1)


def beat(seconds: float) -> float:
    """Number of the present stretch of so many seconds, the same for everybody on this machine; with 0 another one at each call.

    Whoever looks for changes looks once in each. Those who ask one another look in the same one, so that their waits do
    not add up.
    """
    return float(time.monotonic() // seconds) if seconds > 0 else -float(next(_TURNS))
