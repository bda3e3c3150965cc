"""Writing the audit log: what happens in a transaction is written at the end of it, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session, SessionTransaction

from coplearn.audit import queries
from coplearn.audit.kinds import EventKind
from coplearn.audit.models import AuditEvent, AuditHead, AuditSeal
from coplearn.audit.rules import (
    FIRST_HASH,
    READ_AGAIN,
    SITE,
    AuditActor,
    ChainLink,
    Event,
    checked,
    first_break,
    hash_of,
    seal_text,
)
from coplearn.kernel.clock import utcnow
from coplearn.keys.ring import KeyPurpose, KeyRing
from coplearn.storage.database import writing
from coplearn.storage.session_info import SessionKey
from coplearn.storage.upserts import insert_new

ACTOR_KEY: Final = SessionKey[Callable[[Session], AuditActor]]("audit actor")
"""Who is at work in a session of the site: lent by whoever knows requests, and by commands (:func:`act_as`)."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event that is written when its transaction commits."""

    kind: EventKind
    at: datetime
    actor: AuditActor
    whom: str
    about: str
    within: SessionTransaction | None
    """The savepoint it was recorded in."""


_READ: Final[WeakKeyDictionary[object, dict[tuple[str, ...], datetime]]] = WeakKeyDictionary()
"""When this process last saw who read what: most pages are opened again and again, and need not ask the log each time."""
_MOST_READ: Final = 10_000
_WAITING: Final = SessionKey[list[_Waiting]]("audit events")
_REFUSED: Final = SessionKey[list[_Waiting]]("audit refusals")
_WITH_REFUSED: Final = WeakSet[Session]()


def act_as(session: Session, who: str) -> None:
    """Let what is recorded in this session from here on be done by :data:`rules.SHELL`, say, or by ``user:7``."""
    ACTOR_KEY.put(session.info, lambda _: AuditActor(who))


def record(
    session: Session,
    kind: EventKind,
    *,
    whom: str = "",
    about: str = "",
    now: datetime | None = None,
    actor: AuditActor | None = None,
) -> None:
    """Write an event in the caller's transaction: it is in the log if and only if that commits.

    ``whom`` is the person it was done to (``user:7``, ``member:…``), ``about`` ids and codes of what else (``cohort:…``,
    ``admin,ar``); never a name, an address or a remark (ValueError). Who did it, and in which session, is known from the
    request (``actor`` says otherwise). It is written just before the commit, so that the log's end is held for no longer.
    """
    checked(whom, about)
    if actor is None:
        lent = ACTOR_KEY.get(session)
        with session.no_autoflush:
            actor = lent(session) if lent is not None else AuditActor(SITE)
    if not session.in_transaction():
        # Where nothing was begun there would be nothing to roll back, and the event with it.
        session.begin()
    waiting = _WAITING.get(session)
    if waiting is None:
        _WAITING.put(session.info, waiting := [])
    waiting.append(_Waiting(kind, now or utcnow(), actor, whom, about, session.get_nested_transaction()))


def record_read(
    session: Session,
    kind: EventKind,
    *,
    whom: str = "",
    about: str = "",
    now: datetime | None = None,
    reader: str = "",
) -> None:
    """Write down that the person reads a record, before they see it; who read it within the last hour is not written again.

    A transaction of its own: what the session did before is committed. Pages that only read call this as well. With
    ``reader``, a session's key, a process that knows the answer needs no statement.
    """
    now = now or utcnow()
    known, seen = (reader, kind.value, whom, about), _READ.setdefault(session.get_bind(), {})
    at = seen.get(known) if reader else None
    if at is not None and at <= now < at + READ_AGAIN:
        return
    lent = ACTOR_KEY.get(session)
    actor = lent(session) if lent is not None else AuditActor(SITE)
    at = queries.last_read(session, actor.who, kind, whom, about, now - READ_AGAIN)
    if at is None:
        # Begun anew with the lock of a writer, which a page that reads does not have.
        with writing():
            session.commit()
            record(session, kind, whom=whom, about=about, now=now, actor=actor)
            session.commit()
    if len(seen) >= _MOST_READ:
        seen.clear()
    seen[known] = at or now


