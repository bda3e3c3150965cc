"""Suggestions, comments, findings set aside, and going back in a message's history."""

from __future__ import annotations

from typing import Literal

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.privacy.guards import looks_twice
from coplearn.site import site
from coplearn.storage.database import reading
from coplearn.translating.catalogs.guards import TranslatorContext, blueprint, enter, the_session
from coplearn.translating.catalogs.presenters import message_href
from coplearn.translating.editing import comments, queries, reviews
from coplearn.translating.editing.forms import read_number
from coplearn.translating.editing.machine import answer_of, offer_answer, question_of
from coplearn.translating.editing.views.message import message_here
from coplearn.translating.store import edits, rules
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.idempotency import commit_once, once
from coplearn.web.render import say


def _address(context: TranslatorContext, number: int, tab: str = "") -> str:
    chosen = request.args.get("filter", "all")
    return message_href(context.locale, context.domain, number, filter=chosen, tab=tab)


def _back(context: TranslatorContext, number: int, tab: str = "") -> BaseResponse:
    return redirect(_address(context, number, tab), 303)


def _expect(
    context: TranslatorContext, number: int, kind: Literal["suggestion", "comment", "edit"], row_id: int
) -> None:
    message_here(context, number)
    if not queries.is_about(the_session(), kind, row_id, number, context.locale.code):
        raise NotFound(N_("There is no such message."))


@blueprint.post("/<target>/<domain>/<int:number>/suggestion/<int:offer>")
def decide(target: str, domain: str, number: int, offer: int) -> BaseResponse:
    """Accept a suggestion or reject it with a reason (``decision``)."""
    context = enter(target, domain, Permission.TRANSLATE)
    _expect(context, number, "suggestion", offer)
    session = the_session()
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    rev = read_number(request.form, "rev")
    if decision not in ("accepted", "rejected"):
        raise BadRequest
    with flash_refusals():
        verdict: rules.Decision = "accepted" if decision == "accepted" else "rejected"
        actor, locale = context.translator.actor, context.locale
        saved = edits.decide(session, actor, offer, verdict, locale, rev, utcnow(), reason=reason)
        session.commit()
        _tell_decision(saved)
    return _back(context, number)


def _tell_decision(saved: edits.SaveResult | None) -> None:
    if saved is None:
        tell(say(N_("Rejected, with your reason.")))
    elif saved.won:
        tell(say(N_("Accepted. It is the translation now; it is not published yet.")))
    else:
        tell(say(N_("Somebody changed the text since you opened it. Please read it again.")), "again")


@blueprint.post("/<target>/<domain>/<int:number>/machine")
def ask(target: str, domain: str, number: int) -> BaseResponse:
    """Ask the site's machine, if the operator named one; its answer is a suggestion like any other."""
    session, locales = the_session(), site().locales
    with reading(session):
        context = enter(target, domain)
        message_here(context, number)
    with flash_refusals():
        with reading(session):
            question = question_of(session, number, locales.source, context.locale)
        # Nothing is locked while the machine thinks: others save meanwhile.
        answer = answer_of(site().machine, question)
        offer_answer(session, question, answer, utcnow())
        session.commit()
    return _back(context, number)


@blueprint.post("/<target>/<domain>/<int:number>/comment")
@looks_twice("text")
@once
def comment(target: str, domain: str, number: int) -> ResponseReturnValue:
    """Say something to this language's translators, to all (``to`` = ``all``), or that the source is wrong (``source``)."""
    context = enter(target, domain)
    message_here(context, number)
    session, actor, text = the_session(), context.translator.actor, request.form.get("text", "")
    to = request.form.get("to")
    with flash_refusals():
        if to == "source":
            comments.report_source(session, actor, number, text, utcnow())
        else:
            comments.comment(session, actor, number, None if to == "all" else context.locale, text, utcnow())
        response = commit_once(_address(context, number, "comments"))
        tell(say(N_("Thank you. The author will see it.")) if to == "source" else say(N_("Your comment is there.")))
        return response
    return _back(context, number, "comments")


@blueprint.post("/<target>/<domain>/<int:number>/comment/<int:said>")
def resolve(target: str, domain: str, number: int, said: int) -> BaseResponse:
    """Mark a comment as done with."""
    context = enter(target, domain, Permission.TRANSLATE)
    _expect(context, number, "comment", said)
    session = the_session()
    with flash_refusals():
        comments.resolve_comment(session, context.translator.actor, said, utcnow())
        session.commit()
    return _back(context, number, "comments")


@blueprint.post("/<target>/<domain>/<int:number>/check")
def dismiss(target: str, domain: str, number: int) -> BaseResponse:
    """Set a finding aside with a reason, or let its check (``check``) speak up again (``again``)."""
    context = enter(target, domain, Permission.TRANSLATE)
    message_here(context, number)
    session, check = the_session(), request.form.get("check", "")
    with flash_refusals():
        if request.form.get("again") == "yes":
            reviews.undismiss(session, number, context.locale, check, utcnow())
        else:
            reason = request.form.get("reason", "")
            reviews.dismiss(session, context.translator.actor, number, context.locale, check, reason, utcnow())
        session.commit()
    return _back(context, number)


@blueprint.post("/<target>/<domain>/<int:number>/history/<int:edit>")
def revert(target: str, domain: str, number: int, edit: int) -> BaseResponse:
    """Bring back the text that an edit made, as a new edit."""
    context = enter(target, domain, Permission.TRANSLATE)
    _expect(context, number, "edit", edit)
    session = the_session()
    rev = read_number(request.form, "rev")
    with flash_refusals():
        saved = edits.revert(session, context.translator.actor, edit, context.locale, rev, utcnow())
        session.commit()
        if saved.won:
            tell(say(N_("That text is back. Nothing of the history is gone.")))
        else:
            tell(say(N_("Somebody saved before you. Both texts are kept: see below.")), "again")
    return _back(context, number, "history")
