"""Stamp the blocks of a lesson with ids that never change, and touch nothing else."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coplearn.authoring.problems import Problems
from coplearn.authoring.source import SourceFile
from coplearn.courses.line_marks import BLOCK_ID
from coplearn.courses.markdown import parse_body
from coplearn.courses.source import read_source

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


def new_id() -> str:
    """A fresh block id: ``b`` and six characters of a-z and 2-7."""
    return "b" + "".join(secrets.choice(_ALPHABET) for _ in range(6))


@dataclass(frozen=True, slots=True)
class Stamped:
    """A stamped file: the whole new text, and how many ids were added or renamed."""

    text: str
    added: int
    renamed: int

    @property
    def changed(self) -> bool:
        """Whether the file has to be written."""
        return bool(self.added or self.renamed)


def stamp_file(root: Path, path: str, problems: Problems, make: Callable[[], str] = new_id) -> Stamped | None:
    """The text of the lesson ``path`` with every id it lacks; None when the file cannot be read.

    A file that has all its ids comes back byte for byte. The second use of an id in the file gets a new one.
    """
    source = read_source(root, path, problems)
    if source is None:
        return None
    return stamp_text((root / path).read_bytes().decode("utf-8"), source, make)


def stamp_text(raw: str, source: SourceFile, make: Callable[[], str] = new_id) -> Stamped:
    """The same for a text that is in hand; ``source`` is what was read of it."""
    # The ids are what is being mended, so the faults found while parsing are left to `course check`.
    stamps = parse_body(source, Problems()).stamps
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", raw)
    taken = {stamp.id for stamp in stamps if stamp.id is not None}
    seen: set[str] = set()
    added = renamed = 0
    for stamp in stamps:
        if stamp.id is not None and stamp.id not in seen:
            seen.add(stamp.id)
            continue
        fresh = _unused(taken, make)
        taken.add(fresh)
        seen.add(fresh)
        lines[stamp.line - 1] = _with_id(lines[stamp.line - 1], fresh)
        added += stamp.id is None
        renamed += stamp.id is not None
    return Stamped("".join(lines), added, renamed)


def _unused(taken: set[str], make: Callable[[], str]) -> str:
    fresh = make()
    while fresh in taken:
        fresh = make()
    return fresh


def _with_id(line: str, fresh: str) -> str:
    words = line.rstrip("\r\n")
    ending = line[len(words) :]
    found = BLOCK_ID.search(words)
    if found:
        return f"{words[: found.start(1)]}{fresh}{words[found.end(1) :]}{ending}"
    return f"{words.rstrip()} {{#{fresh}}}{ending}"
