"""Redis calls the workers and is trusted with nothing: whatever becomes of it, letters go out and jobs are done."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from redis import Redis
from sqlalchemy import select

from coplearn.cohorts.common.models.cohort import RosterImport
from coplearn.outbox.consumer import JOB_THREADS
from coplearn.outbox.queue import HOLD_FOR
from coplearn.outbox.redis_wakeup import CALLS, CalledQueue
from coplearn.settings import HOME, INSTALL_EXTRAS
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.people.test_joining_pages import TRAINER, Place, signed_in
from tests.cohorts.worlds import put_cohort, put_staff
from tests.journeys.site import serving
from tests.outbox.posting import mail_server, queue_note
from tests.outbox.redis_server import RedisServer
from tests.outbox.test_job_queue import JobSite

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MakeSite = Callable[..., Flask]
WELCOME: dict[str, Any] = {"kind": "account-welcome", "params": {"text": "Hello"}}


@pytest.fixture
def called(make_app: MakeSite, redis: RedisServer) -> JobSite:
    """A site whose workers are called through Redis, with a task that writes down what it was given."""
    return JobSite(make_app(jobs=redis.url))


def _post(port: int, redis: RedisServer) -> dict[str, str]:
    return {
        "COPLEARN_JOBS": redis.url,
        "COPLEARN_MAIL": "smtp",
        "COPLEARN_MAIL_SERVER": "127.0.0.1",
        "COPLEARN_MAIL_PORT": str(port),
        "COPLEARN_SECRET_KEY": "k" * 40,
    }


def test_job_is_done_when_its_cause_was_saved_and_once_though_called_for_twice(
    called: JobSite, redis: RedisServer
) -> None:
    """What was rolled back calls nobody; two calls for one job are one job; what is left in Redis runs out by itself."""
    with Redis(port=redis.port) as client:
        called.queue(commit=False, number=1)
        assert not client.exists(CALLS)
        called.queue(number=2)
        queue = called.jobs.queue
        assert isinstance(queue, CalledQueue)
        queue.call()
        assert client.llen(CALLS) == 2
        while called.work():
            pass
        assert 0 < int(client.ttl(CALLS)) <= 60
    assert called.done == [{"number": 2}]
    assert called.standing() == (0, 0)


def test_waiting_worker_is_called_at_once(make_app: MakeSite, redis: RedisServer) -> None:
    """A worker that would not look for a minute by itself takes the job the moment it is saved."""
    app = make_app(jobs=redis.url)
    queue = CalledQueue(engine_of(app), redis.url, look=60)
    with ThreadPoolExecutor(1) as pool, redis.watched() as commands:
        taken = pool.submit(queue.take_or_wait)
        assert any(command.startswith("BRPOP") for _, command in commands)
        JobSite(app).queue(number=1)
        job = taken.result(30)
    assert job is not None and job.params == {"number": 1}


def test_jobs_are_shared_by_many_workers(called: JobSite) -> None:
    """Eight workers, all called at once, do forty jobs, each of them once."""
    with ThreadPoolExecutor(8) as pool:
        working = [pool.submit(lambda: [None for _ in iter(called.work, False)]) for _ in range(8)]
        for number in range(40):
            called.queue(number=number)
        for one in working:
            one.result()
    while called.work():
        pass
    assert sorted(done["number"] for done in called.done) == list(range(40))


def test_job_of_a_worker_that_died_is_done_by_another_though_redis_forgot_everything(
    called: JobSite, redis: RedisServer
) -> None:
    """The job is in nobody's memory but the database's."""
    with time_machine.travel(NOW, tick=False) as clock:
        called.queue(number=1)
        assert called.jobs.queue.take() is not None
        redis.stop()
        redis.start()
        assert not called.work()
        clock.shift(HOLD_FOR)
        assert called.work()
    assert called.done == [{"number": 1}]


@pytest.mark.filterwarnings("ignore")
def test_job_that_fails_is_tried_again_later(called: JobSite) -> None:
    """After a minute, as without Redis."""
    with time_machine.travel(NOW, tick=False) as clock:
        called.fails = 1
        called.queue(number=1)
        assert called.work()
        assert not called.work()
        clock.shift(timedelta(seconds=61))
        assert called.work()
    assert called.done == [{"number": 1}]


def test_page_that_queues_a_job_is_answered_though_redis_is_gone(make_app: MakeSite, redis: RedisServer) -> None:
    """A large list is taken in: the person sees its page, and the machine looks at it, with Redis still gone."""
    app = make_app(jobs=redis.url)
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        put_staff(session, cohort, TRAINER, "trainer")
        session.commit()
        place = Place(app, signed_in(app, TRAINER), cohort.public_id)
    lines = "".join(f"Person {number};p{number}@example.org\n" for number in range(12_000))
    redis.stop()
    answer = place.send(place.path("people/roster"), file=(io.BytesIO(f"Name;Mail\n{lines}".encode()), "list.csv"))
    assert answer.status_code == 303
    assert "is being read" in place.trainer.get(answer.location).text
    assert JobSite(app).work()
    with app.app_context():
        assert current_session(app).scalars(select(RosterImport.state)).all() == ["looked"]


@pytest.mark.whole
def test_letters_go_out_once_and_also_while_redis_is_gone(
    make_app: MakeSite, redis: RedisServer, tmp_path: Path
) -> None:
    """The served site sends with Redis, without it, and uses it again by itself when it is back; each letter comes once."""
    with mail_server() as server:
        app = make_app(jobs=redis.url, mail="smtp", mail_server="127.0.0.1", mail_port=server.port)
        with serving(tmp_path, _post(server.port, redis)):
            queue_note(app, "with", to="with@example.org", **WELCOME)
            server.wait_for(1)
            redis.heard("BRPOP", clients=JOB_THREADS)
            redis.stop()
            queue_note(app, "without", to="without@example.org", **WELCOME)
            queue_note(app, "without", to="without@example.org", **WELCOME)
            server.wait_for(2)
            redis.start()
            redis.heard("BRPOP")
            queue_note(app, "again", to="again@example.org", **WELCOME)
            server.wait_for(3)
    assert [str(one["To"]) for one in server.taken] == [f"{who}@example.org" for who in ("with", "without", "again")]


def test_status_tells_whether_redis_answers(called: JobSite, redis: RedisServer) -> None:
    """And that the work goes on without it."""
    runner = called.app.test_cli_runner()
    assert "Redis: answers" in runner.invoke(args=["jobs", "status"]).output
    redis.stop()
    told = runner.invoke(args=["jobs", "status"])
    assert told.exit_code == 0
    assert "Redis: no answer (ConnectionError)" in told.output


@pytest.mark.whole
def test_redis_without_its_package_says_what_to_do(tmp_path: Path) -> None:
    """The message names the command; a site that keeps to the database starts without the package and never loads it."""
    environment = {**os.environ, "COPLEARN_INSTANCE_PATH": str(tmp_path), "COPLEARN_LOG_LEVEL": "CRITICAL"}
    start = "import sys; sys.modules['redis'] = None; import coplearn.wsgi"
    found = {}
    for jobs in ("redis://127.0.0.1:6379/0", ""):
        command = [sys.executable, "-c", start]
        found[jobs] = subprocess.run(
            command, cwd=HOME, env={**environment, "COPLEARN_JOBS": jobs}, capture_output=True, text=True, check=False
        )
    refused, started = found.values()
    assert refused.returncode == 1
    assert f"Install it with: {INSTALL_EXTRAS}" in refused.stderr
    assert started.returncode == 0, started.stderr


def test_address_that_cannot_be_read_is_refused_at_the_start(make_app: MakeSite) -> None:
    """The message names the setting, and a password in it stays out of the log."""
    with pytest.raises(ValueError, match="COPLEARN_JOBS"):
        make_app(jobs="amqp://localhost")
    with pytest.raises(ValueError, match="COPLEARN_JOBS") as told:
        make_app(jobs="redis://:secret@localhost:six/0")
    assert "secret" not in str(told.value)
