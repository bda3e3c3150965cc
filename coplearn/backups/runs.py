"""Make a backup or restore one for a trial, and note it in the database."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Final, TypeVar

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.backups.archives import Opener
from coplearn.backups.making import MadeBackup, make_backup
from coplearn.backups.restoring import Verified, verify_backup
from coplearn.backups.service import note_made, note_verified
from coplearn.kernel.clock import utcnow
from coplearn.settings import Settings
from coplearn.storage.database import engine_of

_BEHIND: Final = 10
"""So many steps of nice a backup stands behind whoever waits for a page."""
_Done = TypeVar("_Done")


def make_noted(app: Flask, session: Session, settings: Settings, now: datetime) -> MadeBackup:
    """Make a backup and note it in the database."""
    # Holding no transaction: it may take minutes.
    session.commit()
    made = behind_pages(partial(make_backup, engine_of(app), settings, now))
    note_made(session, made.name, now, made.bytes, made.rows)
    session.commit()
    return made


def verify_noted(app: Flask, session: Session, settings: Settings, which: str, opener: Opener) -> Verified:
    """Restore a backup for a trial and note in the database when it is whole."""
    session.commit()
    verified = behind_pages(partial(verify_backup, engine_of(app), settings, which, opener))
    if not verified.faults:
        note_verified(session, verified.name, verified.manifest.made_at, verified.bytes, verified.rows, utcnow())
        session.commit()
    return verified


def behind_pages(work: Callable[[], _Done]) -> _Done:
    """Do it in a thread with a lower priority, which the programs that it begins inherit; the process keeps its own."""
    done: Future[_Done] = Future()
    context = copy_context()

    def do_behind() -> None:
        try:
            with suppress(OSError):
                # Linux knows a priority for each thread (setpriority(2), "C library/kernel differences").
                os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + _BEHIND)
            done.set_result(context.run(work))
        except BaseException as error:
            done.set_exception(error)

    # Whoever stops the process waits for none of it: a backup can be killed at any moment.
    Thread(target=do_behind, daemon=True).start()
    return done.result()
