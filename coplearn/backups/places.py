"""The places of backups: a folder, and an object store that a bad line may take days to fill."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from coplearn.backups.rules import ENDING, made_at
from coplearn.files.stores import FileStore, RemoteStore, sync_folder
from coplearn.kernel.errors import Refused
from coplearn.privacy.erasures import NAME as ERASURES
from coplearn.settings import Settings

PART: Final = 64 << 20
"""How large the parts are in an object store: as much may have to be sent again after a broken line."""
_PIECE: Final = 1 << 20
_WHOLE: Final = "whole.json"
_WORK: Final = ".work-"
_UNFINISHED: Final = ".unfinished"
_LOCK: Final = ".lock"


def folder_of(settings: Settings) -> Path:
    """The folder in which backups are made, and kept unless they are only sent elsewhere."""
    return settings.backup_folder or settings.instance_path / "backups"


def archives_in(folder: Path) -> dict[str, int]:
    """The size of each whole backup in the folder, by name."""
    files = folder.glob(f"*{ENDING}") if folder.is_dir() else ()
    return {path.stem: path.stat().st_size for path in files if made_at(path.stem)}


def archive_path(folder: Path, name: str) -> Path:
    """The file of a backup in a folder."""
    return folder / f"{name}{ENDING}"


@contextmanager
def working(settings: Settings) -> Iterator[Path]:
    """A folder in the instance folder for what is not sealed, which nobody else works in meanwhile; it is gone afterwards.

    What a killed run left is deleted. Raises Refused while somebody else works.
    """
    own, folder = settings.instance_path / "backups", folder_of(settings)
    try:
        settings.make_instance()
        for one in (own, folder):
            one.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (own / _LOCK).open("w")
    except OSError as error:
        raise Refused("The folder for backups cannot be written into: %(why)s", why=str(error)) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("Another command is at work with the backups of this site.") from error
        for left in own.glob(f"{_WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in folder.glob(f"*{_UNFINISHED}"):
            left.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(dir=own, prefix=_WORK) as work:
            yield Path(work)


def unfinished_path(folder: Path, name: str) -> Path:
    """The file of a backup that is being made: sealed, and not listed."""
    return folder / f"{name}{_UNFINISHED}"


def put_in_place(archive: Path, folder: Path, name: str) -> Path:
    """Move an archive that is whole to its place in the folder: from here on it is listed."""
    with archive.open("rb") as file:
        os.fsync(file.fileno())
    path = archive_path(folder, name)
    archive.replace(path)
    sync_folder(folder)
    return path


class BackupStore:
    """Backups in a store, in parts; one is listed when its last file, which names the parts, is there."""

    def __init__(self, store: FileStore, part: int = PART) -> None:
        self._store, self._part = store, part

    def names(self) -> dict[str, int]:
        """The size of each whole backup, by name."""
        sizes: dict[str, int] = {}
        whole = set()
        for path, size in self._store.names():
            name, _, file = path.partition("/")
            if made_at(name) and file == _WHOLE:
                whole.add(name)
            elif made_at(name):
                sizes[name] = sizes.get(name, 0) + size
        return {name: size for name, size in sizes.items() if name in whole}

    def send(self, archive: Path, name: str) -> int:
        """Send an archive, and say how many parts went: those that are there from an earlier try are not sent again."""
        there = dict(self._store.names(name))
        parts: list[tuple[str, int]] = []
        sent = 0
        for start in range(0, archive.stat().st_size, self._part):
            digest, size = hashlib.sha256(), 0
            for piece in _read(archive, start, self._part):
                digest.update(piece)
                size += len(piece)
            part = f"{name}/{len(parts):05}-{digest.hexdigest()}"
            if there.get(part) != size:
                self._store.put(part, _read(archive, start, self._part))
                sent += 1
            parts.append((part, size))
        self._store.put(f"{name}/{_WHOLE}", [json.dumps(parts).encode()])
        return sent

    def fetch(self, name: str, to: Path) -> None:
        """Bring a backup into the file ``to``. Raises Refused when it is not there or was changed on the way."""
        try:
            parts: list[tuple[str, int]] = json.loads(b"".join(self._store.read(f"{name}/{_WHOLE}")))
            to.touch(mode=0o600)
            with to.open("wb") as out:
                for part, _ in parts:
                    digest = hashlib.sha256()
                    for piece in self._store.read(part):
                        digest.update(piece)
                        out.write(piece)
                    if not part.endswith(digest.hexdigest()):
                        raise Refused("A part of this backup was changed where it is kept: %(part)s", part=part)
        except FileNotFoundError as error:
            raise Refused("There is no whole backup called %(name)s there.", name=name) from error

    def put_list(self, content: bytes) -> None:
        """Keep the list of who was erased beside the backups."""
        self._store.put(ERASURES, [content])

    def the_list(self) -> bytes:
        """The list of who was erased; empty when none was sent."""
        try:
            return b"".join(self._store.read(ERASURES))
        except FileNotFoundError:
            return b""

    def delete(self, name: str) -> None:
        """Delete a backup, whole or not; it stops being listed first."""
        self._store.delete(f"{name}/{_WHOLE}")
        for path, _ in self._store.names(name):
            self._store.delete(path)

    def begun(self) -> set[str]:
        """The names of backups that are there in part only."""
        return {name for path, _ in self._store.names() if made_at(name := path.partition("/")[0])} - set(self.names())


def _read(file: Path, start: int, length: int) -> Iterator[bytes]:
    with file.open("rb") as opened:
        opened.seek(start)
        while length and (piece := opened.read(min(_PIECE, length))):
            length -= len(piece)
            yield piece


def backup_store_of(settings: Settings) -> BackupStore | None:
    """The object store that is set, if one is. Raises StoreUnavailable when it cannot be used."""
    return BackupStore(RemoteStore(settings.backup_url)) if settings.backup_url else None
