"""Workers that are called through Redis. The jobs stay in the site's database; Redis only says that there is one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from coplearn.outbox.queue import JobQueue, TakenJob
from coplearn.settings import INSTALL_EXTRAS
from coplearn.storage.session_info import SessionKey

if TYPE_CHECKING:
    from redis import Redis

CALLS: Final = "coplearn:calls"
"""The one key in Redis: a list with a mark for each call that nobody has heard yet."""
LOOK_SECONDS: Final = 1.0
"""So often a worker that heard nothing looks into the database all the same."""
_MOST_CALLS: Final = 32
_KEPT_SECONDS: Final = 60
_PATIENCE_SECONDS: Final = 0.5
"""How long a page waits for Redis at most, to connect and to be answered."""
_CALLS_AFTER_COMMIT: Final = SessionKey[bool]("call_after_commit")

log = structlog.get_logger("coplearn.jobs")


class CalledQueue(JobQueue):
    """The site's own queue, whose workers wait for a call instead of looking again and again.

    Nothing hangs on Redis. What it could not be told while it was gone, or has forgotten, is found when a worker looks.
    """

    waits = True

    def __init__(self, engine: Engine, url: str, look: float = LOOK_SECONDS) -> None:
        """Raises ValueError when the package for Redis is missing or the address cannot be read; asks nothing of Redis."""
        super().__init__(engine)
        self._look = look
        self._caller = _client(url, _PATIENCE_SECONDS)
        self._listener = _client(url, look + _PATIENCE_SECONDS)
        self._is_gone = False

    def add(self, session: Session, name: str, params: Mapping[str, Any], due_at: datetime) -> None:
        """Queue a job in the session's transaction, and call when that is committed."""
        super().add(session, name, params, due_at)
        if _CALLS_AFTER_COMMIT.get(session) is None:
            event.listen(session, "after_commit", self._committed)
        _CALLS_AFTER_COMMIT.put(session.info, True)

    def _committed(self, session: Session) -> None:
        if _CALLS_AFTER_COMMIT.get(session):
            _CALLS_AFTER_COMMIT.put(session.info, False)
            self.call()

    def take_or_wait(self) -> TakenJob | None:
        """Take the next job that is due; waits for a call while there is none, though not for long."""
        job = self.take()
        if job is None and self._is_called():
            job = self.take()
        return job

    def call(self) -> None:
        """Wake a worker on whatever machine. Never fails: the job is found without a call too."""
        with self._caller.pipeline() as pipe:
            pipe.lpush(CALLS, b"1")
            pipe.ltrim(CALLS, 0, _MOST_CALLS - 1)
            pipe.expire(CALLS, _KEPT_SECONDS)
            try:
                pipe.execute()
            except _faults() as error:
                log.warning("call_failed", kind=type(error).__name__)

    def fault(self) -> str:
        """The fault of Redis now, in one word; empty when it answers."""
        try:
            self._caller.ping()
        except _faults() as error:
            return type(error).__name__
        return ""

    def _is_called(self) -> bool:
        began = time.monotonic()
        try:
            heard = self._listener.brpop([CALLS], timeout=self._look)
        except _faults() as error:
            if not self._is_gone:
                log.warning("redis_gone", kind=type(error).__name__)
            self._is_gone = True
            time.sleep(max(0.0, began + self._look - time.monotonic()))
            return True
        if self._is_gone:
            log.warning("redis_back")
        self._is_gone = False
        return heard is not None


def _client(url: str, seconds: float) -> Redis:
    try:
        # Only now: whoever keeps to the database needs neither the package nor the memory it takes.
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise ValueError(
            "COPLEARN_JOBS names a Redis server, but the package for it is not installed. "
            f"Install it with: {INSTALL_EXTRAS} (or leave COPLEARN_JOBS empty)."
        ) from error
    # A second try would make a page wait twice.
    never = Retry(NoBackoff(), 0)
    try:
        return Redis.from_url(url, socket_connect_timeout=_PATIENCE_SECONDS, socket_timeout=seconds, retry=never)
    except ValueError as error:
        # The address itself is not told: it may hold a password.
        raise ValueError(f"COPLEARN_JOBS cannot be read as the address of a Redis server: {error}.") from error


def _faults() -> tuple[type[Exception], ...]:
    from redis.exceptions import RedisError

    return (RedisError, OSError)
