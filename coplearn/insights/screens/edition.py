"""An edition in the page's language: the report that is handed on, the same for whoever asks."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy.orm import Session

from coplearn.cohorts.screens.cohort import country_name, zone_name
from coplearn.i18n import formats
from coplearn.insights.press.document import Document
from coplearn.insights.queries.ledger import given_out
from coplearn.insights.rules.periods import Period
from coplearn.insights.rules.report import TRAINING, TRAINING_BY, Dimension, Measure, Table, Tally, tables_of
from coplearn.insights.rules.words import FEW, GIVEN, GIVEN_DEFINITIONS, IN_FIVES, ROW_RULES, STATED, TO_HAND_ON
from coplearn.insights.screens.report import CSV, USE, Parts, grid_of, telling
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say

_ONLINE_BY: Final = (Dimension.LANGUAGE, Dimension.COURSE)
"""Whom a course is for is no row of its own here: a course may be for several, and rows must add up."""


def edition(session: Session, countries: Collection[str] | None, period: Period) -> tuple[Parts, Document]:
    """The edition of closed days, of the whole site (None) or of those countries together (one statement)."""
    tallies = given_out(session, countries, period.first, period.last)
    training = telling(tables_of(TRAINING, TRAINING_BY, tallies, in_fives=True))
    online: tuple[Table, ...] = ()
    children: tuple[Table, ...] = ()
    if countries is None:
        online = telling(tables_of([Measure.FINISHED], _ONLINE_BY, tallies, in_fives=True))
    if tallies.get(Measure.CHILDREN):
        children = tables_of([Measure.CHILDREN], [Dimension.AGE], tallies, in_fives=True)
    parts = Parts(training, online, children)
    return parts, _document(parts, countries, period, _code(tallies, countries, period))


def _code(tallies: Mapping[Measure, Tally], countries: Collection[str] | None, period: Period) -> str:
    """Which edition it is: a checksum of its days, its countries and its numbers, in no language."""
    lines = [period.first.isoformat(), period.last.isoformat(), period.zone, *sorted(countries or ())]
    for measure in Measure:
        tally = tallies.get(measure, {})
        lines += [f"{measure}\t{by}\t{value}\t{tally[by, value]}" for by, value in sorted(tally) if tally[by, value]]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _document(parts: Parts, countries: Collection[str] | None, period: Period, code: str) -> Document:
    return Document(
        title=say(N_("Report of a period")),
        facts=tuple(_facts(countries, period, code)),
        grids=tuple(grid_of(table, GIVEN) for table in parts.all),
        notes=tuple(_notes(parts)),
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


def _facts(countries: Collection[str] | None, period: Period, code: str) -> list[tuple[str, str]]:
    locale = page_locale()
    first, last = formats.day(period.first, locale), formats.day(period.last, locale)
    return [
        (say(N_("Period")), say(N_("From %(first)s to %(last)s, both days counted"), first=first, last=last)),
        (say(N_("Time zone")), zone_name(period.zone)),
        (say(N_("Country")), place_name(countries)),
        (say(N_("Edition")), code),
    ]


def place_name(countries: Collection[str] | None) -> str:
    """Whose numbers those are."""
    if countries is None:
        return say(N_("All countries"))
    return formats.listing(sorted(country_name(code) for code in countries), page_locale())


def _notes(parts: Parts) -> list[tuple[str, str]]:
    measures = [
        *TRAINING,
        *([Measure.FINISHED] if parts.online else []),
        *([Measure.CHILDREN] if parts.children else []),
    ]
    notes = [(say(GIVEN[one]), say(GIVEN_DEFINITIONS[one])) for one in measures]
    return [*notes, *(("", say(rule)) for rule in (*IN_FIVES, *ROW_RULES, STATED))]