def note_refused(session: Session, about: str, *, whom: str = "", now: datetime | None = None) -> None:
    """Note that somebody was refused what is above their own rights; it outlives the rollback of what they tried.

    ``about`` and ``whom`` are as :func:`record` takes them. :func:`write_refused` writes it once the request is over.
    """
    checked(whom, about)
    lent = ACTOR_KEY.get(session)
    with session.no_autoflush:
        actor = lent(session) if lent is not None else AuditActor(SITE)
    noted = _Waiting(EventKind.REFUSED, now or utcnow(), actor, whom, about, None)
    _REFUSED.put(session.info, [*(_REFUSED.get(session) or ()), noted])
    _WITH_REFUSED.add(session)


def is_anything_refused() -> bool:
    """Whether some session of this process has something noted as refused: most requests need not look into theirs."""
    return bool(_WITH_REFUSED)


def write_refused(session: Session) -> None:
    """Write what was noted as refused, in a transaction of its own; whatever is not committed yet is undone."""
    noted = _REFUSED.get(session)
    if not noted:
        return
    with writing():
        session.rollback()
        for one in noted:
            record(session, one.kind, whom=one.whom, about=one.about, now=one.at, actor=one.actor)
        session.commit()
    noted.clear()
    _WITH_REFUSED.discard(session)


def forget_reads() -> None:
    """Let this process ask the log again who read what."""
    _READ.clear()


@event.listens_for(Session, "before_commit")
def _write_waiting(session: Session) -> None:
    """Bring what waits into the log, last of all in its transaction: nobody can wait for us who has what we wait for."""
    waiting = _WAITING.get(session)
    if not waiting or session.in_nested_transaction():
        return
    number, before = _held_end(session)
    rows: list[dict[str, Any]] = []
    for one in waiting:
        number += 1
        made = Event(number, one.at, one.kind.value, one.actor.who, one.actor.session, one.whom, one.about)
        before = hash_of(made, before)
        rows.append({**asdict(made), "hash": before})
    waiting.clear()
    connection = session.connection()
    connection.execute(insert(AuditEvent), rows)
    connection.execute(update(AuditHead).where(AuditHead.id == 1).values(number=number, hash=before))


@event.listens_for(Session, "after_soft_rollback")
def _forget_undone(session: Session, undone: SessionTransaction) -> None:
    """Drop the events of what was undone: all of them, or those of a savepoint."""
    waiting = _WAITING.get(session)
    if waiting:
        waiting[:] = [one for one in waiting if undone.nested and not _is_within(one.within, undone)]


def _is_within(within: SessionTransaction | None, undone: SessionTransaction) -> bool:
    while within is not None:
        if within is undone:
            return True
        within = within.parent
    return False


def _held_end(session: Session) -> tuple[int, str]:
    """The end of the chain, held until the transaction ends: on PostgreSQL by its row, on SQLite every writer is alone."""
    end = select(AuditHead.number, AuditHead.hash).where(AuditHead.id == 1).with_for_update()
    found = session.connection().execute(end).first()
    if found is None:
        insert_new(session, AuditHead, {"id": 1, "number": 0, "hash": FIRST_HASH})
        found = session.connection().execute(end).one()
    return found.number, found.hash


def seal(session: Session, keys: KeyRing, day: date) -> AuditSeal | None:
    """Sign the end of the chain as it is now; None when the day has its seal, or the chain has not grown since the last."""
    number, end = _held_end(session)
    last = queries.last_seal(session)
    if last is not None and (last.day >= day or last.number == number):
        return None
    if not number:
        return None
    signature = keys.sign(KeyPurpose.AUDIT, seal_text(day, number, end, last.signature if last is not None else ""))
    made = AuditSeal(day=day, number=number, hash=end, key_id=signature.key_id, signature=signature.text)
    session.add(made)
    session.flush()
    return made


def first_fault(session: Session, keys: KeyRing) -> int | None:
    """The first number at which the log is not as it was written: a broken chain, or one that its seals do not know; None
    for a whole one. A seal that is no longer good is named by the number that it sealed."""
    sealed = {one.number: one for one in queries.seals(session)}
    faults = [
        one.number
        for one in sealed.values()
        if not keys.verify(
            KeyPurpose.AUDIT, one.key_id, one.signature, seal_text(one.day, one.number, one.hash, one.before)
        )
    ]
    found: set[int] = set()

    def watched() -> Iterator[ChainLink]:
        for link in queries.links(session):
            one = sealed.get(link.event.number)
            if one is not None:
                found.add(one.number)
                if one.hash != link.hash:
                    faults.append(one.number)
            yield link

    broken = first_break(watched(), queries.end_of_chain(session))
    if broken is not None:
        faults.append(broken)
    else:
        faults += sealed.keys() - found
    return min(faults, default=None)
