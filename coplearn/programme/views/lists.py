"""Lists of activities: choose a spreadsheet, see what each line would do, explain names, bring it in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import nobody_here, the_session
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, counted
from coplearn.programme.documents import LARGEST, cells_of
from coplearn.programme.forms.records import SheetForm
from coplearn.programme.guards import ProgrammeContext, blueprint, present_access
from coplearn.programme.presenters import sheets as presenters
from coplearn.programme.presenters.words import programmes_to_choose
from coplearn.programme.queries.sheets import sheet_by, sheets_of
from coplearn.programme.service import sheets as service
from coplearn.programme.views.activities import XLSX
from coplearn.spreadsheets.writing import CSV, csv_bytes, xlsx_bytes
from coplearn.web.body_limits import takes_up_to
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.programme.models.records import ActivitySheet

_ROOM: Final = LARGEST + 500_000


@blueprint.get("/lists/")
def lists() -> str:
    """Choose a spreadsheet, with a template and the words that may stand in it."""
    context = _writer()
    return _choose(context, _form(context))


def _choose(context: ProgrammeContext, form: SheetForm) -> str:
    return render_template(
        "programme/lists.html",
        form=form,
        past=sheets_of(the_session(), context.person.id),
        words=presenters.template_words(),
        groups=template_groups(),
    )


def template_groups() -> list[str]:
    """The columns that hold numbers, in the page's language."""
    return presenters.template_words()[3][1]


@blueprint.get("/lists/template.<any(csv, xlsx):kind>")
def list_template(kind: str) -> Response:
    """A list with nothing but its headings."""
    _writer()
    lines = [presenters.template_headings()]
    body = csv_bytes(lines) if kind == "csv" else xlsx_bytes(lines, right_to_left=page_locale().dir == "rtl")
    response = Response(body, mimetype=CSV if kind == "csv" else XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="activities-template.{kind}"'
    return response


@blueprint.post("/lists/")
@takes_up_to(_ROOM, signed_in=True)
def upload() -> BaseResponse | tuple[str, int]:
    """Keep what stands in the spreadsheet, and show what it would do."""
    context, session = _writer(), the_session()
    form, file = _form(context), request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Refused(N_("Choose a file first."))
        digest, rows = cells_of(file.stream, [page_locale().code])
    except Refused as refused:
        form.file.errors = [say_phrase(refused.phrase)]
        return _choose(context, form), 422
    offered = {value for value, _ in form.programme.choices or ()}
    programme = form.programme.data if form.programme.data in offered else ""
    sheet = service.keep_sheet(
        session,
        file.filename.replace("\\", "/").rpartition("/")[2],
        digest,
        rows,
        programme_id=int(programme) if programme else None,
        by_id=context.person.id,
        now=utcnow(),
    )
    session.commit()
    return redirect(url_for("programme.sheet", sheet_id=sheet.public_id), 303)


@blueprint.get("/lists/<sheet_id>")
def sheet(sheet_id: str) -> str:
    """Show what each line of a list would do, before anything is done."""
    context, found = _enter(sheet_id)
    page = presenters.sheet_page(the_session(), context.access, found) if found.done_at is None else None
    return render_template("programme/list.html", sheet=found, page=page)


@blueprint.post("/lists/<sheet_id>")
def change_sheet(sheet_id: str) -> BaseResponse:
    """Explain a name, bring the list in, or let go of it."""
    (context, found), session, now = _enter(sheet_id), the_session(), utcnow()
    does, who = request.form.get("do", ""), context.person.id
    with flash_refusals():
        if does == "forget" and found.done_at is None:
            service.let_go(session, found)
            session.commit()
            tell(say(N_("The file is forgotten. Nothing was brought in.")))
            return redirect(url_for("programme.lists"), 303)
        if does == "explain":
            text, country = request.form.get("text", "")[:200], request.form.get("country", "")
            service.explain_country(session, found, text, country, by_id=who, now=now)
        elif does == "take":
            lines = presenters.lines_of(session, context.access, found) if found.done_at is None else []
            added = service.bring_in(session, found, lines, by_id=who, now=now)
            sentence = counted("%(num)s draft was brought in.", "%(num)s drafts were brought in.", added)
            tell(say_phrase(sentence))
        session.commit()
    return redirect(url_for("programme.sheet", sheet_id=sheet_id), 303)


def _writer() -> ProgrammeContext:
    context = present_access()
    if not context.access.may_write:
        raise nobody_here()
    return context


def _enter(sheet_id: str) -> tuple[ProgrammeContext, ActivitySheet]:
    context = _writer()
    found = sheet_by(the_session(), sheet_id, context.person.id)
    if found is None:
        raise nobody_here()
    return context, found


def _form(context: ProgrammeContext) -> SheetForm:
    form = SheetForm()
    form.offer(programmes_to_choose(the_session(), context.access))
    return form
