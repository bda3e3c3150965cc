"""What the tests make once and every site in them shares: migrated databases, the shipped courses, templates as code.

What one process of a run has made, the others take: they wait for it rather than make it again.
"""

from __future__ import annotations

import atexit
import gc
import os
import pickle
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.util import LRUCache

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.courses.preload import start_preload
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.clock import utcnow
from coplearn.search.engines import FILE
from coplearn.server import prepare
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import engine_of, migrations_of
from coplearn.translating.catalogs.domains import open_domain
from tests.postgres import server_url
from tests.read_once import READ, courses_read_once, interface_read_once, libraries_read_once
from tests.shared import keep, made_once, shared_folder

DATABASE = "coplearn.sqlite3"
SECRET_KEY = "k" * 40
"""The key of every site of the tests: what one keeps for its next start is sealed with it."""


def migrate(app: Flask) -> None:
    """Run every migration on the site's database."""
    with app.app_context():
        migrations_of(app).upgrade()


@cache
def migrated_file() -> Path:
    """An SQLite database that every migration has run on, to be copied."""
    with made_once("migrated") as (folder, made):
        if not made:
            _migrated(Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL"))
    return folder / DATABASE


@cache
def judged_catalogs() -> Path:
    """What a site that has been started once keeps of the shipped catalogs, so that none asks the checks again."""
    with made_once("judged") as (folder, made):
        if made:
            READ.update(pickle.loads((folder / "read").read_bytes()))
            gc.freeze()
            return folder / "cache"
        copy_database(folder)
        settings = Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL")
        app = create_app(settings)
        # As a server does when it starts: what is judged are the compiled catalogs, which all sites read from then on.
        prepare(app)
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
        (folder / "read").write_bytes(pickle.dumps(READ, pickle.HIGHEST_PROTOCOL))
    # A million objects that stay: the collector need not look through them in every test.
    gc.freeze()
    return folder / "cache"


@cache
def indexed_file() -> Path:
    """The index of a site whose texts are those of this repository; to make it takes longer than to start and use a site."""
    with made_once("indexed") as (folder, made):
        if not made:
            copy_database(folder)
            copy_judged(folder)
            app = create_app(Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL"))
            with app.app_context():
                assert site_of(app).search_index.renew(utcnow().date()) > 1_000
                engine_of(app).dispose()
    return folder / "cache" / FILE


@cache
def opened_file(*, every: bool = False) -> Path:
    """A migrated SQLite database into which translators have opened the interface and a course in Arabic, or everything."""
    with made_once("opened-every" if every else "opened") as (folder, made):
        if not made:
            copy_database(folder, opened_file() if every else None)
            copy_judged(folder)
            app = create_app(Settings(instance_path=folder, secret_key=SECRET_KEY, log_level="CRITICAL"))
            with app.app_context():
                for domain in (INTERFACE, *(site_of(app).library.current().domains if every else ("cop-parents",))):
                    open_domain(domain, site_of(app).locales.get("ar"))
                engine_of(app).dispose()
    return folder / DATABASE


@cache
def migrated_template() -> str:
    """The name of a PostgreSQL database that every migration has run on, to be copied."""
    name = new_database()
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=shared_folder()))
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
        # The index of the search stands apart, and is made again by whoever needs one.
        connection.exec_driver_sql("DROP SCHEMA IF EXISTS search CASCADE")
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


def copy_started(instance: Path) -> None:
    """Let a server in a new instance folder find what one started before has left: a database, its index, compiled templates."""
    if not (instance / DATABASE).exists():
        copy_database(instance)
    copy_judged(instance)
    # One folder for all servers of the run: what one of them compiled or packed the others take.
    for name in ("templates", "static"):
        if not (instance / "cache" / name).exists():
            (shared_folder() / name).mkdir(mode=0o700, exist_ok=True)
            (instance / "cache" / name).symlink_to(shared_folder() / name)
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
        return shared_folder() / f"template-{bucket.key}-{bucket.checksum}"


TEMPLATES = SharedTemplates()


def make_all() -> None:
    """Make what most sites of a run share."""
    with courses_read_once(), libraries_read_once(), interface_read_once():
        judged_catalogs()
        indexed_file()
        opened_file(every=True)


if __name__ == "__main__":
    keep(make_all)
