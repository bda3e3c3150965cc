"""The report of a period, and an edition of it, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from coplearn.i18n import formats
from coplearn.insights import report_presenters
from coplearn.insights.documents import Document as PeopleDocument
from coplearn.insights.documents import Grid
from coplearn.insights.rules import Cell, Few, Period, ReportScope, today_in
from coplearn.kernel.text import N_, counted
from coplearn.period_reports.documents.report import ProgrammeReport, RecordList, ReportWords, TextGrid
from coplearn.period_reports.presenters.figures import (
    PEOPLE_UNDER,
    chapters_of,
    country_table,
    figure_lines,
    reach_table,
    small_charts,
)
from coplearn.period_reports.presenters.wording import country_list, number, record_line, record_lines, state_name, when
from coplearn.period_reports.queries import AskedReport, records_of
from coplearn.period_reports.rules.counting import (
    Correction,
    Count,
    Sorted,
    Unit,
    count,
    count_all,
    count_group,
    in_country,
    reach_of,
)
from coplearn.period_reports.rules.facts import UNDER_WAY, RecordFact, digest, frozen, thawed
from coplearn.period_reports.rules.indicators import BY_KEY, HEADLINES, INDICATORS, RULES, UNIT_RULES, UNITS
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.sources import ActivitySource
from coplearn.serving.collector import resting
from coplearn.storage.parallel import begin_reading
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.period_reports.models import PeriodEdition


FOR_US: Final = N_("For us: with the true numbers that this site counted. Not to be handed on.")
TO_HAND_ON: Final = N_(
    "To hand on: numbers of people that this site counted are in fives, and nobody is recognised by them."
)
OWN_LEFT_OUT: Final = N_(
    "Numbers of people that this site counted stand in the tables in fives alone. Numbers from partners and lists stand as"
    " they were given, and are not added to them."
)
NOT_CLOSED: Final = N_(
    "No numbers of people from this site's own records stand here: the last days of the period can still be corrected."
)


@dataclass(frozen=True, slots=True)
class Extra:
    """The part that one of the two doors adds to the records: its mark, facts, tables of people, corrections and notes."""

    mark: str
    use: str
    name: str
    made: date
    facts: tuple[tuple[str, str], ...] = ()
    grids: tuple[TextGrid, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    corrections: TextGrid | None = None


def counts_of(found: Sorted, asked: AskedReport) -> dict[str, Count]:
    """Every indicator of those records."""
    return count_all(INDICATORS, found, asked.places)


def report_of(found: Sorted, asked: AskedReport, extra: Extra) -> ProgrammeReport:
    """The whole report in words."""
    with resting():
        return _report_of(found, asked, extra)


def _report_of(found: Sorted, asked: AskedReport, extra: Extra) -> ProgrammeReport:
    counts = counts_of(found, asked)
    reach = reach_table(reach_of(found.counted))
    return ProgrammeReport(
        title=say(N_("Report of the programme")),
        mark=extra.mark,
        use=extra.use,
        facts=(*_facts(asked), *extra.facts),
        headlines=tuple(line for key in HEADLINES for line in figure_lines(counts[key])),
        summary=tuple(_summary(found)),
        countries=country_table(counts, asked.places),
        charts=small_charts([*counts.values()], asked.places),
        chapters=chapters_of([*counts.values()]),
        grids=(*((reach,) if reach is not None else ()), *extra.grids),
        lists=tuple(_lists(found)),
        corrections=extra.corrections,
        notes=(*_notes(counts), *extra.notes),
        words=_words(),
        name=extra.name,
        locale=page_locale(),
        first=asked.first,
        last=asked.last,
        made=extra.made,
    )


def for_us(
    session: Session,
    access: ProgrammeAccess,
    asked: AskedReport,
    sources: Iterable[ActivitySource],
    zone: str,
    now: datetime,
    *,
    people: bool,
) -> ProgrammeReport:
    """The report for those who run the programme, of every record that the reader may see. With ``people``, the true numbers of
    this site's own records stand in it (eight statements, sent while those of :func:`records_of` are)."""
    made = today_in(now, zone)
    counted_people: Callable[[], PeopleDocument] | None = None
    if people and asked.scope.programme_id is None:
        counted_people = begin_reading(session, partial(_people, asked, zone, now))
    found = records_of(session, access, asked, sources)
    facts = ((say(N_("Made on")), formats.day(made, page_locale())),)
    name = f"programme-for-us-{asked.first.isoformat()}-{asked.last.isoformat()}"
    use = say(N_("Not to be handed on"))
    grids: tuple[TextGrid, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    if counted_people is not None:
        document = counted_people()
        grids, notes = people_grids(document), document.notes
    return report_of(found, asked, Extra(say(FOR_US), use, name, made, facts, grids, notes))


def _people(asked: AskedReport, zone: str, now: datetime, session: Session) -> PeopleDocument:
    period, scope = Period(asked.first, asked.last, zone), ReportScope(asked.places)
    parts = report_presenters.report_tables(session, scope, period, now)
    gains = report_presenters.gain_grid(session, scope, period)
    return report_presenters.report_document(parts, gains, scope, "", period, now)


def edition_report(
    session: Session, edition: PeriodEdition, found: Sorted, asked: AskedReport, zone: str
) -> ProgrammeReport:
    """The report as it was handed on, in the page's language (one statement)."""
    grids: tuple[TextGrid, ...] = ()
    notes: tuple[tuple[str, str], ...] = (("", say(OWN_LEFT_OUT)),)
    if edition.people_until is not None:
        period = Period(asked.first, asked.last, zone)
        _, document = report_presenters.edition(session, asked.places, period)
        grids, notes = people_grids(document), (*notes, *document.notes)
    elif asked.scope.programme_id is None:
        notes = (*notes, ("", say(NOT_CLOSED)))
    made = edition.made_at.date()
    facts = (
        (say(N_("Edition")), edition.public_id),
        (say(N_("Made on")), formats.day(made, page_locale())),
        (say(N_("Checksum of its records")), edition.digest[:16]),
    )
    use = say(N_("To hand on, edition %(code)s"), code=edition.public_id)
    corrections = corrections_table(_thawed(edition.corrections))
    name = f"programme-{asked.first.isoformat()}-{asked.last.isoformat()}-{edition.public_id}"
    return report_of(found, asked, Extra(say(TO_HAND_ON), use, name, made, facts, grids, notes, corrections))


def _thawed(kept: Sequence[Sequence[str]]) -> list[Correction]:
    return [Correction(*(thawed(line) if line else None for line in pair)) for pair in kept]


def people_grids(document: PeopleDocument) -> tuple[TextGrid, ...]:
    """The tables of insights as this report prints them, each under the heading that it is of this site's own records."""
    return tuple(_people_grid(grid, document) for grid in document.grids)


def _people_grid(grid: Grid, document: PeopleDocument) -> TextGrid:
    def shown(cell: Cell) -> str:
        return document.few if isinstance(cell, Few) else number(cell)

    rows = [(name, *map(shown, cells)) for name, cells in grid.rows]
    if grid.total:
        rows.append((document.total_word, *map(shown, grid.total)))
    return TextGrid(say(N_("Counted on this site: %(table)s"), table=grid.title), grid.headings, tuple(rows))


def corrections_table(corrections: Sequence[Correction]) -> TextGrid | None:
    """The records that the edition before told otherwise; None for none."""
    if not corrections:
        return None
    rows = []
    for one in corrections:
        fact = one.now or one.before
        assert fact is not None
        rows.append((record_line(fact).title, _told(one.before), _told(one.now), one.now.reason if one.now else ""))
    return TextGrid(
        say(N_("Corrections to the edition before")),
        (say(N_("Record")), say(N_("It said")), say(N_("It should say")), say(N_("Why"))),
        tuple(rows),
        4,
    )


def _told(fact: RecordFact | None) -> str:
    if fact is None:
        return say(N_("Nothing"))
    line = record_line(fact)
    parts = (line.title, when(fact), line.where, state_name(fact.state), line.numbers, line.partners)
    return " · ".join(filter(None, (*parts, say(N_("Checksum %(code)s"), code=digest(frozen(fact))[:8]))))


def places_of(asked: AskedReport) -> str:
    """The countries of a report."""
    return say(N_("All countries")) if asked.places is None else country_list(asked.places)


def _facts(asked: AskedReport) -> list[tuple[str, str]]:
    locale = page_locale()
    first, last = formats.day(asked.first, locale), formats.day(asked.last, locale)
    facts = [
        (say(N_("Period")), say(N_("From %(first)s to %(last)s, both days counted"), first=first, last=last)),
        (say(N_("Countries")), places_of(asked)),
    ]
    return [*facts, (say(N_("Programme")), asked.programme)] if asked.programme else facts


def _summary(found: Sorted) -> list[str]:
    goes_on = sum(fact.state == UNDER_WAY for fact in found.counted)
    sentences = [
        counted("%(num)s record is counted.", "%(num)s records are counted.", len(found.counted)),
        counted("%(num)s of them is still under way.", "%(num)s of them are still under way.", goes_on),
        counted("%(num)s more is planned and not counted.", "%(num)s more are planned and not counted.", len(found.planned)),
        counted("%(num)s was cancelled and is not counted.", "%(num)s were cancelled and are not counted.", len(found.cancelled)),
        counted(
            "%(num)s waits for a second person to confirm it and is not counted.",
            "%(num)s wait for a second person to confirm them and are not counted.",
            len(found.waiting),
        ),
    ]  # fmt: skip
    return [say_phrase(one) for place, one in enumerate(sentences) if place == 0 or one.number]


def _lists(found: Sorted) -> list[RecordList]:
    lists = (
        (N_("Planned, and not counted"), found.planned),
        (N_("Cancelled, and not counted"), found.cancelled),
        (N_("Not confirmed yet, and not counted"), found.waiting),
    )
    return [RecordList(say(title), record_lines(facts)) for title, facts in lists if facts]


def _notes(counts: dict[str, Count]) -> list[tuple[str, str]]:
    shown = {one.unit for one in INDICATORS if counts[one.key].records or one.key in HEADLINES}
    return [
        *((say(UNITS[one]), say(UNIT_RULES[one])) for one in Unit if one in shown),
        *(("", say(rule)) for rule in RULES),
    ]


def _words() -> ReportWords:
    return ReportWords(
        figure=say(N_("Figure")),
        number=say(N_("How many")),
        where=say(N_("Where, or which")),
        basis=say(N_("Basis")),
        record=say(N_("Record")),
        when=say(N_("When")),
        state=say(N_("State")),
        numbers=say(N_("Numbers and their basis")),
        partners=say(N_("Partners")),
        source=say(N_("Source")),
        chapter=say(N_("Chapter")),
        first=say(N_("First day")),
        last=say(N_("Last day")),
        use=say(N_("Use")),
        records=say(N_("Records")),
        none=say(N_("No record tells of this in the period.")),
        more=say(N_("More records are in the workbook and in the table of text.")),
        at_a_glance=say(N_("At a glance")),
        meaning=say(N_("What the numbers mean")),
        countries=say(N_("Countries")),
    )


def records_under(found: Sorted, asked: AskedReport, key: str) -> Count | None:
    """The records under one number, of the tables as well; None for a number that there is not."""
    name, _, narrowed = key.partition(".")
    if name == PEOPLE_UNDER:
        group, _, ages = narrowed.partition(".")
        return count_group(key, found, group, ages)
    if name not in BY_KEY:
        return None
    if not narrowed:
        return count(BY_KEY[name], found, asked.places)
    is_asked = asked.places is None or narrowed in asked.places
    return in_country(BY_KEY[name], found, narrowed) if is_asked else None
