"""A period report and an edition in the page's language: the one thing that page, paper, table and workbook print."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from coplearn.assessments.rules import gain_of
from coplearn.cohorts.common.presenters import country_name, zone_name
from coplearn.courses.assessment import AFTER, BEFORE, sitting_id
from coplearn.i18n import formats
from coplearn.insights import queries
from coplearn.insights.charts import Bar, order_of, row_name
from coplearn.insights.documents import Document, Grid
from coplearn.insights.ledger_queries import given_out
from coplearn.insights.rules import (
    ONLINE_BY,
    TRAINING,
    TRAINING_BY,
    Dimension,
    Few,
    Measure,
    Period,
    ReportScope,
    ReportTable,
    Stays,
    Tally,
    stays_table,
    tables_of,
    today_in,
)
from coplearn.insights.words import (
    DEFINITIONS,
    DIMENSIONS,
    FEW,
    FOR_US,
    GIVEN,
    GIVEN_DEFINITIONS,
    IN_FIVES,
    MEASURES,
    ROW_RULES,
    STATED,
    TABLES,
    TO_HAND_ON,
)
from coplearn.kernel.text import N_
from coplearn.practice.queries import asked_again
from coplearn.site import site
from coplearn.web.render import page_locale, say

_ONLINE_TITLES: Final = {
    Dimension.AUDIENCE: N_("Online courses, by audience"),
    Dimension.LANGUAGE: N_("Online courses, by language"),
    Dimension.COURSE: N_("Online courses, one by one"),
}


@dataclass(frozen=True, slots=True)
class ReportTables:
    """The tables of a report by what they are about; those of online courses only where nothing is left out."""

    training: tuple[ReportTable, ...]
    online: tuple[ReportTable, ...]
    children: tuple[ReportTable, ...]
    stays: tuple[ReportTable, ...] = ()
    """Of questions asked again after courses; only where nothing is left out, and where anybody was asked."""

    @property
    def all(self) -> tuple[ReportTable, ...]:
        """Every table, in the order in which it is printed."""
        return (*self.training, *self.online, *self.stays, *self.children)


def report_tables(session: Session, scope: ReportScope, period: Period, now: datetime) -> ReportTables:
    """The report's numbers, as they are (seven statements at most)."""
    start, end = period.start, period.end
    queries.make_room(session)
    training = with_rows(tables_of(TRAINING, TRAINING_BY, queries.trainings(session, scope, start, end, now)))
    ages = queries.children(session, scope, start, end, now)
    children = tables_of([Measure.CHILDREN], [Dimension.AGE], {Measure.CHILDREN: ages}) if ages else ()
    online: tuple[ReportTable, ...] = ()
    stays: tuple[ReportTable, ...] = ()
    if scope.is_whole:
        courses = site().library.current().courses
        audiences = {key: course.audiences for key, course in courses.items()}
        finished = queries.finishers(session, audiences, start, end)
        online = with_rows(tables_of([Measure.FINISHED], ONLINE_BY, {Measure.FINISHED: finished}))
        last = min(period.last, today_in(now, period.zone))
        again = {f"{one.course_id}:{one.days}": one.counts for one in asked_again(session, period.first, last)}
        stays = (stays_table(again),) if again else ()
    return ReportTables(training, online, children, stays)


def with_rows(tables: tuple[ReportTable, ...]) -> tuple[ReportTable, ...]:
    """The values that have a row; where none has, the first one, which says 0."""
    return tuple(table for table in tables if table.rows) or tables[:1]


_GAIN_COLUMNS: Final = (
    DIMENSIONS[Dimension.COURSE],
    N_("People who answered both times"),
    N_("Right before, in percent"),
    N_("Right after, in percent"),
    N_("Gain, in points"),
    N_("Gain, at least"),
    N_("Gain, at most"),
)
_GAIN: Final = N_(
    "Some questions are asked before an online course and others about the same things after it, half of all people getting"
    " each set first. The gain is the mean of what each person had right after less before, of those whose second answers"
    " came in the period; with a certainty of 95 percent it lies between the last two numbers. A course stands here once"
    " 20 people have answered both times."
)


