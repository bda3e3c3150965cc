"""What the tests make once and every site in them shares: migrated databases, the shipped courses, templates as code.

What one process of a run has made, the others take: they wait for it rather than make it again.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import os
import pickle
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.util import LRUCache
from werkzeug.routing import BaseConverter, Rule

from coplearn.app import create_app
from coplearn.authoring.problems import Problems
from coplearn.commands import add_commands
from coplearn.courses import library, loader
from coplearn.courses.bundles import Bundle
from coplearn.courses.live_library import LibraryReading, LiveLibrary
from coplearn.courses.loader import Loaded
from coplearn.courses.preload import start_preload
from coplearn.i18n import gate, live
from coplearn.i18n.files import file_stamp
from coplearn.i18n.gate import Gate, Held
from coplearn.i18n.locales import Locale, Locales
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.clock import utcnow
from coplearn.search.engines import FILE
from coplearn.settings import HOME, Settings
from coplearn.site import site_of
from coplearn.storage.database import engine_of, migrations_of
from coplearn.translating.catalogs.domains import open_domain
from tests.postgres import server_url

DATABASE = "coplearn.sqlite3"
SECRET_KEY = "k" * 40
"""The key of every site of the tests: what one keeps for its next start is sealed with it."""
_SHARED = "COPLEARN_SHARED_BY_TESTS"
_Print = tuple[tuple[str, int, int], ...]


def migrate(app: Flask) -> None:
    """Run every migration on the site's database."""
    with app.app_context():
        migrations_of(app).upgrade()


def begin_sharing() -> None:
    """Make the folder of what the processes of a run share; for the process that begins the others."""
    os.environ[_SHARED] = tempfile.mkdtemp(prefix="coplearn-shared-")


def end_sharing() -> None:
    """Take that folder away; for the same process, at its end."""
    shutil.rmtree(os.environ.pop(_SHARED), ignore_errors=True)


@contextmanager
def _made_once(name: str) -> Iterator[tuple[Path, bool]]:
    """A folder of this run and whether it has been made already; meanwhile no other process makes it."""
    folder = Path(os.environ[_SHARED]) / name
    made = folder.with_suffix(".made")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder, made.exists()
        made.touch()


@cache
def migrated_file() -> Path:
    """An SQLite database that every migration has run on, to be copied."""
    with _made_once("migrated") as (folder, made):
        if not made:
            _migrated(Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL"))
    return folder / DATABASE


@cache
def judged_catalogs() -> Path:
    """What a site that has been started once keeps of the shipped catalogs, so that none asks the checks again."""
    with _made_once("judged") as (folder, made):
        if made:
            _READ.update(pickle.loads((folder / "read").read_bytes()))
            gc.freeze()
            return folder / "cache"
        copy_database(folder)
        settings = Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL")
        app = create_app(settings)
        for locale in site_of(app).locales.live:
            # A context round the requests would be theirs, with the language of the first.
            assert app.test_client().get(f"/{locale.url}/").status_code == 200
        for locale in site_of(app).locales:
            site_of(app).catalogs.translations(locale)  # of drafts too, which staff's pages count
        assert len(list((folder / "cache" / "gate").glob("interface.*"))) > 3
        with app.app_context():
            engine_of(app).dispose()
        # What a server finds that was started before.
        preload = start_preload(settings)
        assert preload is not None and preload.take() is not None
        (folder / "read").write_bytes(pickle.dumps(_READ, pickle.HIGHEST_PROTOCOL))
    # A million objects that stay: the collector need not look through them in every test.
    gc.freeze()
    return folder / "cache"


@cache
def indexed_file() -> Path:
    """The index of a site whose texts are those of this repository; to make it takes longer than to start and use a site."""
    with _made_once("indexed") as (folder, made):
        if not made:
            copy_database(folder)
            copy_judged(folder)
            app = create_app(Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL"))
            with app.app_context():
                assert site_of(app).search_index.renew(utcnow().date()) > 1_000
                engine_of(app).dispose()
    return folder / "cache" / FILE


@cache
def opened_file() -> Path:
    """A migrated SQLite database into which translators have opened everything that is said in Arabic."""
    with _made_once("opened") as (folder, made):
        if not made:
            copy_database(folder)
            copy_judged(folder)
            app = create_app(Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL"))
            with app.app_context():
                for domain in (INTERFACE, *site_of(app).library.current().domains):
                    open_domain(domain, site_of(app).locales.get("ar"))
                engine_of(app).dispose()
    return folder / DATABASE


@cache
def migrated_template() -> str:
    """The name of a PostgreSQL database that every migration has run on, to be copied."""
    name = new_database()
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=os.environ[_SHARED]))
    _migrated(
        Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL", database_url=server_url(name))
    )
    atexit.register(drop_database, name)
    return name


def _migrated(settings: Settings) -> None:
    app = add_commands(create_app(settings))
    migrate(app)
    with app.app_context():
        engine_of(app).dispose()


@cache
def _server() -> Engine:
    return create_engine(server_url(), isolation_level="AUTOCOMMIT")


def new_database(template: str = "", name: str = "") -> str:
    """The name of a new PostgreSQL database, empty or a copy of ``template``; a name of its own where none is given."""
    name = name or f"t{uuid.uuid4().hex}"
    copied = f" TEMPLATE {template}" if template else ""
    with _server().connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}{copied}"))
    return name


