"""Where huey keeps its jobs: in tables of the site's own database, on either engine, taken by a claim that can lapse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, and_, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.lean import BaseStorage, EmptyData
from coplearn.outbox.models import Job, JobValue
from coplearn.storage.database import read_only
from coplearn.storage.upserts import insert_new, put

HOLD_FOR: Final = timedelta(minutes=2)
"""How long a job belongs to a worker that shows no life any more."""


class SiteStorage(BaseStorage):  # type: ignore[misc] # huey is not typed
    """Huey's storage over SQLAlchemy.

    Unlike huey's own, a job that is taken stays until it is done: when its worker dies, another takes it. The schedule is
    part of the queue: what is due later is not taken before.
    """

    blocking = False
    priority = True

    def __init__(self, name: str, engine: Engine) -> None:
        super().__init__(name)
        self._engine = engine
        self._mine = threading.local()
        self._held: dict[int, str] = {}

    # ── The queue ──

    def enqueue(self, data: bytes, priority: float | None = None) -> None:
        """Add a job, in a transaction of its own."""
        self._write(lambda connection: _add(connection, data, priority, utcnow()))

    def enqueue_in(self, session: Session, data: bytes, due_at: datetime) -> None:
        """Add a job in the session's transaction."""
        session.flush()
        _add(session.connection(), data, None, due_at)

    def dequeue(self) -> bytes | None:
        """Take the next job that is due; it is gone for good once :meth:`done` is called in the same thread."""
        now = utcnow()
        found = self._read(select(Job.id).where(_free(now)).order_by(Job.priority.desc(), Job.id).limit(1))
        if not found:
            return None
        number, claim = found[0][0], token_hex(8)
        taking = (
            update(Job)
            .where(Job.id == number, _free(now))
            .values(claimed_until=now + HOLD_FOR, claim=claim)
            .returning(Job.data)
        )
        taken = self._write(lambda connection: connection.execute(taking).first())
        if taken is None:
            return None
        self._mine.job = (number, claim)
        self._held[number] = claim
        return bytes(taken[0])

    def done(self) -> None:
        """The job this thread took is done, or was put into the queue anew."""
        number, claim = getattr(self._mine, "job", (None, ""))
        if number is not None:
            self._mine.job = (None, "")
            self._held.pop(number, None)
            self._write(lambda connection: connection.execute(delete(Job).where(Job.id == number, Job.claim == claim)))

    def hold(self) -> None:
        """Show life: the jobs in this process's hands stay there."""
        self._claim_until(utcnow() + HOLD_FOR)

    def let_go(self) -> None:
        """Give the jobs in this process's hands to whoever comes next."""
        self._claim_until(None)

    def _claim_until(self, until: datetime | None) -> None:
        for number, claim in list(self._held.items()):
            held = and_(Job.id == number, Job.claim == claim)
            change = update(Job).where(held).values(claimed_until=until)
            self._write(partial(_execute, change))

    def queue_size(self) -> int:
        """How many jobs are due."""
        return int(self._read(select(func.count()).select_from(Job).where(Job.due_at <= utcnow()))[0][0])

    def enqueued_items(self, limit: int | None = None) -> list[bytes]:
        """The jobs that are due, the next one first."""
        return self._data(Job.due_at <= utcnow(), limit)

    def flush_queue(self) -> None:
        """Drop every job that is due."""
        self._write(lambda connection: connection.execute(delete(Job).where(Job.due_at <= utcnow())))

    # ── The schedule ──

    def add_to_schedule(self, data: bytes, ts: datetime) -> None:
        """Add a job for later; ``ts`` is in UTC, without a zone as huey writes it."""
        self._write(lambda connection: _add(connection, data, None, ts.replace(tzinfo=UTC)))

    def read_schedule(self, ts: datetime) -> list[bytes]:
        """Nothing: whoever takes from the queue takes what has become due, so that none is lost on the way."""
        return []

    def schedule_size(self) -> int:
        """How many jobs are for later."""
        return int(self._read(select(func.count()).select_from(Job).where(Job.due_at > utcnow()))[0][0])

    def scheduled_items(self, limit: int | None = None) -> list[bytes]:
        """The jobs for later, the soonest first."""
        return self._data(Job.due_at > utcnow(), limit)

    def flush_schedule(self) -> None:
        """Drop every job for later."""
        self._write(lambda connection: connection.execute(delete(Job).where(Job.due_at > utcnow())))

    # ── Values ──

    def put_data(self, key: Any, value: Any, is_result: bool = False) -> None:
        """Keep a value, in place of an older one."""
        values = {"key": _text(key), "value": bytes(value)}
        self._write(lambda connection: put(Session(connection), JobValue, ["key"], values, {"value": values["value"]}))

    def put_if_empty(self, key: Any, value: Any, ttl: float | None = None) -> bool:
        """Keep a value where there is none; whether it was kept. Raises NotImplementedError for a ``ttl``, as huey asks of a
        storage whose values do not run out; nothing here gives one."""
        if ttl is not None:
            raise NotImplementedError("Values do not run out here.")
        values = {"key": _text(key), "value": bytes(value)}
        return bool(self._write(lambda connection: insert_new(Session(connection), JobValue, values)))

    def peek_data(self, key: Any) -> Any:
        """The value, or huey's mark for none."""
        found = self._read(select(JobValue.value).where(JobValue.key == _text(key)))
        return bytes(found[0][0]) if found else EmptyData

    def pop_data(self, key: Any) -> Any:
        """The same, and forget it."""
        if self.peek_data(key) is EmptyData:
            return EmptyData  # nothing is locked to find nothing
        taking = delete(JobValue).where(JobValue.key == _text(key)).returning(JobValue.value)
        found = self._write(lambda connection: connection.execute(taking).first())
        return bytes(found[0]) if found else EmptyData

    def has_data_for_key(self, key: Any) -> bool:
        """Whether there is a value."""
        return self.peek_data(key) is not EmptyData

    def incr(self, key: Any, amount: int = 1) -> int:
        """Add to a counter and give back where it stands."""

        def add(connection: Connection) -> int:
            mine = JobValue.key == _text(key)
            insert_new(Session(connection), JobValue, {"key": _text(key), "value": b"0"})
            count = int(connection.execute(select(JobValue.value).where(mine).with_for_update()).scalar_one()) + amount
            connection.execute(update(JobValue).where(mine).values(value=str(count).encode()))
            return count

        return int(self._write(add))

    def delete_counter(self, key: Any) -> None:
        """Forget a counter."""
        self.pop_data(key)

    def result_store_size(self) -> int:
        """How many values there are."""
        return int(self._read(select(func.count()).select_from(JobValue))[0][0])

    def result_items(self) -> dict[str, bytes]:
        """Every value."""
        return {key: bytes(value) for key, value in self._read(select(JobValue.key, JobValue.value))}

    def flush_results(self) -> None:
        """Forget every value."""
        self._write(lambda connection: connection.execute(delete(JobValue)))

    def flush_counters(self) -> None:
        """Counters are values like any other."""

    # ── The database ──

    def _data(self, which: ColumnElement[bool], limit: int | None) -> list[bytes]:
        query = select(Job.data).where(which).order_by(Job.due_at, Job.priority.desc(), Job.id).limit(limit)
        return [bytes(row[0]) for row in self._read(query)]

    def _read(self, query: Any) -> list[Any]:
        token = read_only.set(True)
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(query).all())
        finally:
            read_only.reset(token)

    def _write(self, work: Callable[[Connection], Any]) -> Any:
        token = read_only.set(False)
        try:
            with self._engine.begin() as connection:
                return work(connection)
        finally:
            read_only.reset(token)


def _add(connection: Connection, data: bytes, priority: float | None, due_at: datetime) -> None:
    values = {"data": data, "priority": priority or 0.0, "due_at": due_at, "claimed_until": None, "claim": ""}
    connection.execute(insert(Job).values(values))


def _execute(statement: Any, connection: Connection) -> None:
    connection.execute(statement)


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(Job.due_at <= now, or_(Job.claimed_until.is_(None), Job.claimed_until <= now))


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)
