"""Restore a backup: into a scratch place to see that it is whole, or in place of a site that was lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from coplearn.backups.archives import Manifest, Opener, inside, read_manifest, unseal
from coplearn.backups.databases import ASIDE, FILES, faults_of, has_people, put_back, revision_of, scratch
from coplearn.backups.erasures import every_line, joined
from coplearn.backups.making import INSTANCE, instance_files
from coplearn.backups.places import archive_path, archives_in, backup_store_of, folder_of, working
from coplearn.backups.row_sums import TableSum, sums_of
from coplearn.backups.rules import name_at
from coplearn.files.uploads import pieces_of, upload_at, uploads_of
from coplearn.kernel.errors import Refused
from coplearn.privacy.erasures import NAME as ERASURES
from coplearn.settings import Settings
from coplearn.storage.database import reading_only


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that was restored for a trial, and what was found."""

    name: str
    bytes: int
    manifest: Manifest
    faults: list[str] = field(default_factory=list)
    """Empty when every file and every row is what it was."""

    @property
    def rows(self) -> int:
        """The number of rows in the backup."""
        return sum(one.rows for one in self.manifest.tables.values())


@dataclass(frozen=True, slots=True)
class Restored:
    """A site that was put back."""

    manifest: Manifest
    aside: list[str]
    """Where what was there before is now; whoever runs the site deletes it."""
    files: int


def kept_backups(settings: Settings) -> dict[str, tuple[int, list[str]]]:
    """The size of each whole backup and where it is kept, the oldest first.

    Raises StoreUnavailable when the object store that is set cannot be reached.
    """
    found: dict[str, tuple[int, list[str]]] = {}
    folder, store = folder_of(settings), backup_store_of(settings)
    for name, size in archives_in(folder).items():
        found[name] = (size, [str(folder)])
    for name, size in (store.names() if store is not None else {}).items():
        found.setdefault(name, (size, []))[1].append(settings.backup_url)
    return dict(sorted(found.items()))


def opener_of(settings: Settings, key: Path | None = None) -> Opener:
    """The means to open backups: the key file named, else the settings' own, and the settings' passphrase."""
    file = key or settings.backup_key
    try:
        return Opener(file.read_text(encoding="ascii") if file else "", settings.backup_passphrase)
    except (OSError, UnicodeDecodeError) as error:
        raise Refused("The key file cannot be read: %(why)s", why=str(error)) from error


@contextmanager
def _unsealed(settings: Settings, which: str, opener: Opener) -> Iterator[tuple[int, Manifest, Path]]:
    """A backup by its name, the newest for none, or by its file, unpacked into a folder that is gone afterwards."""
    with working(settings) as work:
        archive = _found(settings, which, work)
        unpacked = work / "unpacked"
        unpacked.mkdir(mode=0o700)
        yield archive.stat().st_size, unseal(archive, opener, unpacked, read_manifest), unpacked


def _found(settings: Settings, which: str, work: Path) -> Path:
    if which and Path(which).is_file():
        return Path(which)
    folder = folder_of(settings)
    here = archives_in(folder)
    kept = list(here) if which in here else list(kept_backups(settings))
    if not kept:
        raise Refused("There is no backup yet.")
    name = which or kept[-1]
    if name not in kept:
        raise Refused("There is no backup called %(name)s. `coplearn backup list` tells which there are.", name=name)
    if name in here:
        return archive_path(folder, name)
    store, fetched = backup_store_of(settings), work / "fetched"
    assert store is not None
    store.fetch(name, fetched)
    return fetched


def verify_backup(engine: Engine, settings: Settings, which: str, opener: Opener) -> Verified:
    """Restore a backup into a scratch place and compare every file and every table's rows with its manifest.

    Raises Refused when it cannot be opened or restored at all.
    """
    with (
        _unsealed(settings, which, opener) as (size, manifest, unpacked),
        scratch(engine, manifest.engine, unpacked / FILES[manifest.engine]) as connection,
    ):
        return Verified(name_at(manifest.made_at), size, manifest, _compared(connection, manifest))


