"""Work for the machine: tasks that slices register, what is done once a day, and the queue they wait in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from flask import Flask, g, has_app_context
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.calling import CalledStorage
from coplearn.outbox.lean import Huey, Message, Serializer
from coplearn.outbox.letters import Letters, blueprint
from coplearn.outbox.mail import configure_mail
from coplearn.outbox.queries import is_due, open_days_work
from coplearn.outbox.sending import send_due
from coplearn.outbox.service import begin_daily, end_daily, forget_old
from coplearn.outbox.storage import SiteStorage
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of, read_only

Work = Callable[..., None]
"""A task: called with (app, session, now, **params); what it leaves uncommitted is committed. It may be done twice."""
Daily = Callable[[Flask, Session, datetime], None]
"""A piece of the day's work, done once a day for the whole site; called with (app, session, now). It may be done twice."""

RETRIES: Final = 4
FIRST_RETRY_SECONDS: Final = 60
GROWTH: Final = 5
ASK_AGAIN: Final = timedelta(seconds=30)
"""Letters and the day's work are asked for once more after this: who took the first asking may be another machine, or dead."""
_QUEUED: Final = "letters_queued"

log = structlog.get_logger("coplearn.jobs")


class _Json(Serializer):  # type: ignore[misc] # huey is not typed
    """Tasks as JSON: what stands in a database is data, and reading it must never run anything."""

    def _serialize(self, data: Any) -> bytes:
        if isinstance(data, Message):
            given = {name: value for name, value in data._asdict().items() if value is not None}
            if "eta" in given:
                given["eta"] = given["eta"].isoformat()
            return json.dumps({"task": given}).encode()
        return json.dumps({"value": data}).encode()

    def _deserialize(self, data: bytes) -> Any:
        read = json.loads(data)
        if "task" not in read:
            return read["value"]
        given = read["task"]
        if "eta" in given:
            given["eta"] = datetime.fromisoformat(given["eta"])
        return Message(**given)


class _SiteHuey(Huey):  # type: ignore[misc] # huey is not typed
    """Huey that drops a job from the site's own storage once it is done, not when it is begun."""

    def execute(self, task: Any, timestamp: datetime | None = None) -> Any:
        """Do the task, then drop it; a task to be tried again was queued anew by then."""
        try:
            return super().execute(task, timestamp)
        finally:
            self.storage.done()


