"""Work for the machine is done if its cause was saved, at least once, and once a day where it is daily."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.outbox.jobs import ASK_AGAIN, Jobs
from coplearn.outbox.queries import jobs_standing
from coplearn.outbox.rules import CLAIM_FOR
from coplearn.outbox.service import enqueue
from coplearn.outbox.storage import HOLD_FOR
from coplearn.storage.database import current_session, engine_of
from tests.outbox.posting import queue_note

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MakeSite = Callable[..., Flask]


class Desk:
    """A site with a task that writes down what it was given, and fails as often as it is told."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.jobs: Jobs = app.extensions["jobs"]
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
        task = self.jobs.huey.dequeue()
        if task is not None:
            self.jobs.huey.execute(task)
        return task is not None

    def standing(self) -> tuple[int, int]:
        """Jobs that wait, and those in hand."""
        with self.app.app_context():
            return jobs_standing(current_session(self.app), utcnow())


@pytest.fixture(scope="module")
def module_desk(quiet_site: Flask) -> Desk:
    """A desk on each kind of database."""
    return Desk(quiet_site)


@pytest.fixture
def desk(module_desk: Desk, post_app: Flask) -> Desk:
    """That desk, with nothing done and nothing to do."""
    module_desk.done.clear()
    return module_desk


def test_job_is_done_when_its_cause_was_saved(desk: Desk) -> None:
    """What was rolled back leaves no job behind."""
    desk.queue(commit=False, number=1)
    assert not desk.work()
    desk.queue(number=2)
    assert desk.work()
    assert not desk.work()
    assert desk.done == [{"number": 2}]
    assert desk.standing() == (0, 0)


def test_job_of_a_worker_that_died_is_done_by_another(desk: Desk) -> None:
    """After two minutes without a sign of life; with signs of life it stays where it is."""
    with time_machine.travel(NOW, tick=False) as clock:
        desk.queue(number=1)
        assert desk.jobs.huey.dequeue() is not None
        clock.shift(HOLD_FOR - timedelta(seconds=1))
        desk.jobs.huey.storage.hold()
        clock.shift(HOLD_FOR - timedelta(seconds=1))
        assert not desk.work()
        assert desk.standing() == (0, 1)
        clock.shift(timedelta(seconds=1))
        assert desk.work()
    assert desk.done == [{"number": 1}]


def test_job_that_a_stopping_worker_leaves_is_taken_at_once(desk: Desk) -> None:
    """A restart of the site delays nothing."""
    desk.queue(number=1)
    assert desk.jobs.huey.dequeue() is not None
    desk.jobs.huey.storage.let_go()
    assert desk.work()
    assert desk.done == [{"number": 1}]


@pytest.mark.filterwarnings("ignore")
def test_job_that_fails_is_tried_again_later(desk: Desk) -> None:
    """After a minute, then after five; nothing is done in between."""
    with time_machine.travel(NOW, tick=False) as clock:
        desk.fails = 2
        desk.queue(number=1)
        assert desk.work()
        assert not desk.work()
        clock.shift(timedelta(seconds=61))
        assert desk.work()
        clock.shift(timedelta(seconds=61))
        assert not desk.work()
        clock.shift(timedelta(seconds=300))
        assert desk.work()
    assert desk.done == [{"number": 1}]


def test_jobs_are_shared_by_many_workers(desk: Desk) -> None:
    """Eight workers do forty jobs, each of them once."""
    for number in range(40):
        desk.queue(number=number)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: [None for _ in iter(desk.work, False)], range(8)))
    while desk.work():
        pass
    assert sorted(done["number"] for done in desk.done) == list(range(40))


def test_job_is_kept_as_data_that_runs_nothing(desk: Desk) -> None:
    """What stands in the table is JSON: reading a forged row cannot start a program."""
    desk.queue(number=1)
    (data,) = desk.jobs.huey.storage.enqueued_items()
    assert json.loads(data)["task"]["args"] == ["write-down", {"number": 1}]


def test_unknown_task_is_refused_when_it_is_queued(desk: Desk) -> None:
    """A mistake in the code shows at once."""
    with desk.app.app_context(), pytest.raises(ValueError, match="nobody-knows"):
        enqueue(current_session(desk.app), "nobody-knows", {})


