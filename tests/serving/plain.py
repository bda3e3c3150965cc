"""A small WSGI application that tells what it was asked, and the real server in front of it, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplearn.serving.adapter import Adapter
from coplearn.serving.limits import ServerLimits
from coplearn.serving.process import fork_from_here, serve
from coplearn.settings import HOME

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGE = bytes(range(256)) * 4 * 1024 * 12
"""12 MB: more than the buffers between two sockets of one machine hold."""
_TOLD = (
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "CONTENT_TYPE",
    "CONTENT_LENGTH",
    "SERVER_PROTOCOL",
    "REMOTE_ADDR",
    "wsgi.url_scheme",
)
_never = threading.Event()
_counted = count()


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Tell what was asked, or what the path names."""
    path = environ["PATH_INFO"]
    if path == "/wait":
        _never.wait(4)
    if path == "/open":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(_served[0].open).encode()]
    if path == "/count":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(next(_counted)).encode()]
    if path == "/fault":
        raise ValueError("a fault in the application")
    if path == "/empty":
        start_response("204 No Content", [])
        return []
    if path in {"/large", "/pieces"}:
        start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(len(LARGE)))])
        return [LARGE] if path == "/large" else (LARGE[at : at + 8192] for at in range(0, len(LARGE), 8192))
    if path == "/written":
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"first, ")
        return [b"second"]
    start_response(
        "200 OK",
        [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Latin", "caf\xe9")],
    )
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else json.dumps(told(environ)).encode()]


def told(environ: WSGIEnvironment) -> dict[str, Any]:
    """What of a request matters to an application."""
    body = environ["wsgi.input"].read()
    found = {name: environ.get(name, "") for name in _TOLD}
    headers = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    return {**found, **headers, "length": len(body), "body": hashlib.sha256(body).hexdigest()}


def room_for(environ: WSGIEnvironment) -> int:
    """Uploads may be larger than all else."""
    return 3_000_000 if environ["PATH_INFO"] == "/upload" else 0


@contextmanager
def serving_plainly(
    folder: Path, limits: Mapping[str, float] | None = None, *, threads: int = 1, uvloop: bool = True
) -> Iterator[int]:
    """Serve ``application`` with these limits; gives the port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    asked = json.dumps({"port": port, "workers": 1, "threads": threads, "limits": dict(limits or {})})
    log = folder / "plain.log"
    with log.open("wb") as out:
        environment = {**os.environ, "PYTHONPATH": str(HOME)}
        hidden = "" if uvloop else "sys.modules['uvloop'] = None; "
        code = f"import sys; {hidden}from tests.serving.plain import serve_plainly; serve_plainly(sys.argv[1])"
        command = [sys.executable, "-c", code, asked]
        process = subprocess.Popen(command, cwd=HOME, env=environment, stdout=out, stderr=out)
        try:
            _wait(port, process, log)
            yield port
            assert process.poll() is None, log.read_text(errors="replace")
        finally:
            process.terminate()
            process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            continue
    raise AssertionError(log.read_text(errors="replace"))


_served: list[Adapter] = []


def serve_plainly(told: str) -> None:
    """What the process of its own does."""
    asked = json.loads(told)
    adapter = Adapter(application, limits=ServerLimits(**asked.pop("limits")), room_for=room_for)
    _served.append(adapter)
    fork_from_here()
    serve(adapter, "127.0.0.1", **asked)
