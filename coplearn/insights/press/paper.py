"""A report as an accessible PDF."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from coplearn.i18n.paper import clean, common, typeset
from coplearn.insights.press.document import Document


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
                "total": [clean(report.total_word), *map(report.shown, grid.total)],
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
