"""Running an exercise: opening it, taking what its facilitator enters, and asking after the fixes three months later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.cohorts.meetings.rules.marking import LONGEST_OP, MOST_MARKS, Fate, fate_of
from coplearn.cohorts.meetings.service.attendance import Sent
from coplearn.courses.exercise import Exercise
from coplearn.drills.models import DrillEntry, DrillFix, DrillRun
from coplearn.drills.queries import entries_of, fixes_of
from coplearn.drills.rules import ASK_AFTER, CLOCK, OVER, RUNNING, FixState, day_of, fits, happened_at, slots
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.outbox.service import queue_letter
from coplearn.rooms.queries import seats_taken
from coplearn.rooms.service import open_room

FIXES: Final = "drill-fixes"
"""The letter that asks after fixes."""


@dataclass(frozen=True, slots=True)
class EnteredNow:
    """The result of a sending: the entry that holds for each key that was sent, and the ids of those that are stale."""

    standing: Mapping[str, DrillEntry]
    stale: list[str] = field(default_factory=list)


def open_run(
    session: Session, user_id: int, course_id: str, item_id: str, version: str, page: str, now: datetime
) -> DrillRun:
    """Open an exercise with a room, whose page is the endpoint ``page``."""
    run = DrillRun(
        public_id=new_public_id(),
        course_id=course_id,
        item_id=item_id,
        course_version=version,
        by_id=user_id,
        room_id=open_room(session, page, now).id,
        created_at=now,
        people=0,
    )
    session.add(run)
    session.flush()
    return run


def take_entries(
    session: Session, run: DrillRun, exercise: Exercise, sent: Sequence[Sent], user_id: int, now: datetime
) -> EnteredNow:
    """Take entries in the order they were made, each once; what contradicts a newer one is kept and does not hold.

    It is the law of the register (``fate_of``). Raises Refused for what the exercise does not have.
    """
    session.execute(select(DrillRun.id).where(DrillRun.id == run.id).with_for_update())
    _check(exercise, sent)
    entries = entries_of(session, run.id)
    known, holds = {one.op_id for one in entries}, {one.key: one for one in entries if one.stands}
    stale = []
    for one in sent:
        if one.op_id in known:
            continue
        known.add(one.op_id)
        entry = _judged(run, holds.get(one.member), one, user_id, now)
        session.add(entry)
        if entry.stands:
            holds[one.member] = entry
        else:
            stale.append(one.op_id)
    session.flush()
    _settle(session, run, exercise, holds)
    return EnteredNow({one.member: holds[one.member] for one in sent if one.member in holds}, stale)


def _check(exercise: Exercise, sent: Sequence[Sent]) -> None:
    known = slots(exercise)
    if len(sent) > MOST_MARKS:
        raise Refused(N_("Send at most %(count)s marks at once."), count=MOST_MARKS)
    if not all(fits(known, one.member, one.status) and 1 <= len(one.op_id) <= LONGEST_OP for one in sent):
        raise Refused(N_("One of these entries does not belong to this exercise. Load the page again; the rest stays."))


def _judged(run: DrillRun, before: DrillEntry | None, one: Sent, user_id: int, now: datetime) -> DrillEntry:
    value, rev = (before.value, before.rev) if before is not None else (None, 0)
    goes_on = before is not None and bool(one.after) and before.op_id == one.after
    fate = fate_of(one.status, one.base_rev, value, rev, goes_on=goes_on)
    return DrillEntry(
        run_id=run.id,
        op_id=one.op_id,
        key=one.member,
        value=one.status,
        rev=rev + (fate is Fate.STANDS),
        stands=fate is not Fate.STALE,
        by_id=user_id,
        at=now,
        # Saying the same again does not make it happen later.
        happened_at=before.happened_at
        if before is not None and fate is Fate.SAME
        else happened_at(one.made_at, run.created_at, now),
    )


def _settle(session: Session, run: DrillRun, exercise: Exercise, holds: Mapping[str, DrillEntry]) -> None:
    """Bring the run's own record and its fixes to what was entered."""
    clock = holds.get(CLOCK)
    if clock is not None and clock.value == RUNNING:
        run.began_at, run.over_at = run.began_at or clock.happened_at, None
    elif clock is not None and clock.value == OVER:
        run.began_at, run.over_at = run.began_at or clock.happened_at, run.over_at or clock.happened_at
        if run.room_id is not None:
            run.people = max(run.people, sum(seats_taken(session, run.room_id).values()))
    kept = {fix.number: fix for fix in fixes_of(session, run.id)}
    for number in range(1, exercise.fixes + 1):
        said = [
            holds[key].value if (key := f"fix.{number}.{part}") in holds else "" for part in ("what", "office", "due")
        ]
        if not said[0]:
            if number in kept:
                session.delete(kept[number])
            continue
        fix = kept.get(number) or DrillFix(run_id=run.id, number=number, state="")
        fix.what, fix.office, fix.due_on = said[0], said[1], day_of(said[2])
        session.add(fix)
    session.flush()


def answer_fixes(session: Session, run: DrillRun, states: Mapping[int, str], now: datetime) -> None:
    """Write down how fixes stand. Raises Refused for a word that is none."""
    for fix in fixes_of(session, run.id):
        state = states.get(fix.number, "")
        if state and state not in set(FixState):
            raise Refused(N_("Choose how each fix stands."))
        if state and state != fix.state:
            fix.state, fix.answered_at = state, now
    session.flush()


def ask_after_fixes(session: Session, now: datetime) -> int:
    """Write to the facilitators of exercises three months ago whose fixes nobody has told of; how many letters."""
    open_fixes = exists().where(DrillFix.run_id == DrillRun.id, DrillFix.state == "")
    due = select(DrillRun, User).join(User, User.id == DrillRun.by_id)
    due = due.where(DrillRun.over_at <= now - ASK_AFTER, DrillRun.asked_at.is_(None), open_fixes)
    written = 0
    for run, user in session.execute(due).all():
        run.asked_at = now
        letter = queue_letter(
            session,
            key=f"{FIXES}:{run.public_id}",
            to=user.email,
            locale=user.locale,
            time_zone=user.time_zone or "UTC",
            kind=FIXES,
            params={"name": user.name or "", "run_id": run.public_id},
            now=now,
        )
        written += letter is not None
    return written
