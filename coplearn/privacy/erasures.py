"""The list of who was erased: what a backup that is brought back has to forget again.

A file of the instance folder, and no table, because a restored database is older than the erasures it must repeat. A
line holds the number of a row and a hash that tells it from a later row of the same number: nothing of anybody.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

NAME: Final = "erasures.jsonl"
"""What the list is called in the instance folder. Keep a copy of it apart from the backups."""


class ErasedRow(StrEnum):
    """The sort of row that was somebody."""

    ACCOUNT = "account"
    LEARNER = "learner"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One row that was somebody, and is not to be anybody again."""

    kind: ErasedRow
    id: int
    digest: str
    at: str = ""
    """When it was erased, in ISO 8601; empty until it is written down."""


def erasure_of(kind: ErasedRow, row_id: int, created_at: datetime) -> Erasure:
    """The line for a row, known again by when it was made: numbers are used anew."""
    made = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    return Erasure(kind, row_id, hashlib.sha256(f"{kind}:{row_id}:{made}".encode()).hexdigest()[:32])


def note_erasures(instance: Path, erased: Iterable[Erasure], now: datetime) -> None:
    """Add lines to the list and see them on the disk. Do it before the commit: who was told that they are gone stays gone.

    Raises OSError when the disk takes nothing.
    """
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    lines = "".join(json.dumps(asdict(one) | {"at": at}) + "\n" for one in erased)
    descriptor = os.open(instance / NAME, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def noted_erasures(path: Path) -> list[Erasure]:
    """The lines of a list, oldest first; none where there is no file. One that was cut short by a crash is left out."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            values = json.loads(line)
            found.append(
                Erasure(ErasedRow(values["kind"]), int(values["id"]), str(values["digest"]), str(values["at"]))
            )
        except (ValueError, KeyError, TypeError):
            continue
    return found
