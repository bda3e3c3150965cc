"""Many people who press at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from sqlalchemy.exc import OperationalError

from coplearn.storage.write_queue import Busy


def all_at_once(presses: Iterable[Callable[[], None]]) -> list[Exception]:
    """Run each in a thread of its own; the errors that people saw.

    Whoever is told that the site is busy presses again, as people do: how long a write takes here says more of what else the
    machine does than of the code.
    """
    errors: list[Exception] = []

    def press(it: Callable[[], None]) -> None:
        try:
            while not _was_written(it):
                continue
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=press, args=(it,)) for it in presses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def _was_written(press: Callable[[], None]) -> bool:
    try:
        press()
    except OperationalError as error:
        if not isinstance(error.orig, Busy):
            raise
        return False
    return True
