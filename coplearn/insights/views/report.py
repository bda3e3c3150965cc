"""The period report for those who may open the records: true numbers, on the page and as files, each of them logged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from flask import Response, render_template, request

from coplearn.cohorts.guards import the_session
from coplearn.i18n.countries import COUNTRIES
from coplearn.insights.forms import PeriodForm, asked
from coplearn.insights.guards import Watch, watch
from coplearn.insights.press.document import Document
from coplearn.insights.press.paper import pdf_bytes
from coplearn.insights.press.tables import csv_bytes, xlsx_bytes
from coplearn.insights.queries.report import zones_and_tiers
from coplearn.insights.rules.periods import known_zone, this_year
from coplearn.insights.rules.report import Scope
from coplearn.insights.screens import report as screens
from coplearn.insights.views.base import blueprint
from coplearn.kernel.clock import utcnow
from coplearn.web.limits import one_too_many, too_many_page

MOST: Final = 15
WINDOW: Final = 900
"""So many files an account gets in so many seconds: every kind of several periods, and no more than the site has room for."""
FILES: Mapping[str, tuple[str, Callable[[Document], bytes]]] = {
    "pdf": ("application/pdf", pdf_bytes),
    "csv": ("text/csv; charset=utf-8", csv_bytes),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that somebody may see: its form, and its numbers unless the form is wrong."""

    form: PeriodForm
    parts: screens.Parts | None
    report: Document | None


@blueprint.get("/insights/report")
def report() -> str | tuple[str, int]:
    """The report of a period, with its question above it."""
    found = _report(watch())
    page = render_template(
        "insights/report.html", form=found.form, parts=found.parts, report=found.report, bars=screens.bars
    )
    return page if found.report is not None else (page, 422)


@blueprint.get("/insights/report.<any(pdf, csv, xlsx):end>")
def report_file(end: str) -> Response | tuple[str, int]:
    """The same as a file, so many in a quarter of an hour: each is counted anew from every record."""
    who = watch()
    wait = one_too_many("report", MOST, WINDOW, str(who.person.id))
    if wait is not None:
        return too_many_page(wait)
    found = _report(who)
    if found.report is None:
        return render_template("insights/report.html", form=found.form, parts=None, report=None, bars=screens.bars), 422
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


def _report(who: Watch) -> Asked:
    session, now = the_session(), utcnow()
    country = request.args.get("country", "")
    countries = who.narrowed(country)
    zones, tiers = zones_and_tiers(session, who.countries)
    zones = list(dict.fromkeys([*map(known_zone, zones), "UTC"]))
    form = PeriodForm(asked(request.args, this_year(now, zones[0])))
    form.offer({*zones, known_zone(form.zone.data)}, COUNTRIES if who.countries is None else who.countries, tiers)
    period = form.period()
    if period is None:
        return Asked(form, None, None)
    scope = Scope(countries, int(form.tier.data) if form.tier.data else None)
    parts = screens.tables(session, scope, period, now)
    return Asked(form, parts, screens.document(parts, scope, country, period, now))
