"""The report as a PDF."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

from coplearn.i18n.paper import clean, common, typeset
from coplearn.period_reports.documents.report import (
    MOST_LISTED,
    BarChart,
    Chapter,
    ProgrammeReport,
    RecordLine,
    TextGrid,
)


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
        "charts": [_chart(one) for one in report.charts],
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
    return typeset(_template(), content, report.made)


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


def _chart(chart: BarChart) -> dict[str, object]:
    top = max((value for _, value, _ in chart.rows), default=0)
    return {
        "title": clean(chart.title),
        "rows": [[clean(name), 100 * value / top if top else 0, clean(shown)] for name, value, shown in chart.rows],
    }


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


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.period_reports").joinpath("templates/programme_report.typ").read_bytes()
