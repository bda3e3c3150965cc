"""What second factors, the audit log and the registry of personal data add to what a learner does: `python -m bench.trust`.

Two sites in one process, in turns, by the processor's time and without a server: one as it is, and one whose hooks of the
three were left out when it was made. The latter is asked twice, which tells what the machine makes of nothing.
Nothing here is a test.
"""

from __future__ import annotations

import argparse
import inspect
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import EnvironBuilder

from bench.load import KEY, Shot
from bench.site import LEARNERS, Installation, install
from coplearn.audit import service as audit

BARS: Final = {"lesson": 0.05, "my learning": 0.05, "answer": 0.10}
FEW: Final = 8
PARTS: Final = LEARNERS // FEW
_HOOKS_OF: Final = ("coplearn.second_factors", "coplearn.audit", "coplearn.administration.audit_log")
_LISTENERS: Final = (("before_commit", audit._write_waiting), ("after_soft_rollback", audit._forget_undone))


def leave_out(app: Flask) -> list[str]:
    """Take what the three look at requests with out of a site; the names of what went."""
    gone, every = [], [app.before_request_funcs, app.after_request_funcs]
    hooks: Any
    for hooks in every:
        for blueprint, found in hooks.items():
            ours = [one for one in found if (getattr(one, "__module__", None) or "").startswith(_HOOKS_OF)]
            gone += [one.__name__ for one in ours]
            hooks[blueprint] = [one for one in found if one not in ours]
    # The second look at what is typed, from the registry's slice, stands round the view itself.
    app.view_functions["learning.answer"] = inspect.unwrap(app.view_functions["learning.answer"])
    return [*gone, "looks_twice"]


def microseconds(app: Flask, shots: Sequence[Shot]) -> float:
    """Of the processor for one answer of the application to requests that were put together before."""
    asked = [
        EnvironBuilder(one.path, method=one.method, headers=[*one.headers.items()], data=_body(one)) for one in shots
    ]
    environs = [one.get_environ() for one in asked]
    said: list[str] = []
    begun = time.process_time()
    for environ in environs:
        body: Any = app(environ, lambda status, *_: said.append(status) or bytes)  # type: ignore[func-returns-value]
        b"".join(body)
        body.close()
    took = time.process_time() - begun
    if not {one[:3] for one in said} <= {"200", "303"}:
        raise RuntimeError(f"{shots[0].path} answered {set(said)}")
    return took * 1e6 / len(shots)


def _body(shot: Shot) -> str:
    return (shot.body or "").replace(KEY, token_urlsafe(12))


def unheard(app: Flask, shots: Sequence[Shot]) -> float:
    """The same without the audit log's listeners, which belong to every session of the process."""
    for name, listener in _LISTENERS:
        event.remove(Session, name, listener)
    try:
        return microseconds(app, shots)
    finally:
        for name, listener in _LISTENERS:
            event.listen(Session, name, listener)


def measure(whole: Installation, bare: Installation, rounds: int) -> None:
    """Print medians, and the median share that neighbours of a round differ by."""
    print(
        "| | without, µs | as it is, µs | more | without, once more | promised |\n|---|---|---|---|---|---|", flush=True
    )
    for name, bar in BARS.items():
        page = whole.address(whole.item("lesson", 2)) if name == "lesson" else "/en/me/"
        shots, less = (site.answers() if name == "answer" else site.views(page) for site in (whole, bare))
        found: list[tuple[float, float, float]] = []
        for number in range(-2 * PARTS, rounds):
            # A few at a time: the machine changes little between neighbours. Two rounds of all warm up.
            part = slice(number % PARTS * FEW, (number % PARTS + 1) * FEW)
            one = unheard(bare.app, less[part]), microseconds(whole.app, shots[part]), unheard(bare.app, less[part])
            found += [one] if number >= 0 else []
        middle = [statistics.median(column) for column in zip(*found, strict=True)]
        more = statistics.median(having / ((without + again) / 2) - 1 for without, having, again in found)
        nothing = statistics.median(again / without - 1 for without, _, again in found)
        print(f"| {name} | {middle[0]:.0f} | {middle[1]:.0f} | {more:+.1%} | {nothing:+.1%} | {bar:+.0%} |", flush=True)


def main() -> None:
    """Make both sites, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=400, help=f"of {FEW} requests to each")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as folder:
        whole, bare = (install(Path(folder) / name) for name in ("whole", "bare"))
        print(f"left out: {', '.join(leave_out(bare.app))}; load {os.getloadavg()[0]:.1f}")
        measure(whole, bare, rounds)
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
