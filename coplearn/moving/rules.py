"""The law of a move: what an archive says of itself, what stays behind and why, and the hash of everything that came."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from coplearn.kernel.errors import Refused
from coplearn.keys.ring import KeyPurpose, is_signed_by, key_id_of
from coplearn.privacy.registry import registry
from coplearn.privacy.rules import KeptFor

FORMAT: Final = 1
STAYS: Final = {
    "alembic_version": "The migrations of the new site write it.",
    "backup": "Notes of files that are kept beside the old site.",
    "heartbeat": "Which processes of the old machine are alive.",
    "rate_limit": "Counts of tries, which are of no use after some hours.",
}
"""Tables that no archive holds, with the reason. Every other table is carried, whoever adds it."""
OPERATORS: Final = "operators/"
"""How the names of files begin that settings name: own courses, an own directory of helplines."""
SEALED_WITH_KEYS: Final = {
    "authenticator": "Second steps are sealed with the secret key of the site.",
    "spare_code": "Codes are hashed with the secret key of the site.",
    "xapi_target": "The secret of the other LRS is sealed with the secret key of the site.",
    "lti_key": "Keys that learning platforms know are sealed with the secret key of the site.",
    "letter_stop": "Codes are made with the secret key of the site; what people stopped is carried by their addresses.",
}
"""Tables of no use without the old site's secret key: they go only where it goes."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """Everything that an archive says of one table."""

    columns: list[tuple[str, str]]
    """Names with kinds (:class:`coplearn.moving.rows.ColumnKind`), in the order of the values in a line."""
    key: list[str]
    rows: int
    sha256: str
    """Of all lines, in the order of the key."""


