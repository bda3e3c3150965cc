"""Periods as sources give them: days, months, quarters, or some time within a longer one."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.programme.rules.words import Precision

FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Span:
    """Two days and all between them, with how exactly the source tells them."""

    since: date
    until: date
    precision: Precision

    def overlaps(self, since: date, until: date) -> bool:
        """Whether it belongs to a period: a day of it is enough."""
        return self.since <= until and self.until >= since


def span(since: date, until: date | None, precision: Precision) -> Span:
    """The span that two days stand for: whole months, quarters. Raises Refused for an end before the start."""
    until = until or since
    if until < since:
        raise Refused(N_("The end is before the start. Correct one of the two dates."))
    if since < FIRST_DAY or until > LAST_DAY:
        raise Refused(N_("Give a date between 1990 and 2100."))
    if precision is Precision.MONTH:
        return Span(since.replace(day=1), _last_of_month(until), precision)
    if precision is Precision.QUARTER:
        first, last = 3 * ((since.month - 1) // 3) + 1, 3 * ((until.month - 1) // 3) + 3
        return Span(date(since.year, first, 1), _last_of_month(date(until.year, last, 1)), precision)
    return Span(since, until, precision)


def _last_of_month(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
