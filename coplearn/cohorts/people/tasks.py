"""Work of cohorts that no page waits for: looking at a roster and bringing it in, piece by piece, each piece committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.cohorts.people.queries import cohort_of_import, import_of, left_imports, unfinished_imports
from coplearn.cohorts.people.rosters import oneroster
from coplearn.cohorts.people.rosters.languages import Languages
from coplearn.cohorts.people.rosters.reading import guess_shape, guess_sheet, people
from coplearn.cohorts.people.rosters.store import RosterStore
from coplearn.cohorts.people.rosters.writing import keep_lines
from coplearn.cohorts.people.rules.headings import folded, heading
from coplearn.cohorts.people.rules.rosters import Fault, FileShape, ImportStage, PersonDraft, Reading, Tally
from coplearn.cohorts.people.service import rosters as service
from coplearn.cohorts.people.service.forgetting import forget_contacts, forget_reports
from coplearn.cohorts.people.service.planning import count, plan_lines, replay, run_for
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.outbox.service import enqueue
from coplearn.privacy.rules import TERMS
from coplearn.site import site_of
from coplearn.spreadsheets.workbooks import MAX_SHEETS, turn_into_tables
from coplearn.storage.database import reading

JOB: Final = "roster"
"""The name under which :func:`work_on_roster` is queued; its parameter is ``public_id``."""
FORGOTTEN_AFTER: Final = TERMS["roster_file"].span
"""A list that was looked at and never brought in is somebody's names for nothing."""

PROBLEMS_KEPT: Final = TERMS["roster_lines"].span
"""So long the lines wait that somebody may want to mend and bring in again."""
REPORTS_KEPT: Final = TERMS["roster_report"].span
"""So long whoever brought a list may see what was refused of it."""

STALLED_AFTER: Final = timedelta(minutes=10)
"""A roster that has not moved for so long has nobody who works on it."""

AGAIN_AFTER: Final = timedelta(seconds=2)
"""When a workbook that has to wait for another asks again."""

Lines = Iterator[tuple[int, list[PersonDraft | Fault]]]


def work_on_roster(app: Flask, session: Session, _now: datetime, *, public_id: str) -> None:
    """Do what is to be done next with a roster: read it, look at it, or bring it in from where it stands. It may be done twice.

    Commits as it goes: whoever looks sees how far it is, and a kill loses at most the piece in hand.
    """
    settings = site_of(app).settings
    store = RosterStore(settings.instance_path)
    # Read without the write lock: what follows takes its time, and everybody who saves something would wait for it.
    with reading(session):
        roster = service.unfinished(session, public_id)
        if roster is None:
            return
        cohort = cohort_of_import(session, roster)
        work = _Work(store, public_id, cohort.id, list(cohort.languages), service.earlier_shapes(session, roster))
        shape, stage, country = service.shape_of(roster), roster.state, cohort.country
        progress = _Progress(roster.done, roster.newest_before or 0)
    locales = site_of(app).locales
    how = Reading(Languages(locales.live, _words(work, shape)).find, country)
    try:
        if not store.raw(public_id).is_file():
            raise Refused(service.GONE)
        if stage == ImportStage.LOOKING:
            _look(session, work, shape, how)
        elif _take(session, work, shape, progress, _chunks(work.path(shape), shape, how)):
            _let_go(session, work, shape)
    except _NotNow:
        # Another workbook is open; whoever waits for it here would keep letters from going out.
        enqueue(session, JOB, {"public_id": public_id}, due_at=utcnow() + AGAIN_AFTER)
        session.commit()
    except Refused as error:
        session.rollback()
        service.fail(session, public_id, error, utcnow())
        session.commit()


class _NotNow(Exception):
    """A process apart that reads a workbook."""


@dataclass(frozen=True, slots=True)
class _Work:
    """One roster, and what is known of it beside its file."""

    store: RosterStore
    public_id: str
    cohort_id: int
    languages: list[str]
    earlier: list[FileShape]

    def path(self, shape: FileShape) -> Path:
        return file_of(self.store, self.public_id, shape)


@dataclass(frozen=True, slots=True)
class _Progress:
    """Lines of a roster that are in, and the newest membership from before the first of them."""

    done: int
    newest_before: int


def _words(work: _Work, shape: FileShape) -> Mapping[str, str]:
    """The meanings of words for languages: as it was said of earlier lists, and last of this one."""
    said: dict[str, str] = {}
    for one in (*reversed(work.earlier), shape):
        said |= one.words
    return said


def file_of(store: RosterStore, public_id: str, shape: FileShape) -> Path:
    """The text file that holds the roster's lines."""
    return store.raw(public_id) if shape.kind == "csv" else store.table(public_id, shape.sheet)


