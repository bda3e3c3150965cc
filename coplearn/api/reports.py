"""Reports: true numbers for coordinators, and the editions that are handed on."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from coplearn.api.operations import Call, UnreadableRequest, operation, refuse_if
from coplearn.api.shapes import Line, RequestShape, ResponseShape
from coplearn.insights import report_presenters
from coplearn.insights.documents import Document
from coplearn.insights.guards import places_asked, report_access
from coplearn.insights.ledger_queries import ledger_of
from coplearn.insights.queries import zones_and_tiers
from coplearn.insights.rules import Few, Period, ReportScope, known_zone, problems_of, this_year
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.tokens.rules import TokenScope
from coplearn.web.limits import one_too_many

_MOST, _WINDOW = 60, 900
"""So many reports an account gets in so many seconds: each is counted anew from every record."""


class PeriodQuestion(RequestShape):
    """The days and the place of a report."""

    first: date | None = Field(None, alias="from", description="First day; without it the year so far.")
    last: date | None = Field(None, alias="to", description="Last day.")
    zone: Line | None = Field(None, description="IANA time zone in which days begin and end.")
    country: str | None = Field(None, pattern="^[A-Z]{2}$", description="ISO 3166 code; without it all of yours.")
    tier: int | None = Field(None, ge=1, le=100, description="Step of the cascade; without it all.")


class EditionQuestion(RequestShape):
    """The closed days and the place of an edition."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")
    country: str | None = Field(
        None, pattern="^[A-Z]{2}(-[A-Z]{2})*$", max_length=800, description="ISO 3166 codes, such as `ES-MA`."
    )


class RowOut(ResponseShape):
    """A line of a table."""

    name: str
    cells: list[int | None] = Field(description="Null where a number is too small to be told.")


class TableOut(ResponseShape):
    """A table of a report, in the caller's language."""

    title: str
    headings: list[str] = Field(description="The first is that of the lines' names.")
    rows: list[RowOut]
    total: list[int | None] = Field(description="Empty where lines do not add up to anything.")


class ReportOut(ResponseShape):
    """A report."""

    title: str
    mark: str = Field(description="For whom it is: say it wherever you show the numbers.")
    first: date
    last: date
    made: date
    tables: list[TableOut]
    notes: list[str] = Field(description="What is counted, and what that means.")


@operation(
    "GET",
    "/reports/period",
    "Read the report of a period",
    TokenScope.REPORTS_READ,
    query=PeriodQuestion,
    answer=ReportOut,
)
def read_period_report(call: Call, query: PeriodQuestion) -> ReportOut:
    """True numbers of the countries that the caller coordinates. They are not to be handed on: that is what editions are for."""
    who, now = report_access(), utcnow()
    country = query.country or ""
    countries = who.narrowed(country)
    _count(call)
    zones, _ = zones_and_tiers(call.session, who.countries)
    usual = this_year(now, known_zone(zones[0]) if zones else "UTC")
    period = Period(query.first or usual.first, query.last or usual.last, query.zone or usual.zone)
    refuse_if(problems_of(period.first, period.last, period.zone))
    scope = ReportScope(countries, query.tier)
    parts = report_presenters.report_tables(call.session, scope, period, now)
    gains = report_presenters.gain_grid(call.session, scope, period)
    return _out(report_presenters.report_document(parts, gains, scope, country, period, now))


@operation(
    "GET", "/reports/edition", "Read an edition", TokenScope.REPORTS_READ, query=EditionQuestion, answer=ReportOut
)
def read_edition(call: Call, query: EditionQuestion) -> ReportOut:
    """Numbers to hand on, of days that are closed: in fives, and never changed afterwards."""
    report_access()
    countries, ledger = places_asked(query.country or ""), ledger_of(call.session)
    _count(call)
    if ledger is None or ledger.last_day is None:
        raise Refused(N_("No day is closed yet, so there is no edition."))
    closed = ledger.last_day
    period = Period(query.first or closed.replace(month=1, day=1), query.last or closed, ledger.zone)
    refuse_if(problems_of(period.first, period.last, period.zone))
    if period.last > closed:
        raise UnreadableRequest(422, [{"field": "to", "code": "not_closed"}])
    return _out(report_presenters.edition(call.session, countries, period)[1])


def _count(call: Call) -> None:
    wait = one_too_many("api-report", _MOST, _WINDOW, str(call.user_id))
    if wait is not None:
        raise TooManyReports


class TooManyReports(Refused):
    """Refusal of somebody who asked for too many reports in a short time (HTTP 429)."""

    status = 429

    def __init__(self) -> None:
        super().__init__(N_("This key asked too often. Wait a moment, then go on."))


def _out(report: Document) -> ReportOut:
    def cells(values: Any) -> list[int | None]:
        return [None if isinstance(one, Few) else one for one in values]

    return ReportOut(
        title=report.title,
        mark=report.mark,
        first=report.first,
        last=report.last,
        made=report.made,
        tables=[
            TableOut(
                title=grid.title,
                headings=list(grid.headings),
                rows=[RowOut(name=name, cells=cells(values)) for name, values in grid.rows],
                total=cells(grid.total),
            )
            for grid in report.grids
        ],
        notes=[f"{name}: {what}" if name else what for name, what in report.notes],
    )
