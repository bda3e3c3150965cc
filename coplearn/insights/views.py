"""The pages of numbers: of a cohort, of countries, of a period, and the editions that are handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from coplearn.cohorts.common.guards import enter, the_session
from coplearn.cohorts.common.presenters import country_name
from coplearn.cohorts.common.rules.words import CohortPermission
from coplearn.i18n.countries import COUNTRIES
from coplearn.insights import cohort_presenters, country_presenters, report_presenters
from coplearn.insights.cohort_presenters import matrix as matrix_page
from coplearn.insights.documents import Document, csv_bytes, pdf_bytes, xlsx_bytes
from coplearn.insights.forms import EditionForm, PeriodForm, asked
from coplearn.insights.guards import ReportAccess, places_asked, report_access
from coplearn.insights.ledger_queries import known_countries, ledger_of
from coplearn.insights.queries import zones_and_tiers
from coplearn.insights.report_presenters import ReportTables, report_bars
from coplearn.insights.rules import Period, ReportScope, known_zone, this_year
from coplearn.insights.words import TO_A_COORDINATOR
from coplearn.kernel.clock import utcnow
from coplearn.spreadsheets.writing import CSV
from coplearn.storage.replica import read_much
from coplearn.web.limits import one_too_many, too_many_page
from coplearn.web.render import say

if TYPE_CHECKING:
    from coplearn.insights.models import Ledger


blueprint = Blueprint("insights", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.get("/cohorts/<cohort_id>/progress")
def matrix(cohort_id: str) -> str:
    """The matrix: who has what, and what is missing."""
    context = enter(cohort_id, CohortPermission.REPORT)
    missing, after = "missing" in request.args, request.args.get("after", "")
    first = not missing and request.args.get("order") == "missing"
    page = matrix_page(the_session(), context.cohort, after, utcnow(), only_missing=missing, most_first=first)
    return render_template(
        "insights/matrix.html", context=context, page=page, missing=missing, first=first, begins=not after
    )


@blueprint.get("/cohorts/<cohort_id>/numbers")
def cohort(cohort_id: str) -> str:
    """People, attendance, requirements and outcomes, counted."""
    context = enter(cohort_id, CohortPermission.REPORT)
    return render_template(
        "insights/cohort.html",
        context=context,
        numbers=cohort_presenters.cohort_numbers(the_session(), context.cohort, utcnow()),
        meeting_parts=cohort_presenters.meeting_parts(),
        requirement_parts=cohort_presenters.requirement_parts(),
        kept_from=cohort_presenters.KEEP_FROM,
    )


@blueprint.get("/insights/")
def country() -> str:
    """Cohorts, people by month, and what needs a look."""
    who, wanted, session = report_access(), request.args.get("country", ""), the_session()
    countries = who.narrowed(wanted)
    zones, _ = zones_and_tiers(session, countries)
    zone, scope, now = known_zone(zones[0]) if zones else "UTC", ReportScope(countries), utcnow()
    return render_template(
        "insights/country.html",
        who=who,
        wanted=wanted,
        numbers=read_much(session, lambda one: country_presenters.country_numbers(one, scope, zone, now)),
        kind_parts=country_presenters.kind_parts(),
        places=country_presenters.places(who.countries),
    )


MOST: Final = 15
WINDOW: Final = 900
"""So many files an account gets in so many seconds: every kind of several periods, and no more than the site has room for."""
FILES: Mapping[str, tuple[str, Callable[[Document], bytes]]] = {
    "pdf": ("application/pdf", pdf_bytes),
    "csv": (CSV, csv_bytes),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
}


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """A report that somebody may see: its form, and its numbers unless the form is wrong."""

    form: PeriodForm
    parts: report_presenters.ReportTables | None
    report: Document | None


@blueprint.get("/insights/report")
def report() -> str | tuple[str, int]:
    """The report of a period, with its question above it."""
    found = _period_report(report_access())
    page = render_template(
        "insights/report.html",
        form=found.form,
        parts=found.parts,
        report=found.report,
        bars=report_presenters.report_bars,
    )
    return page if found.report is not None else (page, 422)


@blueprint.get("/insights/report.<any(pdf, csv, xlsx):end>")
def report_file(end: str) -> Response | tuple[str, int]:
    """The same as a file, so many in a quarter of an hour: each is counted anew from every record."""
    who = report_access()
    wait = one_too_many("report", MOST, WINDOW, str(who.person.id))
    if wait is not None:
        return too_many_page(wait)
    found = _period_report(who)
    if found.report is None:
        return render_template(
            "insights/report.html", form=found.form, parts=None, report=None, bars=report_presenters.report_bars
        ), 422
    asked_for = {key: request.args.get(key, "") for key in ("country", "tier")}
    days = {"first": found.report.first.isoformat(), "last": found.report.last.isoformat()}
    structlog.get_logger("coplearn.reports").info(
        "true_numbers_downloaded", account=who.person.id, file=end, **days, **asked_for
    )
    return file_answer(found.report, end)


def file_answer(report: Document, end: str) -> Response:
    """The report as a file to keep."""
    kind, make = FILES[end]
    answer = Response(make(report), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{report.name}.{end}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _period_report(who: ReportAccess) -> PeriodReport:
    session, now = the_session(), utcnow()
    country = request.args.get("country", "")
    countries = who.narrowed(country)
    zones, tiers = zones_and_tiers(session, who.countries)
    zones = list(dict.fromkeys([*map(known_zone, zones), "UTC"]))
    form = PeriodForm(asked(request.args, this_year(now, zones[0])))
    form.offer({*zones, known_zone(form.zone.data)}, COUNTRIES if who.countries is None else who.countries, tiers)
    period = form.period()
    if period is None:
        return PeriodReport(form, None, None)
    scope = ReportScope(countries, int(form.tier.data) if form.tier.data else None)
    parts, gains = read_much(
        session,
        lambda one: (
            report_presenters.report_tables(one, scope, period, now),
            report_presenters.gain_grid(one, scope, period),
        ),
    )
    return PeriodReport(form, parts, report_presenters.report_document(parts, gains, scope, country, period, now))


@dataclass(frozen=True, slots=True)
class EditionReport:
    """An edition with its question; no numbers where the question is wrong, and no question while no day is closed."""

    form: EditionForm | None
    parts: ReportTables | None
    report: Document | None
    ledger: Ledger | None


@blueprint.get("/insights/edition")
def edition() -> str | tuple[str, int]:
    """The edition of a period, with its question above it."""
    return _edition_page(_edition(report_access()))


@blueprint.get("/insights/edition.<any(pdf, csv, xlsx):end>")
def edition_file(end: str) -> Response | str | tuple[str, int]:
    """The same as a file."""
    who = report_access()
    wait = one_too_many("report", MOST, WINDOW, str(who.person.id))
    if wait is not None:
        return too_many_page(wait)
    found = _edition(who)
    return file_answer(found.report, end) if found.report is not None else _edition_page(found)


def _edition_page(found: EditionReport) -> str | tuple[str, int]:
    page = render_template("insights/edition.html", found=found, bars=report_bars, told_text=say(TO_A_COORDINATOR))
    return (page, 422) if found.form is not None and found.report is None else page


def _edition(who: ReportAccess) -> EditionReport:
    session = the_session()
    ledger, countries = ledger_of(session), places_asked(request.args.get("country", ""))
    if ledger is None or ledger.last_day is None:
        return EditionReport(None, None, None, ledger)
    closed = ledger.last_day
    form = EditionForm(asked(request.args, Period(closed.replace(month=1, day=1), closed, ledger.zone)))
    form.offer(_places(session, who, form.country.data or "", countries))
    period = form.period(ledger.zone, closed)
    if period is None:
        return EditionReport(form, None, None, ledger)
    return EditionReport(form, *report_presenters.edition(session, countries, period), ledger)


def _places(session: Session, who: ReportAccess, named: str, countries: frozenset[str] | None) -> list[tuple[str, str]]:
    """Single countries by name, those that the reader coordinates together, and what was asked for."""
    own = who.countries or frozenset()
    found = {code: country_name(code) for code in {*known_countries(session), *own}}
    for together in (own, countries or frozenset()):
        if len(together) > 1:
            found["-".join(sorted(together))] = report_presenters.place_name(together)
    if named and countries is not None:
        found[named] = report_presenters.place_name(countries)
    return sorted(found.items(), key=lambda pair: pair[1])
