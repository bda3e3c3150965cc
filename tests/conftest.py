"""A whole site on a fresh database, once on SQLite and once on PostgreSQL, and sockets that lead nowhere else."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.settings import HOME, Settings
from coplearn.storage.database import current_session, engine_of
from tests.files.object_store import S3
from tests.once import (
    DATABASE,
    STATEMENTS,
    TEMPLATES,
    copy_database,
    copy_judged,
    drop_database,
    empty_database,
    hash_quickly,
    migrated_template,
    new_database,
    opened_file,
    pooled_database,
)
from tests.postgres import server_url
from tests.read_once import (
    amounts_counted_once,
    courses_read_once,
    interface_read_once,
    libraries_read_once,
    routes_read_once,
)
from tests.shared import begin_sharing, end_sharing, is_kept
from tests.sizes import LONG, WHOLE

MakeSite = Callable[..., Flask]
_ENDED: list[None] = []
_BESIDE: list[subprocess.Popen[bytes]] = []
SELDOM = 1e9
"""Seconds between two looks for changed courses and texts: never within a test, whose statements may be counted."""

# How long an example takes says more of what else the machine does than of the code.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=100 if WHOLE else 30)
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Begin what the processes of this run share, and let the collector look seldom: it took a fifth of the time."""
    gc.set_threshold(300_000, 20, 1_000_000)
    if not hasattr(config, "workerinput"):
        begin_sharing()
        whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS and getattr(
            config.option, "numprocesses", None
        )
        if whole and not is_kept():
            # What all sites need is made in one more process, while those of the run look for tests.
            quiet = subprocess.DEVNULL
            command = [sys.executable, "-m", "tests.once"]
            _BESIDE.append(subprocess.Popen(command, cwd=HOME, stdout=quiet, stderr=quiet))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take away what they shared."""
    if not hasattr(config, "workerinput"):
        for process in _BESIDE:
            process.kill()
            process.wait()
        end_sharing()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let each process of a whole run begin with other files, so that it finds the rest of them compiled by the others.

    To rewrite the assertions of every file takes a process a third of a minute, and all begin at the same time. A proof says
    at its beginning what in it takes long.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None and WHOLE:
        for part, minutes in LONG.items():
            session.config.get_terminal_writer().line(f"{part}: {minutes}")
    if worker is None or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    root = Path(__file__).parents[1]
    files = sorted(root.glob("tests/**/test_*.py"))
    begin = len(files) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for file in (*files[begin:], *files[:begin]):
        # What cannot be loaded is told of the file's own tests.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(root).with_suffix("").parts))


SITES = 40
"""How many sites a process makes until what is left of those before is looked for."""


def pytest_collection_finish() -> None:
    """Have the collector leave alone what stays for the whole run."""
    gc.collect()
    gc.freeze()


ENGINES = ("sqlite", "postgresql")
HALVES = (ENGINES, ("own", "frame"))
"""Two ways of the same site: its database, and whether packages have a host of their own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name properties as what `make prove` tries on more examples, and leave it the other half of each test that has two.

    Half of those tests run on one engine in the suite and half on the other, always the same; what is about the engines
    says `both_engines`.
    """
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        found = next(((half, one) for one in params.values() for half in HALVES if one in half), None)
        if found and not item.get_closest_marker("both_engines"):
            half, one = found
            place = item.nodeid.replace(one, "")
            if one != half[crc32(place.encode()) % 2]:
                item.add_marker(pytest.mark.whole)
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.sampled)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell how many minutes each part of a proof took, all processes together."""
    if not WHOLE:
        return
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration"):
                seconds["/".join(report.nodeid.split("/")[:2])] += report.duration
    terminalreporter.section("minutes of each part")
    for part, took in seconds.most_common():
        terminalreporter.write_line(f"{took / 60:6.1f}  {part}")


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test talks to anything but this machine."""
    import socket

    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {host}")
        real(self, address)  # type: ignore[arg-type] # as it was given to us

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a site of its own, with nothing from the environment."""
    return settings_in(tmp_path)


