"""The records under one number, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import request, url_for

from coplearn.period_reports.documents.report import FigureLine, RecordLine
from coplearn.period_reports.presenters.figures import figure_lines
from coplearn.period_reports.presenters.wording import record_line
from coplearn.period_reports.rules.counting import Count
from coplearn.period_reports.rules.indicators import NAMES, UNIT_RULES
from coplearn.web.render import say

ON_A_PAGE: Final = 100
_ASKED: Final = ("from", "to", "country", "programme", "of")


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some of the records under a number, with the number and its rule."""

    title: str
    rule: str
    figures: Sequence[FigureLine]
    records: Sequence[RecordLine]
    number: int
    is_last: bool

    def address(self, number: int) -> str:
        """The address of another page of the same records."""
        values: dict[str, Any] = dict(request.view_args or {})
        # Of the query no more than was asked: other names would be options of url_for.
        values |= {name: request.args[name] for name in _ASKED if name in request.args}
        return url_for(str(request.endpoint), **values, page=number)


def record_pages(count: Count, asked: str) -> RecordPage:
    """The page of that number; the first one for whatever is no number of a page."""
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    start = ON_A_PAGE * (number - 1)
    if not 0 <= start < len(count.records):
        number, start = 1, 0
    shown = count.records[start : start + ON_A_PAGE]
    one = count.indicator
    return RecordPage(
        say(NAMES[one.key]),
        say(UNIT_RULES[one.unit]),
        figure_lines(count),
        [*map(record_line, shown)],
        number,
        start + ON_A_PAGE >= len(count.records),
    )
