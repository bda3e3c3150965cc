"""A period report in the page's language, from its numbers: the one thing that page, paper, table and workbook print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import current_app
from sqlalchemy.orm import Session

from coplearn.cohorts.screens.cohort import country_name, zone_name
from coplearn.i18n import formats
from coplearn.insights.press.document import Document, Grid
from coplearn.insights.queries import report as queries
from coplearn.insights.rules.periods import Period, today_in
from coplearn.insights.rules.report import (
    ONLINE_BY,
    TRAINING,
    TRAINING_BY,
    Dimension,
    Few,
    Measure,
    Scope,
    Table,
    tables_of,
)
from coplearn.insights.rules.words import DEFINITIONS, DIMENSIONS, FEW, FOR_US, MEASURES, ROW_RULES, STATED, TABLES
from coplearn.insights.screens.charts import Bar
from coplearn.insights.screens.names import order_of, row_name
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say

_ONLINE_TITLES: Final = {
    Dimension.AUDIENCE: N_("Online courses, by audience"),
    Dimension.LANGUAGE: N_("Online courses, by language"),
    Dimension.COURSE: N_("Online courses, one by one"),
}


@dataclass(frozen=True, slots=True)
class Parts:
    """The tables of a report by what they are about; those of online courses only where nothing is left out."""

    training: tuple[Table, ...]
    online: tuple[Table, ...]
    children: tuple[Table, ...]

    @property
    def all(self) -> tuple[Table, ...]:
        """Every table, in the order in which it is printed."""
        return (*self.training, *self.online, *self.children)


def tables(session: Session, scope: Scope, period: Period, now: datetime) -> Parts:
    """The report's numbers, as they are (six statements at most)."""
    start, end = period.start, period.end
    queries.make_room(session)
    training = telling(tables_of(TRAINING, TRAINING_BY, queries.trainings(session, scope, start, end, now)))
    ages = queries.children(session, scope, start, end, now)
    children = tables_of([Measure.CHILDREN], [Dimension.AGE], {Measure.CHILDREN: ages}) if ages else ()
    online: tuple[Table, ...] = ()
    if scope.is_whole:
        courses = current_app.extensions["shelf"].current().courses
        audiences = {key: course.audiences for key, course in courses.items()}
        finished = queries.finishers(session, audiences, start, end)
        online = telling(tables_of([Measure.FINISHED], ONLINE_BY, {Measure.FINISHED: finished}))
    return Parts(training, online, children)


def telling(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """Those that have a row; where none has, the first one, which says 0."""
    return tuple(table for table in tables if table.rows) or tables[:1]


def document(parts: Parts, scope: Scope, country: str, period: Period, now: datetime) -> Document:
    """The report in words."""
    locale = page_locale()
    return Document(
        title=say(N_("Period report")),
        facts=tuple(_facts(scope, country, period, now)),
        grids=tuple(grid_of(table, MEASURES) for table in parts.all),
        notes=tuple(_notes(parts)),
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


def _facts(scope: Scope, country: str, period: Period, now: datetime) -> list[tuple[str, str]]:
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


def _places(scope: Scope, country: str) -> str:
    if country:
        return country_name(country)
    if scope.countries is None:
        return say(N_("All countries"))
    return formats.listing(
        [name for _, name in formats.country_names(sorted(scope.countries), page_locale())], page_locale()
    )


def grid_of(table: Table, names: Mapping[Measure, str]) -> Grid:
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


def _notes(parts: Parts) -> list[tuple[str, str]]:
    measures = [
        *TRAINING,
        *([Measure.FINISHED] if parts.online else []),
        *([Measure.CHILDREN] if parts.children else []),
    ]
    notes = [(say(MEASURES[one]), say(DEFINITIONS[one])) for one in measures]
    rules = [*ROW_RULES, STATED]
    if not parts.online:
        rules.append(
            N_(
                "People who only take online courses say no country and belong to no tier. They are in the report of all"
                " countries and tiers alone."
            )
        )
    return [*notes, *(("", say(rule)) for rule in rules)]


def bars(table: Table) -> list[Bar]:
    """The first figure of a table as bars; few or none has none, and says so."""
    locale = page_locale()
    rows = sorted(table.rows, key=lambda row: order_of(table.dimension, row.value))
    return [
        (row_name(table.dimension, row.value), 0, say(FEW))
        if isinstance(cell := row.cells[0], Few)
        else (row_name(table.dimension, row.value), cell, formats.number(cell, locale))
        for row in rows
    ]