class Jobs:
    """The site's jobs (``app.extensions["jobs"]``), and what every database session is lent to queue letters and jobs."""

    def __init__(self, app: Flask, settings: Settings, letters: Letters) -> None:
        """Raises ValueError when ``settings.jobs`` names no queue that can be used."""
        self.app = app
        self._letters = letters
        self._tasks: dict[str, tuple[Work, int]] = {}
        self._daily: dict[str, Daily] = {}
        self._asked: dict[str, datetime] = {}
        self._begun: set[str] = set()
        self._lock = threading.Lock()
        self.stopping: Callable[[], bool] = lambda: False
        """Whether the process that does the jobs is about to stop; long work asks this between two pieces."""
        self.huey = _huey(app, settings)
        self._job = self.huey.task(name="job", retry_delay=FIRST_RETRY_SECONDS, retry_backoff=GROWTH)(self._work)
        self._post = self.huey.task(name="letters")(self._send)
        self._day = self.huey.task(name="daily")(self._do_daily)

    # ── What slices register ──

    def task(self, name: str, *, retries: int = RETRIES) -> Callable[[Work], Work]:
        """Register a function as the task ``name``; when it raises it is tried again, with growing pauses."""

        def register(work: Work) -> Work:
            if name in self._tasks:
                raise ValueError(f"There is a task called {name} already.")
            self._tasks[name] = (work, retries)
            return work

        return register

    def daily(self, name: str) -> Callable[[Daily], Daily]:
        """Register a piece of the day's work, begun soon after midnight UTC or when the site is up again."""

        def register(work: Daily) -> Daily:
            if name in self._daily:
                raise ValueError(f"There is daily work called {name} already.")
            self._daily[name] = work
            return work

        return register

    # ── What a session is lent ──

    def check(self, kind: str, params: Mapping[str, Any]) -> None:
        """Raises ValueError for a kind of letter that nobody registered, or one that lacks a value."""
        self._letters.check(kind, params)

    def noticed(self) -> None:
        """A letter was queued in this application context."""
        if has_app_context():
            setattr(g, _QUEUED, True)

    def enqueue(self, session: Session, name: str, params: Mapping[str, Any], due_at: datetime | None = None) -> None:
        """Queue a task, to be done if the session commits, and not before ``due_at``.

        Raises ValueError for one that nobody registered.
        """
        if name not in self._tasks:
            raise ValueError(f"No task is called {name}.")
        job = self._job.s(name, dict(params))
        job.retries = self._tasks[name][1]
        self.huey.storage.enqueue_in(session, self.huey.serialize_task(job), due_at or utcnow())

    # ── What the process that does the jobs calls ──

    def look_round(self, now: datetime) -> None:
        """Queue the sending of letters and the day's work when there is any. Reads only, when there is none."""
        with self.app.app_context():
            token = read_only.set(True)
            try:
                session = current_session(self.app)
                wanted = {"letters": is_due(session, now)}
                wanted["daily"] = bool(open_days_work(session, now.date(), list(self._daily), now))
            finally:
                read_only.reset(token)
        for name, task in (("letters", self._post), ("daily", self._day)):
            if wanted[name] and self._ask(name, now):
                try:
                    task()
                except Exception:
                    self._asked.pop(name, None)
                    raise

    def run_daily(self, now: datetime) -> list[str]:
        """Do what is still to be done of the day's work, and say which pieces those were."""
        done = []
        for name, work in self._daily.items():
            with self.app.app_context():
                session = current_session(self.app)
                if not begin_daily(session, now.date(), name, now):
                    session.rollback()
                    continue
                session.commit()
                try:
                    work(self.app, session, now)
                    end_daily(session, now.date(), name, utcnow())
                    session.commit()
                    done.append(name)
                except Exception as error:
                    session.rollback()
                    # It stays taken for some minutes, then it is begun anew.
                    log.error("daily_failed", work=name, kind=type(error).__name__)
        return done

    def _ask(self, name: str, now: datetime) -> bool:
        with self._lock:
            asked = self._asked.get(name)
            if name in self._begun or (asked is not None and abs(now - asked) < ASK_AGAIN):
                return False
            self._asked[name] = now
            return True

    @contextmanager
    def _doing(self, name: str) -> Iterator[None]:
        self._begun.add(name)
        try:
            yield
        finally:
            self._begun.discard(name)
            self._asked.pop(name, None)

    def _send(self) -> None:
        with self._doing("letters"):
            send_due(self.app, stop=self.stopping)

    def _do_daily(self) -> None:
        with self._doing("daily"):
            self.run_daily(utcnow())

    def _work(self, name: str, params: dict[str, Any]) -> None:
        work, _ = self._tasks[name]
        with self.app.app_context():
            session = current_session(self.app)
            try:
                work(self.app, session, utcnow(), **params)
                session.commit()
            except Exception as error:
                session.rollback()
                log.error("job_failed", job=name, kind=type(error).__name__)
                raise


def register_outbox(app: Flask, settings: Settings) -> None:
    """Set up mail, letters and jobs. Needs the database; everything that writes letters is registered after this."""
    configure_mail(app, settings)
    app.register_blueprint(blueprint)
    letters = app.extensions["letters"] = Letters()
    jobs = app.extensions["jobs"] = Jobs(app, settings, letters)

    @jobs.daily("forget letters")
    def forget(_app: Flask, session: Session, now: datetime) -> None:
        forget_old(session, now - timedelta(days=settings.letter_days))

    if settings.mail != "smtp":
        app.teardown_appcontext(lambda _error: _deliver_at_once(app))


def _deliver_at_once(app: Flask) -> None:
    """A folder or a terminal is always there, so that whoever tries the site out need not wait for another process."""
    if not g.pop(_QUEUED, False):
        return
    current_session(app).close()
    try:
        send_due(app)
    except Exception as error:
        log.error("delivery_failed", kind=type(error).__name__)


def _huey(app: Flask, settings: Settings) -> Any:
    kept: dict[str, Any] = {"results": False, "serializer": _Json(), "engine": engine_of(app)}
    if not settings.jobs:
        return _SiteHuey("coplearn", storage_class=SiteStorage, **kept)
    if not settings.jobs.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError(f"COPLEARN_JOBS must be empty or a redis:// address, not {settings.jobs!r}.")
    return _SiteHuey("coplearn", storage_class=CalledStorage, url=settings.jobs, **kept)
