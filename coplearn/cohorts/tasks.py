"""Work of cohorts that no page waits for: looking at a roster and bringing it in, piece by piece, each piece committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.cohorts.queries.joining import left_imports, unfinished_imports
from coplearn.cohorts.rosters.languages import language_names
from coplearn.cohorts.rosters.people import people
from coplearn.cohorts.rosters.store import RosterStore
from coplearn.cohorts.rules.rosters import Draft, Fault, Shape, Stage, Tally
from coplearn.cohorts.service import rosters as service
from coplearn.i18n.locales import Locales
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.settings import Settings

JOB: Final = "roster"
"""The name under which :func:`work_on_roster` is queued; its parameter is ``public_id``."""
FORGOTTEN_AFTER: Final = timedelta(days=2)
"""A list that was looked at and never brought in is somebody's names for nothing."""

STALLED_AFTER: Final = timedelta(minutes=10)
"""A roster that has not moved for so long has nobody who works on it."""

Lines = Iterator[tuple[int, list[Draft | Fault]]]


def work_on_roster(app: Flask, session: Session, _now: datetime, *, public_id: str) -> None:
    """Do what is to be done next with a roster: look at it, or bring it in from where it stands. It may be done twice.

    Commits as it goes: whoever looks sees how far it is, and a kill loses at most the piece in hand.
    """
    settings: Settings = app.extensions["settings"]
    locales: Locales = app.extensions["locales"]
    store, names = RosterStore(settings.instance_path), language_names(locales.live)
    roster = service.unfinished(session, public_id)
    if roster is None:
        return
    shape, stage, cohort_id, done = service.shape_of(roster), roster.state, roster.cohort_id, roster.done
    session.commit()
    path = file_of(store, public_id, shape)
    try:
        if not path.is_file():
            raise Refused(service.GONE)
        if stage == Stage.LOOKING:
            _look(session, public_id, cohort_id, shape, _chunks(path, shape, names))
        elif _take(session, public_id, cohort_id, shape, done, _chunks(path, shape, names)):
            store.drop(public_id)
    except Refused as error:
        session.rollback()
        service.fail(session, public_id, error, utcnow())
        session.commit()


def file_of(store: RosterStore, public_id: str, shape: Shape) -> Path:
    """The text file that holds the roster's lines."""
    return store.table(public_id) if shape.kind == "xlsx" else store.raw(public_id)


def _chunks(path: Path, shape: Shape, names: Mapping[str, str]) -> Lines:
    """The file's lines by the thousand, each with the number of lines before it; the pieces are always the same."""
    lines, number = people(path, shape, names), 0
    while piece := list(islice(lines, service.CHUNK)):
        yield number, piece
        number += len(piece)


def _look(session: Session, public_id: str, cohort_id: int, shape: Shape, chunks: Lines) -> None:
    run, tally, done = service.run_for(session, cohort_id, shape.take_part, utcnow(), dry=True), Tally(), 0
    for start, lines in chunks:
        service.count(tally, service.plan_lines(session, run, lines, utcnow()))
        done = start + len(lines)
        session.rollback()
        if not service.note_look(session, public_id, done, tally, utcnow(), over=False):
            return
        session.commit()
    service.note_look(session, public_id, done, tally, utcnow(), over=True)
    session.commit()


def _take(session: Session, public_id: str, cohort_id: int, shape: Shape, done: int, chunks: Lines) -> bool:
    run = service.run_for(session, cohort_id, shape.take_part, utcnow())
    session.commit()
    for start, lines in chunks:
        if start < done:
            service.replay(session, run, lines)
            session.rollback()
            continue
        if not service.take_lines(session, public_id, run, start, lines, utcnow()):
            session.rollback()
            return False
        session.commit()
    over = service.finish(session, public_id, utcnow())
    session.commit()
    return over


def go_on(app: Flask, session: Session, now: datetime) -> Sequence[str]:
    """Do what is left of rosters that somebody began and nobody works on any more; their public ids."""
    found = unfinished_imports(session, now - STALLED_AFTER)
    session.rollback()
    for public_id in found:
        work_on_roster(app, session, now, public_id=public_id)
    return found


def tidy_rosters(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: go on with what stands still, forget what nobody wanted."""
    go_on(app, session, now)
    forget_rosters(app, session, now)


def forget_rosters(app: Flask, session: Session, now: datetime) -> None:
    """Forget rosters that nobody brought in, and files that were left behind."""
    settings: Settings = app.extensions["settings"]
    store = RosterStore(settings.instance_path)
    for roster in left_imports(session, now - FORGOTTEN_AFTER):
        store.drop(roster.public_id)
        session.delete(roster)
    for name in store.older_than(now - 5 * FORGOTTEN_AFTER):
        store.drop(name)
