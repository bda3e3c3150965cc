"""People and problems as lines of a table, and the lines that are kept of a file that goes."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.headings import heading, state_word
from coplearn.cohorts.people.rules.joining import shown_phone
from coplearn.cohorts.people.rules.rosters import LONGEST_CELL, FileShape
from coplearn.kernel.errors import Refused
from coplearn.spreadsheets.reading import rows

_WRITTEN: Final = (
    Column.NAME,
    Column.EMAIL,
    Column.PHONE,
    Column.ORGANISATION,
    Column.REGION,
    Column.LANGUAGE,
    Column.STATE,
    Column.CODE,
)


def roster_lines(
    people: Iterable[Sequence[object]], language: str, languages: Mapping[str, str]
) -> Iterable[tuple[str, ...]]:
    """The headings, then everybody. ``language`` is the reader's (``ar``), ``languages`` a language's name by its code."""
    yield tuple(heading(column, language) for column in _WRITTEN)
    for name, email, phone, organisation, region, locale, state, code in people:
        spoken = languages.get(str(locale), str(locale))
        told = (
            name,
            email or "",
            shown_phone(str(phone)),
            organisation,
            region,
            spoken,
            state_word(str(state), language),
            code or "",
        )
        yield tuple(str(cell) for cell in told)


def keep_lines(path: Path, shape: FileShape, lines: Collection[int], target: Path) -> None:
    """Keep the headings and those lines of a file that is about to go."""
    numbered = [[line, *cells] for line, cells in _lines_of(path, shape, lines)]
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(numbered, file, ensure_ascii=False)


def kept_lines(path: Path, kept: Path, shape: FileShape, lines: Collection[int]) -> dict[int, list[str]]:
    """The headings and those lines, by their numbers: from the file, else from what was kept of it; nothing once that is gone."""
    try:
        if path.is_file():
            return dict(_lines_of(path, shape, lines))
        return {line: cells for line, *cells in json.loads(kept.read_text(encoding="utf-8"))} if kept.is_file() else {}
    except (Refused, OSError, ValueError):
        return {}


def _lines_of(path: Path, shape: FileShape, lines: Collection[int]) -> Iterator[tuple[int, list[str]]]:
    wanted = {*lines, shape.header}
    for line, cells in rows(path, shape.encoding, shape.delimiter):
        if line in wanted:
            yield line, [cell[:LONGEST_CELL] for cell in cells]


def problem_lines(
    said: Mapping[int, Sequence[str]], headings: Sequence[str], found: Mapping[int, Sequence[str]], shape: FileShape
) -> Iterable[Sequence[str]]:
    """The lines as they stand in the file, each with its number and what is to be said, ready to be mended and sent again.

    ``headings`` are those of the two columns, then of each column of the file that has none of its own in the reader's
    language. Without the file, numbers and sentences alone.
    """
    width = max((len(cells) for cells in found.values()), default=0)
    above = list(found.get(shape.header, headings[2:]) if shape.header else headings[2:])
    above = [*above, *[""] * width][:width]
    yield [*above, *headings[:2]]
    for line, sentences in said.items():
        cells = found.get(line, [])
        yield [*cells, *[""] * (width - len(cells)), str(line), " ".join(sentences)]
