"""The report as a table of text and as a workbook."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from typing import Any, Final

from coplearn.period_reports.documents.report import FigureLine, ProgrammeReport, RecordLine, TextGrid, plain
from coplearn.spreadsheets import writing

_INK: Final = "#12343B"
_SAND: Final = "#EFE3CC"


def csv_bytes(report: ProgrammeReport) -> bytes:
    """A line for each number, and under it one for each record that it is counted from; then those that are not counted.

    UTF-8 with its mark, and no cell is a formula.
    """
    return writing.csv_bytes([plain(cell) for cell in line] for line in _csv_lines(report))


def _csv_lines(report: ProgrammeReport) -> Iterator[Sequence[str]]:
    words = report.words
    days = (report.first.isoformat(), report.last.isoformat())
    yield (
        words.first, words.last, words.chapter, words.figure, words.number, words.basis, words.where,
        words.record, words.when, words.state, words.numbers, words.partners, words.source, words.use,
    )  # fmt: skip
    for chapter in report.chapters:
        for figure in chapter.figures:
            shown = figure.shown if figure.number is None else str(figure.number)
            line = (figure.label, shown, figure.basis, figure.where)
            yield (*days, chapter.title, *line, *[""] * 6, report.use)
        for one in chapter.records:
            yield (*days, chapter.title, "", "", "", one.where, *_of_record(one), report.use)
    for part in report.lists:
        for one in part.records:
            yield (*days, part.title, "", "", "", one.where, *_of_record(one), report.use)
    for grid in report.grids:
        for row in grid.rows:
            for heading, cell in zip(grid.headings[1:], row[1:], strict=True):
                yield (*days, grid.title, f"{row[0]} · {heading}", cell, *[""] * 8, report.use)


def _of_record(one: RecordLine) -> tuple[str, ...]:
    return one.title, one.when, one.state, one.numbers, one.partners, one.source


def xlsx_bytes(report: ProgrammeReport) -> bytes:
    """A workbook: the numbers, the countries, the records under the numbers, and what it all means."""
    out = io.BytesIO()
    words = report.words
    with writing.new_workbook(out) as book:
        # The day and not the instant: the same report is the same file, whenever it is made.
        made = datetime.combine(report.made, time())
        book.set_properties({"title": report.title, "subject": plain(report.mark), "created": made})
        looks = _looks(book)
        _figures(book.add_worksheet(_name(words.figure, "1")), report, looks)
        _grids(book.add_worksheet(_name(words.countries, "2")), report, looks)
        _records(book.add_worksheet(_name(words.records, "3")), report, looks)
        _meaning(book.add_worksheet(_name(words.meaning, "4")), report, looks)
        if report.locale.dir == "rtl":
            for sheet in book.worksheets():
                sheet.right_to_left()
    return out.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    base = {"valign": "top", "font_name": "Arial", "text_wrap": True}
    return {
        "title": book.add_format({"bold": True, "font_size": 16, "font_color": _INK, "font_name": "Arial"}),
        "heading": book.add_format({"bold": True, "font_size": 12, "font_color": _INK, "font_name": "Arial"}),
        "head": book.add_format(base | {"bold": True, "bottom": 2, "bg_color": _SAND}),
        "text": book.add_format(base),
        "number": book.add_format(base | {"num_format": "#,##0"}),
    }


def _name(title: str, number: str) -> str:
    kept = "".join(char for char in plain(title) if char not in "[]:*?/\\'")
    return f"{number} {kept.strip()}"[:31]


def _row(sheet: Any, row: int, cells: Iterable[str | int], look: Any, numbers: Any = None) -> None:
    for column, cell in enumerate(cells):
        if isinstance(cell, int):
            sheet.write_number(row, column, cell, numbers or look)
        else:
            sheet.write_string(row, column, plain(cell), look)


def _figures(sheet: Any, report: ProgrammeReport, looks: dict[str, Any]) -> None:
    words = report.words
    for column, width in enumerate((28, 46, 16, 26, 50, 40)):
        sheet.set_column(column, column, width)
    _row(sheet, 0, [report.title], looks["title"])
    _row(sheet, 1, [report.mark], looks["heading"])
    row = 2
    for fact in report.facts:
        _row(sheet, row, fact, looks["text"])
        row += 1
    row += 1
    _row(sheet, row, (words.chapter, words.figure, words.number, words.basis, words.where, ""), looks["head"])
    for chapter in report.chapters:
        for figure in chapter.figures:
            row += 1
            _row(sheet, row, _figure_cells(chapter.title, figure), looks["text"], looks["number"])


def _figure_cells(chapter: str, figure: FigureLine) -> tuple[str | int, ...]:
    shown = figure.shown if figure.number is None else figure.number
    return chapter, figure.label, shown, figure.basis, figure.where, " · ".join(figure.notes)


def _grids(sheet: Any, report: ProgrammeReport, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 12, 18)
    row = 0
    for grid in (*filter(None, [report.countries, report.corrections]), *report.grids):
        row = _grid(sheet, row, grid, looks) + 2


def _grid(sheet: Any, row: int, grid: TextGrid, looks: dict[str, Any]) -> int:
    _row(sheet, row, [grid.title], looks["heading"])
    _row(sheet, row + 1, grid.headings, looks["head"])
    for place, cells in enumerate(grid.rows, row + 2):
        _row(sheet, place, cells, looks["text"])
    return row + 2 + len(grid.rows)


def _records(sheet: Any, report: ProgrammeReport, looks: dict[str, Any]) -> None:
    words = report.words
    for column, width in enumerate((28, 50, 28, 28, 18, 36, 36, 40)):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    heads = (words.chapter, words.record, words.when, words.where, words.state, words.numbers, words.partners)
    _row(sheet, 0, (*heads, words.source), looks["head"])
    parts = [(one.title, one.records) for one in report.chapters] + [(one.title, one.records) for one in report.lists]
    row = 0
    for title, records in parts:
        for one in records:
            row += 1
            cells = (title, one.title, one.when, one.where, one.state, one.numbers, one.partners, one.source)
            _row(sheet, row, cells, looks["text"])


def _meaning(sheet: Any, report: ProgrammeReport, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 46)
    sheet.set_column(1, 1, 90)
    _row(sheet, 0, [report.words.meaning], looks["title"])
    for row, (name, text) in enumerate((("", report.mark), *report.notes), 2):
        _row(sheet, row, (name, text), looks["text"])