@dataclass(frozen=True, slots=True)
class SiteManifest:
    """The contents of an archive of a site, as the archive says them itself."""

    id: str
    made_at: datetime
    site: str
    address: str
    version: str
    engine: str
    revision: str
    """The migration that the rows are of."""
    since: str
    """The id of the archive on which this one stands; empty for one that holds everything."""
    country: str
    """The country that leaves; empty for the whole site."""
    has_keys: bool
    tables: dict[str, TableFacts]
    """Every table as it is once the archive was brought in."""
    left_out: dict[str, str]
    contents: dict[str, tuple[int, str]]
    """Bytes and SHA-256 of every file as it is once the archive was brought in."""
    settings: dict[str, str]
    """Variables that were set on the site, without those that may be secret."""
    secret_settings: list[str]
    """Names of the others that were set."""
    challenge: str
    """A random word that only whoever has the archive knows."""
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Bytes and SHA-256 of each member of this archive."""

    @property
    def rows(self) -> int:
        """The number of rows in all tables."""
        return sum(one.rows for one in self.tables.values())

    @property
    def root(self) -> str:
        """The hash of all that comes: rows of every table and bytes of every file."""
        sums = {name: (one.rows, one.sha256) for name, one in self.tables.items()}
        return root_of(sums, self.contents)

    def as_json(self) -> str:
        """The manifest as it is signed."""
        return json.dumps({**asdict(self), "format": FORMAT, "made_at": self.made_at.isoformat()}, sort_keys=True)


def root_of(tables: dict[str, tuple[int, str]], files: dict[str, tuple[int, str]]) -> str:
    """One hash over the sums of tables (rows, SHA-256) and files (bytes, SHA-256): one changed byte makes another.

    >>> root_of({"user": (1, "ab")}, {})[:16] == root_of({"user": (1, "ac")}, {})[:16]
    False
    """
    said = json.dumps(
        {"tables": {name: list(one) for name, one in tables.items()}, "files": {n: list(f) for n, f in files.items()}},
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(said.encode()).hexdigest()


def answer_of(challenge: str, root: str) -> str:
    """The word by which the old site knows that the new one has opened the archive and found this in it."""
    return hashlib.sha256(f"moved {challenge} {root}".encode()).hexdigest()


def read_site_manifest(said: str) -> SiteManifest:
    """The manifest that the text says. Raises Refused for one of a later format or of none."""
    try:
        values: dict[str, Any] = json.loads(said)
        if values.pop("format") != FORMAT:
            raise Refused("This archive was made by a later version of coplearn. Bring it in with that one.")
        values["made_at"] = datetime.fromisoformat(values["made_at"])
        values["tables"] = {name: _table(one) for name, one in values["tables"].items()}
        for name in ("files", "contents"):
            values[name] = {path: (int(size), str(sha)) for path, (size, sha) in values[name].items()}
        return SiteManifest(**values)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise Refused("This archive's manifest cannot be read: %(why)s", why=str(error)) from error


def _table(values: dict[str, Any]) -> TableFacts:
    columns = [(str(name), str(kind)) for name, kind in values.pop("columns")]
    return TableFacts(columns=columns, **values)


_SIGNED: Final = b"site archive\n"


@dataclass(frozen=True, slots=True)
class SignedManifest:
    """A manifest with the signature of the site that wrote it."""

    manifest: SiteManifest
    said: str
    """The text that is signed."""
    key_id: str
    public: str
    """The public key, in base64: whoever brings the archive compares its id with what the old site printed."""
    signature: str

    @property
    def files(self) -> dict[str, tuple[int, str]]:
        """Bytes and SHA-256 of each member of the archive."""
        return self.manifest.files

    @property
    def sha256(self) -> str:
        """The hash of what is signed."""
        return hashlib.sha256(self.said.encode()).hexdigest()

    def as_json(self) -> str:
        """The manifest as it stands in the archive."""
        values = {"manifest": self.said, "key_id": self.key_id, "public": self.public, "signature": self.signature}
        return json.dumps(values, indent=1)


def signed_words(said: str) -> bytes:
    """The words that the signature of a manifest is of."""
    return _SIGNED + said.encode()


def read_signed(said: str) -> SignedManifest:
    """The manifest with its signature, which is looked at. Raises Refused where it is not good."""
    try:
        values = json.loads(said)
        text, public = str(values["manifest"]), str(values["public"])
        raw = b64decode(public, validate=True)
        key_id, signature = str(values["key_id"]), str(values["signature"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Refused("This is no archive of a site: %(why)s", why=str(error)) from error
    if key_id != key_id_of(raw) or not is_signed_by(raw, KeyPurpose.PROOFS, signature, signed_words(text)):
        raise Refused("This archive was changed: the signature of its manifest is not good.")
    return SignedManifest(read_site_manifest(text), text, key_id, public, signature)


def groups_of(rows: dict[str, int]) -> list[tuple[str, str, list[str]]]:
    """Purposes of what tables with rows hold of people, in the words of the registry: name, sentence and tables."""
    purposes: dict[str, KeptFor] = {}
    for row in registry():
        if row.is_personal and rows.get(row.table):
            purposes.setdefault(row.table, row.purpose)
    return [
        (purpose.label, purpose.what, sorted(name for name in purposes if purposes[name] is purpose))
        for purpose in KeptFor
        if purpose in purposes.values()
    ]


_OF_THE_MACHINE: Final = frozenset(
    {"host", "port", "https", "proxies", "workers", "threads", "public_url", "trusted_hosts"}
)


def settings_file(manifest: SiteManifest, instance: Path) -> str:
    """The old site's settings as a file of variables; what belongs to its machine and what may be secret is only named."""
    lines = [f"# Settings of {manifest.site} as they were at {manifest.address}"]
    carried = _carried_paths(manifest, instance)
    lines += [f"COPLEARN_{name.upper()}={':'.join(paths)}" for name, paths in carried.items()]
    for name, value in sorted(manifest.settings.items()):
        if name in carried:
            continue
        mark = "# of the old machine: " if name in _OF_THE_MACHINE else ""
        lines.append(f"{mark}COPLEARN_{name.upper()}={value}")
    lines += [
        f"# set there, and not told: COPLEARN_{name.upper()}"
        for name in sorted(manifest.secret_settings)
        if name not in carried
    ]
    return "\n".join(lines) + "\n"


def _carried_paths(manifest: SiteManifest, instance: Path) -> dict[str, list[str]]:
    """Paths at which files and folders came to lie that settings named, by the setting."""
    found: dict[str, list[str]] = {}
    for name in manifest.contents:
        if name.startswith(OPERATORS):
            _, setting, number, top, *_ = name.split("/")
            path = str(instance / OPERATORS / setting / number / top)
            if path not in found.setdefault(setting, []):
                found[setting].append(path)
    return found
