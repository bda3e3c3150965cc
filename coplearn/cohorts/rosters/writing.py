"""Writing people and problems as files that spreadsheets open, and that we read back to the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from coplearn.cohorts.rosters.tables import guarded, rows
from coplearn.cohorts.rules.headings import Column, heading, state_word
from coplearn.cohorts.rules.rosters import Shape
from coplearn.kernel.errors import Refused

_WRITTEN: Final = (
    Column.NAME,
    Column.EMAIL,
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
    for name, email, organisation, region, locale, state, code in people:
        spoken = languages.get(str(locale), str(locale))
        told = (name, email or "", organisation, region, spoken, state_word(str(state), language), code or "")
        yield tuple(str(cell) for cell in told)


def csv_bytes(lines: Iterable[Sequence[str]]) -> bytes:
    """The lines as a CSV that spreadsheets open in the right letters; no cell is taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerows([guarded(cell) for cell in line] for line in lines)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def xlsx_bytes(lines: Iterable[Sequence[str]], *, right_to_left: bool) -> bytes:
    """The lines as a workbook of plain text cells."""
    # Here and not above: it takes a while to load, and workbooks are seldom made.
    import xlsxwriter

    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        if right_to_left:
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 2, 28)
        sheet.set_column(3, len(_WRITTEN) - 1, 16)
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(row, column, cell, bold if row == 0 else None)
    return out.getvalue()


def problem_lines(
    faults: Sequence[tuple[int, str]], headings: tuple[str, str], path: Path | None, shape: Shape
) -> Iterable[Sequence[str]]:
    """The refused lines as they stand in the file, each with its number and its reason, ready to be mended and sent again.

    ``headings`` are those of the two columns. Without the file, numbers and reasons alone.
    """
    reasons = dict(faults)
    read: list[tuple[int, list[str]]] = []
    if path is not None and path.is_file():
        try:
            read = [
                pair for pair in rows(path, shape.encoding, shape.delimiter) if pair[0] in reasons | {shape.header: ""}
            ]
        except Refused:
            read = []
    above = next((cells for line, cells in read if line == shape.header), [])
    yield [*above, *headings]
    width, told = len(above), dict(read)
    for line, reason in faults:
        cells = told.get(line, [])
        yield [*cells, *[""] * (width - len(cells)), str(line), reason]
