"""The process that does the jobs: huey's consumer with two threads, and a guard that starts it again when it dies."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import time
from types import FrameType
from typing import Any, Final

import structlog
from flask import Flask

from coplearn.kernel.clock import utcnow
from coplearn.outbox.jobs import Jobs
from coplearn.outbox.lean import Consumer, EmptyData, Scheduler
from coplearn.storage.database import engine_of

THREADS: Final = 2
"""Letters go out while something long is done."""
LONGEST_WAIT_SECONDS: Final = 1.0
STOP_SECONDS: Final = 5
HOLD_EVERY_SECONDS: Final = 30.0
BEAT_EVERY_SECONDS: Final = 60.0
BEAT: Final = "beat"
_STEADY_SECONDS: Final = 60.0
_LONGEST_PAUSE_SECONDS: Final = 30.0

log = structlog.get_logger("coplearn.jobs")


class _Rounds(Scheduler):  # type: ignore[misc] # huey is not typed
    """Huey's scheduler, which also looks for letters and the day's work each second, and shows life."""

    jobs: Jobs
    parent: int | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._held = self._beaten = float("-inf")

    def loop(self, now: Any = None) -> None:
        """One round; stops the consumer when the process that started it is gone."""
        if self.parent is not None and os.getppid() != self.parent:
            self.stop_flag.set()
            return
        try:
            self._round()
        except Exception as error:
            log.error("round_failed", kind=type(error).__name__)
        super().loop(now)

    def _round(self) -> None:
        at, storage = time.monotonic(), self.huey.storage
        if at - self._held >= HOLD_EVERY_SECONDS:
            self._held = at
            storage.hold()
        if at - self._beaten >= BEAT_EVERY_SECONDS:
            self._beaten = at
            self.huey.put(BEAT, {"at": utcnow().isoformat(), "host": socket.gethostname(), "pid": os.getpid()})
        self.jobs.look_round(utcnow())


class _Consumer(Consumer):  # type: ignore[misc] # huey is not typed
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Both mean: end what you have in hand, but not for long.
        self._signal_actions = dict.fromkeys((signal.SIGINT, signal.SIGTERM), (False, True))


class _Told(logging.Handler):
    """Huey's warnings as our log lines: the kind of an error only, because its text may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        log.warning("queue", told=str(record.msg), kind=kind)


def consume(app: Flask, parent: int | None = None) -> None:
    """Do the site's jobs in this process until a signal ends it, or the process ``parent`` is gone."""
    jobs: Jobs = app.extensions["jobs"]
    logger = logging.getLogger("huey")
    logger.handlers, logger.propagate = [_Told(logging.WARNING)], False
    rounds = type("Rounds", (_Rounds,), {"jobs": jobs, "parent": parent})
    kind = type("SiteConsumer", (_Consumer,), {"scheduler_class": rounds})
    consumer = kind(
        jobs.huey, workers=THREADS, periodic=False, max_delay=LONGEST_WAIT_SECONDS, shutdown_timeout=STOP_SECONDS
    )
    jobs.stopping = consumer.stop_flag.is_set
    try:
        consumer.run()
    finally:
        jobs.huey.storage.let_go()


def last_beat(jobs: Jobs) -> dict[str, Any] | None:
    """When, where and in which process the jobs were last seen being done, if ever."""
    data = jobs.huey.storage.peek_data(BEAT)
    if data is EmptyData:
        return None
    beat: dict[str, Any] = json.loads(data)["value"]
    return beat


# ── Beside the server ──


def start_beside(app: Flask) -> int:
    """Fork the process that does the jobs and give back its id. It ends when it is told to, or this process is gone.

    Call it before any thread is started, and with no connection to the database open.
    """
    parent = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        # The terminal's Ctrl+C is the server's: it tells us.
        os.setpgid(0, 0)
        _guard(app, parent)
        code = 0
    except Exception as error:
        log.error("guard_failed", kind=type(error).__name__)
    finally:
        os._exit(code)


def stop_beside(child: int) -> None:
    """End that process and wait until it is gone: some seconds at most."""
    try:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):
        pass


def _guard(app: Flask, parent: int) -> None:
    """Keep one consumer running while the parent lives; whoever dies young is started again after a pause."""
    stopped: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopped.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    pause = 1.0
    while not stopped and os.getppid() == parent:
        began, consumer = time.monotonic(), _fork_consumer(app)
        while _is_alive(consumer) and not stopped and os.getppid() == parent:
            time.sleep(0.2)
        if stopped or os.getppid() != parent:
            _end(consumer)
            return
        steady = time.monotonic() - began >= _STEADY_SECONDS
        pause = 1.0 if steady else min(pause * 2, _LONGEST_PAUSE_SECONDS)
        log.error("consumer_died", again_in=pause)
        until = time.monotonic() + pause
        while time.monotonic() < until and not stopped and os.getppid() == parent:
            time.sleep(0.2)


def _fork_consumer(app: Flask) -> int:
    guard = os.getpid()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        # Whatever connection the fork copied belongs to the process it was made in.
        engine_of(app).dispose(close=False)
        consume(app, guard)
        code = 0
    except Exception as error:
        log.error("consumer_failed", kind=type(error).__name__)
    finally:
        os._exit(code)


def _is_alive(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def _end(consumer: int) -> None:
    until = time.monotonic() + STOP_SECONDS + 1
    try:
        os.kill(consumer, signal.SIGTERM)
        while _is_alive(consumer):
            if time.monotonic() > until:
                os.kill(consumer, signal.SIGKILL)
            time.sleep(0.05)
    except ProcessLookupError:
        pass
