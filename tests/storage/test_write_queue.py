"""A writer waits its turn, and not for ever; whoever reads is not kept waiting by those who cannot write."""

from __future__ import annotations

import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from coplearn.storage.database import BUSY_TIMEOUT_MS, engine_options, prepare_engine, sqlite_module
from coplearn.storage.write_queue import WRITER_SECONDS, WriteQueue
from tests.journeys.site import serving, the_course


def seconds_of(call: Callable[[], object]) -> float:
    """How long that took to be refused."""
    began = time.monotonic()
    with pytest.raises(OperationalError):
        call()
    return time.monotonic() - began


def enter(turn: WriteQueue) -> None:
    """Take the turn and give it back."""
    with turn.taken():
        pass


def test_queue_across_processes_has_one_deadline(tmp_path: Path) -> None:
    """Somebody else has the file's turn and keeps it: the first waits as long as writers wait, those behind hardly at all."""
    file = str(tmp_path / "one.sqlite3")
    theirs, ours = WriteQueue(file), WriteQueue(file, seconds=1.5, behind_seconds=0.2)
    with theirs.taken(), ThreadPoolExecutor(4) as threads:
        first = threads.submit(seconds_of, lambda: enter(ours))
        while not ours._lock.locked():
            pass
        behind = [threads.submit(seconds_of, lambda: enter(ours)) for _ in range(3)]
        assert all(one.result() < 1.2 for one in behind)
        assert 1.4 < first.result() < 5
    enter(ours)


def test_turn_passes_on_to_whoever_waits(tmp_path: Path) -> None:
    """Twenty writers on two queues over one file, and each has its turn alone."""
    file = str(tmp_path / "one.sqlite3")
    turns, inside, most = (WriteQueue(file), WriteQueue(file)), threading.Semaphore(1), []

    def write(number: int) -> None:
        with turns[number % 2].taken():
            most.append(inside.acquire(blocking=False))
            inside.release()

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(write, range(200)))
    assert most == [True] * 200


def test_wait_for_the_turn_and_for_the_lock_are_one(tmp_path: Path) -> None:
    """Two processes want to write while a third holds the lock: both are refused in the time one waits, not in turn."""
    engines = [create_engine(**engine_options(f"sqlite:///{tmp_path / 'one.sqlite3'}")) for _ in range(2)]
    for engine in engines:
        prepare_engine(engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS note (id INTEGER)"))

    def write(engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO note VALUES (1)"))
            assert connection.execute(text("PRAGMA busy_timeout")).scalar() == BUSY_TIMEOUT_MS

    with closing(sqlite_module().connect(tmp_path / "one.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(2) as threads:
            took = list(threads.map(lambda engine: seconds_of(lambda: write(engine)), engines))
        other.execute("ROLLBACK")
    assert max(took) < 1.5 * WRITER_SECONDS
    for engine in engines:
        write(engine)
        engine.dispose()


@pytest.mark.whole
def test_site_is_read_while_nobody_can_write(tmp_path: Path) -> None:
    """Another process holds the lock and four people answer: all are told, most at once, and pages are made meanwhile."""
    with serving(tmp_path, {"COPLEARN_JOBS_HERE": "0", "COPLEARN_WORKERS": "1"}) as site:
        course = the_course()
        path = f"/en/c/{course.code}/{next(iter(course.items.values())).code}"
        cookie, form = _form(site.url + path)
        with closing(sqlite_module().connect(site.instance / "coplearn.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with ThreadPoolExecutor(4) as people:
                writers = [people.submit(_press, site.url + path, cookie, form) for _ in range(4)]
                while not any(one.done() for one in writers):
                    pass
                # The first still waits for the lock, and a page takes as long as a page takes.
                began = time.monotonic()
                for _ in range(3):
                    urllib.request.urlopen(site.url + path, timeout=60).read()
                assert time.monotonic() - began < WRITER_SECONDS / 2
                assert [one.result() for one in writers] == [(503, "5")] * 4
            other.execute("ROLLBACK")
        assert _press(site.url + path, cookie, form)[0] == 200


def _form(address: str) -> tuple[str, bytes]:
    """The cookie and the hidden fields of a visitor's page."""
    with urllib.request.urlopen(address, timeout=60) as page:
        text_of, cookies = page.read().decode(), page.headers.get_all("Set-Cookie")
    hidden = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', text_of)
    return "; ".join(one.partition(";")[0] for one in cookies), urlencode(hidden).encode()


def _press(address: str, cookie: str, form: bytes) -> tuple[int, str]:
    """What a press on the page's button leads to, and when to try again."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, form, {"Cookie": cookie}), timeout=60) as page:
            return page.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Retry-After", "")
