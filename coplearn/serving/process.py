"""The server's processes: made from this one, told by a pipe when it stops, and never in its way when it does."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from typing import Any, Final

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from coplearn.serving import collector
from coplearn.serving.adapter import Adapter

STOP_SECONDS: Final = 10
"""How long a worker that is told to stop may go on with what it has in hand."""
_LOOK_SECONDS: Final = 0.5
_OTHER_FILES: Final = 256
_LARGEST_HEAD: Final = 64 * 1024


def fork_from_here() -> None:
    """Let later processes share what this one has loaded, as long as nobody writes to it, the collector included."""
    if "fork" in multiprocessing.get_all_start_methods():
        multiprocessing.set_start_method("fork", force=True)
    collector.share_what_is_loaded()


def serve(adapter: Adapter, host: str, port: int, *, workers: int, threads: int) -> None:
    """Serve the adapter's application in so many processes, each with so many working threads, until a signal ends it."""
    limits = adapter.limits
    _allow_many_connections(limits.connections)
    server = _Server(
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=workers,
        # "auto" would wait for ever for the first byte, to see which version of HTTP it begins.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(limits.head_seconds * 1000), max_buffer_size=_LARGEST_HEAD
        ),
        websockets=False,
        backlog=2_048,
        backpressure=limits.connections,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
    )

    def load() -> Adapter:
        # Called in each worker, once.
        server.forget()
        adapter.start(threads)
        threading.Thread(target=_end_with, args=(server.life, adapter), daemon=True).start()
        return adapter

    server.serve(target_loader=load, wrap_loader=False)


def _allow_many_connections(connections: int) -> None:
    """Each connection is an open file, and most systems grant a process 1,024 of them until it asks for more."""
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if granted != resource.RLIM_INFINITY and granted < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


class _Server(Granian):  # type: ignore[misc, valid-type] # which class it is depends on how Python was built
    """Granian, which tells its workers by a pipe that it stops: by closing it, so that kill -9 tells them too."""

    def __init__(self, **options: Any) -> None:
        super().__init__("coplearn", **options)
        self.life, self._held = os.pipe()

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop as granian does, and tell the workers first."""
        os.close(self._held)
        super().shutdown(exit_code)

    def forget(self) -> None:
        """Let go, in a worker, of the end that only the server may hold."""
        os.close(self._held)


def _end_with(life: int, adapter: Adapter) -> None:
    """End this worker with the server, also one that was killed: it would hold the port for ever.

    Whoever is being answered gets the answer. Who only holds a connection open, or has not sent all of a body yet, is not
    waited for.
    """
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    adapter.stop()
    # Granian goes when the last connection is closed; what was answered last needs a moment to be sent.
    time.sleep(_LOOK_SECONDS)
    while adapter.open and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    os._exit(0)
