"""A report as a PDF, as a table of text and as a workbook."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from coplearn.i18n import formats
from coplearn.i18n.locales import Locale
from coplearn.i18n.paper import clean, common, typeset
from coplearn.insights.rules import Cell, Few
from coplearn.spreadsheets import writing


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: the first heading is that of the rows' names; ``total`` is empty where the rows add up to nothing."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    total: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The whole report. Every text is plain and in the language of ``locale``; inserted names are isolated."""

    title: str
    facts: tuple[tuple[str, str], ...]
    """(name, value): the period, its time zone, whose numbers, the day it was made."""
    grids: tuple[Grid, ...]
    notes: tuple[tuple[str, str], ...]
    """(what is counted, what that means); the first part is empty for a rule of all."""
    notes_title: str
    total_word: str
    mark: str
    """For whom it is, said above everything."""
    use: str
    """The same in a few words, for each line of a table of text."""
    few: str
    csv_headings: tuple[str, ...]
    """From, to, table, row, figure, number, use."""
    name: str
    """What a file of it is called, without its end: nothing that tells what it is about."""
    locale: Locale
    first: date
    last: date
    made: date

    def shown(self, cell: Cell) -> str:
        """A cell as people read it."""
        return self.few if isinstance(cell, Few) else formats.number(cell, self.locale)

    def is_few(self, cell: Cell) -> bool:
        """Whether no number stands there."""
        return isinstance(cell, Few)


def pdf_bytes(report: Document) -> bytes:
    """The report as PDF/UA-1 on A4, the same bytes for the same report. Raises PaperError when a font is missing."""
    words: dict[str, object] = {
        "title": clean(report.title),
        "mark": clean(report.mark),
        "facts": [[clean(name), clean(value)] for name, value in report.facts],
        "grids": [
            {
                "title": clean(grid.title),
                "headings": [clean(heading) for heading in grid.headings],
                "rows": [[clean(name), *map(report.shown, cells)] for name, cells in grid.rows],
                "total": [clean(report.total_word), *map(report.shown, grid.total)] if grid.total else [],
            }
            for grid in report.grids
        ],
        "notes_title": clean(report.notes_title),
        "notes": [[clean(name), clean(value)] for name, value in report.notes],
    }
    words |= common(language=report.locale.bcp47, direction=report.locale.dir, title=report.title, made=report.made)
    return typeset(_template(), words, report.made)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.insights").joinpath("templates/report.typ").read_bytes()


_ISOLATES: Final = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
_NOT_IN_NAMES: Final = re.compile(r"[\[\]:*?/\\']")
_INK: Final = "#12343B"
_SAND: Final = "#EFE3CC"
_WIDEST: Final = 60


def csv_bytes(report: Document) -> bytes:
    """One number a line, with its period, table, row, figure and use; UTF-8 with its mark, and no cell is a formula.

    Few or none is 0, so that programs can add up; the heading says so.
    """
    return writing.csv_bytes([_plain(cell) for cell in line] for line in _csv_lines(report))


def _csv_lines(report: Document) -> Iterator[Sequence[str]]:
    yield report.csv_headings
    days = (report.first.isoformat(), report.last.isoformat())
    for grid in report.grids:
        for name, cells in (*_totals(report, grid), *grid.rows):
            for heading, cell in zip(grid.headings[1:], cells, strict=True):
                number = "0" if isinstance(cell, Few) else str(cell)
                yield [*days, grid.title, name, heading, number, report.use]


def _totals(report: Document, grid: Grid) -> list[tuple[str, tuple[Cell, ...]]]:
    return [(report.total_word, grid.total)] if grid.total else []


def _plain(text: str) -> str:
    """Without the marks that isolate names, which spreadsheets show as boxes."""
    return text.translate(_ISOLATES)


