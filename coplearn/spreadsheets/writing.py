"""Tables written for spreadsheets: CSV and workbooks in which no text is taken for anything else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

from coplearn.spreadsheets.cells import guarded

CSV: Final = "text/csv; charset=utf-8"
"""The media type of :func:`csv_bytes`."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def csv_bytes(lines: Iterable[Sequence[str]], *, mark: bool = True) -> bytes:
    """The lines as a CSV that spreadsheets open in the right letters; no cell is taken for a formula.

    ``mark`` is what spreadsheets know the letters by; a program that reads a standard's tables may take it for a name.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([guarded(cell) for cell in line] for line in lines)
    return (_BYTE_ORDER_MARK if mark else b"") + out.getvalue().encode("utf-8", "replace")


def new_workbook(out: io.BytesIO) -> Any:
    """A workbook that is written to ``out`` when it is left; no text in it becomes a formula, a link or a number."""
    # Here and not above: it takes a while to load, and workbooks are seldom made.
    import xlsxwriter

    never = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
    return xlsxwriter.Workbook(out, {"constant_memory": True, **never})


def xlsx_bytes(lines: Iterable[Sequence[str]], *, right_to_left: bool) -> bytes:
    """The lines as a workbook of one sheet of plain text cells, the first line as its headings."""
    out = io.BytesIO()
    with new_workbook(out) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        if right_to_left:
            sheet.right_to_left()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 3, 28)
        sheet.set_column(4, 7, 16)
        for row, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(row, column, cell, bold if row == 0 else None)
    return out.getvalue()
