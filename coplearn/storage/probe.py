"""A look whether the database saves: a row of its own, written and committed."""

from __future__ import annotations

import threading
import time
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from coplearn.kernel.clock import utcnow
from coplearn.storage.limits import add_tries

KEPT_SECONDS: Final = 5.0
"""How long an answer is kept: anybody may ask, and must not keep the database busy by asking."""
_KEY: Final = "probe"
_HOUR: Final = 3600

_known: WeakKeyDictionary[Engine, tuple[float, bool]] = WeakKeyDictionary()
_one = threading.Lock()


def saves(engine: Engine) -> bool:
    """Whether something could be saved now or some seconds ago. One thread tries; others are told what was known last.

    The caller must hold no transaction.
    """
    at, known = _known.get(engine, (float("-inf"), True))
    if time.monotonic() - at < KEPT_SECONDS or not _one.acquire(blocking=False):
        return known
    try:
        add_tries(engine, _KEY, 1, _HOUR, utcnow())
        known = True
    except (SQLAlchemyError, OSError):
        known = False
    finally:
        _known[engine] = (time.monotonic(), known)
        _one.release()
    return known