def settings_in(folder: Path) -> Settings:
    """Settings of a site whose instance is in ``folder``, with nothing from the environment."""
    return Settings(
        instance_path=folder / "instance",
        secret_key="k" * 40,
        rate_limits=False,
        style_page=True,
        log_level="CRITICAL",
    )


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of a migrated PostgreSQL database of the test's own, gone whatever becomes of the test."""
    name = new_database(migrated_template())
    yield server_url(name)
    drop_database(name)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database of each kind; empty text means the SQLite file of the instance."""
    if request.param == "sqlite":
        yield ""
        return
    name = new_database()
    yield server_url(name)
    drop_database(name)


@pytest.fixture(params=ENGINES)
def migrated_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database of each kind; empty text means the SQLite file of the instance."""
    if request.param == "sqlite":
        yield ""
        return
    url = server_url(pooled_database())
    yield url
    engine = create_engine(url)
    empty_database(engine)
    engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def what_all_sites_share() -> Iterator[None]:
    """The many sites of a test process share what they read of the courses that nobody changes, and their routes."""
    with (
        courses_read_once(),
        libraries_read_once(),
        interface_read_once(),
        amounts_counted_once(),
        routes_read_once(),
    ):
        yield


@pytest.fixture
def make_app(settings: Settings) -> Iterator[MakeSite]:
    """Makes a migrated site; keyword arguments change its settings. A ``database_url`` names a migrated database."""
    with sites(settings) as make:
        yield make


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """An object store that speaks S3, whose credentials stand in the environment."""
    made = S3()
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    yield made
    made.line.cut()


@contextmanager
def sites(settings: Settings) -> Iterator[MakeSite]:
    """What ``make_app`` is, for fixtures that serve a whole module."""
    made: list[Flask] = []

    def make(**changes: object) -> Flask:
        changed = replace(settings, **changes)  # type: ignore[arg-type] # each test names real fields
        if not changed.database_url and not (changed.instance_path / DATABASE).exists():
            copy_database(changed.instance_path)
        changed.instance_path.mkdir(parents=True, exist_ok=True)
        copy_judged(changed.instance_path)
        app = add_commands(create_app(changed, poll=SELDOM))
        app.testing = True
        app.jinja_env.bytecode_cache = TEMPLATES
        with app.app_context():
            engine_of(app)._compiled_cache = STATEMENTS
        hash_quickly(app)
        made.append(app)
        return app

    yield make
    for app in made:
        with app.app_context():
            engine_of(app).dispose()
    made.clear()
    _ENDED.append(None)
    if len(_ENDED) % SITES == 0:
        gc.collect()
        # What is left is kept for later tests, and need not be looked through again each time.
        gc.freeze()


@pytest.fixture
def app(make_app: MakeSite) -> Flask:
    """A site on SQLite."""
    return make_app()


@pytest.fixture
def opened_app(make_app: MakeSite, settings: Settings) -> Flask:
    """A site on SQLite in which translators have opened the interface and a course in Arabic, which takes a new site long."""
    copy_database(settings.instance_path, opened_file())
    return make_app()


@pytest.fixture
def fully_opened_app(make_app: MakeSite, settings: Settings) -> Flask:
    """The same with everything there is in Arabic, which the page of a language opens."""
    copy_database(settings.instance_path, opened_file(every=True))
    return make_app()


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site on SQLite that all tests of this process share, for those that only open pages and change nothing."""
    with sites(settings_in(tmp_path_factory.mktemp("shared"))) as make:
        yield make()


@pytest.fixture
def reader(shared_app: Flask) -> FlaskClient:
    """A visitor of that site, with a browser without JavaScript and without a cookie yet."""
    return shared_app.test_client()


@pytest.fixture
def each_app(make_app: MakeSite, migrated_url: str) -> Flask:
    """A site on each kind of database in turn."""
    return make_app(database_url=migrated_url)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript."""
    return app.test_client()


@pytest.fixture(scope="session")
def pooled_sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Flask]]:
    """One site a kind of database, for all tests of this process that only need verbs and a session."""
    with sites(settings_in(tmp_path_factory.mktemp("pooled"))) as make:
        yield cache(lambda url: make(database_url=url))


@pytest.fixture
def session(
    request: pytest.FixtureRequest, migrated_url: str, pooled_sites: Callable[[str], Flask]
) -> Iterator[Session]:
    """A session on each kind of database in turn, of the test's own site where it asks for one."""
    own = "each_app" in request.fixturenames
    app: Flask = request.getfixturevalue("each_app") if own else pooled_sites(migrated_url)
    with app.app_context():
        yield current_session(app)
    if not own and not migrated_url:
        empty_database(engine_of(app))
