"""Telling another LRS: who is told, what comes next, and how it went. Between the two nothing is held open."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import update
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.kernel.text import N_, Phrase
from coplearn.storage.upserts import insert_all_new
from coplearn.xapi.client import Delivery
from coplearn.xapi.models import LearnerAlias, RecordCursor, RecordTarget, ToldFinish
from coplearn.xapi.queries.records import (
    Sort,
    Untold,
    aliases_of,
    cursor_of,
    newest,
    the_target,
    untold,
    untold_finishes,
)
from coplearn.xapi.rules.records import Record

SETTLES: Final = timedelta(seconds=60)
"""A number that was seen so long ago has no smaller one that is still to be committed."""
EVERY: Final = timedelta(seconds=60)
CLAIM: Final = timedelta(minutes=10)
LOOKS_THROUGH: Final = timedelta(hours=24)
"""So often all finished courses are looked through for one that no attempt finished."""
_LONGEST_PAUSE: Final = 3_600
_SWEEP: Final = "finishes"


@dataclass(frozen=True, slots=True)
class Batch:
    """The next records, with the names of their learners, and what is true once they are told."""

    records: tuple[Record, ...]
    sort: Sort | None
    upto: int
    finishes: tuple[int, ...]


def name_target(
    session: Session, endpoint: str, key: str, sealed_secret: str | None, *, is_on: bool, now: datetime
) -> None:
    """Say which LRS is told, and whether it is; ``sealed_secret`` None keeps the one there is."""
    target = the_target(session)
    if target is None:
        target = RecordTarget(id=1, sealed_secret="", next_at=now, changed_at=now)
        session.add(target)
    target.endpoint, target.key, target.is_on = endpoint, key, is_on
    if sealed_secret is not None:
        target.sealed_secret = sealed_secret
    target.changed_at, target.next_at, target.fault, target.failures = now, now, "", 0
    audit.record(session, EventKind.LRS_TARGET_SET, about=f"lrs:{'on' if is_on else 'off'}", now=now)
    session.flush()


def problems_of_target(endpoint: str, key: str, *, has_secret: bool) -> dict[str, Phrase]:
    """Find what is wrong with the address and the key of another LRS, by field."""
    found: dict[str, Phrase] = {}
    try:
        parts = urlsplit(endpoint)
        is_address = (
            parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.query and not parts.fragment
        )
    except ValueError:
        is_address = False
    if not is_address or len(endpoint) > 500:
        found["endpoint"] = Phrase(N_("This is no address. It begins with https:// and ends before /statements."))
    if not key:
        found["key"] = Phrase(N_("Type the key that the other system gave you."))
    if not has_secret:
        found["secret"] = Phrase(N_("Type the secret that the other system gave you."))
    return found


def same_server(known: str, named: str) -> bool:
    """Whether two addresses of an LRS lead to the same server, by the same way."""
    try:
        first, second = urlsplit(known), urlsplit(named)
        return (first.scheme, first.hostname, first.port) == (second.scheme, second.hostname, second.port)
    except ValueError:
        return False


def claim(session: Session, now: datetime) -> bool:
    """Take the telling in hand for some minutes, if it is due and nobody has it. Commit before going on."""
    free = RecordTarget.claimed_until.is_(None) | (RecordTarget.claimed_until <= now)
    due = update(RecordTarget).where(RecordTarget.is_on.is_(True), RecordTarget.next_at <= now, free)
    claimed = due.values(claimed_until=now + CLAIM).returning(RecordTarget.id)
    return session.execute(claimed.execution_options(synchronize_session=False)).first() is not None


def next_batch(session: Session, now: datetime) -> Batch | None:
    """The next records to tell; None when there are none. Names learners who have no name in statements yet."""
    for sort in Sort:
        found, cursor = _of_sort(session, sort, now)
        if found:
            pairs = {(one.learner_id, one.record.course_id) for one in found} if sort is Sort.ATTEMPTS else set()
            finishes = untold_finishes(session, pairs)
            return _batch(session, found, finishes, sort, found[-1].number)
        if _has_settled(cursor, now):
            # Whatever had the numbers that are left is gone.
            cursor.told = cursor.seen
    sweep = cursor_of(session, _SWEEP)
    if sweep is None or sweep.seen_at <= now - LOOKS_THROUGH:
        finishes = untold_finishes(session, None)
        if finishes:
            return _batch(session, [], finishes, None, 0)
        _put_sweep(session, sweep, now)
    session.flush()
    return None


def _of_sort(session: Session, sort: Sort, now: datetime) -> tuple[list[Untold], RecordCursor]:
    cursor = cursor_of(session, sort)
    if cursor is None:
        cursor = RecordCursor(sort=sort.value, told=0, seen=newest(session, sort), seen_at=now)
        session.add(cursor)
        session.flush()
    if cursor.told >= cursor.seen and _has_settled(cursor, now):
        cursor.seen, cursor.seen_at = newest(session, sort), now
    is_open = _has_settled(cursor, now) and cursor.told < cursor.seen
    return (untold(session, sort, cursor.told, cursor.seen) if is_open else []), cursor


def _has_settled(cursor: RecordCursor, now: datetime) -> bool:
    return cursor.seen_at <= now - SETTLES


def _put_sweep(session: Session, sweep: RecordCursor | None, now: datetime) -> None:
    if sweep is None:
        session.add(RecordCursor(sort=_SWEEP, told=0, seen=0, seen_at=now))
    else:
        sweep.seen_at = now


def _batch(
    session: Session, found: Sequence[Untold], finishes: Sequence[Untold], sort: Sort | None, upto: int
) -> Batch:
    every = [*found, *finishes]
    learners = {one.learner_id for one in every}
    new = learners - aliases_of(session, learners).keys()
    insert_all_new(session, LearnerAlias, [{"learner_id": one, "alias": secrets.token_hex(16)} for one in sorted(new)])
    aliases = aliases_of(session, learners)
    records = tuple(replace(one.record, alias=aliases[one.learner_id]) for one in every)
    return Batch(records, sort, upto, tuple(one.number for one in finishes))


def settle(session: Session, batch: Batch, delivery: Delivery, now: datetime) -> None:
    """Write down how it went: what was told is never told again; after a fault it is tried later, and later each time."""
    target = the_target(session)
    if target is None:
        return
    if delivery.fault:
        target.fault, target.failures = delivery.fault, target.failures + 1
        pause = min(_LONGEST_PAUSE, 60 * 2 ** min(target.failures - 1, 10))
        target.next_at, target.claimed_until = (
            now + timedelta(seconds=max(pause, min(delivery.retry_after, 86_400))),
            None,
        )
        session.flush()
        return
    target.sent, target.refused = target.sent + delivery.taken, target.refused + delivery.refused
    target.fault, target.failures, target.claimed_until = "", 0, now + CLAIM
    cursor = cursor_of(session, batch.sort) if batch.sort is not None else None
    if cursor is not None:
        cursor.told = max(cursor.told, batch.upto)
    insert_all_new(session, ToldFinish, [{"enrolment_id": one} for one in batch.finishes])
    session.flush()


def let_go(session: Session, now: datetime) -> None:
    """Give the telling out of hand until the next minute."""
    target = the_target(session)
    if target is not None and target.claimed_until is not None:
        target.claimed_until, target.next_at = None, now + EVERY
        session.flush()
