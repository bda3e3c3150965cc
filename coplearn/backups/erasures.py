"""The list of who was erased, kept beside the backups: whoever is brought back by one is to be forgotten again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from coplearn.backups.places import BackupStore, backup_store_of, folder_of
from coplearn.files.stores import FolderStore
from coplearn.privacy.erasures import NAME
from coplearn.settings import Settings

_NEWLINE: Final = b"\n"


def joined(*lists: bytes) -> bytes:
    """One list with every line of all of them once, in the order in which they come."""
    lines = dict.fromkeys(line for one in lists for line in one.split(_NEWLINE) if line)
    return b"".join(line + _NEWLINE for line in lines)


def keep_list(settings: Settings, store: BackupStore | None) -> None:
    """Bring the site's list to where its backups are kept, joined with what is there; it only grows."""
    own, folder = _read(settings.instance_path), folder_of(settings)
    whole = joined(_read(folder), own)
    if whole and whole != _read(folder):
        FolderStore(folder).put(NAME, [whole])
    if store is not None and whole:
        there = store.the_list()
        if joined(there, whole) != there:
            store.put_list(joined(there, whole))


def every_line(settings: Settings) -> bytes:
    """The lines of the site's own list and of those beside its backups. Raises StoreUnavailable, as far as one is set."""
    store = backup_store_of(settings)
    elsewhere = store.the_list() if store is not None else b""
    return joined(_read(settings.instance_path), _read(folder_of(settings)), elsewhere)


def _read(folder: Path) -> bytes:
    path = folder / NAME
    return path.read_bytes() if path.is_file() else b""
