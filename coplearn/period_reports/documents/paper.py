"""The report as a PDF, and its small charts as pictures."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Final

from coplearn.i18n.paper import clean, common, draw, typeset
from coplearn.period_reports.documents.report import (
    MOST_LISTED,
    BarChart,
    Chapter,
    ProgrammeReport,
    RecordLine,
    TextGrid,
)

_PICTURE: Final = b"#set page(width: 86mm, height: auto, margin: 2pt, fill: white)\n#bars(data.rows)\n"
_INCH: Final = 200.0
"""Pixels of a picture to the inch."""


def pdf_bytes(report: ProgrammeReport) -> bytes:
    """The report as PDF/UA-1 on A4, the same bytes for the same report. Raises PaperError when a font is missing."""
    words = report.words
    content: dict[str, object] = {
        "title": clean(report.title),
        "mark": clean(report.mark),
        "facts": [[clean(name), clean(value)] for name, value in report.facts],
        "glance": clean(words.at_a_glance),
        "headlines": [[clean(one.shown), clean(one.label), clean(one.where)] for one in report.headlines],
        "summary": [clean(one) for one in report.summary],
        "countries": _grid(report.countries),
        "charts": [{"title": clean(one.title), "rows": _bars(one)} for one in report.charts],
        "chapters": [_chapter(one, report) for one in report.chapters],
        "grids": [_grid(one) for one in (*report.grids, *filter(None, [report.corrections]))],
        "lists": [
            {"title": clean(one.title), "records": _records(one.records.first(MOST_LISTED), report)}
            for one in report.lists
        ],
        "notes_title": clean(words.meaning),
        "notes": [[clean(name), clean(value)] for name, value in report.notes],
    }
    content |= common(
        language=report.locale.bcp47, direction=report.locale.dir, title=plain_title(report), made=report.made
    )
    return typeset(_template("programme_chart", "programme_report"), content, report.made)


def chart_png(chart: BarChart, report: ProgrammeReport) -> bytes:
    """The chart as the PDF draws it, without its title, as a PNG of 86 mm width. Raises PaperError when a font is missing."""
    content: dict[str, object] = {"rows": _bars(chart)}
    content |= common(
        language=report.locale.bcp47, direction=report.locale.dir, title=clean(chart.title), made=report.made
    )
    return draw(_template("programme_chart") + _PICTURE, content, report.made, _INCH)


def plain_title(report: ProgrammeReport) -> str:
    """The document's own title: what it is and of which days."""
    return f"{report.title} · {report.first.isoformat()} · {report.last.isoformat()}"


def _grid(grid: TextGrid | None) -> dict[str, object] | None:
    if grid is None:
        return None
    return {
        "title": clean(grid.title),
        "headings": [clean(one) for one in grid.headings],
        "rows": [[clean(cell) for cell in row] for row in grid.rows],
        "from": grid.numbers_from,
    }


def _bars(chart: BarChart) -> list[list[object]]:
    top = max((value for _, value, _ in chart.rows), default=0)
    return [[clean(name), 100 * value / top if top else 0, clean(shown)] for name, value, shown in chart.rows]


def _chapter(chapter: Chapter, report: ProgrammeReport) -> dict[str, object]:
    words = report.words
    return {
        "title": clean(chapter.title),
        "none": clean(words.none),
        "headings": [clean(one) for one in (words.figure, words.number, words.basis)],
        "figures": [
            [clean(one.label), clean(one.shown), clean(one.basis), clean(" · ".join(filter(None, (one.where, *one.notes))))]
            for one in chapter.figures
        ],
        "records_title": clean(words.records),
        "records": _records(chapter.records.first(), report),
        "more": clean(words.more) if chapter.has_more else "",
    }  # fmt: skip


def _records(records: Iterable[RecordLine], report: ProgrammeReport) -> list[dict[str, object]]:
    words = report.words
    return [
        {
            "title": clean(one.title),
            "pairs": [
                [clean(name), clean(value)]
                for name, value in (
                    (words.when, one.when),
                    (words.where, one.where),
                    (words.state, one.state),
                    (words.numbers, one.numbers),
                    (words.partners, one.partners),
                    (words.source, one.source),
                )
                if value
            ],
        }
        for one in records
    ]


@lru_cache(maxsize=2)
def _template(*names: str) -> bytes:
    folder = files("coplearn.period_reports").joinpath("templates")
    return b"\n".join(folder.joinpath(f"{name}.typ").read_bytes() for name in names)
