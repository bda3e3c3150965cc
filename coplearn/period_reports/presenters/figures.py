"""Indicators, tables and charts of the report in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from coplearn.cohorts.common.presenters import country_name
from coplearn.i18n import formats
from coplearn.kernel.text import N_, counted
from coplearn.period_reports.documents.report import BarChart, Chapter, FigureLine, TextGrid
from coplearn.period_reports.presenters.wording import (
    basis_name,
    country_list,
    group_name,
    listed,
    number,
    record_lines,
    sum_text,
)
from coplearn.period_reports.rules.counting import Count, GroupReach, Indicator, Theme, Unit, by_country, in_order
from coplearn.period_reports.rules.facts import BASES
from coplearn.period_reports.rules.indicators import NAMES, PER_COUNTRY, THEMES
from coplearn.web.render import page_locale, say, say_phrase

_MOST_BARS: Final = 12
_NOTHING: Final = "–"
PEOPLE_UNDER: Final = "people"
"""The records under the numbers of a group are found by this word, the group and its ages, with dots between."""


def name_of(indicator: Indicator) -> str:
    """The name of what is counted: of an indicator, or of a group of people."""
    if indicator.key in NAMES:
        return say(NAMES[indicator.key])
    _, group, ages = indicator.key.split(".")
    return group_name(group, ages)


def figure_lines(count: Count) -> list[FigureLine]:
    """An indicator as lines: one, or one for each basis where only amounts are known."""
    one, label = count.indicator, name_of(count.indicator)
    if one.unit is Unit.AMOUNTS:
        return [
            FigureLine(one.key, label, sum_text(known), None, basis_name(known.basis), _where(count), _in_words(count))
            for known in count.amounts
        ]
    records = say_phrase(counted("%(num)s record", "%(num)s records", len(count.records)))
    found = len(count.values)
    return [FigureLine(one.key, label, number(found), found, records, _where(count), tuple(_notes(count)))]


def _where(count: Count) -> str:
    unit = count.indicator.unit
    if unit is Unit.COUNTRIES:
        return country_list(count.values)
    if unit in (Unit.UN_LANGUAGES, Unit.OTHER_LANGUAGES):
        return formats.language_names(count.values, page_locale()) if count.values else ""
    if unit is Unit.ORGANISATIONS:
        return listed(count.values)
    return country_list({one.code for fact in count.records for one in fact.countries})


def _in_words(count: Count) -> tuple[str, ...]:
    words = {one.words for known in count.amounts for one in known.others if one.words}
    return tuple(say(N_("In the source: “%(words)s”"), words=one) for one in sorted(words))


def _notes(count: Count) -> list[str]:
    notes = []
    if count.under_way:
        notes.append(
            counted("%(num)s of them is still under way.", "%(num)s of them are still under way.", len(count.under_way))
        )
    if count.perhaps:
        notes.append(
            counted(
                "Of %(num)s record it is only known that it was within a longer time.",
                "Of %(num)s records it is only known that they were within a longer time.",
                count.perhaps,
            )
        )
    if count.nowhere:
        notes.append(
            counted(
                "%(num)s record names no country and is not counted here.",
                "%(num)s records name no country and are not counted here.",
                count.nowhere,
            )
        )
    return [say_phrase(note) for note in notes]


def chapters_of(counts: Sequence[Count]) -> tuple[Chapter, ...]:
    """The themes in their order, each with its numbers and every record under them once."""
    return tuple(_chapter(theme, [one for one in counts if one.indicator.theme is theme]) for theme in Theme)


def _chapter(theme: Theme, counts: Sequence[Count]) -> Chapter:
    known = [one for one in counts if one.records and (one.values or one.amounts or one.nowhere)]
    records = {fact.key: fact for one in known for fact in one.records}
    return Chapter(
        theme.value,
        say(THEMES[theme]),
        tuple(line for one in known for line in figure_lines(one)),
        record_lines(in_order(records.values())),
    )


def country_table(counts: Mapping[str, Count], places: frozenset[str] | None) -> TextGrid | None:
    """The countries with the number of records under each of the indicators that count countries."""
    shown = [counts[key] for key in PER_COUNTRY if counts[key].values]
    rows = by_country(shown, places)
    if not rows:
        return None
    named = formats.in_order(((code, country_name(code)) for code in rows), page_locale())
    return TextGrid(
        say(N_("Countries")),
        (say(N_("Country")), *(say(NAMES[one.indicator.key]) for one in shown)),
        tuple((name, *(number(cell) if cell else _NOTHING for cell in rows[code])) for code, name in named),
        under=tuple(
            ("", *(f"{one.indicator.key}.{code}" if cell else "" for one, cell in zip(shown, rows[code], strict=True)))
            for code, _ in named
        ),
    )


def small_charts(counts: Sequence[Count], places: frozenset[str] | None) -> tuple[BarChart, ...]:
    """Small charts side by side: the countries under each indicator, then for each theme the records by country."""
    reached = [(say(NAMES[one.indicator.key]), len(one.values)) for one in counts if one.indicator.key in PER_COUNTRY]
    charts = [_chart(say(N_("Countries, by what was done there")), say(N_("Countries")), reached)]
    for theme in Theme:
        found: dict[str, set[str]] = {}
        for one in counts:
            if one.indicator.theme is theme and theme is not Theme.PARTNERSHIPS:
                for fact in one.records:
                    for country in fact.countries:
                        if places is None or country.code in places:
                            found.setdefault(country.code, set()).add(fact.key)
        rows = [(country_name(code), len(keys)) for code, keys in found.items()]
        rows.sort(key=lambda row: (-row[1], row[0]))
        charts.append(_chart(_title(say(THEMES[theme]), len(rows)), say(N_("Records")), rows))
    return tuple(one for one in charts if len(one.rows) > 1)


def _title(chapter: str, rows: int) -> str:
    """The title of a chart of countries, which says so where not all of them stand in it."""
    if rows <= _MOST_BARS:
        return chapter
    most = number(_MOST_BARS)
    return say(N_("%(chapter)s: countries with the most records (%(num)s)"), chapter=chapter, num=most)


def _chart(title: str, unit: str, rows: Sequence[tuple[str, int]]) -> BarChart:
    kept = [row for row in rows if row[1]][:_MOST_BARS]
    return BarChart(title, unit, tuple((name, value, number(value)) for name, value in kept))


def reach_table(reach: Sequence[GroupReach]) -> TextGrid | None:
    """People by group: what is known on each basis side by side, and in how many records nothing is stated."""
    if not reach:
        return None
    bases = [basis for basis in BASES if any(known.basis == basis for one in reach for known in one.sums)]
    rows, under = [], []
    for one in reach:
        key = f"{PEOPLE_UNDER}.{one.group}.{one.ages}"
        cells = {known.basis: sum_text(known) for known in one.sums}
        rows.append(
            (
                group_name(one.group, one.ages),
                *(cells.get(basis, _NOTHING) for basis in bases),
                number(one.not_stated),
                basis_name(one.weakest),
            )
        )
        under.append(("", *(key if basis in cells else "" for basis in bases), key if one.not_stated else "", ""))
    return TextGrid(
        say(N_("People reached, as the records tell")),
        (
            say(N_("Group")),
            *map(basis_name, bases),
            say(N_("Records in which no number is stated")),
            say(N_("Weakest basis")),
        ),
        tuple(rows),
        under=tuple(under),
    )
