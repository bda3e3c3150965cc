"""Lines and cells of a text file, as spreadsheets of every make save them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.spreadsheets.cells import unguarded

DELIMITERS: Final = (",", ";", "\t", "|")
_TYPED: Final = (*DELIMITERS, "،", "，", "、", "؛", "；")
"""What people write between cells themselves, with the keyboards of Arabic and Chinese as well."""
MAX_LINES: Final = 250_000
MAX_COLUMNS: Final = 100
_LOOKED_AT: Final = 40
_LONGEST_TEXT: Final = 1 << 26
"""More than a whole file may be: a cell of any length is one line's problem, and not the file's."""

csv.field_size_limit(_LONGEST_TEXT)


def rows(path: Path, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the number of the line it begins in; blank ones are left out.

    Raises Refused, naming the line, when the file cannot be read on from there.
    """
    with _opened(path, encoding) as (file, above):
        yield from _records(file, delimiter, above)


def records(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The same for the lines of an open file with commas between its cells."""
    yield from _records(lines, ",", 0)


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The same for text that was typed or pasted; its cells are separated by what gives most lines the same number of them."""
    lines = text.splitlines(keepends=True)
    delimiter = max(_TYPED, key=lambda one: _lines_of_one_width(lines[:_LOOKED_AT], one))
    yield from _records(lines, delimiter, 0)


def _records(lines: Iterable[str], delimiter: str, above: int) -> Iterator[tuple[int, list[str]]]:
    line = 1
    try:
        reader = csv.reader(lines, delimiter=delimiter)
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if begins + above > MAX_LINES:
                raise Refused(N_("There are more than %(count)s lines in the file."), count=MAX_LINES)
            if any(cell and not cell.isspace() for cell in cells):
                yield begins + above, [unguarded(cell) for cell in cells[:MAX_COLUMNS]]
    except UnicodeError:
        raise Refused(
            N_("From line %(line)s on the letters cannot be read. Choose another encoding."), line=line
        ) from None
    except csv.Error:
        raise Refused(N_("Line %(line)s cannot be read. A quotation mark may be missing there."), line=line) from None


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[tuple[TextIO, int]]:
    """The file behind a ``sep=`` line, and how many lines that were."""
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline(200)
        if _separator(first):
            yield file, 1
        else:
            file.seek(0)
            yield file, 0


def _separator(first: str) -> str:
    told = first.lstrip("\ufeff").strip("\r\n").strip('"')
    return told[4:] if told.lower().startswith("sep=") and len(told) == 5 else ""


def guess_delimiter(path: Path, encoding: str) -> str:
    """The separator of the cells: what a ``sep=`` line says, else what gives most lines the same number of cells.

    Raises Refused when the letters cannot be read.
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            head = list(islice(file, _LOOKED_AT))
    except UnicodeError:
        raise Refused(N_("The letters of this file cannot be read. Choose another encoding.")) from None
    told = _separator(head[0]) if head else ""
    if told:
        return told
    return max(DELIMITERS, key=lambda delimiter: _lines_of_one_width(head, delimiter))


def _lines_of_one_width(lines: list[str], delimiter: str) -> tuple[int, int]:
    try:
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if len(cells) > 1)
    except csv.Error:
        return (0, 0)
    if not widths:
        return (0, 0)
    width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    return (count, width)
