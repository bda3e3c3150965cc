"""Bring an archive into an empty site, or what is new into a site that an earlier one was brought into: all or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from zipfile import BadZipFile, ZipFile

from sqlalchemy import Connection, Engine, MetaData

from coplearn.backups.archives import MANIFEST, Opener, inside, unseal
from coplearn.backups.databases import has_people, opened, revision_of
from coplearn.backups.making import INSTANCE
from coplearn.backups.places import working
from coplearn.files.markers import UNFINISHED, drop_note, note, put_note
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyRing
from coplearn.moving import loading
from coplearn.moving.contents import bring_in, remove_here, sum_here
from coplearn.moving.packing import FILES, GONE, TABLES
from coplearn.moving.rules import SignedManifest, SiteManifest, read_signed, root_of
from coplearn.moving.stops import MEMBER, Stop, read_stops
from coplearn.settings import Settings

ARRIVED: Final = "arrived.json"
"""The note of what was brought in last."""
_SECRET: Final = f"{FILES}{INSTANCE}secret_key"


class Schema(Protocol):
    """The migrations of this version."""

    newest: str
    known: set[str]

    def upgrade(self, to: str) -> None:
        """Bring the database to that revision."""


@dataclass(frozen=True, slots=True)
class FoundSite:
    """Everything that was found once an archive was brought in, counted anew where it came to lie."""

    signed: SignedManifest
    tables: loading.Sums
    files: dict[str, tuple[int, str]]
    root: str
    stops: list[Stop]
    """What people had stopped, where the archive did not bring the key that their codes are made with."""


@contextmanager
def unpacked_site(settings: Settings, archive: Path, passphrase: str) -> Iterator[tuple[SignedManifest, Path]]:
    """An archive that was opened and compared with what it says of itself, in a folder that is gone afterwards. Raises Refused."""
    with working(settings) as work:
        if not passphrase and _is_sealed(archive):
            raise Refused("This archive is sealed. Name the file that holds its passphrase: --passphrase-file FILE.")
        room = shutil.disk_usage(work).free
        if room < archive.stat().st_size * 4:
            raise Refused("There is too little room in %(folder)s to unpack the archive.", folder=str(work))
        folder = work / "unpacked"
        folder.mkdir(mode=0o700)
        yield unseal(archive, Opener(passphrase=passphrase), folder, read_signed), folder


def _is_sealed(archive: Path) -> bool:
    try:
        with ZipFile(archive) as outer:
            return MANIFEST not in outer.namelist()
    except (BadZipFile, OSError) as error:
        raise Refused("This is no whole archive of a site: %(why)s", why=str(error)) from error


def refuse_what_does_not_fit(
    engine: Engine, settings: Settings, schema: Schema, manifest: SiteManifest, folder: Path
) -> None:
    """Refuse, before anything is touched, an archive that cannot become this site."""
    if manifest.revision not in schema.known:
        raise Refused("This archive is of a later version of coplearn. Bring it in with that one, or with a newer one.")
    _refuse_other_keys(settings, manifest, folder)
    arrived, begun = note(settings.instance_path, ARRIVED) or {}, note(settings.instance_path, UNFINISHED)
    with opened(engine.url.render_as_string(hide_password=False)) as connection:
        in_use, revision = has_people(connection), revision_of(connection)
    if arrived.get("id") == manifest.id and begun is None:
        raise Refused("This archive was brought in here already.")
    if manifest.since:
        if arrived.get("id") != manifest.since:
            raise Refused(
                "This archive holds what is new since another one. Bring that one in first: %(id)s.", id=manifest.since
            )
        if revision != manifest.revision:
            raise Refused(
                "What is new can be brought in only by the version that exported it. Bring in a whole archive."
            )
    elif in_use and begun is None:
        raise Refused("Nothing was brought in: there are people in this site. An archive goes into an empty one.")


def _refuse_other_keys(settings: Settings, manifest: SiteManifest, folder: Path) -> None:
    if not manifest.has_keys:
        return
    if settings.site_keys:
        raise Refused(
            "COPLEARN_SITE_KEYS is set here, and the archive brings the keys of the old site. Unset it, or set what"
            " `coplearn keys export` prints there and import an archive without keys."
        )
    brought = inside(folder, _SECRET)
    if settings.secret_key and brought.exists() and brought.read_text(encoding="ascii") != settings.secret_key:
        raise Refused(
            "SECRET_KEY is set here, and the archive brings that of the old site, which opens people's second steps and the"
            " links in letters. Unset it, or set the old one."
        )


def import_site(
    engine: Engine, settings: Settings, schema: Schema, archive: Path, passphrase: str, tell: Callable[[str], None]
) -> FoundSite:
    """Bring an archive in. Raises Refused, with everything as it was, when it cannot be done.

    Whoever calls ends it with :func:`finish`. Killed in between the site is not served, and the same call does it all again.
    """
    with unpacked_site(settings, archive, passphrase) as (signed, folder):
        manifest = signed.manifest
        refuse_what_does_not_fit(engine, settings, schema, manifest, folder)
        was_begun = note(settings.instance_path, UNFINISHED) is not None
        put_note(settings.instance_path, UNFINISHED, {"id": manifest.id})
        engine.dispose()
        try:
            if not manifest.since:
                _lay_out(engine, schema, manifest.revision)
            tell(f"Bringing in {manifest.rows} rows of {len(manifest.tables)} tables")
            tables = _load(engine, settings, manifest, folder)
        except BaseException:
            if not manifest.since:
                schema.upgrade(schema.newest)
            if not was_begun:
                drop_note(settings.instance_path, UNFINISHED)
            raise
        files = _put_files(settings, manifest, folder, tell)
        stops = read_stops(folder / MEMBER)
        engine.dispose()
        if manifest.revision != schema.newest:
            tell(f"Migrating from {manifest.revision} to {schema.newest}")
            schema.upgrade(schema.newest)
    return FoundSite(signed, tables, files, root_of(tables, files), stops)


def _lay_out(engine: Engine, schema: Schema, revision: str) -> None:
    """Give the database the tables that the archive is of; there is nothing in it that anybody needs."""
    with opened(engine.url.render_as_string(hide_password=False)) as connection:
        stands_at = revision_of(connection)
    if stands_at == revision:
        return
    with loading.loading(engine) as connection:
        metadata = MetaData()
        metadata.reflect(connection)
        metadata.drop_all(connection)
    engine.dispose()
    schema.upgrade(revision)


def _load(engine: Engine, settings: Settings, manifest: SiteManifest, folder: Path) -> loading.Sums:
    with loading.loading(engine) as connection:
        if manifest.since:
            arrived = note(settings.instance_path, ARRIVED) or {}
            loading.forget_own(connection, int(str(arrived.get("events", 0))))
            _refuse_changed(connection, arrived)
            loading.take_out(connection, manifest.tables, folder / GONE, folder / TABLES)
        else:
            loading.empty(connection)
        loading.fill(connection, manifest.tables, folder / TABLES)
        found = loading.found_sums(connection, manifest.tables)
        wrong = [name for name, one in manifest.tables.items() if found[name] != (one.rows, one.sha256)]
        if wrong:
            raise Refused("Rows did not come in as they are in the archive: %(tables)s", tables=", ".join(wrong))
        loading.set_sequences(connection)
    return found


def _refuse_changed(connection: Connection, arrived: Mapping[str, object]) -> None:
    """Refuse where people were at work meanwhile: what they wrote would go, or be overwritten where a number is the same."""
    sums = arrived.get("tables", {})
    before = sums if isinstance(sums, dict) else {}
    found = loading.found_sums(connection, before)
    wrong = [name for name, sha256 in before.items() if found[name][1] != sha256]
    if wrong:
        raise Refused(
            "This site was changed since the archive before was brought in: %(tables)s. Bring a whole archive into an empty"
            " site.",
            tables=", ".join(wrong),
        )


def _put_files(
    settings: Settings, manifest: SiteManifest, folder: Path, tell: Callable[[str], None]
) -> dict[str, tuple[int, str]]:
    tell(f"Putting {len(manifest.contents)} files in their places")
    if not manifest.since:
        # Keys that this site made for itself before it was anybody's.
        for path in KeyRing(settings).folder.glob("*.*"):
            path.unlink()
    before = note(settings.instance_path, ARRIVED) or {}
    gone = before.get("files", []) if manifest.since else []
    for name in gone if isinstance(gone, list) else []:
        if name not in manifest.contents:
            remove_here(settings, str(name))
    for name in manifest.files:
        if name.startswith(FILES):
            bring_in(settings, folder / FILES, name.removeprefix(FILES))
    shutil.rmtree(settings.instance_path / "cache", ignore_errors=True)
    files = {name: sum_here(settings, name) for name in manifest.contents}
    wrong = [name for name, one in manifest.contents.items() if files[name] != one]
    if wrong:
        raise Refused("Files are not what they were: %(names)s", names=", ".join(wrong[:5]))
    return files


def finish(settings: Settings, found: FoundSite, now: datetime) -> None:
    """Note that all of it is here, and let the site be served."""
    manifest = found.signed.manifest
    events = manifest.tables.get("audit_event")
    put_note(
        settings.instance_path,
        ARRIVED,
        {
            "id": manifest.id,
            "at": now.isoformat(),
            "root": found.root,
            "events": events.rows if events else 0,
            # This site's own events are taken out before anything is compared.
            "tables": {name: sha256 for name, (_, sha256) in found.tables.items() if name != loading.LOG_HEAD},
            "files": list(manifest.contents),
        },
    )
    drop_note(settings.instance_path, UNFINISHED)
