"""Bringing a roster in: looking at what it would change, then changing it, a thousand lines a transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Membership, RosterImport
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.service import locked_cohort, log_event
from coplearn.cohorts.people.queries import earlier_imports, import_of, newest_membership
from coplearn.cohorts.people.rules.rosters import Fault, FileShape, ImportStage, Marked, PersonDraft, Remark, Tally
from coplearn.cohorts.people.service.planning import CHANGING, RosterPlan, Run, count, look_for_room, plan_lines
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.text import N_, Phrase

CHUNK: Final = 1_000
"""Lines a transaction: what is in stays in, whatever happens to the machine."""
BUSY: Final = N_("This list is being worked on already. Wait a moment, then load the page again.")
GONE: Final = N_("The file is not here any more. Choose it again.")
_COUNTS: Final = ("added", "changed", "unchanged", "refused", "noticed")


# ── The file's own row ──


def put_import(
    session: Session,
    person: Person,
    cohort_id: int,
    public_id: str,
    file: tuple[str, str],
    shape: FileShape,
    now: datetime,
) -> RosterImport:
    """Write down that a file came; ``file`` is its name and its SHA-256."""
    roster = RosterImport(
        public_id=public_id,
        cohort_id=cohort_id,
        by_id=person.id,
        created_at=now,
        file_name=file[0][:200],
        sha256=file[1],
        columns=asdict(shape),
        state=ImportStage.LOOKING,
        touched_at=now,
        **_nothing_yet(),
    )
    session.add(roster)
    session.flush()
    return roster


def _nothing_yet() -> dict[str, Any]:
    zero = dict.fromkeys(("total", "done", *_COUNTS), 0)
    return {**zero, "unknown_words": "{}", "report": "[]"}


def shape_of(roster: RosterImport) -> FileShape:
    """The reading of its file."""
    values = {name: value for name, value in roster.columns.items() if name in FileShape.__dataclass_fields__}
    sheets = tuple((str(name), int(lines)) for name, lines in values.get("sheets", ()))
    lists = {name: tuple(values.get(name, ())) for name in ("columns", "headings")}
    # Lists that were on their way before workbooks had several sheets have the sheet's name here.
    sheet = values["sheet"] if isinstance(values.get("sheet"), int) else 0
    return FileShape(**values | lists | {"sheets": sheets, "sheet": sheet})


def remarks_of(roster: RosterImport) -> list[Marked]:
    """The remarks about its lines, as far as they are kept; one without a line is about the file as a whole."""
    read = [(*one, "fault") if len(one) < 6 else tuple(one) for one in json.loads(roster.report)]
    return [
        Marked(line, Remark(column, value, Phrase(text, params)), kind == "fault")
        for line, column, value, text, params, kind in read
    ]


def words_of(roster: RosterImport) -> dict[str, int]:
    """Words for languages that nobody knows yet, and how many people have them."""
    words: dict[str, int] = json.loads(roster.unknown_words)
    return words


def _kept(marks: Sequence[Marked]) -> str:
    plain = [
        [
            one.line,
            one.remark.column,
            one.remark.value,
            one.remark.reason.text,
            dict(one.remark.reason.params),
            "fault" if one.is_fault else "notice",
        ]
        for one in marks
    ]
    return json.dumps(plain, ensure_ascii=False)


def earlier_shapes(session: Session, roster: RosterImport) -> list[FileShape]:
    """The readings of earlier lists of the cohort or of the same person, newest first."""
    return [shape_of(one) for one in earlier_imports(session, roster) if one.state != ImportStage.FAILED]


def note_shape(session: Session, public_id: str, shape: FileShape, now: datetime) -> bool:
    """Write down how a file that was opened is read; False when nobody waits for it any more."""
    roster = _held_import(session, public_id)
    if roster is None or roster.state != ImportStage.LOOKING:
        return False
    roster.columns, roster.touched_at = asdict(shape), now
    session.flush()
    return True


def _held_import(session: Session, public_id: str) -> RosterImport | None:
    return session.execute(
        select(RosterImport)
        .where(RosterImport.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def unfinished(session: Session, public_id: str) -> RosterImport | None:
    """The roster, when there is still work to do on it."""
    going = RosterImport.state.in_((ImportStage.LOOKING, ImportStage.RUNNING))
    return session.scalar(select(RosterImport).where(RosterImport.public_id == public_id, going))


def read_otherwise(session: Session, cohort_id: int, public_id: str, shape: FileShape, now: datetime) -> RosterImport:
    """Have the file read in another way, and looked at anew. Raises Conflict while somebody works on it, and once it is in."""
    import_of(session, cohort_id, public_id)
    roster = _held_import(session, public_id)
    if roster is None or roster.state not in (ImportStage.LOOKED, ImportStage.FAILED):
        raise Conflict(BUSY)
    for name, value in _nothing_yet().items():
        setattr(roster, name, value)
    roster.columns, roster.state, roster.touched_at = asdict(shape), ImportStage.LOOKING, now
    session.flush()
    return roster


def start(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> RosterImport:
    """Begin to bring in what was looked at; pressing twice begins once. Raises Conflict when there is nothing to bring in."""
    import_of(session, cohort_id, public_id)
    roster = _held_import(session, public_id)
    if roster is None or roster.state not in (ImportStage.LOOKED, ImportStage.RUNNING, ImportStage.DONE):
        raise Conflict(N_("Look at the list first."))
    if roster.state == ImportStage.LOOKED:
        total = roster.total
        for name, value in _nothing_yet().items():
            setattr(roster, name, value)
        roster.total, roster.state, roster.touched_at = total, ImportStage.RUNNING, now
        # Read before anybody is added, and kept: after a kill it tells who was there from whom the list brought.
        roster.newest_before = newest_membership(session, cohort_id)
        log_event(session, cohort_id, person, "roster-begun", now, roster=public_id, lines=total)
        session.flush()
    return roster


def discard(session: Session, cohort_id: int, public_id: str) -> None:
    """Forget a roster that was not brought in. Raises Conflict once it is."""
    import_of(session, cohort_id, public_id)
    roster = _held_import(session, public_id)
    if roster is not None and roster.state == ImportStage.RUNNING:
        raise Conflict(BUSY)
    if roster is not None:
        session.delete(roster)
        session.flush()


# ── Looking, and taking in ──


def note_look(session: Session, public_id: str, done: int, tally: Tally, now: datetime, *, over: bool) -> bool:
    """Write down how far the look is, and at its end what it found; False when nobody waits for it any more."""
    roster = _held_import(session, public_id)
    if roster is None or roster.state != ImportStage.LOOKING:
        return False
    roster.done, roster.touched_at = done, now
    if over:
        roster.total, roster.state = done, ImportStage.LOOKED
        _write_tally(roster, tally)
    session.flush()
    return True


def take_lines(
    session: Session, public_id: str, run: Run, start_at: int, lines: Sequence[PersonDraft | Fault], now: datetime
) -> bool:
    """Take in these lines, the first of which is number ``start_at`` of the file, in the caller's transaction.

    False when they are in already or the roster is no longer being brought in: somebody else works on it.
    """
    roster = _held_import(session, public_id)
    if roster is None or roster.state != ImportStage.RUNNING or roster.done != start_at:
        return False
    cohort = locked_cohort(session, roster.cohort_id)
    look_for_room(session, run, cohort, now)
    plan = plan_lines(session, run, lines, now)
    _write(session, plan)
    tally = _tally_of(roster)
    count(tally, plan)
    _write_tally(roster, tally)
    roster.done, roster.touched_at = start_at + len(lines), now
    session.flush()
    return True


def _tally_of(roster: RosterImport) -> Tally:
    counts = {name: getattr(roster, name) for name in _COUNTS}
    return Tally(**counts, remarks=remarks_of(roster), words=words_of(roster))


def _write(session: Session, plan: RosterPlan) -> None:
    if plan.changed:
        table = Membership.__table__
        values: Mapping[str, Any] = {name: bindparam(f"new_{name}") for name in CHANGING}
        statement = update(table).where(table.c.id == bindparam("of")).values(values)  # type: ignore[arg-type]
        session.connection().execute(statement, plan.changed)
    if plan.new:
        # Last: who got an address may have left the key of a name alone to somebody new.
        session.execute(insert(Membership.__table__), plan.new)  # type: ignore[arg-type] # a Table, as it is declared


def _write_tally(roster: RosterImport, tally: Tally) -> None:
    for name in _COUNTS:
        setattr(roster, name, getattr(tally, name))
    roster.unknown_words = json.dumps(tally.words, ensure_ascii=False)
    roster.report = _kept(sorted(tally.remarks, key=lambda one: one.line))


def finish(session: Session, public_id: str, now: datetime) -> bool:
    """Say that every line is in; False when somebody else did."""
    roster = _held_import(session, public_id)
    if roster is None or roster.state != ImportStage.RUNNING:
        return False
    roster.state, roster.touched_at, roster.total = ImportStage.DONE, now, roster.done
    counts = {name: getattr(roster, name) for name in _COUNTS}
    log_event(session, roster.cohort_id, None, "roster-imported", now, roster=public_id, **counts)
    session.flush()
    return True


def fail(session: Session, public_id: str, error: Refused, now: datetime) -> None:
    """Say that the file cannot be read on, and why."""
    roster = _held_import(session, public_id)
    if roster is not None and roster.state in (ImportStage.LOOKING, ImportStage.RUNNING):
        roster.state, roster.touched_at = ImportStage.FAILED, now
        roster.report = _kept([Marked(0, Remark("", "", error.phrase), True)])
        session.flush()
