"""A file that somebody wrote by hand, as it was read: its values, and the line on which each of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from coplearn.authoring.problems import Place, Problems

Json = Any
"""A JSON value (None, bool, int, str, list, dict with str keys); TOML has dates and times besides."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """Words of the mends for how a list, an entry of one, a mapping and a mapping of ids are written in that language."""

    values: str
    entries: str
    mapping: str
    ids: str


YAML: Final = Syntax(
    values="Each entry is begun by a hyphen.",
    entries="each begun by a hyphen",
    mapping="Write it as `key: value` lines.",
    ids="Write each id on a line of its own, more indented, and its entry behind a colon.",
)
TOML: Final = Syntax(
    values="Write it in square brackets, with commas between the entries.",
    entries="each under a heading [[{name}]] of its own",
    mapping="Write it as `key = value` lines.",
    ids="Write each id on a line of its own, and its entry behind an equals sign.",
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """An author's file as read: ``data`` is its front matter, YAML or TOML mapping, ``body`` the Markdown after it.

    ``lines`` maps a dotted key of ``data`` (``questions.0.stem``) to its line; ``body_line`` is the line on which ``body`` begins.
    """

    path: str
    data: Mapping[str, Json]
    lines: Mapping[str, int]
    body: str = ""
    body_line: int = 1
    syntax: Syntax = YAML

    def place(self, key: str = "") -> Place:
        """The place of ``key`` (or of its nearest parent that has a line)."""
        while key:
            if key in self.lines:
                return Place(self.path, self.lines[key])
            key = key.rpartition(".")[0]
        return Place(self.path, 1)


def check_keys(
    source: SourceFile, data: Mapping[str, Any], known: Iterable[str], problems: Problems, under: str = ""
) -> None:
    """Note every key of ``data`` that is not ``known``, with the nearest that is.

    ``data`` is the mapping at the dotted key ``under`` of ``source``.
    """
    names = sorted(known)
    for key in data:
        if key not in names:
            place = source.place(f"{under}.{key}" if under else key)
            problems.error(place, "unknown-key", f"Nothing here is called {key!r}.", mend_key(key, names))


def mend_key(key: str, known: Iterable[str]) -> str:
    """The mend for an unknown key: the nearest known name, or all of them."""
    names = sorted(known)
    near = get_close_matches(key, names, 1)
    return f"Did you mean {near[0]!r}?" if near else f"Known names: {', '.join(names)}."