def gain_grid(session: Session, scope: ReportScope, period: Period) -> Grid | None:
    """The gain from the online courses (one statement); None where too few answered before and after any (see
    :mod:`coplearn.assessments.rules`)."""
    asked = {key: course for key, course in site().library.current().courses.items() if course.assessment is not None}
    names = {key: (sitting_id(course, BEFORE), sitting_id(course, AFTER)) for key, course in asked.items()}
    found = queries.sittings(session, scope, names, period.start, period.end)
    gains = {key: gain for key in asked if key in found and (gain := gain_of(found[key])) is not None}
    rows = [
        (
            row_name(Dimension.COURSE, key),
            (one.people, *map(round, (one.before, one.after, one.mean, one.low, one.high))),
        )
        for key, one in gains.items()
    ]
    return Grid(say(N_("What people learn")), tuple(map(say, _GAIN_COLUMNS)), tuple(rows), ()) if rows else None


def report_document(
    parts: ReportTables, gains: Grid | None, scope: ReportScope, country: str, period: Period, now: datetime
) -> Document:
    """The report in words."""
    locale = page_locale()
    more, note = ((gains,), (("", say(_GAIN)),)) if gains is not None else ((), ())
    return Document(
        title=say(N_("Period report")),
        facts=tuple(_facts(scope, country, period, now)),
        grids=(*(grid_of(table, MEASURES) for table in parts.all), *more),
        notes=(*_notes(parts), *note),
        notes_title=say(N_("What the numbers mean")),
        total_word=say(N_("All together")),
        mark=say(FOR_US),
        use=say(N_("Not to be handed on")),
        few=say(FEW),
        csv_headings=tuple(map(say, (*CSV, N_("Value"), USE))),
        name=f"for-us-{period.first.isoformat()}-{period.last.isoformat()}",
        locale=locale,
        first=period.first,
        last=period.last,
        made=today_in(now, period.zone),
    )


CSV: Final = (N_("First day"), N_("Last day"), N_("Table"), N_("Row"), N_("Figure"))
USE: Final = N_("Use")


def _facts(scope: ReportScope, country: str, period: Period, now: datetime) -> list[tuple[str, str]]:
    locale = page_locale()
    first, last = formats.day(period.first, locale), formats.day(period.last, locale)
    facts = [
        (say(N_("Period")), say(N_("From %(first)s to %(last)s, both days counted"), first=first, last=last)),
        (say(N_("Time zone")), zone_name(period.zone)),
        (say(N_("Country")), _places(scope, country)),
    ]
    if scope.tier is not None:
        facts.append((say(N_("Step")), formats.number(scope.tier, locale)))
    return [*facts, (say(N_("Counted on")), formats.day(today_in(now, period.zone), locale))]


def _places(scope: ReportScope, country: str) -> str:
    if country:
        return country_name(country)
    if scope.countries is None:
        return say(N_("All countries"))
    return formats.listing(
        [name for _, name in formats.country_names(sorted(scope.countries), page_locale())], page_locale()
    )


def grid_of(table: ReportTable, names: Mapping[Measure | Stays, str]) -> Grid:
    """A table in words; rows by their names."""
    one = table.dimension
    online = table.measures == (Measure.FINISHED,)
    rows = sorted(table.rows, key=lambda row: order_of(one, row.value))
    return Grid(
        say(_ONLINE_TITLES[one] if online else TABLES[one]),
        (say(DIMENSIONS[one]), *(say(names[measure]) for measure in table.measures)),
        tuple((row_name(one, row.value), row.cells) for row in rows),
        table.total,
    )


def _notes(parts: ReportTables) -> list[tuple[str, str]]:
    measures = [
        *TRAINING,
        *([Measure.FINISHED] if parts.online else []),
        *(Stays if parts.stays else []),
        *([Measure.CHILDREN] if parts.children else []),
    ]
    notes = [(say(MEASURES[one]), say(DEFINITIONS[one])) for one in measures]
    rules = [*ROW_RULES, STATED]
    if not parts.online:
        rules.append(
            N_(
                "People who only take online courses say no country and are at no step. They are in the report of all"
                " countries and steps alone."
            )
        )
    return [*notes, *(("", say(rule)) for rule in rules)]


