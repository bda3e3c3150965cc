"""Queueing a letter with its cause, taking what is due, saying how it went; and handing work to the machine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from secrets import token_hex
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, and_, case, delete, literal, select, update
from sqlalchemy.orm import Session

from coplearn.kernel.errors import Conflict, NotFound
from coplearn.kernel.text import N_
from coplearn.outbox.models import DailyRun, Letter, LetterStop, due
from coplearn.outbox.rules import CLAIM_FOR, DONE, NOTHING, LetterState, SendFault, next_try
from coplearn.storage.session_info import SessionKey
from coplearn.storage.upserts import insert_new


class Outbox(Protocol):
    """The queue that goes with every session, so that no verb has to be handed it."""

    def check(self, kind: str, params: Mapping[str, Any]) -> None:
        """Raises ValueError for a kind of letter that nobody registered, or one that lacks a value."""

    def noticed(self) -> None:
        """A letter was queued: whoever delivers at once looks after the commit."""

    def enqueue(self, session: Session, name: str, params: Mapping[str, Any], due_at: datetime | None = None) -> None:
        """Queue a job, so that it is done if the session commits and not otherwise."""


OUTBOX_KEY: Final = SessionKey[Outbox]("outbox")


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter in the hands of one sender."""

    id: int
    key: str
    to: str
    locale: str
    time_zone: str
    kind: str
    params: Mapping[str, Any]
    tries: int
    rounds: int
    until: datetime


def queue_letter(
    session: Session,
    *,
    key: str,
    to: str,
    locale: str,
    time_zone: str,
    kind: str,
    params: Mapping[str, Any],
    now: datetime,
    scope: str = "",
    not_before: datetime | None = None,
) -> str | None:
    """Write a letter in the caller's transaction: it goes out if and only if that commits.

    Gives back its public id, or None when there is (or was) a letter with that key already: nothing is written then.
    ``kind`` is registered in ``outbox.letters``; ``params`` are plain JSON values. Raises ValueError for an unknown kind.
    """
    lent = OUTBOX_KEY.get(session)
    if lent is not None:
        lent.check(kind, params)
    public_id = token_hex(8)
    values = _values(key, to, locale, time_zone, kind, dict(params), scope)
    values |= {
        "public_id": public_id,
        "state": LetterState.WAITING,
        "created_at": now,
        "next_try_at": not_before or now,
    }
    if not insert_new(session, Letter, values):
        return None
    if lent is not None:
        lent.noticed()
    return public_id


def queue_nothing(session: Session, now: datetime) -> None:
    """Write as much as a letter would, for whom there is none: how long a page takes must not tell who has an account."""
    values = _values(f"{NOTHING}:{token_hex(16)}", "", "", "", NOTHING, {}, "")
    values |= {"public_id": token_hex(8), "state": LetterState.CANCELLED, "created_at": now, "next_try_at": now}
    insert_new(session, Letter, values)


def _values(
    key: str, to: str, locale: str, time_zone: str, kind: str, params: dict[str, Any], scope: str
) -> dict[str, Any]:
    return {
        "key": key,
        "to_address": to,
        "locale": locale,
        "time_zone": time_zone,
        "kind": kind,
        "params": params,
        "scope": scope,
        "tries": 0,
        "rounds": 0,
        "last_error": "",
    }