def _read(work: _Work, shape: FileShape) -> FileShape:
    """The reading of the file: what a person said about it stands, and the rest is guessed."""
    if shape.kind == "oneroster" and not shape.sheets:
        raw, tables = work.store.raw(work.public_id), range(oneroster.MAX_CLASSES)
        sheets = oneroster.turn_into_tables(raw, [work.store.table(work.public_id, number) for number in tables])
        headings = tuple(folded(heading(column, "en")) for column in oneroster.COLUMNS)
        return replace(
            shape,
            encoding="utf-8",
            delimiter=",",
            header=1,
            sheets=sheets,
            columns=oneroster.COLUMNS,
            headings=headings,
        )
    if shape.kind == "xlsx" and not shape.sheets:
        paths = [work.store.table(work.public_id, sheet) for sheet in range(MAX_SHEETS)]
        with work.store.turn() as ours:
            if not ours:
                raise _NotNow
            sheets = turn_into_tables(work.store.raw(work.public_id), paths)
        return guess_sheet(paths, replace(shape, sheets=sheets), work.earlier)
    return guess_shape(work.path(shape), shape, work.languages, work.earlier)


def _chunks(path: Path, shape: FileShape, how: Reading) -> Lines:
    """The file's lines by the thousand, each with the number of lines before it; the pieces are always the same."""
    lines, number = people(path, shape, how), 0
    while piece := list(islice(lines, service.CHUNK)):
        yield number, piece
        number += len(piece)


def _look(session: Session, work: _Work, shape: FileShape, how: Reading) -> None:
    if not shape.is_read:
        shape = _read(work, shape)
        if not service.note_shape(session, work.public_id, shape, utcnow()):
            return
        session.commit()
    tally, done = Tally(), 0
    with reading(session):
        run = run_for(session, work.cohort_id, shape.take_part, utcnow(), dry=True)
    # A list of which nobody knows where the names are is no list of people yet.
    for start, lines in _chunks(work.path(shape), shape, how) if shape.is_complete else ():
        with reading(session):
            count(tally, plan_lines(session, run, lines, utcnow()))
        done = start + len(lines)
        if not service.note_look(session, work.public_id, done, tally, utcnow(), over=False):
            return
        session.commit()
    service.note_look(session, work.public_id, done, tally, utcnow(), over=True)
    session.commit()


def _take(session: Session, work: _Work, shape: FileShape, progress: _Progress, chunks: Lines) -> bool:
    with reading(session):
        run = run_for(session, work.cohort_id, shape.take_part, utcnow())
    for start, lines in chunks:
        if start < progress.done:
            with reading(session):
                replay(session, run, lines, progress.newest_before)
            continue
        if not service.take_lines(session, work.public_id, run, start, lines, utcnow()):
            session.rollback()
            return False
        session.commit()
    over = service.finish(session, work.public_id, utcnow())
    session.commit()
    return over


def _let_go(session: Session, work: _Work, shape: FileShape) -> None:
    """Forget the file but for the lines that something is to be said about: those are to be mended and brought in again."""
    with reading(session):
        roster = import_of(session, work.cohort_id, work.public_id)
        lines = {one.line for one in service.remarks_of(roster)}
    if lines:
        keep_lines(work.path(shape), shape, lines, work.store.problems(work.public_id))
    work.store.drop_file(work.public_id)


def go_on(app: Flask, session: Session, now: datetime) -> Sequence[str]:
    """Do what is left of rosters that somebody began and nobody works on any more; their public ids."""
    with reading(session):
        unfinished = unfinished_imports(session, now - STALLED_AFTER)
    for public_id in unfinished:
        work_on_roster(app, session, now, public_id=public_id)
    return unfinished


def tidy_rosters(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: go on with what stands still, forget what nobody wanted."""
    go_on(app, session, now)
    forget_reports(session, now - REPORTS_KEPT)
    forget_rosters(app, session, now)


def forget_old_contacts(app: Flask, session: Session, now: datetime) -> None:
    """The day's work: addresses and telephones of people in cohorts that were put away long ago."""
    term, settings = TERMS["contact"], site_of(app).settings
    if term.is_reached(settings):
        forget_contacts(session, term.before(now, settings), now)


def forget_rosters(app: Flask, session: Session, now: datetime) -> None:
    """Forget rosters that nobody brought in, and files that were left behind."""
    settings = site_of(app).settings
    store = RosterStore(settings.instance_path)
    for roster in left_imports(session, now - FORGOTTEN_AFTER):
        store.drop(roster.public_id)
        session.delete(roster)
    for name in store.older_than(now - PROBLEMS_KEPT):
        store.drop(name)
