"""Work for the machine is done if its cause was saved, at least once, and once a day where it is daily."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
import time_machine
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox import consumer
from coplearn.outbox.jobs import RETRIES, Jobs
from coplearn.outbox.models import LetterStop
from coplearn.outbox.queries import STANDS_STILL_AFTER, jobs_standing, last_beat, stands_still
from coplearn.outbox.queue import HOLD_FOR
from coplearn.outbox.rules import CLAIM_FOR
from coplearn.outbox.service import enqueue
from coplearn.site import site_of
from coplearn.storage.database import current_session, sqlite_module
from tests.counting import counted
from tests.once import DATABASE
from tests.outbox.posting import queue_note

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MakeSite = Callable[..., Flask]


class JobSite:
    """A site with a task that writes down what it was given, and fails as often as it is told."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.jobs: Jobs = site_of(app).jobs
        self.done: list[dict[str, Any]] = []
        self.fails = 0
        self.jobs.task("write-down")(self._write_down)

    def _write_down(self, app: Flask, session: Session, now: datetime, **params: Any) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("not now")
        self.done.append(params)

    def queue(self, commit: bool = True, **params: Any) -> None:
        """Hand the task over."""
        with self.app.app_context():
            session = current_session(self.app)
            enqueue(session, "write-down", params)
            if commit:
                session.commit()

    def work(self) -> bool:
        """Do the next job, if any is due."""
        return self.jobs.work_next()

    def standing(self) -> tuple[int, int]:
        """Jobs that wait, and those in hand."""
        with self.app.app_context():
            return jobs_standing(current_session(self.app), utcnow())


@pytest.fixture(scope="module")
def module_job_site(quiet_site: Flask) -> JobSite:
    """A job_site on each kind of database."""
    return JobSite(quiet_site)


@pytest.fixture
def job_site(module_job_site: JobSite, post_app: Flask) -> JobSite:
    """That job_site, with nothing done and nothing to do."""
    module_job_site.done.clear()
    return module_job_site


def test_job_is_done_when_its_cause_was_saved(job_site: JobSite) -> None:
    """What was rolled back leaves no job behind."""
    job_site.queue(commit=False, number=1)
    assert not job_site.work()
    job_site.queue(number=2)
    assert job_site.work()
    assert not job_site.work()
    assert job_site.done == [{"number": 2}]
    assert job_site.standing() == (0, 0)


def test_job_of_a_worker_that_died_is_done_by_another(job_site: JobSite) -> None:
    """After two minutes without a sign of life; with signs of life it stays where it is."""
    with time_machine.travel(NOW, tick=False) as clock:
        job_site.queue(number=1)
        assert job_site.jobs.queue.take() is not None
        clock.shift(HOLD_FOR - timedelta(seconds=1))
        job_site.jobs.queue.hold()
        clock.shift(HOLD_FOR - timedelta(seconds=1))
        assert not job_site.work()
        assert job_site.standing() == (0, 1)
        clock.shift(timedelta(seconds=1))
        assert job_site.work()
    assert job_site.done == [{"number": 1}]


def test_job_that_a_stopping_worker_leaves_is_taken_at_once(job_site: JobSite) -> None:
    """A restart of the site delays nothing."""
    job_site.queue(number=1)
    assert job_site.jobs.queue.take() is not None
    job_site.jobs.queue.let_go()
    assert job_site.work()
    assert job_site.done == [{"number": 1}]


@pytest.mark.filterwarnings("ignore")
def test_job_that_fails_is_tried_again_later(job_site: JobSite) -> None:
    """After a minute, then after five; nothing is done in between."""
    with time_machine.travel(NOW, tick=False) as clock:
        job_site.fails = 2
        job_site.queue(number=1)
        assert job_site.work()
        assert not job_site.work()
        clock.shift(timedelta(seconds=61))
        assert job_site.work()
        clock.shift(timedelta(seconds=61))
        assert not job_site.work()
        clock.shift(timedelta(seconds=300))
        assert job_site.work()
    assert job_site.done == [{"number": 1}]


def test_jobs_are_shared_by_many_workers(job_site: JobSite) -> None:
    """Eight workers do forty jobs, each of them once."""
    for number in range(40):
        job_site.queue(number=number)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [None for _ in iter(job_site.work, False)], range(8)))
    while job_site.work():
        pass
    assert sorted(done["number"] for done in job_site.done) == list(range(40))


def test_job_that_fails_each_time_is_given_up_and_told(job_site: JobSite) -> None:
    """After the last retry it is gone; nothing is tried for ever."""
    with time_machine.travel(NOW, tick=False) as clock:
        job_site.fails = 100
        job_site.queue(number=1)
        for _ in range(RETRIES + 1):
            assert job_site.work()
            clock.shift(timedelta(hours=3))
        job_site.fails = 0
        assert not job_site.work()
    assert (job_site.done, job_site.standing()) == ([], (0, 0))


