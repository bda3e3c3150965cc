"""The files that people bring: one store for each purpose, in a folder of the instance or below one object store."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import structlog

from coplearn.files.stores import PIECE, FileStore, FolderStore, LayeredStore, RemoteStore, StoreUnavailable
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

MEGABYTE: Final = 1_000_000
_WEIGHED_AGAIN: Final = 600.0
_FRESH: Final = timedelta(days=1)
_AT_ONCE: Final = 500
_NOT_KEPT: Final = N_("The file could not be kept. Please try again later.")

log = structlog.get_logger()


class UploadPurpose(StrEnum):
    """A purpose that files are kept for: the folder of the instance that they lie in, or the one in the object store."""

    RECORDINGS = "recordings"
    PACKAGES = "packages"
    RESOURCES = "resources"
    EVIDENCE = "evidence"
    """Of teach-backs."""
    PROGRAMME = "programme"
    """Evidence of activities."""
    DECLARATIONS = "declarations"
    """Evidence of how recommendations stand."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A file's bytes, counted and not believed, and their SHA-256."""

    bytes: int
    sha256: str


def uploads_of(settings: Settings, purpose: UploadPurpose) -> FileStore:
    """The store of a purpose, the same object each time. With an object store, what lies in the folder is found as well.

    Raises StoreUnavailable for an object store that cannot be used.
    """
    return _store(settings.uploads_url, settings.instance_path, purpose)


@lru_cache(maxsize=64)
def _store(address: str, instance: Path, purpose: UploadPurpose) -> FileStore:
    folder = FolderStore(instance / purpose)
    return LayeredStore(RemoteStore(address, purpose, is_waited_for=True), folder) if address else folder


def pieces_of(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its beginning, in pieces."""
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def weigh(file: IO[bytes], most: int) -> Weighed:
    """Count a file that somebody brings. Raises Refused for more than ``most`` bytes."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces_of(file):
        digest.update(piece)
        size += len(piece)
        if size > most:
            raise Refused(N_("This file is larger than %(number)s MB. Make it smaller."), number=most // MEGABYTE)
    return Weighed(size, digest.hexdigest())


def keep(store: FileStore, name: str, file: IO[bytes]) -> None:
    """Put a file into a store, where nothing names it yet. It may take long: to be done in no transaction.

    Raises Refused, with nothing kept, when the store cannot be reached or has no room.
    """
    try:
        store.put(name, pieces_of(file))
    except (StoreUnavailable, OSError) as error:
        log.error("upload_not_kept", why=str(error))
        raise Refused(_NOT_KEPT) from error


def keep_new(settings: Settings, purpose: UploadPurpose, name: str, size: int, file: IO[bytes]) -> None:
    """The same, within what files of that purpose may take together (``uploads_megabytes``)."""
    try:
        store = uploads_of(settings, purpose)
        check_room(store, size, settings.uploads_megabytes * MEGABYTE)
    except StoreUnavailable as error:
        raise Refused(_NOT_KEPT) from error
    keep(store, name, file)


_weights: WeakKeyDictionary[FileStore, tuple[float, int]] = WeakKeyDictionary()


def check_room(store: FileStore, more: int, most: int) -> None:
    """Raises Refused when all files of a store together would take more than ``most`` bytes.

    They are counted every ten minutes; in between a process knows of its own alone. Raises StoreUnavailable.
    """
    at, kept = _weights.get(store, (-_WEIGHED_AGAIN, 0))
    if time.monotonic() - at >= _WEIGHED_AGAIN:
        at, kept = time.monotonic(), sum(size for _, size in store.names())
    if kept + more > most:
        _weights.pop(store, None)
        raise Refused(
            N_("There is no room for more files on this site: they may take %(number)s MB. Tell whoever runs it."),
            number=most // MEGABYTE,
        )
    _weights[store] = at, kept + more


def forget_files(settings: Settings, purpose: UploadPurpose, names: Collection[str]) -> None:
    """Take away files that nothing names any more. Where the store cannot be reached now, the day's work does it."""
    try:
        store = uploads_of(settings, purpose)
        for name in names:
            store.delete(name)
    except (StoreUnavailable, OSError) as error:
        log.error("uploads_not_forgotten", purpose=purpose.value, why=str(error))


def forget_unnamed(store: FileStore, named: Callable[[Collection[str]], Collection[str]], now: datetime) -> int:
    """Take away what lies in a store since yesterday and no row names; how many files it was. Raises StoreUnavailable.

    ``named`` says which of some names the rows have.
    """
    names, gone = [name for name, _ in store.names(before=now - _FRESH)], 0
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        for name in set(some) - set(named(some)):
            store.delete(name)
            gone += 1
    return gone


def forget_unattached(
    session: Session,
    settings: Settings,
    purpose: UploadPurpose,
    named: Callable[[Session, Collection[str]], Collection[str]],
    now: datetime,
) -> int:
    """Take away files whose form was never sent to its end, or that an erasure could not delete; how many. A day's work.

    ``named`` as :func:`forget_unnamed` has it. No transaction waits for the store. Raises StoreUnavailable.
    """

    def named_now(some: Collection[str]) -> Collection[str]:
        found = named(session, some)
        session.rollback()
        return found

    session.rollback()
    return forget_unnamed(uploads_of(settings, purpose), named_now, now)


def upload_at(name: str) -> tuple[UploadPurpose, str] | None:
    """The purpose and the name in its store of a file that is called ``name`` below the instance folder; None for any other."""
    folder, _, inner = name.partition("/")
    return (UploadPurpose(folder), inner) if inner and folder in set(UploadPurpose) else None


def fetched(settings: Settings, purpose: UploadPurpose, name: str, work: Path) -> Path:
    """A file of a store as one of this machine, copied into ``work`` where it is elsewhere. Raises FileNotFoundError."""
    path = settings.instance_path / purpose / name
    if path.is_file():
        return path
    path = work / purpose / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        out.writelines(uploads_of(settings, purpose).read(name))
    return path
