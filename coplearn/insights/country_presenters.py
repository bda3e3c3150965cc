"""The numbers of somebody's countries: those who run the programme see them as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from babel.dates import format_skeleton
from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import country_name
from coplearn.cohorts.common.rules.words import TRAINING_KINDS, State
from coplearn.i18n import formats
from coplearn.i18n.countries import COUNTRIES
from coplearn.insights import queries
from coplearn.insights.charts import Bar, Parts, bar, order_of, parts, row_name
from coplearn.insights.queries import ExpiringRight, FollowUpCount, MonthCount
from coplearn.insights.rules import Dimension, ReportScope, last_months
from coplearn.insights.words import TABLES
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say

MONTHS: Final = 12
SHOWN: Final = 20
MOST_ROWS: Final = 30
_BY: Final = (Dimension.AUDIENCE, Dimension.LANGUAGE, Dimension.REGION)


@dataclass(frozen=True, slots=True)
class LineChart:
    """One line chart."""

    id: str
    title: str
    summary: str
    unit: str
    points: list[Bar]


@dataclass(frozen=True, slots=True)
class CountryNumbers:
    """Everything the page shows."""

    cohorts: list[Parts]
    lines: list[LineChart]
    by: list[tuple[str, str, list[Bar]]]
    trained: int
    expiring: int
    first: list[ExpiringRight]
    answers: FollowUpCount


def kind_parts() -> list[str]:
    """The names of the parts of a state's bar."""
    return [say(kind.label) for kind in TRAINING_KINDS]


def country_numbers(session: Session, scope: ReportScope, zone: str, now: datetime) -> CountryNumbers:
    """The page of those countries (seven statements at most)."""
    periods = last_months(now, zone, MONTHS)
    cohorts = queries.cohorts_by(session, scope)
    months = queries.months(session, scope, periods, now)
    came = queries.trained_by(session, scope, periods[0].start, periods[-1].end, now, _BY)
    count, first = queries.expiring(session, scope, now, SHOWN)
    return CountryNumbers(
        [
            parts(say(state.label), [cohorts.get((state, kind), 0) for kind in TRAINING_KINDS])
            for state in _states(cohorts)
        ],
        _lines(months),
        [(one.value, say(TABLES[one]), _bars(one, came)) for one in _BY],
        came.get(("", ""), 0),
        count,
        first,
        queries.follow_ups(session, scope),
    )


def _states(cohorts: Mapping[tuple[str, str], int]) -> list[State]:
    there = {state for (state, _), count in cohorts.items() if count}
    return [state for state in State if state in there]


def _lines(months: Sequence[MonthCount]) -> list[LineChart]:
    return [
        _line("trained", say(N_("People trained")), months, [one.trained for one in months]),
        _line("completed", say(N_("People who completed their training")), months, [one.completed for one in months]),
        _line("certified", say(N_("People certified")), months, [one.certified for one in months]),
    ]


def _line(key: str, title: str, months: Sequence[MonthCount], values: Sequence[int]) -> LineChart:
    labels = [format_skeleton("yMMM", one.period.first, locale=page_locale().babel) for one in months]
    top = max(range(len(values)), key=lambda place: values[place])
    if values[top]:
        most = formats.number(values[top], page_locale())
        summary = say(N_("Most in one month: %(count)s, in %(month)s."), count=most, month=labels[top])
    else:
        summary = say(N_("Nobody yet in these twelve months."))
    return LineChart(
        key, title, summary, title, [bar(label, value) for label, value in zip(labels, values, strict=True)]
    )


def _bars(dimension: Dimension, came: Mapping[tuple[str, str], int]) -> list[Bar]:
    found = [(value, count) for (by, value), count in came.items() if by == dimension and count]
    kept = sorted(found, key=lambda pair: -pair[1])[:MOST_ROWS]
    kept.sort(key=lambda pair: order_of(dimension, pair[0]))
    return [bar(row_name(dimension, value), count) for value, count in kept]


def places(countries: frozenset[str] | None) -> list[tuple[str, str]]:
    """The countries to choose from, by name; none where there is no choice."""
    if countries is not None and len(countries) < 2:
        return []
    return formats.in_order(((code, country_name(code)) for code in countries or COUNTRIES), page_locale())
