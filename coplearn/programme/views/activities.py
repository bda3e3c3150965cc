"""Activities: the list, one of them, writing, confirming, correcting, taking back, and the list as a file."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError, Conflict
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.programme.documents import table_lines
from coplearn.programme.forms.activities import ActivityForm, drafted
from coplearn.programme.forms.rows import (
    MORE_ROWS,
    PartnerRow,
    ReachRow,
    partner_lines,
    partner_rows,
    reach_lines,
    reach_rows,
)
from coplearn.programme.guards import (
    ActivityContext,
    ProgrammeContext,
    blueprint,
    enter_activity,
    present_access,
)
from coplearn.programme.presenters import activities as presenters
from coplearn.programme.presenters import lists
from coplearn.programme.presenters.words import countries_to_choose, name_reader, programmes_to_choose
from coplearn.programme.queries.lists import whole_activities
from coplearn.programme.queries.organisations import country_names, organisations
from coplearn.programme.rules.access import may_write
from coplearn.programme.rules.records import ActivityContent
from coplearn.programme.rules.words import ActivityStatus
from coplearn.programme.service import activities as service
from coplearn.second_factors.guards import require_fresh
from coplearn.spreadsheets.writing import CSV, csv_bytes, xlsx_bytes
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, form_key, once
from coplearn.web.render import page_locale, say, say_phrase

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TEXTS: Final = ("title", "place", "audience_words", "words")
_NOT_THERE: Final = N_("You keep no records of this country or programme. Choose another, or ask its coordinator.")


@blueprint.get("/")
def home() -> str:
    """The list of activities, with what waits for a second person and what this site knows by itself."""
    context, session = present_access(), the_session()
    return render_template(
        "programme/home.html", context=context, **lists.home_page(session, context.access, request.args)
    )


@blueprint.get("/activities.<any(csv, xlsx):kind>")
def export(kind: str) -> Response:
    """The activities of a question as a file, with all that their newest versions say."""
    context, session = present_access(), the_session()
    require_fresh()
    asked = lists.asked_of(session, context.access, request.args).filters
    found = whole_activities(session, context.access, asked)
    audit.record(session, EventKind.ACTIVITIES_EXPORTED, about=f"count={len(found)}", now=utcnow())
    lines = table_lines(found, lists.table_words())
    session.commit()
    body = csv_bytes(lines) if kind == "csv" else xlsx_bytes(lines, right_to_left=page_locale().dir == "rtl")
    response = Response(body, mimetype=CSV if kind == "csv" else XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="activities.{kind}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/activities/<activity_id>")
def activity(activity_id: str) -> str:
    """One activity: what is known of it, on which ground, and its history."""
    context = enter_activity(activity_id)
    return render_template(
        "programme/activity.html",
        context=context,
        page=presenters.activity_page(the_session(), context.newest),
        statuses=[(one.value, say(one.label)) for one in ActivityStatus],
        key=form_key(),
    )


@blueprint.get("/activities/new")
def new() -> str:
    """The form of a new activity."""
    context = present_access()
    if not context.access.may_write:
        raise nobody_here()
    form = _form(context)
    choices = countries_to_choose(context.access)
    form.countries.data = choices[0][1] if len(choices) == 1 else ""
    return _form_page(form, [], [], None)


@blueprint.post("/activities/new")
@looks_twice(*_TEXTS)
@once
def write() -> BaseResponse | tuple[str, int]:
    """Write a draft."""
    context, session = present_access(), the_session()
    if not context.access.may_write:
        raise nobody_here()
    form = _form(context)
    partners, rows, content = _sent(form)
    programme_id = _programme_id(form)
    if content is not None and not may_write(context.access, _codes(content), programme_id):
        form.countries.errors = [say(_NOT_THERE)]
    if content is None or form.summary_of_errors(rows):
        return _form_page(form, partners, rows, None), 422
    try:
        key = f"form:{context.person.id}:{request.form.get('form_key', '') or form_key()}"
        service.refuse_twin(session, content, key)
        made = service.record_activity(
            session, content, key=key, by_id=context.person.id, now=utcnow(), programme_id=programme_id
        )
    except AppError as error:
        session.rollback()
        form.title.errors = [say_phrase(error.phrase)]
        return _form_page(form, partners, rows, None), 422
    tell(say(N_("The draft is kept. It counts once a second person has confirmed it.")))
    return commit_once(url_for("programme.activity", activity_id=made.public_id))


@blueprint.get("/activities/<activity_id>/edit")
def edit(activity_id: str) -> str:
    """The form of an activity as its newest version has it."""
    context = _editor(activity_id)
    form = _form(context)
    presenters.fill(form, context.newest)
    form.programme.data = str(context.activity.programme_id or "")
    partners, rows = presenters.rows_of(context.newest.content)
    return _form_page(form, partners, rows, context)


@blueprint.post("/activities/<activity_id>/edit")
@looks_twice(*_TEXTS, "why")
@once
def change(activity_id: str) -> BaseResponse | tuple[str, int]:
    """Write a newer version; with a reason where the one before was confirmed."""
    context, session = _editor(activity_id), the_session()
    form = _form(context)
    partners, rows, content = _sent(form)
    if content is not None and not may_write(context.access, _codes(content), context.activity.programme_id):
        form.countries.errors = [say(_NOT_THERE)]
    if content is None or form.summary_of_errors(rows):
        return _form_page(form, partners, rows, context), 422
    try:
        by, why = context.person.id, form.why.data or ""
        service.edit_activity(session, context.activity, content, base=_base(form), by_id=by, now=utcnow(), why=why)
    except AppError as error:
        session.rollback()
        field = form.title if isinstance(error, Conflict | service.WrittenAlready) else form.why
        field.errors, context = [say_phrase(error.phrase)], enter_activity(activity_id)
        if isinstance(error, Conflict):
            form.base.data = str(context.activity.newest)  # they were told: the next press saves
        return _form_page(form, partners, rows, context), 422
    tell(say(N_("The new version is kept. It counts once a second person has confirmed it.")))
    return commit_once(url_for("programme.activity", activity_id=activity_id))


def _base(form: ActivityForm) -> int:
    """The number of the version that the page was made of."""
    typed = form.base.data or ""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


@blueprint.post("/activities/<activity_id>/confirm")
def confirm(activity_id: str) -> BaseResponse:
    """Say as a second person that it is so."""
    context = enter_activity(activity_id)
    if not context.may_confirm and context.newest.by_id != context.person.id:
        raise nobody_here()
    with flash_refusals():
        number, session = request.form.get("number", 0, type=int), the_session()
        service.confirm_activity(session, context.activity, number=number, by_id=context.person.id, now=utcnow())
        session.commit()
        tell(say(N_("It is confirmed, and counts from now on.")))
    return redirect(url_for("programme.activity", activity_id=activity_id), 303)


@blueprint.post("/activities/<activity_id>/status")
@looks_twice("why")
def mark(activity_id: str) -> BaseResponse:
    """Write where the activity itself stands, or take its record back."""
    context, session, now = _editor(activity_id), the_session(), utcnow()
    status, why = request.form.get("status", ""), request.form.get("why", "")
    number, who = request.form.get("number", 0, type=int), context.person.id
    with flash_refusals():
        if status == "taken-back":
            service.take_back(session, context.activity, base=number, why=why, by_id=who, now=now)
            tell(say(N_("The record is taken back. It counts nowhere, and its history stays.")))
        elif status in set(ActivityStatus):
            service.mark_status(
                session, context.activity, ActivityStatus(status), base=number, by_id=who, now=now, why=why
            )
            tell(say(N_("The new version is kept. It counts once a second person has confirmed it.")))
        session.commit()
    return redirect(url_for("programme.activity", activity_id=activity_id), 303)


def _editor(activity_id: str) -> ActivityContext:
    context = enter_activity(activity_id)
    if not context.may_edit:
        raise nobody_here()
    return context


def _form(context: ProgrammeContext | ActivityContext) -> ActivityForm:
    session, form = the_session(), ActivityForm()
    own = list(presenters.own_choices(session, context.access))
    kept = context.newest.content.about if isinstance(context, ActivityContext) else ""
    if kept and kept not in dict(own):
        # Of another country than theirs: it stays what the record is about.
        own.append((kept, kept))
    form.offer(presenters.course_choices(), own, programmes_to_choose(session, context.access))
    return form


def _sent(form: ActivityForm) -> tuple[list[PartnerRow], list[ReachRow], ActivityContent | None]:
    """The rows and the content that were sent; no content, with a sentence at each place, where something is wrong."""
    session = the_session()
    partners = partner_rows(request.form)
    numbers, rows = reach_lines(reach_rows(request.form))
    known = {one.name: one.id for one in organisations(session)}
    content = drafted(form, partner_lines(partners, known), numbers, name_reader(country_names(session)))
    return partners, rows, content


def _form_page(
    form: ActivityForm, partners: list[PartnerRow], rows: list[ReachRow], context: ActivityContext | None
) -> str:
    corrects = form.why.flags.required = context is not None and service.is_correction(context.activity)
    return render_template(
        "programme/activity_form.html",
        form=form,
        context=context,
        partners=[*partners, *[PartnerRow()] * MORE_ROWS],
        rows=[*rows, *[ReachRow()] * MORE_ROWS],
        errors=form.summary_of_errors(rows),
        corrects=corrects,
        organisations=[one.name for one in organisations(the_session())],
        **lists.row_choices(),
    )


def _programme_id(form: ActivityForm) -> int | None:
    offered = {value for value, _ in form.programme.choices or ()}
    return int(form.programme.data) if form.programme.data and form.programme.data in offered else None


def _codes(content: ActivityContent) -> list[str]:
    return [line.country for line in content.countries]
