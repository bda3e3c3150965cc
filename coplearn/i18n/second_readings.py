"""Second readings as a file beside the catalogs: which text was read again, by a person or by a machine, and how.

A record is of one text: any change of the source or of the translation makes it a record of nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from coplearn.i18n import po
from coplearn.i18n.files import write_whole
from coplearn.settings import Reader

READERS: Final[tuple[Reader, ...]] = ("person", "machine")
FILE: Final = "review.tsv"
_HEAD: Final = "locale\tctxt\tsha256\tkind\tname\tdate\tmethod"
_COLUMNS: Final = 7
_CELL: Final = 200


@dataclass(frozen=True, slots=True)
class SecondReading:
    """A record that somebody other than the writer read exactly this text beside exactly this source, and found it good.

    ``name`` is a person's who wanted to be named, or empty; ``method`` says in a few words how it was read.
    """

    locale: str
    context: str
    sha: str
    kind: Reader
    name: str
    day: str
    method: str


def readings_path(catalog: Path) -> Path:
    """The file of records that stands beside a catalog."""
    return catalog.with_name(FILE)


def text_sha(context: str, source: str, forms: Sequence[str]) -> str:
    """The hash a record names a text by: its context, the source it was made from, and all its forms."""
    whole = "\0".join((context, source, *forms))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def read_readings(path: Path) -> list[SecondReading]:
    """The records in the file; none without one. A line that is none is left out: it vouches for nothing."""
    try:
        if path.stat().st_size > po.MAX_BYTES:
            return []
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        return []
    if lines[0].rstrip("\r") != _HEAD:
        return []
    rows = (line.rstrip("\r").split("\t") for line in lines[1:])
    return [
        SecondReading(row[0], row[1], row[2], row[3], row[4][:_CELL], row[5], row[6][:_CELL])
        for row in rows
        if len(row) == _COLUMNS and len(row[2]) == 64 and row[3] in READERS
    ]


def kinds_by_sha(records: Iterable[SecondReading], locale: str) -> dict[str, Reader]:
    """The kind of reader of each text of one language; a person where both read it."""
    found: dict[str, Reader] = {}
    for one in records:
        if one.locale == locale and found.get(one.sha) != "person":
            found[one.sha] = one.kind
    return found


def keep_readings(path: Path, records: Iterable[SecondReading], *, of: Collection[str] | None = None) -> int:
    """Add the records that the file does not have; gives how many those were. ``of`` drops those of other texts."""
    held = {(one.locale, one.sha, one.kind): one for one in read_readings(path)}
    new = {(one.locale, one.sha, one.kind): one for one in records}
    added = new.keys() - held.keys()
    kept = {key: one for key, one in (new | held).items() if of is None or one.sha in of}
    if kept.keys() != held.keys():
        _write(path, kept.values())
    return len(added)


def follow_readings(path: Path, locale: str, moved: Mapping[str, str]) -> None:
    """Let the records of texts in which only spaces changed name them by their new hash (``moved``: old to new)."""
    held = read_readings(path)
    followed = [replace(one, sha=moved[one.sha]) if one.locale == locale and one.sha in moved else one for one in held]
    if followed != held:
        _write(path, followed)


def _write(path: Path, records: Iterable[SecondReading]) -> None:
    rows = sorted(records, key=lambda one: (one.locale, one.context, one.sha, one.kind))
    lines = [_HEAD, *("\t".join(map(_flat, _cells(one))) for one in rows)]
    write_whole(path, ("\n".join(lines) + "\n").encode("utf-8", "replace"))


def _cells(one: SecondReading) -> tuple[str, ...]:
    return one.locale, one.context, one.sha, one.kind, one.name, one.day, one.method


def _flat(text: str) -> str:
    return " ".join(text.split())[: 10 * _CELL]
