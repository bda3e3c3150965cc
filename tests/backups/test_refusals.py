"""What backups refuse, each with a sentence: no half archive, no file of a restore and no scratch database is left."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pyrage
import pytest
from pyrage import x25519
from sqlalchemy import Engine, create_engine, text

from coplearn.backups.archives import FORMAT, read_manifest, unseal
from coplearn.backups.databases import dump, put_back, scratch
from coplearn.backups.making import make_backup
from coplearn.kernel.errors import Refused
from coplearn.storage.database import engine_of
from tests.backups.conftest import TOOLS, Backed
from tests.backups.test_archives import KEY, PUBLIC, manifest_of
from tests.backups.test_faults import add_person, people_of
from tests.once import pooled_database
from tests.postgres import server_url

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
LOCK = 0x636F706C6561726E
"""What a backup of a PostgreSQL database locks; versions that run side by side agree on it."""
_Usage = namedtuple("_Usage", "total used free")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A migrated PostgreSQL database, and its client programs."""
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")
    engine = create_engine(server_url(pooled_database()))
    yield engine
    engine.dispose()


def test_manifest_of_a_later_format_is_left_to_that_version() -> None:
    """What a later version means by the same fields is not known here."""
    said = manifest_of({}).as_json()
    assert read_manifest(said).site == "Site"
    with pytest.raises(Refused, match="later version"):
        read_manifest(said.replace(f'"format": {FORMAT}', f'"format": {FORMAT + 1}'))


def test_archive_without_a_manifest_is_told(tmp_path: Path) -> None:
    """A sealed archive that says nothing of what is in it is none of ours, and nothing is unpacked."""
    inner, outer, into = tmp_path / "inner.zip", tmp_path / "outer.zip", tmp_path / "into"
    into.mkdir()
    with ZipFile(inner, "w") as zipped:
        zipped.writestr("instance/a", b"abc")
    with ZipFile(outer, "w") as zipped:
        zipped.writestr("backup.zip.age", pyrage.encrypt(inner.read_bytes(), [x25519.Recipient.from_str(PUBLIC)]))
    with pytest.raises(Refused, match="has no manifest"):
        unseal(outer, KEY, into, read_manifest)
    assert list(into.iterdir()) == []


def test_backup_that_was_not_sent_is_kept_and_told(small: Backed, tmp_path: Path) -> None:
    """Where the object store is not there the backup stays here, and whoever made it hears of it."""
    away = small.make(replace(small.settings, backup_url=f"file://{tmp_path / 'nowhere'}"))
    told = small.run("now", app=away)
    assert told.exit_code == 1
    assert "It was not sent to the object store; the next run does" in told.output
    assert [name for name in small.backups() if name.endswith(".zip")]


def test_second_backup_of_a_second_leaves_the_first(small: Backed) -> None:
    """Two of one name would be one: the second is refused, and the first is what it was."""
    engine = engine_of(small.app)
    made = make_backup(engine, small.settings, NOW)
    (archive,) = small.folder.glob(f"{made.name}*")
    first = archive.read_bytes()
    with pytest.raises(Refused, match="this very second already"):
        make_backup(engine, small.settings, NOW)
    assert archive.read_bytes() == first


def test_full_disk_is_told_before_anything_is_written(small: Backed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a backup nor a restore begins what it cannot end."""
    add_person(small)
    made = make_backup(engine_of(small.app), small.settings, NOW)
    before, room = small.backups(), shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: _Usage(9, 9, 0))
    told = small.run("now")
    assert told.exit_code == 1
    assert "too little room" in told.output
    assert small.backups() == before
    add_person(small, "zoe@example.org")
    told = small.run("restore", made.name, "--over", typed="coplearn\n")
    assert told.exit_code == 1
    assert "too little room in the instance folder" in told.output
    assert people_of(small) == ["ana@example.org", "zoe@example.org"]
    monkeypatch.setattr(shutil, "disk_usage", room)


def test_backup_that_is_not_there_is_told(small: Backed) -> None:
    """Where there is none, and where there are others."""
    told = small.run("verify")
    assert (told.exit_code, "There is no backup yet." in told.output) == (1, True)
    make_backup(engine_of(small.app), small.settings, NOW)
    told = small.run("verify", "coplearn-19990101T000000Z")
    assert (told.exit_code, "There is no backup called coplearn-19990101T000000Z." in told.output) == (1, True)


def test_dump_of_postgresql_is_not_tried_on_sqlite(small: Backed, tmp_path: Path) -> None:
    """A trial needs a server of that kind: the sentence says which."""
    with (
        pytest.raises(Refused, match="names a PostgreSQL server"),
        scratch(engine_of(small.app), "postgresql", tmp_path / "dump"),
    ):
        pass


def test_two_backups_of_one_postgresql_wait_for_nobody(server: Engine, tmp_path: Path) -> None:
    """While one is made the other says so."""
    with server.connect() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        with pytest.raises(Refused, match="being made just now"):
            dump(server, tmp_path)
    assert [path.stat().st_size for path in tmp_path.iterdir()] in ([], [0])


def test_dump_that_is_none_leaves_no_scratch_database(server: Engine, tmp_path: Path) -> None:
    """What the server's own program says is told, and the place to try it in is gone."""
    (tmp_path / "dump").write_bytes(b"no dump")
    databases = text("SELECT count(*) FROM pg_database WHERE datname LIKE 'coplearn_verify_%'")
    with server.connect() as connection:
        before = connection.scalar(databases)
    with pytest.raises(Refused, match="says:") as refused, scratch(server, "postgresql", tmp_path / "dump"):
        pass
    assert refused.value.phrase.params["tool"] == "pg_restore"
    with server.connect() as connection:
        assert connection.scalar(databases) == before


def test_machine_without_client_programs_is_told(
    server: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to install, and the database was not touched."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="postgresql-client"):
        dump(server, tmp_path)
    with pytest.raises(Refused, match="postgresql-client"):
        put_back(server, tmp_path / "x", "1", lambda _: None)
    assert [path.stat().st_size for path in tmp_path.iterdir()] in ([], [0])
