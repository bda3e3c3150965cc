"""The process that does the jobs, and the thread beside the server that starts it again when it dies."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog
from flask import Flask

from coplearn.outbox.jobs import Jobs
from coplearn.site import site_of
from coplearn.storage.database import engine_of
from coplearn.web.logs import kind_and_place

JOB_THREADS: Final = 2
"""A short job is done while a long one is in hand; letters and the day's work have a thread each."""
IDLE_SECONDS: Final = 1.0
"""How long a thread that found nothing to do waits before it looks again."""
REGULAR_SECONDS: Final = 10.0
"""How often the regular work is done."""
FIRST_REGULAR_SECONDS: Final = 20.0
"""How long a new process leaves it, for the sake of those who wait for the first pages."""
STOP_SECONDS: Final = 5
HOLD_EVERY_SECONDS: Final = 30.0
"""How often a process shows that it lives: its jobs stay in its hands, and everybody can see that jobs are done."""
_LOOK_SECONDS: Final = 0.2
_STEADY_SECONDS: Final = 60.0
_LONGEST_PAUSE_SECONDS: Final = 30.0

log = structlog.get_logger("coplearn.jobs")


def consume(app: Flask, parent: int | None = None) -> None:
    """Do the site's jobs in this process until a signal ends it, or the process ``parent`` is gone."""
    jobs = site_of(app).jobs
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    jobs.stopping = stop.is_set
    tasks = [jobs.work_next] * JOB_THREADS + [jobs.send_letters, jobs.do_days_work]
    idle = [0.0 if jobs.queue.waits else IDLE_SECONDS] * JOB_THREADS + [IDLE_SECONDS, IDLE_SECONDS]
    threads = [
        threading.Thread(target=_repeat, args=(task, pause, stop), daemon=True)
        for task, pause in zip(tasks, idle, strict=True)
    ]
    threads.append(threading.Thread(target=_regularly, args=(jobs, stop), daemon=True))
    for thread in threads:
        thread.start()
    try:
        _show_life(jobs, stop, parent)
    finally:
        stop.set()
        deadline = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        jobs.queue.let_go()


def _repeat(task: Callable[[], bool], pause: float, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            worked = task()
        except Exception as error:
            # The database may be away for a moment.
            log.error("round_failed", what=task.__name__, **kind_and_place(error))
            worked = False
            stop.wait(IDLE_SECONDS)
        if not worked:
            stop.wait(pause)


def _regularly(jobs: Jobs, stop: threading.Event) -> None:
    if not stop.wait(FIRST_REGULAR_SECONDS):
        _repeat(jobs.do_regular, REGULAR_SECONDS, stop)


def _show_life(jobs: Jobs, stop: threading.Event, parent: int | None) -> None:
    shown = float("-inf")
    while not stop.is_set() and (parent is None or os.getppid() == parent):
        if time.monotonic() - shown >= HOLD_EVERY_SECONDS:
            try:
                jobs.queue.hold()
                jobs.queue.beat()
                shown = time.monotonic()
            except Exception as error:
                log.error("round_failed", what="show_life", **kind_and_place(error))
        stop.wait(IDLE_SECONDS)


class ConsumerBeside:
    """The process beside the server that does the jobs: begun before the server, started again when it dies."""

    def __init__(self, app: Flask) -> None:
        """Fork the process. Call it with no connection to the database open."""
        self._app = app
        self._stop = threading.Event()
        self._child = _fork_consumer(app)
        self._watch = threading.Thread(target=self._keep, daemon=True)
        self._watch.start()

    def stop(self) -> None:
        """End the process and wait until it is gone: some seconds at most."""
        self._stop.set()
        self._watch.join()
        until = time.monotonic() + STOP_SECONDS + 1
        try:
            os.kill(self._child, signal.SIGTERM)
            while _is_alive(self._child):
                if time.monotonic() > until:
                    os.kill(self._child, signal.SIGKILL)
                time.sleep(0.05)
        except ProcessLookupError:
            pass

    def _keep(self) -> None:
        pause, began = 1.0, time.monotonic()
        while not self._stop.wait(_LOOK_SECONDS):
            if _is_alive(self._child):
                continue
            # Whoever dies young is started again after a longer pause each time.
            pause = 1.0 if time.monotonic() - began >= _STEADY_SECONDS else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            log.error("consumer_died", again_in=pause)
            if self._stop.wait(pause):
                return
            self._child, began = _fork_consumer(self._app), time.monotonic()


def _fork_consumer(app: Flask) -> int:
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        # The terminal's Ctrl+C is the server's: it tells us.
        os.setpgid(0, 0)
        # Whatever connection the fork copied belongs to the process it was made in.
        engine_of(app).dispose(close=False)
        consume(app, parent)
        code = 0
    except Exception as error:
        log.error("consumer_failed", **kind_and_place(error))
    finally:
        os._exit(code)


def _is_alive(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False
