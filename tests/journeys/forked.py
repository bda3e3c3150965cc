"""Servers forked from a process that has loaded the code already: Python loads it for seconds, and once is enough."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

from coplearn.settings import HOME


@cache
def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["coplearn.__main__", "coplearn.courses.preload", "coplearn.server", __name__])
    return context


class ForkedServer:
    """`coplearn serve` with that environment and nothing else of this process but copies of the pipe's ends ``kept``.

    What it says goes to ``log``.
    """

    def __init__(self, environment: Mapping[str, str], log: Path, kept: Sequence[Connection] = ()) -> None:
        # Ended with this process at the latest.
        self._process = _context().Process(target=_serve, args=(dict(environment), log, list(kept)), daemon=False)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """As of :class:`subprocess.Popen`; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self._process.exitcode

    def terminate(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    def kill(self) -> None:
        """Stop it now."""
        self._process.kill()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended; whether it has."""
        self._process.join(seconds)
        return self._process.exitcode is not None


_KEPT: list[Connection] = []
"""Held by a server, and by every process that is forked from it, as long as it lives."""


def _serve(environment: dict[str, str], log: Path, kept: list[Connection]) -> None:
    from coplearn.__main__ import main

    _KEPT.extend(kept)

    os.environ.clear()
    os.environ.update(environment)
    # A new process of Python would have looked here.
    sys.path[:0] = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    os.chdir(HOME)
    with log.open("ab") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    main(["serve"], prog_name="coplearn")
