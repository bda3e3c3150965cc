"""A host with the version before and one with this version serve one database for the length of a deploy; nobody notices."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections import Counter
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from coplearn.settings import HOME
from coplearn.storage.database import engine_of, migrations_of
from tests.conftest import MakeSite
from tests.durability.killing import KeptSite, own_postgres
from tests.durability.population import await_savings, check, do_what_waits, settle_people
from tests.journeys.site import free_port
from tests.once import migrate

BEHIND = 5
"""So many migrations the version before has not."""
BETWEEN = 30
"""So much each person saves between two steps of the deploy."""


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=HOME, capture_output=True, check=True).stdout


def _version_before(folder: Path) -> tuple[Path, str]:
    """The tree of the last version without the newest migrations, from this repository's history, and its own newest one."""
    known = sorted(path.name for path in (HOME / "migrations").glob("[0-9]*_*.py"))
    missing = f"migrations/{known[-BEHIND]}"
    added = _git("log", "--diff-filter=A", "--format=%H", "--", missing).decode().split()
    assert added, f"{missing} came before this clone's history begins: git fetch --unshallow"
    with tarfile.open(fileobj=BytesIO(_git("archive", f"{added[-1]}^"))) as archive:
        archive.extractall(folder, filter="data")
    return folder, known[-BEHIND - 1].partition("_")[0]


def _home_beside(before: Path, folder: Path) -> Path:
    """What this version reads: its own migrations, and the texts that the version before has, so that both teach the same."""
    for name in ("courses", "translations"):
        shutil.copytree(before / name, folder / name)
    for name in ("migrations", "coplearn"):
        (folder / name).symlink_to(HOME / name)
    return folder


@pytest.mark.whole
def test_nobody_notices_a_deploy(make_app: MakeSite, tmp_path: Path) -> None:
    """The first host of the new version brings the schema up to date under load; the old ones go on, and leave one by one."""
    before, newest = _version_before(tmp_path / "before")
    home = _home_beside(before, tmp_path / "home")
    with own_postgres() as server, ExitStack() as stack:
        address = {"DATABASE_URL": server.url()}
        app = make_app(database_url=server.url(), home=home)
        migrate(app)
        ports = [free_port(), free_port(), free_port()]
        population = settle_people(app, ports[0])
        with app.app_context():
            migrations_of(app).downgrade(newest)
        engine_of(app).dispose()

        def begin(port: int, version: Path, more: dict[str, str]) -> KeptSite:
            site = KeptSite(tmp_path, {**address, **more}, port, population.worker_of_jobs, version)
            stack.callback(site.stop)
            return site

        one, other = (begin(port, before, {"PYTHONPATH": str(before)}) for port in ports[:2])
        for place, client in enumerate(population.clients):
            client.port = ports[place % 2]
            client.start()
        await_savings(population.quick, BETWEEN)
        begin(ports[2], HOME, {"COPLEARN_HOME": str(home)})
        for old in (other, one):
            for client in population.clients:
                if client.port == old.port:
                    client.port = ports[2]
            await_savings(population.clients, 1)
            await_savings(population.quick, BETWEEN)
            old.stop()
        await_savings(population.quick, BETWEEN)
        population.leave()
        refused = sum((client.refused for client in population.clients), Counter[int]())
        assert refused == Counter(), "everybody was served all the time"
        with app.app_context(), engine_of(app).connect() as connection:
            reached = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        assert reached == max((HOME / "migrations").glob("[0-9]*_*.py")).name.partition("_")[0]
        do_what_waits(app)
        check(population)
        engine_of(app).dispose()
    print(f"\nfrom {newest} to {reached}: {population.said} saved, none refused")