def test_values_of_the_queue_are_kept_and_taken(desk: Desk) -> None:
    """What huey keeps beside the queue (marks, counters) works as its own storages do."""
    storage = desk.jobs.huey.storage
    assert [storage.incr("c"), storage.incr("c", 4)] == [1, 5]
    desk.jobs.huey.put("k", {"a": 1})
    assert desk.jobs.huey.get("k", peek=True) == {"a": 1}
    assert desk.jobs.huey.get("k") == {"a": 1}
    assert desk.jobs.huey.get("k") is None
    assert storage.put_if_empty("lock", b"1")
    assert not storage.put_if_empty("lock", b"1")


def test_values_are_kept_by_many_at_once(desk: Desk) -> None:
    """Eight machines that show life or count at the same moment do not get in each other's way."""
    storage = desk.jobs.huey.storage
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: storage.put_data("beat", str(number).encode()), range(8)))
        counted = list(pool.map(lambda _: storage.incr("together"), range(8)))
        first = list(pool.map(lambda _: storage.put_if_empty("mine", b"1"), range(8)))
    assert sorted(counted) == list(range(1, 9))
    assert first.count(True) == 1


def test_daily_work_is_done_once_by_many_machines(desk: Desk) -> None:
    """Eight at once do it once; the next day it is done again."""
    days: list[datetime] = []
    desk.jobs.daily("count")(lambda app, session, now: days.append(now))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: desk.jobs.run_daily(NOW), range(8)))
    assert days == [NOW]
    desk.jobs.run_daily(NOW + timedelta(hours=11))
    desk.jobs.run_daily(NOW + timedelta(days=1))
    assert days == [NOW, NOW + timedelta(days=1)]


def test_daily_work_that_failed_is_begun_anew(desk: Desk) -> None:
    """After some minutes, on the same day; other work does not suffer from it."""
    calls: list[str] = []

    def fail_first(app: Flask, session: Session, now: datetime) -> None:
        calls.append("tried")
        if len(calls) == 1:
            raise RuntimeError("not now")

    desk.jobs.daily("a")(fail_first)
    desk.jobs.daily("b")(lambda app, session, now: calls.append("other"))
    desk.jobs.run_daily(NOW)
    desk.jobs.run_daily(NOW)
    assert calls == ["tried", "other"]
    desk.jobs.run_daily(NOW + CLAIM_FOR)
    assert calls == ["tried", "other", "tried"]


def test_look_round_queues_each_kind_of_work_once(desk: Desk) -> None:
    """A fresh site has its daily work to do; asking again queues it no second time, and when it is done there is none."""
    desk.jobs.look_round(NOW)
    desk.jobs.look_round(NOW)
    assert desk.standing() == (1, 0)
    assert desk.work()
    desk.jobs.look_round(utcnow())
    assert desk.standing() == (0, 0)


@pytest.fixture
def fresh_desk(make_app: MakeSite, migrated_url: str) -> Desk:
    """A desk that asked for nothing yet, with a letter that waits and the day's work done."""
    app = make_app(database_url=migrated_url, mail="smtp", mail_server="127.0.0.1", mail_port=9)
    queue_note(app, "one", now=NOW, kind="account-welcome", params={"text": "Hello"})
    desk = Desk(app)
    desk.jobs.run_daily(NOW)
    return desk


def test_letters_are_asked_for_again_when_who_took_the_asking_died(fresh_desk: Desk) -> None:
    """Another machine took the job from the queue and is gone: or else no letter would ever leave from here again."""
    jobs = fresh_desk.jobs
    jobs.look_round(NOW)
    assert jobs.huey.storage.dequeue() is not None
    jobs.huey.storage.done()
    jobs.look_round(NOW)
    assert fresh_desk.standing() == (0, 0)
    jobs.look_round(NOW + ASK_AGAIN)
    assert fresh_desk.standing() == (1, 0)


def test_letters_are_asked_for_again_at_once_when_the_queue_was_away(fresh_desk: Desk) -> None:
    """A database that cannot be written for a moment holds no letter up for longer than that."""

    def away(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO job "):
            raise OSError("away")

    engine = engine_of(fresh_desk.app)
    event.listen(engine, "before_cursor_execute", away)
    with pytest.raises(OSError, match="away"):
        fresh_desk.jobs.look_round(NOW)
    event.remove(engine, "before_cursor_execute", away)
    fresh_desk.jobs.look_round(NOW)
    assert fresh_desk.standing() == (1, 0)


def test_status_tells_how_things_stand(app: Flask) -> None:
    """Whoever runs the site sees letters, jobs, and that nobody does them."""
    found = app.test_cli_runner().invoke(args=["jobs", "status"])
    assert found.exit_code == 0, found.output
    assert "0 waiting" in found.output
    assert "coplearn jobs run" in found.output
