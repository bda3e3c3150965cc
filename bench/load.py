"""A small closed-loop load generator: `wrk` where it is installed, else one of our own on asyncio."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

KEY = "FRESHKEY"
"""Where this stands in a body, every request has text of its own."""

_SCRIPT = """
local shots = {%s}
local n, name = 0, "%s"
function setup(thread) end
function request()
  n = n + 1
  local shot = shots[(n %% #shots) + 1]
  local body = shot.body
  if body then body = string.gsub(body, "%s", name .. n) end
  return wrk.format(shot.method, shot.path, shot.headers, body)
end
function done(summary, latency, requests)
  io.write(string.format('\\nFIGURES {"requests": %%d, "seconds": %%f, "p50": %%f, "p95": %%f, "p99": %%f, "failed": %%d}\\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request as it is sent."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run of load came to: answers a second, and milliseconds as the client saw them."""

    rate: float
    p50: float
    p95: float
    p99: float
    failed: int


def fire(url: str, shots: Sequence[Shot], connections: int, seconds: int) -> Figures:
    """Send ``shots`` in turn over so many connections, each asking again as soon as it is answered."""
    if shutil.which("wrk"):
        return _with_wrk(url, shots, connections, seconds)
    return asyncio.run(_with_asyncio(url, shots, connections, seconds))


def generator() -> str:
    """Which of the two is used."""
    return "wrk" if shutil.which("wrk") else "asyncio"


def _with_wrk(url: str, shots: Sequence[Shot], connections: int, seconds: int) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "load.lua"
        script.write_text(_SCRIPT % (",".join(map(_lua, shots)), secrets.token_hex(8), KEY))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = json.loads(out.rpartition("FIGURES ")[2])
    rate = found["requests"] / found["seconds"]
    return Figures(rate, found["p50"], found["p95"], found["p99"], found["failed"])


def _lua(shot: Shot) -> str:
    headers = ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in shot.headers.items())
    body = f", body = {json.dumps(shot.body)}" if shot.body is not None else ""
    return f"{{method = {json.dumps(shot.method)}, path = {json.dumps(shot.path)}, headers = {{{headers}}}{body}}}"


async def _with_asyncio(url: str, shots: Sequence[Shot], connections: int, seconds: int) -> Figures:
    host, port = urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80
    turns, name = cycle(shots), secrets.token_hex(8)
    took: list[float] = []
    failed = 0
    began = time.perf_counter()

    async def one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection(host, port)
        while time.perf_counter() - began < seconds:
            asked = time.perf_counter()
            writer.write(_wire(next(turns), host, f"{name}{len(took)}-{id(writer)}"))
            failed += await _status(reader) >= 400
            took.append(time.perf_counter() - asked)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    elapsed = time.perf_counter() - began
    took.sort()
    p50, p95, p99 = (took[len(took) * share // 100] * 1e3 for share in (50, 95, 99))
    return Figures(len(took) / elapsed, p50, p95, p99, failed)


def _wire(shot: Shot, host: str, key: str) -> bytes:
    body = (shot.body or "").replace(KEY, key).encode()
    lines = [f"{shot.method} {shot.path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in shot.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
    await reader.readexactly(length)
    return int(head[0].split(" ", 2)[1])
