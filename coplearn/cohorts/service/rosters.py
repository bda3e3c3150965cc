"""Bringing a roster in: looking at what it would change, then changing it, a thousand lines a transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort, Membership, RosterImport
from coplearn.cohorts.queries.cohort import Person
from coplearn.cohorts.queries.footing import footing_of
from coplearn.cohorts.queries.joining import cards_elsewhere, import_of, known_people, seats_taken
from coplearn.cohorts.rules.footing import WHY
from coplearn.cohorts.rules.headings import Column
from coplearn.cohorts.rules.joining import FULL, HOLDS_SEAT
from coplearn.cohorts.rules.rosters import Draft, Fault, Known, Shape, Stage, Tally, changes_of, new_state
from coplearn.cohorts.rules.words import MemberState
from coplearn.cohorts.service.events import note
from coplearn.cohorts.service.seats import held, new_member
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.text import N_, Phrase

CHUNK: Final = 1_000
"""Lines a transaction: what is in stays in, whatever happens to the machine."""
BUSY: Final = N_("This list is being worked on already. Wait a moment, then load the page again.")
GONE: Final = N_("The file is not here any more. Choose it again.")
KEPT: Final = 2_000
"""So many refused lines are kept with their reasons once the file is gone."""
_CHANGING: Final = ("name", "organisation", "region", "locale", "email", "key")


@dataclass(slots=True)
class Run:
    """One going through a file, from its first line on."""

    cohort_id: int
    languages: list[str]
    take_part: bool
    free: int | None
    """Seats that are left; None for as many as there are people."""
    shut: str = ""
    """Why nobody new may come in at all; empty when they may."""
    dry: bool = False
    """Whether nothing is written, so that nobody needs a code or a name for addresses."""
    seen: set[str] = field(default_factory=set)
    """Keys of the people that earlier lines were about."""


@dataclass(slots=True)
class Plan:
    """What some lines come to."""

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


# ── The file's own row ──


def put_import(
    session: Session, person: Person, cohort_id: int, public_id: str, file: tuple[str, str], shape: Shape, now: datetime
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
        state=Stage.LOOKING,
        touched_at=now,
        **_nothing_yet(),
    )
    session.add(roster)
    session.flush()
    return roster


def _nothing_yet() -> dict[str, Any]:
    zero = dict.fromkeys(("total", "done", "added", "changed", "unchanged", "refused"), 0)
    return {**zero, "report": "[]"}


def shape_of(roster: RosterImport) -> Shape:
    """How its file is read."""
    told = dict(roster.columns)
    return Shape(**told | {"columns": tuple(told["columns"])})


def faults_of(roster: RosterImport) -> list[Fault]:
    """The lines that were refused, as far as they are kept; one without a line is about the file as a whole."""
    return [Fault(one[0], one[1], one[2], Phrase(one[3], one[4])) for one in json.loads(roster.report)]


def _kept(faults: Sequence[Fault]) -> str:
    plain = [[one.line, one.column, one.value, one.reason.text, dict(one.reason.params)] for one in faults[:KEPT]]
    return json.dumps(plain, ensure_ascii=False)


def _held_import(session: Session, public_id: str) -> RosterImport | None:
    return session.execute(
        select(RosterImport)
        .where(RosterImport.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def unfinished(session: Session, public_id: str) -> RosterImport | None:
    """The roster, when there is still work to do on it."""
    going = RosterImport.state.in_((Stage.LOOKING, Stage.RUNNING))
    return session.scalar(select(RosterImport).where(RosterImport.public_id == public_id, going))


def read_otherwise(session: Session, cohort_id: int, public_id: str, shape: Shape, now: datetime) -> RosterImport:
    """Have the file read in another way, and looked at anew. Raises Conflict while somebody works on it, and once it is in."""
    import_of(session, cohort_id, public_id)
    roster = _held_import(session, public_id)
    if roster is None or roster.state not in (Stage.LOOKED, Stage.FAILED):
        raise Conflict(BUSY)
    for name, value in _nothing_yet().items():
        setattr(roster, name, value)
    roster.columns, roster.state, roster.touched_at = asdict(shape), Stage.LOOKING, now
    session.flush()
    return roster


def start(session: Session, person: Person, cohort_id: int, public_id: str, now: datetime) -> RosterImport:
    """Begin to bring in what was looked at; pressing twice begins once. Raises Conflict when there is nothing to bring in."""
    import_of(session, cohort_id, public_id)
    roster = _held_import(session, public_id)
    if roster is None or roster.state not in (Stage.LOOKED, Stage.RUNNING, Stage.DONE):
        raise Conflict(N_("Look at the list first."))
    if roster.state == Stage.LOOKED:
        total = roster.total
        for name, value in _nothing_yet().items():
            setattr(roster, name, value)
        roster.total, roster.state, roster.touched_at = total, Stage.RUNNING, now
        note(session, cohort_id, person, "roster-begun", now, roster=public_id, lines=total)
        session.flush()
    return roster


def discard(session: Session, cohort_id: int, public_id: str) -> None:
    """Forget a roster that was not brought in. Raises Conflict once it is."""
    roster = import_of(session, cohort_id, public_id)
    if roster.state == Stage.RUNNING:
        raise Conflict(BUSY)
    session.delete(roster)
    session.flush()


# ── What lines come to ──


def run_for(session: Session, cohort_id: int, take_part: bool, now: datetime, *, dry: bool = False) -> Run:
    """A going through from the first line on, with the seats that are free now."""
    cohort = session.get_one(Cohort, cohort_id)
    run = Run(cohort_id, list(cohort.languages), take_part, None, dry=dry)
    _look_for_room(session, run, cohort, now)
    return run


def _look_for_room(session: Session, run: Run, cohort: Cohort, now: datetime) -> None:
    run.free = None if cohort.capacity is None else max(0, cohort.capacity - seats_taken(session, cohort.id))
    run.shut = WHY.get(footing_of(session, cohort, now), "")


def plan_lines(session: Session, run: Run, lines: Sequence[Draft | Fault], now: datetime) -> Plan:
    """What these lines would change (two statements); the run remembers whom they were about."""
    drafts = [line for line in lines if isinstance(line, Draft)]
    people = _People.of(session, run.cohort_id, drafts)
    plan = Plan()
    for line in lines:
        if isinstance(line, Fault):
            plan.faults.append(line)
            continue
        found = people.match(line)
        told = _fault(line, found, people, run)
        if told is not None:
            plan.faults.append(told)
        elif found is None:
            plan.new.append(_added(line, people, run, now))
        else:
            _compared(line, found, people, run, plan)
    return plan


def replay(session: Session, run: Run, lines: Sequence[Draft | Fault]) -> None:
    """Remember whom lines were about that are in already."""
    drafts = [line for line in lines if isinstance(line, Draft)]
    people = _People.of(session, run.cohort_id, drafts)
    run.seen.update(found.key for line in drafts if (found := people.match(line)) is not None)


@dataclass(slots=True)
class _People:
    """Those of the cohort whom some lines may be about."""

    by_key: dict[str, Known]
    by_card: dict[str, Known]
    foreign_cards: set[str]

    @classmethod
    def of(cls, session: Session, cohort_id: int, drafts: Sequence[Draft]) -> _People:
        keys = {draft.key for draft in drafts} | {draft.name_key for draft in drafts if _may_be_known_by_name(draft)}
        codes = {draft.card_code for draft in drafts if draft.card_code}
        known = known_people(session, cohort_id, keys, codes)
        cards = {one.card_code: one for one in known if one.card_code}
        return cls({one.key: one for one in known}, cards, cards_elsewhere(session, cohort_id, codes - set(cards)))

    def match(self, draft: Draft) -> Known | None:
        """Whom the line is about: by card, by mail address; by name for one who has no address yet."""
        found = self.by_card.get(draft.card_code) if draft.card_code else None
        found = found or self.by_key.get(draft.key)
        if found is None and _may_be_known_by_name(draft):
            named = self.by_key.get(draft.name_key)
            if named is not None and named.email is None and (draft.email or draft.card_code in self.foreign_cards):
                return named
        return found


def _may_be_known_by_name(draft: Draft) -> bool:
    # A name alone is no proof: there are many of each.
    return bool(draft.organisation and draft.email) or draft.card_code is not None


def _fault(draft: Draft, found: Known | None, people: _People, run: Run) -> Fault | None:
    if found is not None and found.key in run.seen:
        told = Phrase(N_("This person stands in the file already, in another line."))
        return Fault(draft.line, Column.NAME, draft.name, told)
    if found is not None and not found.name:
        told = Phrase(N_("This person asked to be forgotten. Ask them before you write them down again."))
        return Fault(draft.line, "", "", told)
    if found is None and run.shut:
        return Fault(draft.line, "", draft.name, Phrase(run.shut))
    if found is None and run.free == 0 and new_state(draft, run.take_part) in HOLDS_SEAT:
        return Fault(draft.line, "", draft.name, Phrase(FULL))
    if found is not None and draft.email and found.email != draft.email and found.user_id is None:
        other = people.by_key.get(draft.key)
        if other is not None and other.id != found.id:
            told = Phrase(N_("Somebody else in this cohort has this mail address."))
            return Fault(draft.line, Column.EMAIL, draft.email, told)
    return None


def _added(draft: Draft, people: _People, run: Run, now: datetime) -> dict[str, Any]:
    code = draft.card_code if draft.card_code not in people.foreign_cards else None
    plain = draft if code == draft.card_code else replace(draft, card_code=None)
    state = new_state(draft, run.take_part)
    run.seen.add(plain.key)
    if run.free is not None and state in HOLDS_SEAT:
        run.free -= 1
    # Lines further down find them, as they will once these are in.
    people.by_key[plain.key] = Known(
        0, plain.key, draft.name, draft.email, draft.organisation, draft.region, draft.locale, state, code, None
    )
    if run.dry:
        return {}
    values = new_member(run.cohort_id, run.languages, plain, now)
    return values | {"state": state, "joined_at": now if state == MemberState.ACTIVE else None}


def _without_card(draft: Draft) -> Draft:
    return Draft(draft.line, draft.name, draft.email, draft.organisation, draft.region, draft.locale, draft.state, None)


def _compared(draft: Draft, found: Known, people: _People, run: Run, plan: Plan) -> None:
    run.seen.add(found.key)
    changes = changes_of(draft, found)
    if not changes:
        plan.unchanged += 1
        return
    if "key" in changes:
        run.seen.add(changes["key"])
        people.by_key.pop(found.key, None)
    before = {name: getattr(found, name) for name in _CHANGING}
    plan.changed.append({"of": found.id, **{f"new_{name}": value for name, value in (before | changes).items()}})


# ── Looking, and taking in ──


def note_look(session: Session, public_id: str, done: int, tally: Tally, now: datetime, *, over: bool) -> bool:
    """Write down how far the look is, and at its end what it found; False when nobody waits for it any more."""
    roster = _held_import(session, public_id)
    if roster is None or roster.state != Stage.LOOKING:
        return False
    roster.done, roster.touched_at = done, now
    if over:
        roster.total, roster.state = done, Stage.LOOKED
        _write_tally(roster, tally)
        roster.report = _kept(tally.faults)
    session.flush()
    return True


def take_lines(
    session: Session, public_id: str, run: Run, start_at: int, lines: Sequence[Draft | Fault], now: datetime
) -> bool:
    """Take in these lines, the first of which is number ``start_at`` of the file, in the caller's transaction.

    False when they are in already or the roster is no longer being brought in: somebody else works on it.
    """
    roster = _held_import(session, public_id)
    if roster is None or roster.state != Stage.RUNNING or roster.done != start_at:
        return False
    cohort = held(session, roster.cohort_id)
    _look_for_room(session, run, cohort, now)
    plan = plan_lines(session, run, lines, now)
    _write(session, plan)
    tally = Tally(roster.added, roster.changed, roster.unchanged, roster.refused, [])
    if plan.faults and roster.refused < KEPT:
        roster.report = _kept([*faults_of(roster), *plan.faults])
    count(tally, plan)
    _write_tally(roster, tally)
    roster.done, roster.touched_at = start_at + len(lines), now
    session.flush()
    return True


def count(tally: Tally, plan: Plan) -> None:
    """Add what some lines came to."""
    tally.added += len(plan.new)
    tally.changed += len(plan.changed)
    tally.unchanged += plan.unchanged
    tally.refused += len(plan.faults)
    tally.faults += plan.faults[: KEPT - len(tally.faults)]


def _write(session: Session, plan: Plan) -> None:
    if plan.new:
        session.execute(insert(Membership.__table__), plan.new)  # type: ignore[arg-type] # a Table, as it is declared
    if plan.changed:
        table = Membership.__table__
        values: Mapping[str, Any] = {name: bindparam(f"new_{name}") for name in _CHANGING}
        statement = update(table).where(table.c.id == bindparam("of")).values(values)  # type: ignore[arg-type]
        session.connection().execute(statement, plan.changed)


def _write_tally(roster: RosterImport, tally: Tally) -> None:
    roster.added, roster.changed = tally.added, tally.changed
    roster.unchanged, roster.refused = tally.unchanged, tally.refused


def finish(session: Session, public_id: str, now: datetime) -> bool:
    """Say that every line is in; False when somebody else did."""
    roster = _held_import(session, public_id)
    if roster is None or roster.state != Stage.RUNNING:
        return False
    roster.state, roster.touched_at, roster.total = Stage.DONE, now, roster.done
    counts = {name: getattr(roster, name) for name in ("added", "changed", "unchanged", "refused")}
    note(session, roster.cohort_id, None, "roster-imported", now, roster=public_id, **counts)
    session.flush()
    return True


def fail(session: Session, public_id: str, error: Refused, now: datetime) -> None:
    """Say that the file cannot be read on, and why."""
    roster = _held_import(session, public_id)
    if roster is not None and roster.state in (Stage.LOOKING, Stage.RUNNING):
        roster.state, roster.touched_at = Stage.FAILED, now
        roster.report = _kept([Fault(0, "", "", error.phrase)])
        session.flush()