def drop_database(name: str) -> None:
    """Take a PostgreSQL database away, whoever still holds it."""
    with _server().connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@cache
def pooled_database() -> str:
    """The name of a migrated PostgreSQL database that the tests of this process take turns with; each finds it empty."""
    name = new_database(migrated_template())
    atexit.register(drop_database, name)
    return name


def empty_database(engine: Engine) -> None:
    """Delete every row and count ids from one again, which takes a tenth of what another copy of the template takes."""
    names = [name for name in inspect(engine).get_table_names() if name != "alembic_version"]
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for name in names:
                connection.exec_driver_sql(f'DELETE FROM "{name}"')
            return
        # A test that left a transaction open must fail here, and not make the next one wait for ever.
        connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'; SET LOCAL session_replication_role = 'replica'")
        counters = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
        started = connection.exec_driver_sql(counters).scalars().all()
        deletes = [f'DELETE FROM "{name}"' for name in names]
        connection.exec_driver_sql("; ".join([*deletes, *(f'ALTER SEQUENCE "{name}" RESTART' for name in started)]))


def copy_database(instance: Path, made: Path | None = None) -> None:
    """Give a new instance folder its SQLite database: migrated and empty, or a copy of ``made``."""
    instance.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made or migrated_file(), instance / DATABASE)


def copy_judged(instance: Path) -> None:
    """Let a site in a new instance folder start as one does that was started before."""
    if not (instance / "cache").exists():
        # The same files under one more name: a site puts a new file in the place of one, and writes into none.
        shutil.copytree(judged_catalogs(), instance / "cache", copy_function=os.link)


def copy_indexed(instance: Path) -> None:
    """Let a site in a new instance folder, whose job process indexes all texts otherwise, find its index as well."""
    copy_judged(instance)
    if not (instance / "cache" / FILE).exists():
        shutil.copyfile(indexed_file(), instance / "cache" / FILE)


class SharedStatements(LRUCache[Any, Any]):
    """Statements as SQLAlchemy wrote them for one site, for all sites of this process on the same kind of database."""

    def get(self, key: Any, default: Any = None) -> Any:
        """What was written for any dialect of that kind."""
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), value)


STATEMENTS = SharedStatements(5_000)


def hash_quickly(app: Flask) -> None:
    """Let the site's passwords be hashed as always but with little work, of which a suite has no use."""
    app.extensions["security"].pwd_context.update(argon2__memory_cost=64, argon2__time_cost=1)


