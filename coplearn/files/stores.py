"""Places for files: a folder of this machine, or an object store (S3, Azure, Google or one that speaks like them)."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from coplearn.settings import INSTALL_EXTRAS

if TYPE_CHECKING:
    from obstore.store import ObjectStore, RetryConfig

PIECE: Final = 1 << 20
"""How many bytes are held at once."""
_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*(/[0-9A-Za-z][0-9A-Za-z._-]*)*")
_UNFINISHED: Final = ".unfinished-"
_TRIES: Final[RetryConfig] = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}


class StoreUnavailable(Exception):
    """A store that cannot be reached or used; its text says why, for whoever runs the site."""


class FileStore(Protocol):
    """Files by name (``a/b.c``). A file is there whole or not at all, whenever the process that writes it is killed."""

    def __hash__(self) -> int:
        """The store itself tells what is kept of it in memory apart."""

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a file, in place of one of the same name."""

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a file, or ``length`` bytes of it from ``start`` on. Raises FileNotFoundError."""

    def size(self, name: str) -> int | None:
        """The number of bytes in the file; None when there is none of that name."""

    def names(self, prefix: str = "", *, before: datetime | None = None) -> list[tuple[str, int]]:
        """Every file below the folder ``prefix``, with its size, by name; with ``before``, those that were put before then."""

    def delete(self, name: str) -> None:
        """Take a file away; one that is not there is gone already."""


def checked_name(name: str) -> str:
    """The same name. Raises ValueError for one that could lead out of the store."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a file in a store.")
    return name


class FolderStore:
    """Files in a folder of this machine, readable by the site's own user only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a file; it is on the disk when this returns."""
        path = self.folder / checked_name(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as out:
                out.writelines(pieces)
                out.flush()
                os.fsync(out.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a file, or a part of it."""
        with (self.folder / checked_name(name)).open("rb") as file:
            file.seek(start)
            left = length
            while piece := file.read(PIECE if left is None else min(PIECE, left)):
                left = None if left is None else left - len(piece)
                yield piece

    def size(self, name: str) -> int | None:
        """The number of bytes in the file, if it is there."""
        path = self.folder / checked_name(name)
        return path.stat().st_size if path.is_file() else None

    def names(self, prefix: str = "", *, before: datetime | None = None) -> list[tuple[str, int]]:
        """Every file below the folder ``prefix``."""
        root = self.folder / prefix if prefix else self.folder
        files = (path for path in root.rglob("*") if path.is_file() and not path.name.startswith(_UNFINISHED))
        facts = ((path.relative_to(self.folder).as_posix(), path.stat()) for path in files)
        return sorted((name, one.st_size) for name, one in facts if before is None or one.st_mtime < before.timestamp())

    def delete(self, name: str) -> None:
        """Take a file away, and the folder that it was the last in."""
        path = self.folder / checked_name(name)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            while path.parent != self.folder:
                path = path.parent
                path.rmdir()


class RemoteStore:
    """Files in an object store, by obstore; credentials come from its own variables (``AWS_ACCESS_KEY_ID`` and so on).

    A request that is not answered within half a minute has failed. It is tried again for three minutes, and where somebody
    waits (``is_waited_for``) for ten seconds.
    """

    def __init__(self, address: str, below: str = "", *, is_waited_for: bool = False) -> None:
        """Files below the folder ``below``. Raises StoreUnavailable when obstore is not installed or does not know the address."""
        self._below = f"{below}/" if below else ""
        try:
            import obstore
            from obstore.store import from_url
        except ImportError as error:
            raise StoreUnavailable(f"An object store needs obstore: {INSTALL_EXTRAS}") from error
        self._obstore = obstore
        try:
            if is_waited_for and not address.startswith("file:"):
                self._remote: ObjectStore = from_url(address, retry_config=_TRIES)
            else:
                self._remote = from_url(address)
        except Exception as error:
            raise StoreUnavailable(_first_line(error)) from error

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a file; the store shows it when all of it has arrived."""
        with _told():
            self._obstore.put(self._remote, self._path(name), iter(pieces))

    def _path(self, name: str) -> str:
        return self._below + checked_name(name)

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a file, or a part of it."""
        path = self._path(name)
        with _told():
            if start == 0 and length is None:
                for piece in self._obstore.get(self._remote, path).stream(min_chunk_size=PIECE):
                    yield bytes(piece)
                return
            end = length + start if length is not None else self._obstore.head(self._remote, path)["size"]
            while start < end:
                until = min(start + PIECE, end)
                piece = bytes(self._obstore.get_range(self._remote, path, start=start, end=until))
                start += len(piece)
                yield piece

    def size(self, name: str) -> int | None:
        """The number of bytes in the file, if it is there."""
        try:
            with _told():
                return self._obstore.head(self._remote, self._path(name))["size"]
        except FileNotFoundError:
            return None

    def names(self, prefix: str = "", *, before: datetime | None = None) -> list[tuple[str, int]]:
        """Every file below the folder ``prefix``."""
        until = before or datetime.max.replace(tzinfo=UTC)
        with _told():
            pages = self._obstore.list(self._remote, (self._below + prefix).rstrip("/") or None)
            found = (one for page in pages for one in page if one["last_modified"] < until)
            return sorted((one["path"].removeprefix(self._below), one["size"]) for one in found)

    def delete(self, name: str) -> None:
        """Take a file away."""
        with suppress(FileNotFoundError), _told():
            self._obstore.delete(self._remote, self._path(name))


class LayeredStore:
    """A store that took the place of another: what lies in the earlier one is found as before, and nothing new comes there."""

    def __init__(self, store: FileStore, earlier: FileStore) -> None:
        self._store, self._earlier = store, earlier

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Keep a file."""
        self._store.put(name, pieces)

    def read(self, name: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield a file, or a part of it."""
        try:
            pieces = self._store.read(name, start, length)
            first = next(pieces, b"")
        except FileNotFoundError:
            yield from self._earlier.read(name, start, length)
            return
        yield first
        yield from pieces

    def size(self, name: str) -> int | None:
        """The number of bytes in the file, if it is there."""
        size = self._store.size(name)
        return size if size is not None else self._earlier.size(name)

    def names(self, prefix: str = "", *, before: datetime | None = None) -> list[tuple[str, int]]:
        """Every file below the folder ``prefix``."""
        return sorted(
            (dict(self._earlier.names(prefix, before=before)) | dict(self._store.names(prefix, before=before))).items()
        )

    def delete(self, name: str) -> None:
        """Take a file away, from either."""
        self._earlier.delete(name)
        self._store.delete(name)


class _told:  # noqa: N801 - read as a word: "with _told()"
    """Turns obstore's own errors into StoreUnavailable; FileNotFoundError and our own errors pass."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is not None and type(error).__module__.startswith("obstore"):
            raise StoreUnavailable(_first_line(error)) from error


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0][:300]


def sync_folder(folder: Path) -> None:
    """Let the disk know that files in the folder were renamed."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