def test_job_of_another_version_waits_for_a_version_that_knows_it(job_site: JobSite) -> None:
    """A task that nobody registered here is not dropped at once: an older process may still run during an upgrade."""
    with time_machine.travel(NOW, tick=False), job_site.app.app_context():
        session = current_session(job_site.app)
        job_site.jobs.queue.add(session, "from-tomorrow", {}, NOW)
        session.commit()
        assert job_site.work()
        assert job_site.standing() == (1, 0)


def test_unknown_task_is_refused_when_it_is_queued(job_site: JobSite) -> None:
    """A mistake in the code shows at once."""
    with job_site.app.app_context(), pytest.raises(ValueError, match="nobody-knows"):
        enqueue(current_session(job_site.app), "nobody-knows", {})


def test_life_is_shown_by_each_machine_and_missed_after_minutes(job_site: JobSite) -> None:
    """Whoever asks learns when the jobs were last done, and that they stand still."""
    with time_machine.travel(NOW, tick=False) as clock, job_site.app.app_context():
        session = current_session(job_site.app)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: job_site.jobs.queue.beat(), range(4)))
        beat = last_beat(session)
        assert beat is not None
        assert (beat.at, beat.pid) == (NOW, os.getpid())
        assert not stands_still(session, utcnow())
        clock.shift(STANDS_STILL_AFTER + timedelta(seconds=1))
        assert stands_still(session, utcnow())


def test_daily_work_is_done_once_by_many_machines(job_site: JobSite) -> None:
    """Eight at once do it once; the next day it is done again."""
    days: list[datetime] = []
    job_site.jobs.daily("count")(lambda app, session, now: days.append(now))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: job_site.jobs.run_daily(NOW), range(8)))
    assert days == [NOW]
    job_site.jobs.run_daily(NOW + timedelta(hours=11))
    job_site.jobs.run_daily(NOW + timedelta(days=1))
    assert days == [NOW, NOW + timedelta(days=1)]


def test_daily_work_that_failed_is_begun_anew(job_site: JobSite) -> None:
    """After some minutes, on the same day; other work does not suffer from it."""
    calls: list[str] = []

    def fail_first(app: Flask, session: Session, now: datetime) -> None:
        calls.append("tried")
        if len(calls) == 1:
            raise RuntimeError("not now")

    job_site.jobs.daily("a")(fail_first)
    job_site.jobs.daily("b")(lambda app, session, now: calls.append("other"))
    job_site.jobs.run_daily(NOW)
    job_site.jobs.run_daily(NOW)
    assert calls == ["tried", "other"]
    job_site.jobs.run_daily(NOW + CLAIM_FOR)
    assert calls == ["tried", "other", "tried"]


def test_days_work_is_done_and_then_left_alone(job_site: JobSite) -> None:
    """A fresh site has its daily work to do; when it is done there is none, and asking writes nothing."""
    assert job_site.jobs.do_days_work()
    with counted(job_site.app) as sent:
        assert not job_site.jobs.do_days_work()
    assert len(sent) == 1


def test_letters_that_are_due_are_found(make_app: MakeSite, migrated_url: str) -> None:
    """Those for later are left."""
    app = make_app(database_url=migrated_url, mail="smtp", mail_server="127.0.0.1", mail_port=9)
    jobs = site_of(app).jobs
    assert not jobs.send_letters()
    queue_note(app, "one", now=NOW, kind="account-welcome", params={"text": "Hello"})
    assert jobs.send_letters()


def test_status_tells_how_things_stand(app: Flask) -> None:
    """Whoever runs the site sees letters, jobs, and that nobody does them."""
    found = app.test_cli_runner().invoke(args=["jobs", "status"])
    assert found.exit_code == 0, found.output
    assert "0 waiting" in found.output
    assert "coplearn jobs run" in found.output


def test_looking_for_work_waits_for_no_writer(app: Flask) -> None:
    """Somebody holds the database's one write lock: whoever finds nothing to do is in nobody's way, and does not fail."""
    path = site_of(app).settings.instance_path / DATABASE
    jobs = site_of(app).jobs
    jobs.do_days_work()
    with closing(sqlite_module().connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not jobs.work_next()
        assert not jobs.send_letters()
        assert not jobs.do_days_work()
        other.execute("ROLLBACK")


def test_round_that_failed_says_what_and_where(make_app: MakeSite) -> None:
    """Which of the machine's tasks, where in our code, and what the database calls it; no word of anybody's."""
    app, stop = make_app(log_level="ERROR"), threading.Event()

    def take_twice() -> bool:
        stop.set()
        with app.app_context():
            session = current_session(app)
            for _ in range(2):
                session.execute(insert(LetterStop).values(code="c" * 64, kind="ana@example.org"))
        return True

    with structlog.testing.capture_logs() as lines:
        consumer._repeat(take_twice, 0.0, stop)
    (line,) = [one for one in lines if one["event"] == "round_failed"]
    assert (line["what"], line["kind"]) == ("take_twice", "IntegrityError")
    assert line["database"].startswith("SQLITE_CONSTRAINT")
    assert re.fullmatch(r".+/consumer\.py:\d+", line["place"])
    assert "ana@" not in str(line)