class SharedTemplates(BytecodeCache):
    """Templates compiled once a run, and read once a process; each is known by its text."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Hand over what was compiled, if anything was."""
        name = (bucket.key, bucket.checksum)
        if name not in self._kept:
            file = self._file(bucket)
            if not file.exists():
                return
            bucket.bytecode_from_string(file.read_bytes())
            self._kept[name] = bucket.code
        bucket.code = self._kept[name]

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled, for the other processes too."""
        self._kept[bucket.key, bucket.checksum] = bucket.code
        file = self._file(bucket)
        mine = file.with_suffix(f".{os.getpid()}")
        mine.write_bytes(bucket.bytecode_to_string())
        mine.replace(file)

    @staticmethod
    def _file(bucket: Bucket) -> Path:
        return Path(os.environ[_SHARED]) / f"template-{bucket.key}-{bucket.checksum}"


TEMPLATES = SharedTemplates()


_READ: dict[tuple[Path, tuple[Locale, ...], _Print, tuple[tuple[str, str, _Print], ...]], Loaded] = {}
"""Courses of this repository as they were read, by their languages, the state of their files and the packages there are."""


def _forget_other_packages(present: object) -> None:
    """Let go of the courses as they were read beside packages of other tests: all of them are a hundred megabytes."""
    for key in [key for key in _READ if key[3] and key[3] != present]:
        del _READ[key]


@contextmanager
def courses_read_once() -> Iterator[None]:
    """Meanwhile a course of this repository is read again only when one of its files has changed; others are always read."""
    real = loader.load_course

    def load_course(
        folder: Path, locales: Locales, own: Bundle | None = None, installed: Sequence[Bundle] = ()
    ) -> Loaded:
        if own is not None or not folder.is_relative_to(HOME):
            return real(folder, locales, own, installed)
        packages = tuple((one.domain, one.digest, _print(one.folder)) for one in installed)
        key = (folder, tuple(locales), _print(folder), packages)
        if key not in _READ:
            if packages:
                _forget_other_packages(packages)
            _READ[key] = real(folder, locales, None, installed)
        # Whoever loads a library adds to the list of problems.
        return replace(_READ[key], problems=Problems(list(_READ[key].problems.found)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "load_course", load_course)
        yield


@contextmanager
def libraries_read_once() -> Iterator[None]:
    """Meanwhile a site takes what another of this process has read of its courses, if no file of its own stands otherwise."""
    real = LiveLibrary._first
    read: dict[tuple[object, ...], LibraryReading] = {}

    def first(library: LiveLibrary) -> LibraryReading:
        if library._preload is not None:
            return real(library)
        key = (library._trusted, library._installed, tuple(library._locales), library._layers.readers)
        if key not in read or not library.is_current(read[key]):
            read[key] = real(library)
        return read[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LiveLibrary, "_first", first)
        yield


@contextmanager
def interface_read_once() -> Iterator[None]:
    """Meanwhile a catalog of this repository's interface is loaded again only when it, or what judges it, has changed."""
    real = live._load
    loaded: dict[tuple[Path, tuple[int, int], Locale, str], NullTranslations | None] = {}

    def load(path: Path, locale: Locale, judge: Gate, kept: Path | None) -> NullTranslations | None:
        if not path.is_relative_to(HOME):
            return real(path, locale, judge, kept)
        key = (path, file_stamp(path), locale, judge._glossaries.digest(locale.code))
        if key not in loaded:
            loaded[key] = real(path, locale, judge, kept)
        return loaded[key]

    # What a test's own kind of question is answered with changes the keys of what was judged: judge that once as well.
    judged: dict[tuple[str, str], Held] = {}
    real_read, real_write = gate._read, gate._write

    def read(path: Path, key: str) -> Held | None:
        found = real_read(path, key)
        return judged.get((path.name, key)) if found is None else found

    def write(path: Path, key: str, held: Held) -> None:
        judged[path.name, key] = held
        real_write(path, key, held)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "_load", load)
        patch.setattr(gate, "_read", read)
        patch.setattr(gate, "_write", write)
        yield


@contextmanager
def routes_compiled_once() -> Iterator[None]:
    """Meanwhile werkzeug reads a route, and writes its code, once a process, which is most of making a site."""
    compiled: dict[tuple[object, ...], tuple[Rule, list[tuple[str, str, tuple[Any, ...], Any]]]] = {}
    real, real_converter = Rule.compile, Rule.get_converter
    asked: list[tuple[str, str, tuple[Any, ...], Any]] = []

    def get_converter(rule: Rule, *of: Any) -> BaseConverter:
        asked.append(of)
        return real_converter(rule, *of)

    def compile_rule(rule: Rule) -> None:
        assert rule.map is not None
        domain = rule.host if rule.map.host_matching else rule.subdomain
        key = (rule.rule, domain, rule.merge_slashes, repr(rule.defaults))
        if key in compiled:
            before, converters = compiled[key]
            fresh = {of[0]: real_converter(rule, *of) for of in converters}
            if all(_reads_as(one, before._converters[name]) for name, one in fresh.items()):
                rule._parts, rule._trace, rule._converters = list(before._parts), list(before._trace), fresh
                rule.arguments |= fresh.keys()
                rule._build = before._build.__func__.__get__(rule)  # type: ignore[attr-defined] # a method
                rule._build_unknown = before._build_unknown.__func__.__get__(rule)  # type: ignore[attr-defined]
                return
        asked.clear()
        real(rule)
        compiled[key] = rule, list(asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "get_converter", get_converter)
        patch.setattr(Rule, "compile", compile_rule)
        yield


def _reads_as(one: BaseConverter, other: BaseConverter) -> bool:
    """Whether two converters, which may be of different sites, take the same parts of an address."""
    return (one.regex, one.weight, one.part_isolating) == (other.regex, other.weight, other.part_isolating)


def _print(folder: Path) -> _Print:
    files = [folder / "course.pot", *sorted((folder / "translations").glob("*.po"))]
    states = [(str(file), file.stat()) for file in files if file.exists()]
    return (*loader.content_stamps(folder), *((name, state.st_mtime_ns, state.st_size) for name, state in states))
