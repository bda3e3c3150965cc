"""Countries: the list, one of them, and what it has or is given, written, confirmed and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.programme.forms.records import CountryRecordForm, typed_span
from coplearn.programme.guards import ProgrammeContext, blueprint, present_access
from coplearn.programme.presenters import countries as presenters
from coplearn.programme.presenters.words import countries_to_choose, programmes_to_choose
from coplearn.programme.queries.countries import record_by, status_by
from coplearn.programme.rules.access import may_confirm, may_edit, may_see
from coplearn.programme.rules.words import CountryRecordKind, CountryStatus
from coplearn.programme.service import countries as service
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, form_key, once
from coplearn.web.render import say, say_phrase

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from coplearn.programme.models.countries import CountryRecord


@blueprint.get("/countries/")
def countries() -> str:
    """Every country that somebody sees, with its numbers."""
    context = present_access()
    lines = presenters.country_list(the_session(), context.access, utcnow())
    return render_template(
        "programme/countries.html", lines=lines, choices=countries_to_choose(context.access), asked=""
    )


@blueprint.get("/countries/find")
def find_country() -> BaseResponse:
    """The way from the list to choose from to a country's page."""
    present_access()
    code = request.args.get("country", "")
    if code not in COUNTRIES:
        return redirect(url_for("programme.countries"), 303)
    return redirect(url_for("programme.country", code=code), 303)


@blueprint.get("/countries/<code>")
def country(code: str) -> str:
    """Everything about one country."""
    context = _enter(code)
    page = presenters.country_page(the_session(), context.access, code, utcnow())
    return render_template("programme/country.html", page=page, name=page.name)


@blueprint.get("/countries/<code>/records/new")
def new_record(code: str) -> str:
    """The form of a record about a country."""
    return _form_page(_writer(code), code, _form(code), None)


@blueprint.post("/countries/<code>/records/new")
@looks_twice("title", "words")
@once
def write_record(code: str) -> BaseResponse | tuple[str, int]:
    """Write a record about a country with its first state."""
    return _write(_writer(code), code, None)


@blueprint.get("/countries/<code>/records/<record_id>")
def new_status(code: str, record_id: str) -> str:
    """The form of one more state of a record."""
    record = _record(code, record_id)
    return _form_page(_writer(code, record), code, _form(code), record)


@blueprint.post("/countries/<code>/records/<record_id>")
@looks_twice("words")
@once
def write_status(code: str, record_id: str) -> BaseResponse | tuple[str, int]:
    """Write one more state of a record."""
    record = _record(code, record_id)
    return _write(_writer(code, record), code, record)


@blueprint.post("/countries/<code>/states/<int:status_id>")
@looks_twice("why")
def judge_status(code: str, status_id: int) -> BaseResponse:
    """Confirm a state as a second person, or take it back with a reason."""
    context, session, now = _enter(code), the_session(), utcnow()
    found = status_by(session, code, status_id)
    if found is None or not may_edit(context.access, [code], found.record.programme_id):
        raise nobody_here()
    with flash_refusals():
        if request.form.get("do") == "confirm":
            if not may_confirm(context.access, [code], found.record.programme_id, found.status.by_id):
                tell(say(N_("You wrote this yourself. Somebody else has to confirm it.")), "again")
            else:
                service.confirm_status(session, found.status, by_id=context.person.id, now=now)
                tell(say(N_("It is confirmed, and counts from now on.")))
        else:
            why = request.form.get("why", "")
            service.take_status_back(session, found.status, why=why, by_id=context.person.id, now=now)
            tell(say(N_("The record is taken back. It counts nowhere, and its history stays.")))
        session.commit()
    return redirect(url_for("programme.country", code=code), 303)


def _enter(code: str) -> ProgrammeContext:
    context = present_access()
    seated = any(seat.country in ("", code) for seat in context.access.seats)
    if code not in COUNTRIES or not (may_see(context.access, [code], None) or seated):
        raise nobody_here()
    return context


def _writer(code: str, record: CountryRecord | None = None) -> ProgrammeContext:
    context = _enter(code)
    if not may_edit(context.access, [code], record.programme_id if record is not None else None):
        raise nobody_here()
    return context


def _record(code: str, record_id: str) -> CountryRecord:
    record = record_by(the_session(), record_id)
    if record is None or record.country != code:
        present_access()
        raise nobody_here()
    return record


def _form(code: str) -> CountryRecordForm:
    form = CountryRecordForm()
    form.offer(programmes_to_choose(the_session(), present_access().access))
    return form


def _form_page(context: ProgrammeContext, code: str, form: CountryRecordForm, record: CountryRecord | None) -> str:
    return render_template(
        "programme/country_record.html",
        context=context,
        code=code,
        form=form,
        record=record,
        kind=say(CountryRecordKind(record.kind).label) if record is not None else "",
    )


def _write(context: ProgrammeContext, code: str, record: CountryRecord | None) -> BaseResponse | tuple[str, int]:
    session, form, now = the_session(), _form(code), utcnow()
    days = typed_span(form)
    if form.status.data not in set(CountryStatus):
        form.status.errors = [say(N_("Choose where it stands."))]
    if record is None and form.kind.data not in set(CountryRecordKind):
        form.kind.errors = [say(N_("Choose a kind."))]
    if days is None or form.summary():
        return _form_page(context, code, form, record), 422
    status = service.StatusContent(
        CountryStatus(form.status.data),
        days,
        *((field.data or "").strip() for field in (form.words, form.document, form.source)),
    )
    try:
        record = record or _recorded(session, context, code, form, now)
        service.add_status(session, record, status, by_id=context.person.id, now=now)
    except AppError as error:
        session.rollback()
        form.words.errors = [say_phrase(error.phrase)]
        return _form_page(context, code, form, None), 422
    tell(say(N_("The draft is kept. It counts once a second person has confirmed it.")))
    return commit_once(url_for("programme.country", code=code))


def _recorded(
    session: Session, context: ProgrammeContext, code: str, form: CountryRecordForm, now: datetime
) -> CountryRecord:
    texts = (field.data or "" for field in (form.title, form.lead_body, form.as_source_says))
    return service.record_country(
        session,
        service.CountryRecordContent(code, CountryRecordKind(form.kind.data), *texts),
        key=f"form:{context.person.id}:{request.form.get('form_key') or form_key()}",
        by_id=context.person.id,
        now=now,
        programme_id=_programme_id(form),
    )


def _programme_id(form: CountryRecordForm) -> int | None:
    offered = {value for value, _ in form.programme.choices or ()}
    return int(form.programme.data) if form.programme.data and form.programme.data in offered else None
