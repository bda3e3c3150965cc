"""Write a site, or what is new in it, into one archive, from one instant and while people go on working."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import IO, Final

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from coplearn import __version__
from coplearn.backups.archives import ArchiveMember, Opener, Seal, pack, seal, unseal
from coplearn.backups.databases import revision_of, snapshot
from coplearn.backups.places import working
from coplearn.files.markers import put_note
from coplearn.files.stores import sync_folder
from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose, KeyRing
from coplearn.moving.contents import contents_of, sum_of_file
from coplearn.moving.countries import Leaving, leaving_of
from coplearn.moving.rows import (
    CarriedTable,
    Indexed,
    Line,
    LineSum,
    changes,
    digest_of,
    encode,
    lines_of,
    tables_of,
)
from coplearn.moving.rules import (
    SEALED_WITH_KEYS,
    STAYS,
    SignedManifest,
    SiteManifest,
    TableFacts,
    read_signed,
    signed_words,
)
from coplearn.moving.stops import MEMBER, CodeOf, stops_in, write_stops
from coplearn.privacy.rules import NOT_SECRET, setting_text
from coplearn.settings import Settings, changed_settings

TABLES: Final = "tables/"
GONE: Final = "gone/"
INDEX: Final = "index/"
FILES: Final = "files/"
READ_ME: Final = """This is a coplearn site on its way to another machine. To look into it, and to bring it in there:

    coplearn site import --dry-run THIS-FILE --passphrase-file FILE
    coplearn site import THIS-FILE --passphrase-file FILE
