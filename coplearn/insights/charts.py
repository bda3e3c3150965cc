"""Rows of charts and tables: their names, their order, and numbers as the page's language writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from coplearn.cohorts.common.presenters import audience_name, country_name, course_titles, language_names
from coplearn.cohorts.common.rules.words import AgeBand, Kind
from coplearn.i18n import formats
from coplearn.insights.rules import NOT_STATED, Dimension
from coplearn.kernel.text import N_, counted
from coplearn.web.render import page_locale, say, say_phrase

Bar = tuple[str, int, str]
Parts = tuple[str, Sequence[int], Sequence[str]]


def bar(label: str, value: int) -> Bar:
    """One bar."""
    return label, value, formats.number(value, page_locale())


def parts(label: str, values: Sequence[int]) -> Parts:
    """One bar of several parts."""
    return label, values, [formats.number(value, page_locale()) for value in values]


def row_name(dimension: Dimension, value: str) -> str:
    """The name of a row."""
    return say(N_("Not stated")) if value == NOT_STATED else _NAMES[dimension](value)


def order_of(dimension: Dimension, value: str) -> tuple[bool, int, str]:
    """Rows in an order that tells nothing of hidden numbers: by name, tiers and ages by number, “Not stated” last."""
    if dimension is Dimension.TIER:
        return value == NOT_STATED, int(value) if value.isdecimal() else 0, value
    if dimension is Dimension.AGE:
        return value == NOT_STATED, [*AgeBand].index(AgeBand(value)) if value in set(AgeBand) else 99, value
    if dimension is Dimension.LATER:
        return value == NOT_STATED, _days(value), row_name(dimension, value).casefold()
    return value == NOT_STATED, 0, row_name(dimension, value).casefold()


def _language(code: str) -> str:
    found = language_names([code])
    return found[0].name if found else code


def _tier(value: str) -> str:
    return say(N_("Step %(number)s"), number=formats.number(int(value), page_locale()) if value.isdecimal() else value)


def _later(value: str) -> str:
    course, days = course_titles([value.partition(":")[0]])[0], _days(value)
    return say_phrase(counted("%(course)s, %(num)s day later", "%(course)s, %(num)s days later", days, course=course))


def _days(value: str) -> int:
    days = value.partition(":")[2]
    return int(days) if days.isdecimal() else 0


_NAMES: Final[Mapping[Dimension, Callable[[str], str]]] = {
    Dimension.COUNTRY: country_name,
    Dimension.AUDIENCE: audience_name,
    Dimension.LANGUAGE: _language,
    Dimension.TIER: _tier,
    Dimension.KIND: lambda value: say(Kind(value).label),
    Dimension.REGION: lambda value: value,
    Dimension.COURSE: lambda value: course_titles([value])[0],
    Dimension.AGE: lambda value: say(AgeBand(value).label),
    Dimension.LATER: _later,
}
