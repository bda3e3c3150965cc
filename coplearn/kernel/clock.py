"""The one place the time is read: aware, in UTC; and the beat in which this process looks for what others changed."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from typing import Final

_TURNS: Final = itertools.count(1)


def utcnow() -> datetime:
    """The present instant in UTC, with its time zone, to the microsecond."""
    return datetime.now(UTC)


def beat(seconds: float) -> float:
    """Number of the present stretch of so many seconds, the same for everybody on this machine; with 0 another one at each call.

    Whoever looks for changes looks once in each. Those who ask one another look in the same one, so that their waits do
    not add up.
    """
    return float(time.monotonic() // seconds) if seconds > 0 else -float(next(_TURNS))
