"""Marks that stand in the lines of a lesson beside its Markdown: block ids, notes to translators, ranges left untranslated."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

BLOCK_ID: Final = re.compile(r"[ \t]*\{#([a-z][a-z0-9-]{1,31})((?:[ \t]+\.[a-z-]+)*)\}[ \t]*$")
_FENCE: Final = re.compile(r" {0,3}(```|~~~)")
_NOTE: Final = re.compile(r"[ \t]*<!--\s*translators:\s*(.*?)\s*-->[ \t]*$")
_NOTRANSLATE: Final = re.compile(r"[ \t]*<!--\s*(/?)notranslate\s*-->[ \t]*$")


@dataclass(slots=True)
class LineMarks:
    """The marks that were taken out of the lines before parsing, by line (from 0, of the body)."""

    lines: list[str] = field(default_factory=list)
    ids: dict[int, tuple[str, frozenset[str]]] = field(default_factory=dict)
    notes: list[tuple[int, str]] = field(default_factory=list)
    untranslated: set[int] = field(default_factory=set)
    open_range: int | None = None


def marks_in(body: str) -> LineMarks:
    """Take block ids, notes to translators and notranslate ranges out of a body; lines of code keep theirs."""
    marks = LineMarks()
    fence = ""
    for number, line in enumerate(body.split("\n")):
        opening = _FENCE.match(line)
        if opening and (not fence or opening[1] == fence):
            fence = "" if fence else opening[1]
        kept = line if fence or opening else _line_taken_out(line, number, marks)
        if marks.open_range is not None:
            marks.untranslated.add(number)
        marks.lines.append(kept)
    return marks


def _line_taken_out(line: str, number: int, marks: LineMarks) -> str:
    if note := _NOTE.match(line):
        marks.notes.append((number, note[1]))
        return ""
    if switch := _NOTRANSLATE.match(line):
        marks.open_range = None if switch[1] else number
        return ""
    if found := BLOCK_ID.search(line):
        marks.ids[number] = (found[1], frozenset(found[2].replace(".", " ").split()))
        return line[: found.start()]
    return line
