"""Pages for staff on statements: the list, writing versions and texts in other languages, showing, agreeing, and asking people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.guards import no_such_address, nobody_here, the_session
from coplearn.consultations.guards import StatementContext, enter_statement, refusals_at
from coplearn.consultations.presenters import staff
from coplearn.consultations.presenters.texts import compared, is_language, language_at
from coplearn.consultations.queries.statements import version_of, versions_of
from coplearn.consultations.service import asking as asks
from coplearn.consultations.service import statements
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Conflict, Refused
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.programme.guards import present_access
from coplearn.second_factors.guards import require_fresh
from coplearn.site import site
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import row_in_query

if TYPE_CHECKING:
    from coplearn.consultations.forms import VersionForm
    from coplearn.consultations.models import Statement

blueprint = Blueprint("drafting", __name__, url_prefix="/<lang:lang>/programme", template_folder="../templates")


@blueprint.get("/statements/")
def home() -> str:
    """Every statement that somebody may read, and what waits in consultations."""
    who = present_access()
    return render_template("drafting/home.html", screen=staff.home(who), may_write=who.access.may_write)


@blueprint.route("/statements/new", methods=["GET", "POST"])
@once
def new() -> ResponseReturnValue:
    """Begin a statement."""
    who = present_access()
    form = staff.statement_form(who)
    draft = staff.draft_of(form, who) if form.is_submitted() and form.choices_hold() else None
    if draft is not None:
        with refusals_at(form.body):
            made = statements.write_statement(the_session(), draft, user_id=who.person.id, now=utcnow())
            audit.record(the_session(), EventKind.STATEMENT_WRITTEN, about=f"statement:{made.public_id},1")
            return commit_once(url_for(".statement", statement_id=made.public_id))
    return render_template("drafting/new.html", form=form), 422 if form.is_submitted() else 200


@blueprint.get("/statements/<statement_id>")
def statement(statement_id: str) -> str:
    """One statement: its text, versions, languages, consultations, and what may be done with it."""
    context = enter_statement(statement_id)
    return render_template("drafting/statement.html", context=context, screen=staff.statement_screen(context.statement))


@blueprint.get("/statements/<statement_id>/compare")
def compare(statement_id: str) -> str:
    """Any two versions, block by block."""
    found, session = enter_statement(statement_id).statement, the_session()
    old = version_of(session, found.id, row_in_query("old") or 0)
    new = version_of(session, found.id, row_in_query("new") or 0)
    if old is None or new is None:
        raise nobody_here()
    return render_template(
        "consultations/compare.html",
        old=old,
        new=new,
        numbers=sorted(one.number for one in versions_of(session, found.id)),
        blocks=compared(old, new),
        source=language_at(found.locale),
        here=url_for(".compare", statement_id=statement_id),
        back=url_for(".statement", statement_id=statement_id),
    )


@blueprint.route("/statements/<statement_id>/write", methods=["GET", "POST"])
@once
def write(statement_id: str) -> ResponseReturnValue:
    """Write the next version."""
    context = enter_statement(statement_id, edits=True)
    form, found, who = staff.version_form(context.statement), context.statement, context.who.person.id
    made_of = form.count("made_of")
    if form.is_submitted():
        with refusals_at(form.body), newest_from_now_on(found, form):
            made = statements.write_version(the_session(), found, form.draft(), user_id=who, now=utcnow())
            about = f"statement:{found.public_id},{made.number}"
            audit.record(the_session(), EventKind.STATEMENT_WRITTEN, about=about)
            return commit_once(url_for(".statement", statement_id=statement_id))
    page = render_template("drafting/write.html", context=context, form=form, made_of=made_of)
    return page, 422 if form.is_submitted() else 200


@contextmanager
def newest_from_now_on(found: Statement, form: VersionForm) -> Iterator[None]:
    """Let a version that somebody wrote meanwhile be told at the text; the page is made of it, so that the next press saves."""
    try:
        yield
    except Conflict as error:
        the_session().rollback()
        form.body.errors, form.made_of.data = [say_phrase(error.phrase)], str(found.newest)


@blueprint.get("/statements/<statement_id>/languages/<code>")
def translate(statement_id: str, code: str) -> str:
    """The newest version block by block, with a box for each in another language."""
    return _translating(enter_statement(statement_id, edits=True), code, {}, "")


def _translating(context: StatementContext, code: str, typed: dict[str, str], wrong: str) -> str:
    if not is_language(code) or code == context.statement.locale:
        raise no_such_address()
    screen = staff.translating_screen(context.statement, code, typed)
    return render_template("drafting/translate.html", context=context, screen=screen, wrong=wrong)


@blueprint.post("/statements/<statement_id>/languages/<code>")
def keep_texts(statement_id: str, code: str) -> ResponseReturnValue:
    """Keep texts in another language."""
    context = enter_statement(statement_id, edits=True)
    found, who = context.statement, context.who.person.id
    typed = {name.removeprefix("t-"): value for name, value in request.form.items() if name.startswith("t-")}
    try:
        if not is_language(code):
            raise no_such_address()
        statements.translate(the_session(), found, staff.newest(found), code, typed, user_id=who, now=utcnow())
    except Refused as error:
        the_session().rollback()
        return _translating(context, code, typed, say_phrase(error.phrase)), 422
    audit.record(the_session(), EventKind.STATEMENT_WRITTEN, about=f"statement:{found.public_id},{code}")
    the_session().commit()
    tell(say(N_("Saved.")))
    return redirect(url_for(".translate", statement_id=statement_id, code=code), 303)


@blueprint.post("/statements/<statement_id>/languages")
def choose_language(statement_id: str) -> BaseResponse:
    """Lead to the page of a language."""
    context, code = enter_statement(statement_id, edits=True), request.form.get("code", "")
    if not is_language(code) or code == context.statement.locale:
        return redirect(url_for(".statement", statement_id=statement_id), 303)
    return redirect(url_for(".translate", statement_id=statement_id, code=code), 303)


@blueprint.post("/statements/<statement_id>/shown")
def show(statement_id: str) -> BaseResponse:
    """Let everybody read a version, or nobody any more."""
    found = enter_statement(statement_id, edits=True).statement
    number = request.form.get("number", type=int)
    with flash_refusals():
        if "number" in request.form and not 1 <= (number or 0) <= found.newest:
            raise Refused(N_("Choose a version of this statement."))
        statements.show(found, number)
        audit.record(the_session(), EventKind.STATEMENT_SHOWN, about=f"statement:{found.public_id},{number or 0}")
        the_session().commit()
        tell(say(N_("Everybody can read it now.") if number else N_("It is not public any more.")))
    return redirect(url_for(".statement", statement_id=statement_id), 303)


@blueprint.route("/statements/<statement_id>/agree", methods=["GET", "POST"])
@once
def agree(statement_id: str) -> ResponseReturnValue:
    """Fix the newest version as the final text. The password is asked again: it cannot be taken back."""
    context = enter_statement(statement_id, edits=True)
    require_fresh()
    form, found, who = staff.agree_form(context.statement), context.statement, context.who.person.id
    if form.is_submitted():
        with refusals_at(form.agreed_on):
            number, day = form.count("number"), form.agreed_on.data
            tags = {locale.code: locale.bcp47 for locale in site().locales}
            statements.agree(the_session(), found, number, day, tags, user_id=who, now=utcnow())
            audit.record(the_session(), EventKind.STATEMENT_AGREED, about=f"statement:{found.public_id},{number}")
            return commit_once(url_for(".statement", statement_id=statement_id))
    page = render_template(
        "drafting/agree.html", context=context, screen=staff.statement_screen(context.statement), form=form
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/statements/<statement_id>/ask", methods=["GET", "POST"])
@looks_twice("question")
@once
def ask(statement_id: str) -> ResponseReturnValue:
    """Open a consultation on a version."""
    context = enter_statement(statement_id, edits=True)
    form, who = staff.consultation_form(context.statement), context.who.person.id
    if form.is_submitted() and form.choices_hold():
        with refusals_at(form.closes_on):
            made = asks.open_consultation(the_session(), context.statement, form.plan(), user_id=who, now=utcnow())
            audit.record(the_session(), EventKind.CONSULTATION_OPENED, about=f"consultation:{made.public_id}")
            return commit_once(url_for("consulting.consultation", asking_id=made.public_id))
    page = render_template("drafting/ask.html", context=context, form=form)
    return page, 422 if form.is_submitted() else 200
