"""Jobs in a table of the site's own database, on either engine, taken by a claim that can lapse."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Executable, Row, and_, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.models import Heartbeat, Job
from coplearn.storage.database import reading_only, writing
from coplearn.storage.upserts import put

HOLD_FOR: Final = timedelta(minutes=2)
"""How long a job belongs to a worker that shows no life any more."""


@dataclass(frozen=True, slots=True)
class TakenJob:
    """A job in the hands of one worker; ``claim`` names the taking, ``tries`` how often it failed before."""

    id: int
    claim: str
    name: str
    params: Mapping[str, Any]
    tries: int


class JobQueue:
    """The site's jobs: queued in the transaction of their cause, and kept until they are done.

    When a worker dies, its job is taken by another once the claim has lapsed.
    """

    waits: bool = False
    """Whether :meth:`take_or_wait` waits for a job itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[int, str] = {}
        self._lock = threading.Lock()

    def add(self, session: Session, name: str, params: Mapping[str, Any], due_at: datetime) -> None:
        """Queue a job in the session's transaction, not to be taken before ``due_at``."""
        session.execute(insert(Job).values(name=name, params=dict(params), due_at=due_at, claim="", tries=0))

    def take(self) -> TakenJob | None:
        """Take the next job that is due; end it with :meth:`done` or :meth:`again`."""
        now = utcnow()
        number = self._next_free(now)
        if number is None:
            return None
        claim = token_hex(8)
        taking = (
            update(Job)
            .where(Job.id == number, _free(now))
            .values(claimed_until=now + HOLD_FOR, claim=claim)
            .returning(Job.name, Job.params, Job.tries)
        )
        row = self._write(taking)
        if row is None:
            return None  # another worker was quicker
        with self._lock:
            self._held[number] = claim
        return TakenJob(number, claim, row.name, row.params, row.tries)

    def _next_free(self, now: datetime) -> int | None:
        # Reads only: whoever finds nothing to do, second by second, is in no writer's way and waits for none.
        with reading_only(), self._engine.connect() as connection:
            return connection.scalar(select(Job.id).where(_free(now)).order_by(Job.due_at, Job.id).limit(1))

    def take_or_wait(self) -> TakenJob | None:
        """The same; a queue that :attr:`waits` waits a moment for a job where there is none."""
        return self.take()

    def done(self, job: TakenJob) -> None:
        """Drop a job that is done, or given up."""
        self._end(job, delete(Job).where(_held(job.id, job.claim)))

    def again(self, job: TakenJob, due_at: datetime) -> None:
        """Put a job that failed back, to be taken at ``due_at``."""
        values = {"claimed_until": None, "claim": "", "due_at": due_at, "tries": job.tries + 1}
        self._end(job, update(Job).where(_held(job.id, job.claim)).values(values))

    def hold(self) -> None:
        """Show that this process lives: the jobs in its hands stay there."""
        self._claim_until(utcnow() + HOLD_FOR)

    def let_go(self) -> None:
        """Give the jobs in this process's hands to whoever comes next."""
        self._claim_until(None)

    def beat(self) -> None:
        """Write down that this machine does the jobs now."""
        values = {"host": socket.gethostname()[:255], "pid": os.getpid(), "at": utcnow()}
        with writing(), self._engine.begin() as connection:
            changed = {"pid": values["pid"], "at": values["at"]}
            put(Session(connection), Heartbeat, ["host"], values, changed)

    def _claim_until(self, until: datetime | None) -> None:
        with self._lock:
            claims = list(self._held.items())
        for number, claim in claims:
            self._write(update(Job).where(_held(number, claim)).values(claimed_until=until))

    def _end(self, job: TakenJob, statement: Executable) -> None:
        with self._lock:
            self._held.pop(job.id, None)
        self._write(statement)

    def _write(self, statement: Executable) -> Row[Any] | None:
        # A transaction of its own that may write, whatever the request or thread around it may do.
        with writing(), self._engine.begin() as connection:
            result = connection.execute(statement)
            return result.first() if result.returns_rows else None


def _held(number: int, claim: str) -> ColumnElement[bool]:
    return and_(Job.id == number, Job.claim == claim)


def _free(now: datetime) -> ColumnElement[bool]:
    return and_(Job.due_at <= now, or_(Job.claimed_until.is_(None), Job.claimed_until <= now))
