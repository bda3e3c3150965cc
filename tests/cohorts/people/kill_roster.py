"""Killing a process at random while it brings a roster in: again and again, then letting it finish."""

from __future__ import annotations

import os
import random
import signal
import time

from flask import Flask

from coplearn.cohorts.people.tasks import work_on_roster
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session, engine_of


def import_under_kills(app: Flask, public_id: str, kills: int, within: float, seed: int) -> int:
    """Begin it ``kills`` times in a process that is killed (-9) within so many seconds; how many were still at work then."""
    chance, hit = random.Random(seed), 0
    for _ in range(kills):
        with app.app_context():
            # Nobody may take an open database over a fork.
            engine_of(app).dispose()
        child = os.fork()
        if child == 0:
            _run(app, public_id)
        # The moment of the kill is the point of it, so there is nothing to wait for.
        time.sleep(chance.uniform(0, within))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        hit += os.WIFSIGNALED(status)
    return hit


def _run(app: Flask, public_id: str) -> None:
    try:
        with app.app_context():
            work_on_roster(app, current_session(app), utcnow(), public_id=public_id)
    finally:
        os._exit(0)
