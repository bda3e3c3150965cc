"""The pages of the report of a programme: for those who run it, and the editions that are handed on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.i18n.countries import COUNTRIES
from coplearn.insights.ledger_queries import ledger_of
from coplearn.insights.rules import known_zone, today_in
from coplearn.kernel.clock import utcnow
from coplearn.period_reports.documents.paper import pdf_bytes
from coplearn.period_reports.documents.report import ProgrammeReport
from coplearn.period_reports.documents.tables import csv_bytes, xlsx_bytes
from coplearn.period_reports.documents.word import docx_bytes
from coplearn.period_reports.forms import ProgrammeReportForm, question
from coplearn.period_reports.guards import ReportReader, report_reader
from coplearn.period_reports.presenters.report import edition_report, for_us, places_of, records_under
from coplearn.period_reports.presenters.under import record_pages
from coplearn.period_reports.queries import (
    AskedReport,
    RecordScope,
    edition_by,
    editions,
    kept_records,
    programmes,
    question_of,
    records_of,
)
from coplearn.period_reports.rules.counting import Sorted
from coplearn.period_reports.service import make_edition
from coplearn.site import site
from coplearn.spreadsheets.writing import CSV
from coplearn.storage.replica import read_much
from coplearn.web.idempotency import commit_once, once
from coplearn.web.limits import one_too_many, too_many_page

if TYPE_CHECKING:
    from coplearn.period_reports.models import PeriodEdition


blueprint = Blueprint("period_reports", __name__, url_prefix="/<lang:lang>/programme", template_folder="templates")

MOST: Final = 15
WINDOW: Final = 900
"""Files that one person may have made in so many seconds."""
FILES: Final[Mapping[str, tuple[str, Callable[[ProgrammeReport], bytes]]]] = {
    "pdf": ("application/pdf", pdf_bytes),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx_bytes),
    "csv": (CSV, csv_bytes),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
}


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """The question of a page: its form, and its meaning unless something in it is wrong."""

    reader: ReportReader
    form: ProgrammeReportForm
    asked: AskedReport | None

    @property
    def address(self) -> dict[str, Any]:
        """The question as an address has it."""
        form = self.form
        return {
            "from": form.first.data.isoformat() if form.first.data else None,
            "to": form.last.data.isoformat() if form.last.data else None,
            "country": form.country.data or None,
            "programme": form.programme.data or None,
        }


def _question(now: datetime) -> ReportQuestion:
    reader, source = report_reader(), request.form if request.method == "POST" else request.args
    form = ProgrammeReportForm(question(source, today_in(now, _zone())))
    own, known = reader.access.countries, programmes(the_session(), reader.access)
    offered = own or {seat.country for seat in reader.access.seats if seat.country}
    form.offer(COUNTRIES if own is None else offered, known)
    countries, days = reader.countries(form.country.data or ""), form.days()
    if days is None:
        return ReportQuestion(reader, form, None)
    number = int(form.programme.data) if form.programme.data else None
    return ReportQuestion(
        reader, form, AskedReport(RecordScope(countries, number), *days, dict(known).get(number or 0, ""))
    )


def _zone() -> str:
    ledger = ledger_of(the_session())
    return ledger.zone if ledger is not None else known_zone(site().settings.report_zone or "UTC")


@blueprint.get("/report")
def report() -> str | tuple[str, int]:
    """The report of a period, with its question above it."""
    now = utcnow()
    found = _question(now)
    made = _for_us(found.reader, found.asked, now) if found.asked is not None else None
    may_hand_on = found.asked is not None and found.reader.may_hand_on(found.asked.places)
    page = render_template("period_reports/report.html", found=found, report=made, may_hand_on=may_hand_on)
    return page if made is not None else (page, 422)


@blueprint.get("/report.<any(pdf, docx, csv, xlsx):end>")
def report_file(end: str) -> Response | tuple[str, int]:
    """The same as a file, so many in a quarter of an hour: each is counted anew from every record."""
    now = utcnow()
    found = _question(now)
    wait = one_too_many("report", MOST, WINDOW, str(found.reader.person.id))
    if wait is not None:
        return too_many_page(wait)
    if found.asked is None:
        return render_template("period_reports/report.html", found=found, report=None, may_hand_on=False), 422
    return _file(_for_us(found.reader, found.asked, now), end)


@blueprint.get("/report/records")
def report_records() -> str | tuple[str, int]:
    """The records under one number."""
    found = _question(utcnow())
    if found.asked is None:
        return render_template("period_reports/report.html", found=found, report=None, may_hand_on=False), 422
    asked, access = found.asked, found.reader.access
    records = read_much(the_session(), lambda one: records_of(one, access, asked, site().activity_sources))
    return _under(found.reader, records, asked, url_for("period_reports.report", **found.address))


@blueprint.get("/editions")
def edition_list() -> str:
    """The editions that the reader may hand on, the newest first."""
    reader = report_reader()
    found = [one for one in editions(the_session()) if reader.may_read(one)]
    rows = [(one, places_of(question_of(one))) for one in found]
    return render_template("period_reports/editions.html", editions=rows)


@blueprint.post("/editions")
@once
def make() -> ResponseReturnValue:
    """Make an edition of the report as it stands."""
    now = utcnow()
    found = _question(now)
    if found.asked is None:
        return render_template("period_reports/report.html", found=found, report=None, may_hand_on=False), 422
    if not found.reader.may_hand_on(found.asked.places):
        raise nobody_here()
    session, reader = the_session(), found.reader
    made = make_edition(session, reader.access, found.asked, site().activity_sources, by_id=reader.person.id, now=now)
    return commit_once(url_for("period_reports.edition", public_id=made.public_id))


@blueprint.get("/editions/<public_id>")
def edition(public_id: str) -> str:
    """An edition as it was handed on."""
    one = _edition(public_id)
    return render_template("period_reports/edition.html", edition=one, report=_edition_report(one))


@blueprint.get("/editions/<public_id>.<any(pdf, docx, csv, xlsx):end>")
def edition_file(public_id: str, end: str) -> Response | tuple[str, int]:
    """The same as a file."""
    one, reader = _edition(public_id), report_reader()
    wait = one_too_many("report", MOST, WINDOW, str(reader.person.id))
    return too_many_page(wait) if wait is not None else _file(_edition_report(one), end)


@blueprint.get("/editions/<public_id>/records")
def edition_records(public_id: str) -> str:
    """The records under one number of an edition, as they were told in it."""
    one = _edition(public_id)
    back = url_for("period_reports.edition", public_id=public_id)
    return _under(report_reader(), kept_records(the_session(), one), question_of(one), back)


def _for_us(reader: ReportReader, asked: AskedReport, now: datetime) -> ProgrammeReport:
    zone, people = _zone(), reader.may_hand_on(asked.places)

    def made(session: Session) -> ProgrammeReport:
        return for_us(session, reader.access, asked, site().activity_sources, zone, now, people=people)

    return read_much(the_session(), made)


def _edition(public_id: str) -> PeriodEdition:
    reader = report_reader()
    one = edition_by(the_session(), public_id)
    if one is None or not reader.may_read(one):
        raise nobody_here()
    return one


def _edition_report(one: PeriodEdition) -> ProgrammeReport:
    session, names = the_session(), dict(programmes(the_session(), report_reader().access))
    asked = question_of(one, names.get(one.programme_id or 0, ""))
    return edition_report(session, one, kept_records(session, one), asked, _zone())


def _under(reader: ReportReader, found: Sorted, asked: AskedReport, back: str) -> str:
    count = records_under(found, asked, request.args.get("of", ""))
    if count is None:
        raise nobody_here()
    under = record_pages(the_session(), reader.access, count, request.args.get("page", ""))
    return render_template("period_reports/records.html", under=under, back=back)


def _file(report: ProgrammeReport, end: str) -> Response:
    kind, made = FILES[end]
    answer = Response(made(report), content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{report.name}.{end}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
