"""The hash of a table's rows tells each change of them, and nothing else changes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from coplearn.backups.archives import ArchiveMember, Manifest, Seal, read_manifest, seal
from coplearn.backups.databases import dump
from coplearn.backups.row_sums import SumKind, sums_of
from coplearn.kernel.errors import Refused
from coplearn.storage.database import engine_of
from tests.backups.conftest import Backed
from tests.backups.test_archives import NOW, manifest_of
from tests.backups.test_faults import add_person

ROWS = "('a', 'b', NULL, 1.5, '2026-12-03 08:00+00', '\\x00ff'), ('c', 'd', '', 0.1, '2026-12-03 09:00+00', NULL)"
"""Of a table of its own that has no key."""
CHANGES = (
    "UPDATE looked_at SET one = 'c', two = 'd' WHERE one = 'a'",
    "UPDATE looked_at SET one = two, two = one WHERE one = 'a'",
    "UPDATE looked_at SET one = one || two, two = '' WHERE one = 'a'",
    "UPDATE looked_at SET note = ''",
    "UPDATE looked_at SET note = NULL",
    "UPDATE looked_at SET number = number + 0.0000000001 WHERE one = 'a'",
    "UPDATE looked_at SET at = at + interval '1 microsecond' WHERE one = 'a'",
    "UPDATE looked_at SET bytes = '\\x00fe' WHERE one = 'a'",
    "INSERT INTO looked_at SELECT * FROM looked_at",
    "INSERT INTO looked_at SELECT looked_at.* FROM looked_at CROSS JOIN generate_series(1, 2)",
    "DELETE FROM looked_at WHERE one = 'a'",
    "DELETE FROM looked_at",
)


def _sum(connection: Connection, kind: SumKind) -> str:
    return sums_of(connection, kind)["looked_at"].sha256


@pytest.fixture
def looked_at(postgresql_url: str) -> Engine:
    """A database with a table of every kind of value."""
    engine = create_engine(postgresql_url)
    with engine.begin() as connection:
        columns = "one text, two text, note text, number double precision, at timestamptz, bytes bytea"
        connection.execute(text(f"CREATE TABLE looked_at ({columns})"))
        connection.execute(text(f"INSERT INTO looked_at VALUES {ROWS}"))
    return engine


@pytest.mark.parametrize("kind", SumKind)
def test_each_change_has_a_sum_of_its_own(looked_at: Engine, kind: SumKind) -> None:
    """Values that change places, nothing that becomes an empty text, the smallest number, and rows that are there twice."""
    found = {}
    for change in ("SELECT 1", *CHANGES):
        with looked_at.connect() as connection:
            connection.execute(text(change))
            found[change] = _sum(connection, kind)
            connection.rollback()
    looked_at.dispose()
    assert [pair for pair in combinations(found, 2) if found[pair[0]] == found[pair[1]]] == []


def test_order_and_the_servers_settings_change_no_sum(looked_at: Engine) -> None:
    """A restored table has its rows in another order, on a server that may write dates and bytes in another way."""
    with looked_at.begin() as connection:
        before = sums_of(connection, SumKind.ADDED)
        connection.execute(text("UPDATE looked_at SET one = one WHERE one = 'a'"))
        for setting in ("timezone = 'Asia/Yerevan'", "datestyle = 'SQL, DMY'", "bytea_output = 'escape'"):
            connection.execute(text(f"SET LOCAL {setting}"))
        connection.execute(text("SET LOCAL extra_float_digits = -10"))
        assert connection.scalar(text("SELECT one FROM looked_at LIMIT 1")) == "c"
        assert sums_of(connection, SumKind.ADDED) == before
    looked_at.dispose()


@dataclass(frozen=True)
class EarlierManifest:
    """A manifest as versions wrote it that knew one kind of sums."""

    now: Manifest

    @property
    def files(self) -> dict[str, tuple[int, str]]:
        """What is in the archive."""
        return self.now.files

    def as_json(self) -> str:
        """The first format."""
        said = json.loads(self.now.as_json())
        assert said.pop("sums") == SumKind.LINES
        return json.dumps(said | {"format": 1})


def test_backup_of_an_earlier_version_is_verified_and_restored(backed: Backed) -> None:
    """Its sums are made as they were made then."""
    add_person(backed)
    engine = engine_of(backed.app)
    dumped = dump(engine, backed.settings.instance_path)
    with engine.connect() as connection:
        tables = sums_of(connection, SumKind.LINES)
    archive = backed.settings.instance_path / "earlier.zip"

    def describe(files: dict[str, tuple[int, str]]) -> EarlierManifest:
        facts = (dumped.engine, dumped.revision, SumKind.LINES, tables)
        return EarlierManifest(Manifest(NOW, "Site", "1", *facts, [], files))

    seal([ArchiveMember(dumped.file.name, dumped.file)], describe, Seal(backed.settings.backup_recipients), archive)
    for arguments, typed in ((("verify", str(archive)), ""), (("restore", str(archive), "--over"), "Site\n")):
        done = backed.run(*arguments, typed=typed)
        assert done.exit_code == 0, done.output


def test_sums_that_an_engine_cannot_make_are_refused() -> None:
    """Of a manifest that somebody changed: a kind that nobody knows, or PostgreSQL's kind for SQLite."""
    for wrong in ({"sums": "guessed"}, {"sums": "added"}, {"format": 3}, {"format": 0}):
        said = json.dumps(json.loads(manifest_of({}).as_json()) | wrong)
        with pytest.raises(Refused):
            read_manifest(said)
    assert read_manifest(manifest_of({}).as_json()) == manifest_of({})
