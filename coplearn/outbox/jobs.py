"""Work for the machine: tasks that slices register, what is done once a day, and the queue they wait in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from flask import Flask, g, has_app_context
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.letters import Letters, blueprint
from coplearn.outbox.mail import configure_mail
from coplearn.outbox.queries import is_due, open_days_work
from coplearn.outbox.queue import JobQueue, TakenJob
from coplearn.outbox.redis_wakeup import CalledQueue
from coplearn.outbox.sending import send_due
from coplearn.outbox.service import begin_daily, end_daily, forget_old
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of, reading
from coplearn.web.logs import kind_and_place

Work = Callable[..., None]
"""A task: called with (app, session, now, **params); what it leaves uncommitted is committed. It may be done twice."""
Daily = Callable[[Flask, Session, datetime], None]
"""A piece of the day's work, done once a day for the whole site; called with (app, session, now). It may be done twice."""

Regular = Callable[[Flask, datetime, Callable[[], bool]], None]
"""Work that is looked at again and again, in every process that does jobs; called with (app, now, stopping). It keeps nothing of
its own in hand: whatever it left undone it finds the next time."""

RETRIES: Final = 4
FIRST_RETRY_SECONDS: Final = 60
GROWTH: Final = 5
_QUEUED: Final = "letters_queued"

log = structlog.get_logger("coplearn.jobs")


class Jobs:
    """The site's jobs, and what every database session is lent to queue letters and jobs."""

    def __init__(self, app: Flask, settings: Settings, letters: Letters) -> None:
        """Raises ValueError when ``settings.jobs`` names no queue that can be used."""
        self.app = app
        self._letters = letters
        self._tasks: dict[str, tuple[Work, int]] = {}
        self._daily: dict[str, Daily] = {}
        self._regular: dict[str, Regular] = {}
        self.stopping: Callable[[], bool] = lambda: False
        """Whether the process that does the jobs is about to stop; long work asks this between two pieces."""
        self.queue = _queue(app, settings)

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

    def regular(self, name: str) -> Callable[[Regular], Regular]:
        """Register work that is done every some seconds, such as a look for what has changed."""

        def register(work: Regular) -> Regular:
            if name in self._regular:
                raise ValueError(f"There is regular work called {name} already.")
            self._regular[name] = work
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
        self.queue.add(session, name, params, due_at or utcnow())

    # ── What the process that does the jobs calls ──

    def work_next(self) -> bool:
        """Do the next job that is due; whether there was one. One that fails is tried again, with growing pauses."""
        job = self.queue.take_or_wait()
        if job is None:
            return False
        try:
            self._work(job)
        except Exception as error:
            self._failed(job, error)
        else:
            self.queue.done(job)
        return True

    def send_letters(self) -> bool:
        """Send the letters that are due; whether there were any."""
        if not self._is_wanted(is_due):
            return False
        send_due(self.app, stop=self.stopping)
        return True

    def do_days_work(self) -> bool:
        """Do what is left of the day's work; whether anything was."""
        left = self._is_wanted(lambda session, now: open_days_work(session, now.date(), list(self._daily), now))
        return left and bool(self.run_daily(utcnow()))

    def do_regular(self) -> bool:
        """Do the regular work once; always False, so that some seconds pass before the next time."""
        for name, work in self._regular.items():
            with self.app.app_context():
                try:
                    work(self.app, utcnow(), self.stopping)
                except Exception as error:
                    log.error("regular_failed", work=name, **kind_and_place(error))
        return False

    def _is_wanted(self, asked: Callable[[Session, datetime], object]) -> bool:
        # Reads only, so that nobody waits for a lock to hear that there is nothing to do.
        with self.app.app_context():
            session = current_session(self.app)
            with reading(session):
                return bool(asked(session, utcnow()))

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
                    log.error("daily_failed", work=name, **kind_and_place(error))
        return done

    def _work(self, job: TakenJob) -> None:
        work, _ = self._tasks[job.name]
        with self.app.app_context():
            session = current_session(self.app)
            try:
                work(self.app, session, utcnow(), **job.params)
                session.commit()
            except Exception:
                session.rollback()
                raise

    def _failed(self, job: TakenJob, error: Exception) -> None:
        # A task that this version does not know was queued by another one: it is kept as long as one that fails.
        retries = self._tasks[job.name][1] if job.name in self._tasks else RETRIES
        last = job.tries >= retries
        log.error("job_failed", job=job.name, tries=job.tries + 1, last=last, **kind_and_place(error))
        if last:
            self.queue.done(job)
        else:
            self.queue.again(job, utcnow() + timedelta(seconds=FIRST_RETRY_SECONDS * GROWTH**job.tries))


def register_outbox(app: Flask, settings: Settings) -> None:
    """Set up mail, letters and jobs. Needs the database; everything that writes letters is registered after this."""
    configure_mail(app, settings)
    app.register_blueprint(blueprint)

    @site_of(app).jobs.daily("forget letters")
    def forget(app: Flask, session: Session, now: datetime) -> None:
        forget_old(session, now - timedelta(days=site_of(app).settings.letter_days))

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
        log.error("delivery_failed", **kind_and_place(error))


def _queue(app: Flask, settings: Settings) -> JobQueue:
    if not settings.jobs:
        return JobQueue(engine_of(app))
    if not settings.jobs.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError(f"COPLEARN_JOBS must be empty or a redis:// address, not {settings.jobs!r}.")
    return CalledQueue(engine_of(app), settings.jobs)
