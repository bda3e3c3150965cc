"""Python's garbage collector: it rests during a start and while very much is read, and leaves what workers share alone."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_rests: list[bool] = []
"""For each thread that wants it to rest, whether it was at work when that thread came."""


def rest() -> None:
    """Look for no garbage from here on: what is loaded until the first visitor stays, and a look takes a third of a second."""
    gc.disable()


def look_through() -> None:
    """Look for garbage once, where something is known to have left much behind."""
    gc.collect()


def share_what_is_loaded() -> None:
    """Leave everything there is now alone for ever, so that forked processes share it, and look for garbage again."""
    gc.freeze()
    gc.enable()


@contextmanager
def resting() -> Iterator[None]:
    """Let it rest while a few hundred thousand objects are made that all stay: it would look through them again and again, a fifth
    of the time. For a second or two, for it rests in the whole process."""
    with _lock:
        _rests.append(gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            # The first of them found it as it is to be left, and the others found it resting.
            was_on = _rests.pop()
            if not _rests and was_on:
                gc.enable()
