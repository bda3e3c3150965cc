"""What is measured: an installation with learners half-way through the course, and servers to run beside each other."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask_wtf.csrf import generate_csrf

from bench.load import KEY, Shot
from coplearn.accounts.service import add_user
from coplearn.app import create_app
from coplearn.courses.course import Course
from coplearn.courses.plugin import Item, Outcome
from coplearn.kernel.clock import utcnow
from coplearn.learning.service import AnsweredItem, answer_item, learner_for_user
from coplearn.server import prepare
from coplearn.settings import HOME, Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.journeys.walk import right_form

LEARNERS = 32


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a browser, signed in if they have an account: the session's cookie and a token that goes with it."""

    cookie: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What their browser sends with every request; the language is remembered already."""
        return {"Cookie": f"session={self.cookie}; lang=en"}


@dataclass(frozen=True)
class Installation:
    """A migrated site of its own, and its people."""

    app: Flask
    settings: Settings
    people: Sequence[Person]

    @property
    def course(self) -> Course:
        """The first course in the library."""
        course: Course = next(iter(site_of(self.app).library.current().courses.values()))
        return course

    def item(self, kind: str, number: int = 0) -> Item[Any]:
        """The course's item of that kind, counted from 0."""
        return [item for item in self.course.items.values() if item.kind == kind][number]

    def address(self, item: Item[Any] | None = None, lang: str = "en") -> str:
        """The path of an item's page, or of the course's."""
        return f"/{lang}/c/{self.course.code}/{item.code if item is not None else ''}"

    def views(self, path: str) -> list[Shot]:
        """The page, looked at by everybody in turn."""
        return [Shot(path, headers=person.headers) for person in self.people]

    def answers(self) -> list[Shot]:
        """The first check, answered by everybody in turn, with a fresh key each time."""
        quiz = self.item("quiz")
        return [
            Shot(
                self.address(quiz),
                "POST",
                {**person.headers, "Content-Type": "application/x-www-form-urlencoded"},
                urlencode(
                    {"csrf_token": person.token, "seed": "1", "key": KEY, "made-of": quiz.digest, **right_form(quiz)},
                    doseq=True,
                ),
            )
            for person in self.people
        ]


def install(folder: Path, database_url: str = "") -> Installation:
    """A site in ``folder`` whose learner number n has done the first n items of the course."""
    settings = Settings(
        instance_path=folder / "instance", secret_key="b" * 40, database_url=database_url, log_level="WARNING"
    )
    settings.instance_path.mkdir(parents=True)
    app = create_app(settings)
    prepare(app)
    course: Course = next(iter(site_of(app).library.current().courses.values()))
    people = [_join(app, course, number) for number in range(LEARNERS)]
    return Installation(app, settings, people)


def _join(app: Flask, course: Course, number: int) -> Person:
    with app.app_context():
        session, now = current_session(app), utcnow()
        user = add_user(session, f"learner{number}@example.org", "en", now)
        learner = learner_for_user(session, user.fs_uniquifier, now)
        assert learner is not None
        for item_id in list(course.items)[:number]:
            target = AnsweredItem(course.id, course.version, course.digest, item_id, 0, tuple(course.items))
            done = Outcome(done=True, score=None, passed=None, answers={}, state={})
            answer_item(session, learner.id, target, secrets.token_urlsafe(12), "en", 0, done, now)
        key = user.fs_uniquifier
        session.commit()
    return sign_in(app, key)


def sign_in(app: Flask, key: str) -> Person:
    """The person with that uniquifier, as their browser holds them after signing in."""
    return _browser(app, {"_user_id": key, "_fresh": True, "_permanent": True})


def visitor(app: Flask) -> Person:
    """Somebody who is not signed in, with a token of their own."""
    return _browser(app, {})


def _browser(app: Flask, remembered: Mapping[str, Any]) -> Person:
    with app.test_request_context("/en/") as context:
        context.session.update(remembered)
        token = generate_csrf()
        signer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return Person(signer.dumps(dict(context.session)), token)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, its process, and the seconds from its start to its first answer."""

    url: str
    process: subprocess.Popen[bytes]
    first_answer: float


@contextmanager
def serving(
    command: Sequence[str], environment: Mapping[str, str], port: int, path: str, log: Path
) -> Iterator[Server]:
    """Run ``command`` until the block ends; ready when ``path`` answers 200."""
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=HOME, env=dict(environment), stdout=out, stderr=out)
        try:
            _wait(process, url + path, log)
            yield Server(url, process, time.perf_counter() - began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')[-3000:]}")


@contextmanager
def serve_site(site: Installation, folder: Path) -> Iterator[Server]:
    """`coplearn serve` for that installation, with its normal log."""
    port = free_port()
    ours = {
        "COPLEARN_INSTANCE_PATH": str(site.settings.instance_path),
        "COPLEARN_HOME": str(site.settings.home),
        "COPLEARN_SECRET_KEY": site.settings.secret_key,
        "COPLEARN_DATABASE_URL": site.settings.database_url,
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "coplearn", "serve"]
    with serving(command, _clean() | ours, port, "/en/", folder / "coplearn.log") as server:
        yield server


@contextmanager
def serve_bare(folder: Path) -> Iterator[Server]:
    """The bare application behind the leanest server there is for it."""
    port = free_port()
    command = [sys.executable, "-c", f"from bench.bare import application, serve; serve(application, {port})"]
    environment = _clean() | {"COPLEARN_BENCH_FOLDER": str(folder)}
    with serving(command, environment, port, "/page", folder / "bare.log") as server:
        yield server


def _clean() -> dict[str, str]:
    others = {"DATABASE_URL", "PORT", "HOST", "SECRET_KEY"}
    return {
        name: value for name, value in os.environ.items() if not name.startswith("COPLEARN_") and name not in others
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def memory_of(server: Server) -> tuple[float, float]:
    """Proportional set size in MiB of the server's workers together, and of the whole tree."""
    tree = _tree(server)
    sizes = {pid: _pss(pid) for pid in tree}
    workers = [pid for pid in tree if pid != server.process.pid and not _is_helper(pid)]
    return sum(sizes[pid] for pid in workers), sum(sizes.values())


def processor_of(server: Server) -> float:
    """Seconds of the processor that the whole tree has used. What else the machine does changes them little."""
    ticks = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13] for pid in _tree(server)]
    return sum(int(one) for pair in ticks for one in pair) / os.sysconf("SC_CLK_TCK")


def _tree(server: Server) -> list[int]:
    tree = [server.process.pid]
    for pid in tree:
        tree.extend(_children(pid))
    return tree


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _is_helper(pid: int) -> bool:
    # multiprocessing's resource tracker is a child as well.
    return b"resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _pss(pid: int) -> float:
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("Pss:")) / 1024
