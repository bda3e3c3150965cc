"""Tables from outside: CSV as spreadsheets save it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.text import N_, Phrase
from coplearn.spreadsheets.cells import unguarded
from coplearn.translating.exchange.import_rows import (
    BASE_HEADER,
    CSV_COLUMNS,
    MAX_ENTRIES,
    FileFault,
    FileRow,
    ParsedFile,
    refused,
)

_WANTED: Final = ("context", "source", "translation")
_UNFINISHED: Final = frozenset({"stale", "needs-work"})


def read_csv(raw: bytes, locale: Locale, domain: str) -> ParsedFile:
    """A table's rows; commas, semicolons and tabs are understood, and columns may stand in any order."""
    text = raw.decode("utf-8-sig")
    head = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[FileRow] = []
    faults: list[FileFault] = []
    columns: dict[str, int] = {}
    base: int | None = None
    seen: dict[tuple[str, str], int] = {}
    line = 1
    try:
        for cells in reader:
            start, line = line, reader.line_num + 1
            if not columns:
                columns, base = _columns(cells)
                if not all(name in columns for name in _WANTED):
                    return refused(domain, 1, N_("The first row must name the columns: context, source, translation."))
                continue
            if not any(cells):
                continue
            if len(rows) >= MAX_ENTRIES:
                return refused(domain, start, N_("There are more than 50,000 messages in the file."))
            row = _row(cells, columns, locale, start)
            name = (row.context, row.text if domain == INTERFACE else "")
            if name in seen:
                told = Phrase(N_("This message stands in the file twice. Keep one of them."))
                faults.append(FileFault(start, told, row.context))
            seen[name] = seen.get(name, 0) + 1
            rows.append(row)
    except csv.Error:
        return refused(
            domain, line, N_("The file's syntax is broken here. Mend the line, or take the last good version.")
        )
    if not columns:
        return refused(domain, 1, N_("The file is empty."))
    kept = [row for row in rows if seen[row.context, row.text if domain == INTERFACE else ""] == 1]
    return ParsedFile(domain, base, tuple(kept), tuple(faults))


def _columns(cells: Sequence[str]) -> tuple[dict[str, int], int | None]:
    columns: dict[str, int] = {}
    base: int | None = None
    for place, cell in enumerate(cells):
        name = cell.strip().lower()
        if name.startswith(f"{BASE_HEADER.lower()}:"):
            number = name.partition(":")[2].strip()
            base = int(number) if number.isascii() and number.isdecimal() and len(number) <= 12 else None
        elif name in CSV_COLUMNS or name.startswith("translation"):
            columns.setdefault(name, place)
    return columns, base


def _row(cells: Sequence[str], columns: dict[str, int], locale: Locale, line: int) -> FileRow:
    def cell(name: str) -> str:
        place = columns.get(name)
        return unguarded(cells[place]) if place is not None and place < len(cells) else ""

    plural = cell("plural")
    count = locale.nplurals if plural else 1
    forms = [cell("translation"), *(cell(f"translation {number + 1}") for number in range(1, count))]
    source, previous = cell("source"), cell("previous source")
    fuzzy = cell("state") in _UNFINISHED
    based_on = previous if fuzzy and previous else source
    return FileRow(line, cell("context"), source, plural, tuple(forms), based_on, fuzzy=fuzzy, lazy=True)
