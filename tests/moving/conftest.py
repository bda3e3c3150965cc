"""Sites on several machines: each with an instance folder and a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from pyrage import passphrase

from coplearn.settings import Settings
from coplearn.storage.database import engine_of
from tests.backups.quick_lock import lock_quickly
from tests.conftest import MakeSite, sites
from tests.once import drop_database, migrated_template, new_database
from tests.postgres import server_url

PASSPHRASE = "four quiet green lamps"


@dataclass
class Machine:
    """One machine with a site on it."""

    folder: Path
    make: MakeSite
    url: str
    changes: dict[str, object] = field(default_factory=dict)

    @cached_property
    def app(self) -> Flask:
        """The site."""
        self.instance.mkdir(parents=True, exist_ok=True)
        return self.start()

    @property
    def instance(self) -> Path:
        """Its instance folder."""
        return self.folder / "instance"

    def start(self) -> Flask:
        """The site as it is when it is started anew."""
        named = {"instance_path": self.instance, "secret_key": "", "database_url": self.url, "port": 1}
        return self.make(**(named | self.changes))

    def run(self, *arguments: str | Path, typed: str = "") -> Result:
        """Run ``coplearn site`` with those arguments, in a process that has just started."""
        app = self.start()
        result = app.test_cli_runner().invoke(args=["site", *map(str, arguments)], input=typed)
        with app.app_context():
            engine_of(app).dispose()
        return result

    def done(self, *arguments: str | Path, typed: str = "") -> str:
        """The same, where it has to go well: what it says."""
        result = self.run(*arguments, typed=typed)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output


Machines = Callable[..., Machine]


@pytest.fixture
def machines(settings: Settings, tmp_path: Path) -> Iterator[Machines]:
    """Makes machines: by name, on SQLite or PostgreSQL; keyword arguments change the settings."""
    databases: list[str] = []
    with sites(replace(settings, secret_key="")) as make:

        def machine(name: str, engine: str = "sqlite", **changes: object) -> Machine:
            url = ""
            if engine == "postgresql":
                databases.append(new_database(migrated_template()))
                url = server_url(databases[-1])
            made = Machine(
                tmp_path / name,
                make,
                url,
                {"public_url": f"https://{name}.example", "trusted_hosts": ("localhost",), **changes},
            )
            assert made.app is not None
            return made

        yield machine
    for name in databases:
        drop_database(name)


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a passphrase, with which archives are sealed as ever, but with little work."""
    monkeypatch.setattr(passphrase, "encrypt", lock_quickly)
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE + "\n", encoding="utf-8")
    return path
