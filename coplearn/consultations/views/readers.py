"""Pages for everybody: statements, their versions, consultations; and those of an organisation at its private address."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from coplearn.cohorts.common.guards import no_such_address, the_session
from coplearn.consultations import guards
from coplearn.consultations.forms import RemarkForm
from coplearn.consultations.guards import AskedContext, counts_remarks
from coplearn.consultations.presenters.readers import consultation_page, remark_page, statement_page
from coplearn.consultations.presenters.remarks import stage
from coplearn.consultations.presenters.texts import compared, language_at, language_choices
from coplearn.consultations.queries import statements
from coplearn.consultations.queries.asking import AskedVersion, open_askings
from coplearn.consultations.rules.saying import HelpFirst
from coplearn.consultations.rules.words import ConsultationStage
from coplearn.consultations.service import saying
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.privacy.guards import looks_twice
from coplearn.site import site
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.languages import remembered_country
from coplearn.web.render import page_locale, say, say_phrase
from coplearn.web.request_checks import row_in_query

blueprint = Blueprint("statements", __name__, url_prefix="/<lang:lang>", template_folder="../templates")
WHOLE = "whole"
"""The word in an address for the whole text; a block's id begins with another letter or stands in the text."""


@blueprint.get("/statements/")
def listing() -> str:
    """Statements that everybody may read, and consultations that are open to all."""
    session, now = the_session(), utcnow()
    asked = [one for one in open_askings(session, now.date()) if stage(one) is ConsultationStage.OPEN]
    return render_template("consultations/listing.html", shown=statements.shown_statements(session), askings=asked)


@blueprint.get("/statements/<statement_id>")
def statement(statement_id: str) -> str:
    """A statement: its text, the hash of a final one, its earlier versions, and the consultations on it."""
    found, version = guards.public_statement(statement_id)
    screen = statement_page(found, version, request.args.get("in", ""))
    return render_template("consultations/statement.html", statement=found, version=version, screen=screen)


@blueprint.get("/statements/<statement_id>/compare")
def compare(statement_id: str) -> str:
    """Two versions that everybody may read, block by block."""
    found, _ = guards.public_statement(statement_id)
    old, new = row_in_query("old") or 0, row_in_query("new") or 0
    before, after = guards.public_versions(found, old, new)
    numbers = sorted(statements.public_numbers(the_session(), found, utcnow().date()))
    return render_template(
        "consultations/compare.html",
        old=before,
        new=after,
        numbers=numbers,
        blocks=compared(before, after),
        source=language_at(found.locale),
        here=url_for(".compare", statement_id=statement_id),
        back=url_for(".statement", statement_id=statement_id),
    )


@blueprint.get("/statements/<statement_id>/agreed/<code>.txt")
def agreed_file(statement_id: str, code: str) -> Response:
    """The bytes of a final text, of which the hash is."""
    found, _ = guards.public_statement(statement_id)
    texts = {one.locale: one for one in statements.agreed_texts(the_session(), found.id)}
    if code not in texts:
        raise no_such_address()
    headers = {"Content-Disposition": f'attachment; filename="statement-{code}.txt"'}
    return Response(texts[code].file.encode(), headers=headers, content_type="text/plain; charset=utf-8")


@blueprint.get("/statements/consultations/<asking_id>")
def consultation(asking_id: str) -> str:
    """A consultation that is open to all, or what was heard in one that is over."""
    return _consultation(guards.public_asking(asking_id), None)


@blueprint.get("/statements/answer/<token>")
def answer(token: str) -> Response:
    """The same for an organisation that was asked, at the address of its letter."""
    context = guards.asked_organisation(token)
    return _private(_consultation(context.asking, context, token))


def _private(page: str) -> Response:
    # The address is a key: nothing of the page stays in a cache, or in a search engine.
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return Response(page, headers=headers, mimetype="text/html")


def _consultation(asking: AskedVersion, context: AskedContext | None, token: str = "") -> str:
    number = context.asked.id if context is not None else None
    return render_template(
        "consultations/consultation.html",
        asking=asking,
        screen=consultation_page(asking, number, request.args.get("in", "")),
        context=context,
        token=token,
    )


@blueprint.get("/statements/consultations/<asking_id>/on/<block>")
def remark(asking_id: str, block: str) -> ResponseReturnValue:
    """One block, what was said on it, and the form to say something."""
    return _remark_page(guards.public_asking(asking_id), None, "", block, _form())


@blueprint.post("/statements/consultations/<asking_id>/on/<block>")
@counts_remarks
@looks_twice("text")
@once
def say_openly(asking_id: str, block: str) -> ResponseReturnValue:
    """Keep what somebody says who was not asked; it is read before it is shown."""
    here = url_for(".consultation", asking_id=asking_id, _anchor=block)
    return _take(guards.public_asking(asking_id), None, "", block, here)


@blueprint.get("/statements/answer/<token>/on/<block>")
def own_remark(token: str, block: str) -> ResponseReturnValue:
    """The same for an organisation that was asked."""
    context = guards.asked_organisation(token)
    return _remark_page(context.asking, context, token, block, _form())


@blueprint.post("/statements/answer/<token>/on/<block>")
@counts_remarks
@looks_twice("text")
@once
def say_for_organisation(token: str, block: str) -> ResponseReturnValue:
    """Keep what an organisation says."""
    context = guards.asked_organisation(token)
    return _take(context.asking, context, token, block, url_for(".answer", token=token, _anchor=block))


@blueprint.post("/statements/answer/<token>/back/<remark_id>")
def take_back(token: str, remark_id: str) -> BaseResponse:
    """Take back a remark of one's own organisation."""
    context = guards.asked_organisation(token)
    found = guards.own_remark_here(context, remark_id)
    with flash_refusals():
        saying.take_back(context.asking.consultation, context.asked, found, utcnow())
        the_session().commit()
        tell(say(N_("Taken back. It is not shown any more.")))
    return redirect(url_for(".own_remark", token=token, block=found.block or WHOLE), 303)


def _form() -> RemarkForm:
    form = RemarkForm()
    form.locale.choices = language_choices()
    if not form.is_submitted():
        form.locale.data = page_locale().code
    return form


def _take(asking: AskedVersion, context: AskedContext | None, token: str, block: str, back: str) -> ResponseReturnValue:
    form, asked = _form(), context.asked if context is not None else None
    try:
        guards.check_limit()
        draft = form.draft("" if block == WHOLE else block, asks_age=asked is None)
        saying.say(the_session(), asking, asked, draft, now=utcnow())
    except Refused as error:
        the_session().rollback()
        form.text.errors = [say_phrase(error.phrase)]
        return _remark_page(asking, context, token, block, form, help_first=isinstance(error, HelpFirst)), 422
    tell(say(N_("Thank you. Your comment is kept.") if asked else N_("Thank you. It is read before it is shown.")))
    return commit_once(back)


def _remark_page(
    asking: AskedVersion,
    context: AskedContext | None,
    token: str,
    block: str,
    form: RemarkForm,
    *,
    help_first: bool = False,
) -> Response:
    screen = remark_page(asking, context.asked.id if context is not None else None, "" if block == WHOLE else block)
    page = render_template(
        "consultations/remark.html",
        asking=asking,
        screen=screen,
        context=context,
        token=token,
        form=form,
        help=site().helplines.help_for(remembered_country(), utcnow().date()) if help_first else None,
    )
    return _private(page)
