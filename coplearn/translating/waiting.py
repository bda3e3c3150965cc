"""Catalogs that were changed outside since the store last saw them: how many texts wait there to be taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from coplearn.translating import stock
from coplearn.translating.exporting import Target
from coplearn.translating.importing import plan_import
from coplearn.translating.uploads import read_upload


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file with texts that the store does not have."""

    target: Target
    texts: int


def touched(session: Session, targets: Iterable[Target]) -> list[Target]:
    """Those of which the store has a catalog and whose file is not the one it last saw; one statement.

    After an export the file's hash tells; before the first one, whether it was written after the catalog was taken over.
    """
    held = stock.files_seen(session)
    return [one for one in targets if (one.domain, one.locale.code) in held and _is_other(one, *held[_name(one)])]


def _name(target: Target) -> tuple[str, str]:
    return target.domain, target.locale.code


def _is_other(target: Target, sha: str, adopted_at: datetime | None) -> bool:
    try:
        if sha:
            return hashlib.sha256(target.path.read_bytes()).hexdigest() != sha
        changed = datetime.fromtimestamp(target.path.stat().st_mtime, UTC)
    except OSError:
        return False
    return adopted_at is None or changed > adopted_at


def waiting(session: Session, targets: Iterable[Target]) -> list[Waiting]:
    """The files with texts to be taken in, and how many; four statements for each file that was changed."""
    found: list[Waiting] = []
    for target in touched(session, targets):
        parsed = read_upload("a.po", target.path.read_bytes(), target.locale, target.domain)
        count = len(plan_import(session, target.locale, parsed).of("applied", "stale", "conflict"))
        if count:
            found.append(Waiting(target, count))
    return found