def report_bars(table: ReportTable) -> list[Bar]:
    """The first figure of a table as bars; few or none has none, and says so."""
    locale = page_locale()
    rows = sorted(table.rows, key=lambda row: order_of(table.dimension, row.value))
    return [
        (row_name(table.dimension, row.value), 0, say(FEW))
        if isinstance(cell := row.cells[0], Few)
        else (row_name(table.dimension, row.value), cell, formats.number(cell, locale))
        for row in rows
    ]


_ONLINE_BY: Final = (Dimension.LANGUAGE, Dimension.COURSE)
"""Whom a course is for is no row of its own here: a course may be for several, and rows must add up."""


def edition(session: Session, countries: Collection[str] | None, period: Period) -> tuple[ReportTables, Document]:
    """The edition of closed days, of the whole site (None) or of those countries together (one statement)."""
    tallies = given_out(session, countries, period.first, period.last)
    training = with_rows(tables_of(TRAINING, TRAINING_BY, tallies, in_fives=True))
    online: tuple[ReportTable, ...] = ()
    children: tuple[ReportTable, ...] = ()
    if countries is None:
        online = with_rows(tables_of([Measure.FINISHED], _ONLINE_BY, tallies, in_fives=True))
    if tallies.get(Measure.CHILDREN):
        children = tables_of([Measure.CHILDREN], [Dimension.AGE], tallies, in_fives=True)
    parts = ReportTables(training, online, children)
    return parts, _edition_document(parts, countries, period, _code(tallies, countries, period))


def _code(tallies: Mapping[Measure, Tally], countries: Collection[str] | None, period: Period) -> str:
    """The name of the edition: a checksum of its days, its countries and its numbers, in no language."""
    lines = [period.first.isoformat(), period.last.isoformat(), period.zone, *sorted(countries or ())]
    for measure in Measure:
        tally = tallies.get(measure, {})
        lines += [f"{measure}\t{by}\t{value}\t{tally[by, value]}" for by, value in sorted(tally) if tally[by, value]]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _edition_document(parts: ReportTables, countries: Collection[str] | None, period: Period, code: str) -> Document:
    return Document(
        title=say(N_("Report of a period")),
        facts=tuple(_edition_facts(countries, period, code)),
        grids=tuple(grid_of(table, GIVEN) for table in parts.all),
        notes=tuple(_edition_notes(parts)),
        notes_title=say(N_("What the numbers mean")),
        total_word=say(N_("All together")),
        mark=say(TO_HAND_ON),
        use=say(N_("To hand on, edition %(code)s"), code=code),
        few=say(FEW),
        csv_headings=tuple(map(say, (*CSV, N_("Value; people in fives, 0 is few or none"), USE))),
        name=f"edition-{period.first.isoformat()}-{period.last.isoformat()}",
        locale=page_locale(),
        first=period.first,
        last=period.last,
        made=period.last,
    )


def _edition_facts(countries: Collection[str] | None, period: Period, code: str) -> list[tuple[str, str]]:
    locale = page_locale()
    first, last = formats.day(period.first, locale), formats.day(period.last, locale)
    return [
        (say(N_("Period")), say(N_("From %(first)s to %(last)s, both days counted"), first=first, last=last)),
        (say(N_("Time zone")), zone_name(period.zone)),
        (say(N_("Country")), place_name(countries)),
        (say(N_("Edition")), code),
    ]


def place_name(countries: Collection[str] | None) -> str:
    """The people of the numbers."""
    if countries is None:
        return say(N_("All countries"))
    return formats.listing(sorted(country_name(code) for code in countries), page_locale())


def _edition_notes(parts: ReportTables) -> list[tuple[str, str]]:
    measures = [
        *TRAINING,
        *([Measure.FINISHED] if parts.online else []),
        *([Measure.CHILDREN] if parts.children else []),
    ]
    notes = [(say(GIVEN[one]), say(GIVEN_DEFINITIONS[one])) for one in measures]
    return [*notes, *(("", say(rule)) for rule in (*IN_FIVES, *ROW_RULES, STATED))]