def _compared(connection: Connection, manifest: Manifest) -> list[str]:
    faults = faults_of(connection)
    if faults:
        return faults
    if revision_of(connection) != manifest.revision:
        faults.append("The restored database stands at another migration.")
    return faults + differences(manifest.tables, sums_of(connection, manifest.sums))


def differences(expected: dict[str, TableSum], found: dict[str, TableSum]) -> list[str]:
    """A line for each table that is not what it was."""
    lines = []
    for name in sorted(expected.keys() | found.keys()):
        was, now = expected.get(name), found.get(name)
        if was is None or now is None:
            lines.append(f"{name}: the table is {'new' if was is None else 'gone'}")
        elif was.rows != now.rows:
            lines.append(f"{name}: {was.rows} rows were saved, {now.rows} came back")
        elif was != now:
            lines.append(f"{name}: rows came back changed")
    return lines


def restore_backup(
    engine: Engine,
    settings: Settings,
    which: str,
    opener: Opener,
    now: datetime,
    *,
    known: Callable[[str], bool],
    confirm: Callable[[Manifest], bool],
) -> Restored:
    """Put a backup in place of the site's database and of the instance folder's files.

    ``known`` says whether this version has a migration; ``confirm`` is asked when there are people in the site. What was
    there is moved aside and deleted by nobody. Raises Refused, with everything as it was, when it cannot be done.
    """
    with _unsealed(settings, which, opener) as (_, manifest, unpacked):
        if manifest.engine != engine.dialect.name:
            raise Refused("This backup is of %(engine)s: set DATABASE_URL to such a database.", engine=manifest.engine)
        if not known(manifest.revision):
            raise Refused("This backup is of a later version of coplearn. Restore it with that one.")
        with reading_only(), engine.connect() as connection:
            in_use = has_people(connection)
        if in_use and not confirm(manifest):
            raise Refused("Nothing was restored: there are people in this site.")
        dumped, stamp = unpacked / FILES[manifest.engine], now.strftime("%Y%m%d%H%M%S")
        files = _files_with_room(manifest, settings)
        # Read before the instance folder is changed: it may know of erasures that the backup does not.
        erased = every_line(settings)
        aside = [put_back(engine, dumped, stamp, lambda connection: _refuse_damaged(_compared(connection, manifest)))]
        aside += _put_files(unpacked, files, settings, stamp)
        _put_list(settings, erased)
    return Restored(manifest, aside, len(files))


def _refuse_damaged(faults: list[str]) -> None:
    if faults:
        raise Refused("This backup is not whole: %(faults)s", faults="; ".join(faults[:5]))


def _files_with_room(manifest: Manifest, settings: Settings) -> list[str]:
    settings.make_instance()
    if shutil.disk_usage(settings.instance_path).free < sum(size for size, _ in manifest.files.values()):
        raise Refused("There is too little room in the instance folder to restore this backup.")
    return [name.removeprefix(INSTANCE) for name in manifest.files if name.startswith(INSTANCE)]


def _put_files(unpacked: Path, files: list[str], settings: Settings, stamp: str) -> list[str]:
    root, aside = settings.instance_path, settings.instance_path / f"{ASIDE}{stamp}"
    before = instance_files(settings, folder_of(settings))
    for path in before:
        _move(path, aside / path.relative_to(root))
    for name in files:
        source, upload = inside(unpacked / INSTANCE, name), upload_at(name)
        if settings.uploads_url and upload is not None:
            with source.open("rb") as file:
                uploads_of(settings, upload[0]).put(upload[1], pieces_of(file))
        else:
            _move(source, inside(root, name))
    # Pages that were kept may tell what the other site had.
    shutil.rmtree(root / "cache", ignore_errors=True)
    return [str(aside)] if before else []


def _put_list(settings: Settings, erased: bytes) -> None:
    path = settings.instance_path / ERASURES
    lines = joined(path.read_bytes() if path.exists() else b"", erased)
    if lines:
        path.touch(mode=0o600)
        path.write_bytes(lines)


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        path.replace(to)
    except OSError:
        # The folder for backups may stand on another disk.
        shutil.copyfile(path, to)
        to.chmod(0o600)
        os.unlink(path)  # noqa: PTH108
