"""TOML as an author's file: the values by the standard library, and the line on which each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Final

from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import TOML, SourceFile

_TEXT_OR_COMMENT: Final = re.compile(
    r"""\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*""", re.DOTALL
)
_HEADING: Final = re.compile(r"\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*")
_KEY: Final = re.compile(r"\s*([\w-]+)\s*[=.]")
_AT_LINE: Final = re.compile(r" \(at line (\d+), .*\)| \(at end of document\)")


def read_toml(text: str, path: str, problems: Problems) -> SourceFile | None:
    """The file ``path`` of that text, or None with a problem noted."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1] or text.count("\n") + 1) if found else 1
        what = _AT_LINE.sub("", str(error))
        mend = "Put texts in quotation marks, and each key = value on a line of its own."
        problems.error(Place(path, line), "toml-syntax", f"This is not TOML: {what}.", mend)
        return None
    return SourceFile(path, data, _lines(text, data.keys()), syntax=TOML)


def _lines(text: str, known: Iterable[str]) -> dict[str, int]:
    """The lines of headings and keys. Texts and comments are taken out first, as they may hold what looks like one."""
    bare = _TEXT_OR_COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text)
    lines: dict[str, int] = {}
    entries: dict[str, int] = {}
    under, names = "", frozenset(known)
    for number, line in enumerate(bare.split("\n"), 1):
        if (heading := _HEADING.fullmatch(line)) and heading[2].partition(".")[0] in names:
            under = _key_of(heading[2], heading[1] == "[[", entries)
            lines[under] = number
        elif key := _KEY.match(line):
            lines.setdefault(f"{under}.{key[1]}" if under else key[1], number)
    return lines


def _key_of(heading: str, begins_entry: bool, entries: dict[str, int]) -> str:
    """The dotted key of a heading, with the number of the entry that each list in it has come to."""
    parts, key = heading.split("."), ""
    for at, part in enumerate(parts, 1):
        key = f"{key}.{part}" if key else part
        if begins_entry and at == len(parts):
            entries[key] = entries.get(key, -1) + 1
        if key in entries:
            key = f"{key}.{entries[key]}"
    return key
