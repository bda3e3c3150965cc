"""Backups in an object store: sent in parts, gone on with after a broken line, and listed when they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from coplearn.backups.places import BackupStore
from coplearn.files.stores import FileStore, FolderStore, RemoteStore, StoreUnavailable
from coplearn.kernel.errors import Refused
from tests.files.object_store import S3
from tests.sizes import whole_only

NAME, OTHER = "coplearn-20261130T001500Z", "coplearn-20261129T001500Z"


KINDS = ["folder", "object store on disk", "object store in memory", pytest.param("S3", marks=whole_only)]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    """An empty store of each kind in turn."""
    if request.param == "S3":
        s3: S3 = request.getfixturevalue("s3")
        return RemoteStore(s3.url)
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    (tmp_path / "store").mkdir()
    return RemoteStore(f"file://{tmp_path / 'store'}" if "disk" in request.param else "memory:///")


def test_files_come_back_whole_and_in_part(store: FileStore) -> None:
    """What was put under a name is read from it, replaced, listed and deleted; names that lead elsewhere are none."""
    content = os.urandom(2_500_000)
    store.put("a/b.bin", (content[start : start + 99_999] for start in range(0, len(content), 99_999)))
    store.put("a/c", [b""])
    assert b"".join(store.read("a/b.bin")) == content
    assert b"".join(store.read("a/b.bin", 1_200_000, 100)) == content[1_200_000:1_200_100]
    assert b"".join(store.read("a/b.bin", 2_400_000)) == content[2_400_000:]
    assert store.names() == store.names("a") == [("a/b.bin", 2_500_000), ("a/c", 0)]
    assert store.names("ab") == []
    store.put("a/b.bin", [b"new"])
    assert store.size("a/b.bin") == 3
    store.delete("a/b.bin")
    store.delete("a/b.bin")
    assert store.size("a/b.bin") is None
    with pytest.raises(FileNotFoundError):
        list(store.read("a/b.bin"))
    for name in ("../x", "/x", "a//b", "a/../b", "", ".x", "a\\b"):
        with pytest.raises(ValueError, match="no name"):
            store.put(name, [b""])


def test_a_file_that_was_not_sent_to_its_end_is_not_there(store: FileStore) -> None:
    """Nor is the earlier one of that name gone."""
    store.put("a", [b"old"])

    def pieces() -> Iterator[bytes]:
        yield b"x" * 6_000_000
        raise ConnectionResetError

    with pytest.raises((ConnectionResetError, StoreUnavailable)):
        store.put("a", pieces())
    assert b"".join(store.read("a")) == b"old"
    assert store.names() == [("a", 3)]


@dataclass
class _Breaking:
    """A store whose line breaks at the put with that number."""

    inner: FileStore
    breaks_at: int
    puts: int = 0

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        self.puts += 1
        if self.puts == self.breaks_at:
            raise StoreUnavailable("The line broke.")
        self.inner.put(name, pieces)

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        return self.inner.read(name, start, length)

    def size(self, name: str) -> int | None:
        return self.inner.size(name)

    def names(self, prefix: str = "", *, before: datetime | None = None) -> list[tuple[str, int]]:
        return self.inner.names(prefix, before=before)

    def delete(self, name: str) -> None:
        self.inner.delete(name)


def test_broken_line_costs_one_part(store: FileStore, tmp_path: Path) -> None:
    """Wherever it breaks nothing half is listed, and the next try sends what is missing and no more."""
    archive, back = tmp_path / "archive", tmp_path / "back"
    archive.write_bytes(os.urandom(10_000))
    for breaks_at in range(1, 6):
        breaking = _Breaking(store, breaks_at)
        with pytest.raises(StoreUnavailable):
            BackupStore(breaking, 2_500).send(archive, NAME)
        assert BackupStore(store).names() == {}
        assert BackupStore(store).begun() == ({NAME} if breaks_at > 1 else set())
        assert BackupStore(store, 2_500).send(archive, NAME) == 5 - breaks_at
        assert BackupStore(store).names() == {NAME: 10_000}
        BackupStore(store).fetch(NAME, back)
        assert back.read_bytes() == archive.read_bytes()
        BackupStore(store).delete(NAME)
        assert store.names() == []


def test_changed_part_is_refused(store: FileStore, tmp_path: Path) -> None:
    """A part that somebody changed where it is kept, and one that is gone."""
    archive = tmp_path / "archive"
    archive.write_bytes(os.urandom(5_000))
    backups = BackupStore(store, 2_500)
    backups.send(archive, NAME)
    part = store.names(NAME)[0][0]
    store.put(part, [b"x" * 2_500])
    with pytest.raises(Refused):
        backups.fetch(NAME, tmp_path / "back")
    store.delete(part)
    for name in (NAME, OTHER):
        with pytest.raises(Refused):
            backups.fetch(name, tmp_path / "back")


def test_address_that_is_none_is_told() -> None:
    """Whoever set it reads why."""
    with pytest.raises(StoreUnavailable, match="URL"):
        RemoteStore("s4://bucket")