"""


@dataclass(frozen=True, slots=True)
class WantedExport:
    """Wishes of whoever exports a site."""

    to: Path
    passphrase: str
    """Empty for an archive that anybody can open, without the private keys."""
    since: Path | None = None
    country: str = ""
    kinds: Sequence[str] = ()
    """Kinds of letters that people may stop."""
    code_of: CodeOf = lambda _kind, _address: ""


def export_site(
    engine: Engine, settings: Settings, ring: KeyRing, wanted: WantedExport, now: datetime
) -> SignedManifest:
    """Write the archive, whole or not at all. Raises Refused with nothing written."""
    if wanted.to.exists():
        raise Refused("%(file)s is there already.", file=str(wanted.to))
    with working(settings) as work:
        base = _base(wanted, work)
        if base is not None and base[0].manifest.country != wanted.country:
            raise Refused("The earlier archive is not of the same part of the site.")
        made = _Packing(settings, ring, wanted, work, base).written(engine, now)
        sync_folder(wanted.to.parent)
    return made


def leaving_rows(engine: Engine, settings: Settings, country: str) -> tuple[dict[str, int], dict[str, str]]:
    """Rows by table that would leave with a country, and why nothing of each other table does. Raises Refused for none."""
    with working(settings) as work, snapshot(engine, work) as connection:
        leaving = leaving_of(connection, country)
        return leaving.counts(connection), leaving.left_out


def _base(wanted: WantedExport, work: Path) -> tuple[SignedManifest, Path] | None:
    if wanted.since is None:
        return None
    folder = work / "before"
    folder.mkdir()
    try:
        return unseal(wanted.since, Opener(passphrase=wanted.passphrase), folder, read_signed), folder
    except OSError as error:
        raise Refused("The earlier archive cannot be read: %(why)s", why=str(error)) from error


class _Packing:
    """One archive that is being written."""

    def __init__(
        self,
        settings: Settings,
        ring: KeyRing,
        wanted: WantedExport,
        work: Path,
        base: tuple[SignedManifest, Path] | None,
    ) -> None:
        self._settings, self._ring, self._wanted, self._work = settings, ring, wanted, work
        self._base = base
        # Another site never gets the keys of one that goes on.
        self._has_keys = bool(wanted.passphrase) and not wanted.country
        self._tables: dict[str, TableFacts] = {}
        self._members: list[ArchiveMember] = []

    def written(self, engine: Engine, now: datetime) -> SignedManifest:
        with snapshot(engine, self._work) as connection:
            leaving = leaving_of(connection, self._wanted.country) if self._wanted.country else None
            left_out = (
                dict(STAYS) | ({} if self._has_keys else SEALED_WITH_KEYS) | (leaving.left_out if leaving else {})
            )
            for name, table in tables_of(connection).items():
                if name not in left_out:
                    self._write_table(connection, table, leaving)
            revision = revision_of(connection)
            erasures = leaving.erasures(connection) if leaving else []
            codes = leaving.codes(connection) if leaving else []
            if not self._has_keys:
                self._write_stops(connection, leaving)
        contents = self._write_contents(leaving)
        manifest = SiteManifest(
            id=token_hex(8),
            made_at=now,
            site=self._settings.site_name,
            address=self._settings.address,
            version=__version__,
            engine=engine.dialect.name,
            revision=revision,
            since=self._base[0].manifest.id if self._base else "",
            country=self._wanted.country,
            has_keys=self._has_keys,
            tables=self._tables,
            left_out=left_out,
            contents=contents,
            settings={name: setting_text(getattr(self._settings, name)) for name in self._told_settings(secret=False)},
            secret_settings=self._told_settings(secret=True),
            challenge=token_hex(16),
        )
        signed = self._sealed(manifest)
        put_note(
            self._settings.instance_path,
            f"{manifest.id}.json",
            {
                "root": manifest.root,
                "challenge": manifest.challenge,
                "country": manifest.country,
                "erasures": [asdict(one) for one in erasures],
                "codes": codes,
            },
        )
        return signed

    def _write_stops(self, connection: Connection, leaving: Leaving | None) -> None:
        where = (leaving.conditions["user"], leaving.conditions["membership"]) if leaving else ("1 = 1", "1 = 1")
        write_stops(self._work / MEMBER, stops_in(connection, self._wanted.kinds, self._wanted.code_of, *where))
        self._members.append(ArchiveMember(MEMBER, self._work / MEMBER))

    def _told_settings(self, *, secret: bool) -> list[str]:
        names = [name.removeprefix("COPLEARN_").lower() for name in changed_settings(self._settings)]
        return [name for name in names if (name not in NOT_SECRET) is secret and name not in ("instance_path", "home")]

    def _sealed(self, manifest: SiteManifest) -> SignedManifest:
        signed: list[SignedManifest] = []

        def describe(files: dict[str, tuple[int, str]]) -> SignedManifest:
            said = replace(manifest, files=files).as_json()
            signature = self._ring.sign(KeyPurpose.PROOFS, signed_words(said))
            public = next(key.raw for key in self._ring.public_keys(KeyPurpose.PROOFS) if key.id == signature.key_id)
            whole = replace(manifest, files=files)
            signed.append(SignedManifest(whole, said, signature.key_id, b64encode(public).decode(), signature.text))
            return signed[0]

        to = self._wanted.to
        fresh = to.with_name(f"{to.name}.unfinished")
        fresh.unlink(missing_ok=True)
        needed = sum(member.file.stat().st_size for member in self._members if isinstance(member.file, Path)) // 2
        if shutil.disk_usage(to.parent).free < needed:
            raise Refused("There is too little room in %(folder)s for the archive.", folder=str(to.parent))
        if self._wanted.passphrase:
            seal(self._members, describe, Seal(passphrase=self._wanted.passphrase), fresh, read_me=READ_ME)
        else:
            pack(self._members, describe, fresh)
        fresh.replace(to)
        return signed[0]

    def _write_table(self, connection: Connection, table: CarriedTable, leaving: Leaving | None) -> None:
        passing = LineSum()
        lines = leaving.lines(connection, table) if leaving else lines_of(connection, table)
        if self._base is None:
            with self._member(f"{TABLES}{table.name}.jsonl") as out:
                out.writelines(line for _, line in passing.of(lines))
        else:
            self._write_changes(table, passing.of(lines), self._indexed(table))
        self._tables[table.name] = TableFacts(
            [(name, kind.value) for name, kind in table.columns], table.key, passing.rows, passing.sha256
        )

    def _write_changes(self, table: CarriedTable, lines: Iterable[Line], before: Iterator[Indexed]) -> None:
        # The end of the chain is written anew by whoever brings an archive in, so it always goes.
        before = iter(()) if table.name == "audit_head" else before
        with (
            self._member(f"{TABLES}{table.name}.jsonl") as rows,
            self._member(f"{GONE}{table.name}.jsonl") as gone,
            self._member(f"{INDEX}{table.name}.jsonl") as index,
        ):
            for key, line, digest in changes(before, lines, len(table.key)):
                if digest:
                    index.write(encode([key, digest]).encode() + b"\n")
                else:
                    gone.write(encode(key).encode() + b"\n")
                if line is not None:
                    rows.write(line[1])

    def _indexed(self, table: CarriedTable) -> Iterator[Indexed]:
        assert self._base is not None
        manifest, folder = self._base[0].manifest, self._base[1]
        if table.name not in manifest.tables:
            return
        if manifest.since:
            with (folder / INDEX / f"{table.name}.jsonl").open("rb") as lines:
                for said in lines:
                    key, digest = json.loads(said)
                    yield key, digest
            return
        with (folder / TABLES / f"{table.name}.jsonl").open("rb") as lines:
            for said in lines:
                yield json.loads(said)[: len(table.key)], digest_of(said)

    def _member(self, name: str) -> IO[bytes]:
        path = self._work / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        self._members.append(ArchiveMember(name, path))
        return path.open("wb")

    def _write_contents(self, leaving: Leaving | None) -> dict[str, tuple[int, str]]:
        country = self._wanted.country
        found = contents_of(self._settings, self._ring, self._work, with_keys=self._has_keys, country=country)
        if leaving is not None:
            found |= leaving.files(self._settings, self._work / "made")
        sums = {name: sum_of_file(path) for name, path in found.items() if path.is_file()}
        before = self._base[0].manifest.contents if self._base else {}
        self._members += [
            ArchiveMember(FILES + name, path)
            for name, path in found.items()
            if name in sums and before.get(name) != sums[name]
        ]
        return sums