def cancel_letters(
    session: Session, *, scope: str = "", prefix: str = "", about: str = "", kinds: Collection[str] = ()
) -> int:
    """Take back letters that did not go out yet; gives back how many. All that is given must hold.

    ``scope`` is theirs, ``prefix`` begins their key, ``about`` is one of its parts after a colon, ``kinds`` has their
    kind. One that is being sent at this moment goes out, but is not tried again when that fails. The key of one that
    never began to go is free again, so that the same cause may write it anew.
    """
    if not scope and not prefix:
        raise ValueError("Say which letters: a scope or the beginning of a key.")
    which: list[ColumnElement[bool]] = [Letter.state.in_((LetterState.WAITING, LetterState.SENDING))]
    if scope:
        which.append(Letter.scope == scope)
    if prefix:
        which.append(Letter.key.startswith(prefix, autoescape=True))
    if about:
        which.append(Letter.key.contains(f":{about}", autoescape=True))
    if kinds:
        which.append(Letter.kind.in_(kinds))
    ended = Letter.key.endswith(Letter.public_id)
    never_sent = and_(Letter.state == LetterState.WAITING, Letter.sent_at.is_(None), ~ended)
    freed = case((never_sent, Letter.key + ":" + Letter.public_id), else_=Letter.key)
    cancelled = session.execute(
        update(Letter)
        .where(*which)
        .values(state=LetterState.CANCELLED, key=freed)
        .returning(Letter.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(cancelled.all())


def claim_due(session: Session, now: datetime, limit: int) -> list[Taken]:
    """Take up to ``limit`` letters that are due; whoever else asks meanwhile gets others. Commit before sending them."""
    oldest = select(Letter.id).where(due(now)).order_by(Letter.next_try_at, Letter.id).limit(limit)
    statement = (
        update(Letter)
        # The condition stands twice: the first one chooses, the second holds at the moment of writing.
        .where(Letter.id.in_(oldest.with_for_update(skip_locked=True)), due(now))
        .values(state=LetterState.SENDING, claimed_until=now + CLAIM_FOR, tries=Letter.tries + 1)
        .returning(
            Letter.id,
            Letter.key,
            Letter.to_address,
            Letter.locale,
            Letter.time_zone,
            Letter.kind,
            Letter.params,
            Letter.tries,
            Letter.rounds,
            Letter.claimed_until,
        )
        .execution_options(synchronize_session=False)
    )
    return sorted((Taken(*row) for row in session.execute(statement)), key=lambda letter: letter.id)


def settle(session: Session, letter: Taken, fault: SendFault | None, now: datetime, *, secret: bool = False) -> None:
    """Write down how it went; does nothing when the claim was lost meanwhile.

    One that was taken back on its way was sent if it was, and is not tried again if it was not. Whom a ``secret``
    letter went to and what it said is forgotten with this, sent or given up.
    """
    values: dict[str, Any] = {"claimed_until": None}
    if fault is None:
        values |= {"state": LetterState.SENT, "sent_at": now, "last_error": ""}
    else:
        again_at = next_try(letter.tries, fault, now)
        values |= {"last_error": fault, "state": LetterState.GIVEN_UP if again_at is None else LetterState.WAITING}
        if again_at is not None:
            values["next_try_at"] = again_at
    if secret and values["state"] in DONE:
        values |= {"to_address": "", "params": {}}
    still_ours = _held(letter, LetterState.SENDING, *([LetterState.CANCELLED] if fault is None else ()))
    session.execute(update(Letter).where(still_ours).values(values).execution_options(synchronize_session=False))


def release(session: Session, letters: Sequence[Taken]) -> None:
    """Give back letters that were taken and not tried."""
    for letter in letters:
        values = {"state": LetterState.WAITING, "claimed_until": None, "tries": letter.tries - 1}
        still_ours = _held(letter, LetterState.SENDING)
        session.execute(update(Letter).where(still_ours).values(values).execution_options(synchronize_session=False))


def _held(letter: Taken, *states: LetterState) -> ColumnElement[bool]:
    # Each taking counts a try, so the number names the taking.
    return and_(Letter.id == letter.id, Letter.state.in_(states), Letter.tries == letter.tries)


def again(session: Session, public_id: str, now: datetime, scope: str = "") -> None:
    """Have a letter sent once more, with all its tries. Raises NotFound, or Conflict when it cannot be.

    With ``scope`` only that scope's letters are found.
    """
    letter = session.scalar(select(Letter).where(Letter.public_id == public_id).with_for_update())
    if letter is None or letter.kind == NOTHING or (scope and letter.scope != scope):
        raise NotFound(N_("There is no such letter."))
    if LetterState(letter.state) not in DONE:
        raise Conflict(N_("That message is on its way already."))
    if not letter.to_address:
        raise Conflict(N_("What that message said is no longer kept, so it cannot be sent again."))
    letter.rounds += letter.state == LetterState.SENT
    letter.state, letter.tries, letter.next_try_at, letter.last_error = LetterState.WAITING, 0, now, ""
    session.flush()
    lent = OUTBOX_KEY.get(session)
    if lent is not None:
        lent.noticed()


def stop_letters(session: Session, code: str, kind: str) -> None:
    """Send the reader whom ``code`` names (``letters.stop_code``) no more letters of that kind."""
    insert_new(session, LetterStop, {"code": code, "kind": kind})


def resume_letters(session: Session, code: str) -> None:
    """Send them again."""
    session.execute(delete(LetterStop).where(LetterStop.code == code))


def forget_old(session: Session, before: datetime) -> None:
    """Forget whom letters went to and what they said, once they are done and older than ``before``. Their keys stay."""
    old = and_(Letter.state.in_(DONE), Letter.created_at < before)
    session.execute(delete(Letter).where(old, Letter.kind == NOTHING))
    session.execute(update(Letter).where(old, Letter.to_address != "").values(to_address="", params={}))


def forget_address(session: Session, address: str) -> None:
    """Forget everything about letters to that address; those that did not go out yet never will."""
    mine = Letter.to_address == address
    session.execute(update(Letter).where(mine, Letter.state == LetterState.WAITING).values(state=LetterState.CANCELLED))
    session.execute(update(Letter).where(mine).values(to_address="", params={}))


def enqueue(session: Session, name: str, params: Mapping[str, Any], due_at: datetime | None = None) -> None:
    """Hand work to the machine in the caller's transaction: it is done, at least once, if and only if that commits.

    ``name`` is a task that a slice registered (``outbox.jobs``); ``params`` are plain JSON values, best an id. It is not
    begun before ``due_at``.
    """
    outbox = OUTBOX_KEY.get(session)
    if outbox is None:
        raise LookupError("This session was made outside the site, which would do the work.")
    outbox.enqueue(session, name, params, due_at)


def begin_daily(session: Session, day: date, name: str, now: datetime) -> bool:
    """Take a piece of the day's work: whether it is ours to do. Commit before doing it."""
    row = {"day": day, "name": name, "claimed_until": now + CLAIM_FOR, "done_at": None}
    if insert_new(session, DailyRun, row):
        return True
    left = and_(DailyRun.day == day, DailyRun.name == name, DailyRun.done_at.is_(None), DailyRun.claimed_until <= now)
    statement = update(DailyRun).where(left).values(claimed_until=now + CLAIM_FOR).returning(literal(1))
    return session.execute(statement.execution_options(synchronize_session=False)).first() is not None


def end_daily(session: Session, day: date, name: str, now: datetime) -> None:
    """The piece is done for that day; what is known of days long past is dropped."""
    session.execute(update(DailyRun).where(DailyRun.day == day, DailyRun.name == name).values(done_at=now))
    session.execute(delete(DailyRun).where(DailyRun.name == name, DailyRun.day < day, DailyRun.done_at.is_not(None)))
