"""Activities as a table that is taken away, and the cells of one that is brought."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from coplearn.cohorts.people.rosters.reading import kind_of
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.queries.activities import RecordedActivity
from coplearn.programme.rules.records import ActivityContent
from coplearn.programme.rules.sheets import MOST_LINES
from coplearn.spreadsheets.encodings import guess_encoding
from coplearn.spreadsheets.reading import guess_delimiter, rows
from coplearn.spreadsheets.workbooks import turn_into_tables

LARGEST: Final = 2_000_000
"""Bytes of a list of activities."""

Cell = Callable[[ActivityContent], str]


@dataclass(frozen=True, slots=True)
class TableWords:
    """The columns of the table: a heading in the reader's language, and what it holds of a version."""

    columns: Sequence[tuple[str, Cell]]
    state: str
    """The heading of the state of the record."""
    states: Callable[[RecordedActivity], str]


def table_lines(found: Iterable[RecordedActivity], words: TableWords) -> Iterator[list[str]]:
    """The headings, and a line an activity."""
    yield [words.state, *(heading for heading, _ in words.columns)]
    for one in found:
        yield [words.states(one), *(cell(one.content) for _, cell in words.columns)]


def cells_of(file: IO[bytes], languages: Iterable[str]) -> tuple[str, list[tuple[int, list[str]]]]:
    """The SHA-256 of a spreadsheet, and its lines with their numbers: a CSV, or the first sheet of a workbook.

    Raises Refused for what is no table, what cannot be read, and what is too large.
    """
    with TemporaryDirectory(prefix="sheet-") as folder:
        path, table = Path(folder) / "sheet", Path(folder) / "table.csv"
        raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise Refused(
                N_("The file is larger than %(count)s MB. Split the list in two."), count=LARGEST // 1_000_000
            )
        if not raw:
            raise Refused(N_("The file is empty. Choose another one."))
        path.write_bytes(raw)
        if kind_of(path) == "xlsx":
            turn_into_tables(path, [table])
            found = rows(table, "utf-8", ",")
        else:
            encoding = guess_encoding(path, languages)
            found = rows(path, encoding, guess_delimiter(path, encoding))
        return hashlib.sha256(raw).hexdigest(), list(islice(found, MOST_LINES + 100))