def xlsx_bytes(report: Document) -> bytes:
    """A workbook of two sheets, the numbers and what they mean; no text becomes a formula, a link or a number."""
    out = io.BytesIO()
    with writing.new_workbook(out) as book:
        # The day and not the instant: the same report is the same file, whenever it is made.
        made = datetime.combine(report.made, time())
        book.set_properties({"title": report.title, "subject": _plain(report.mark), "created": made})
        looks = _looks(book)
        names = _sheet_names(report.title, report.notes_title)
        _write_numbers(book.add_worksheet(names[0]), report, looks)
        _write_notes(book.add_worksheet(names[1]), report, looks)
        if report.locale.dir == "rtl":
            for sheet in book.worksheets():
                sheet.right_to_left()
    return out.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    plain = {"valign": "top", "font_name": "Arial"}
    return {
        "title": book.add_format(plain | {"bold": True, "font_size": 16, "font_color": _INK}),
        "heading": book.add_format(plain | {"bold": True, "font_size": 12, "font_color": _INK}),
        "head": book.add_format(plain | {"bold": True, "bottom": 2, "bg_color": _SAND, "text_wrap": True}),
        "name": book.add_format(plain | {"text_wrap": True}),
        "number": book.add_format(plain | {"num_format": "#,##0"}),
        "few": book.add_format(plain | {"italic": True, "align": "right"}),
        "total": book.add_format(plain | {"bold": True, "top": 1, "num_format": "#,##0"}),
        "text": book.add_format(plain | {"text_wrap": True}),
    }


def _write_numbers(sheet: Any, report: Document, looks: dict[str, Any]) -> None:
    longest = max((len(name) for grid in report.grids for name, _ in grid.rows), default=0)
    sheet.set_column(0, 0, min(_WIDEST, max(24, longest + 2)))
    sheet.set_column(1, max((len(grid.headings) for grid in report.grids), default=2), 16)
    row = _write_head(sheet, report, looks)
    for grid in report.grids:
        row = _write_grid(sheet, row, grid, report, looks) + 1


def _write_head(sheet: Any, report: Document, looks: dict[str, Any]) -> int:
    sheet.write_string(0, 0, _plain(report.title), looks["title"])
    sheet.write_string(1, 0, _plain(report.mark), looks["heading"])
    for row, (name, value) in enumerate(report.facts, 2):
        sheet.write_string(row, 0, _plain(name), looks["name"])
        sheet.write_string(row, 1, _plain(value))
    return len(report.facts) + 3


def _write_grid(sheet: Any, row: int, grid: Grid, report: Document, looks: dict[str, Any]) -> int:
    sheet.write_string(row, 0, _plain(grid.title), looks["heading"])
    for column, heading in enumerate(grid.headings):
        sheet.write_string(row + 1, column, _plain(heading), looks["head"])
    lines = [(name, cells, "number") for name, cells in grid.rows]
    lines += [(name, cells, "total") for name, cells in _totals(report, grid)]
    for place, (name, cells, look) in enumerate(lines, row + 2):
        sheet.write_string(place, 0, _plain(name), looks["total" if look == "total" else "name"])
        for column, cell in enumerate(cells, 1):
            if isinstance(cell, Few):
                sheet.write_string(place, column, report.few, looks["few"])
            else:
                sheet.write_number(place, column, cell, looks[look])
    return row + 2 + len(lines)


def _write_notes(sheet: Any, report: Document, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, _plain(report.notes_title), looks["title"])
    for row, (name, value) in enumerate((("", report.mark), *report.facts, *report.notes), 2):
        sheet.write_string(row, 0, _plain(name), looks["heading"])
        sheet.write_string(row, 1, _plain(value), looks["text"])


def _sheet_names(*titles: str) -> list[str]:
    """Names that a workbook may have: short, without certain signs, and no two alike."""
    kept: list[str] = []
    for number, title in enumerate(titles, 1):
        letters = "".join(char for char in _plain(title) if unicodedata.category(char)[0] != "C")
        name = _NOT_IN_NAMES.sub(" ", letters).strip()[:28] or str(number)
        kept.append(name if name.casefold() not in {one.casefold() for one in kept} else f"{name} {number}")
    return kept
