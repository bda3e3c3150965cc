"""Make a backup, send it on, and delete those that are too old."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from coplearn import __version__
from coplearn.backups.archives import ArchiveMember, Manifest, Seal, seal
from coplearn.backups.databases import ASIDE, Dump, dump
from coplearn.backups.erasures import keep_list
from coplearn.backups.places import (
    BackupStore,
    archive_path,
    archives_in,
    backup_store_of,
    folder_of,
    put_in_place,
    unfinished_path,
    working,
)
from coplearn.backups.rules import name_at, outdated
from coplearn.files.stores import StoreUnavailable
from coplearn.files.uploads import UploadPurpose, uploads_of
from coplearn.kernel.errors import Refused
from coplearn.settings import Settings, changed_settings

INSTANCE = "instance/"
"""How the names of the instance folder's files begin in an archive."""


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that is whole."""

    name: str
    bytes: int
    rows: int
    files: int
    places: tuple[str, ...]
    deleted: tuple[str, ...]
    """The names of older backups that were deleted."""
    fault: str
    """Why it was not sent to the object store; empty when it was, or none is set. The next run sends it."""


def make_backup(engine: Engine, settings: Settings, now: datetime) -> MadeBackup:
    """Make a backup and keep it where the settings say; people go on working meanwhile.

    Killed at any moment it leaves the earlier backups and no half one. Raises Refused when none can be made, and
    StoreUnavailable when files of people are in an object store that cannot be reached.
    """
    lock = Seal(settings.backup_recipients, settings.backup_passphrase)
    if not lock:
        raise Refused(
            "A backup holds people's data and is never written unencrypted. Set COPLEARN_BACKUP_RECIPIENTS"
            " (`coplearn backup new-key FILE` makes a key) or COPLEARN_BACKUP_PASSPHRASE."
        )
    folder, name = folder_of(settings), name_at(now)
    with working(settings) as work:
        if name in archives_in(folder):
            raise Refused("There is a backup of this very second already.")
        dumped = dump(engine, work)
        archive = unfinished_path(folder, name)
        members = _members(dumped, settings, folder)
        rows = sum(one.rows for one in dumped.tables.values())
        count = 0

        def describe(files: dict[str, tuple[int, str]]) -> Manifest:
            nonlocal count
            count = len(files)
            site, names = settings.site_name, changed_settings(settings)
            engine, revision, sums, tables = dumped.engine, dumped.revision, dumped.sums, dumped.tables
            return Manifest(now, site, __version__, engine, revision, sums, tables, names, files)

        _refuse_without_room(folder, dumped.file)
        seal(members, describe, lock, archive)
        path = put_in_place(archive, folder, name)
        size = path.stat().st_size
        places, fault = _sent(settings, folder)
        deleted = _rotated(settings, folder)
    return MadeBackup(name, size, rows, count, places, deleted, fault)


def _refuse_without_room(folder: Path, file: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < file.stat().st_size // 2:
        raise Refused("There is too little room in %(folder)s for a backup.", folder=str(folder))


def _members(dumped: Dump, settings: Settings, folder: Path) -> Iterator[ArchiveMember]:
    yield ArchiveMember(dumped.file.name, dumped.file, is_packed=dumped.engine == "postgresql")
    here = {path.relative_to(settings.instance_path).as_posix(): path for path in instance_files(settings, folder)}
    for name, path in here.items():
        yield ArchiveMember(INSTANCE + name, path)
    if settings.uploads_url:
        for purpose in UploadPurpose:
            store = uploads_of(settings, purpose)
            for name, size in store.names():
                if f"{purpose}/{name}" not in here:
                    yield ArchiveMember(f"{INSTANCE}{purpose}/{name}", partial(store.read, name, 0, size))


def instance_files(settings: Settings, folder: Path) -> list[Path]:
    """Every file that the instance folder owns: keys, evidence, lists, own catalogs and languages, mail.

    Not the database's own files, what is made anew (``cache``), backups, and what a restore moved aside. Links are not followed.
    """
    root = settings.instance_path
    left_out = {root / "cache", root / "backups", folder}
    found = []
    for above, folders, files in os.walk(root):
        here = Path(above)
        folders[:] = [one for one in folders if here / one not in left_out and not one.startswith(ASIDE)]
        found += [here / one for one in files if not (here == root and one.startswith(_database_name(settings)))]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _database_name(settings: Settings) -> str:
    # SQLite's file, its logs and what a restore moved aside begin alike; with PostgreSQL there is an old one at most.
    address = settings.database
    return Path(address).name if address.startswith("sqlite") else "coplearn.sqlite3"


def _sent(settings: Settings, folder: Path) -> tuple[tuple[str, ...], str]:
    kept: tuple[str, ...] = (str(folder),) if settings.backup_folder or not settings.backup_url else ()
    try:
        keep_list(settings, None)
        store = backup_store_of(settings)
        if store is not None:
            keep_list(settings, store)
            send_waiting(settings, folder, store)
            kept += (settings.backup_url,)
    except (StoreUnavailable, OSError) as error:
        return kept or (str(folder),), str(error)
    return kept, ""


def send_waiting(settings: Settings, folder: Path, store: BackupStore) -> None:
    """Send every backup that the object store lacks, those of earlier runs as well, part by part."""
    there = store.names()
    here = sorted(archives_in(folder))
    for name in here:
        path = archive_path(folder, name)
        if name not in there and name not in outdated(here, settings.backup_days, settings.backup_weeks):
            store.send(path, name)
        if not settings.backup_folder and name in store.names():
            path.unlink()


def _rotated(settings: Settings, folder: Path) -> tuple[str, ...]:
    here = archives_in(folder)
    gone = set(outdated(here, settings.backup_days, settings.backup_weeks))
    for name in gone:
        archive_path(folder, name).unlink(missing_ok=True)
    with suppress(StoreUnavailable, OSError):
        store = backup_store_of(settings)
        if store is not None:
            old = set(outdated(store.names(), settings.backup_days, settings.backup_weeks))
            # A part of a backup that is no longer here can never be made whole.
            for name in old | (store.begun() - set(archives_in(folder))):
                store.delete(name)
            gone |= old
    return tuple(sorted(gone))
