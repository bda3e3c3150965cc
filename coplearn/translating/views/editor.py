"""The editor of one message: the page, saving, the draft, and the preview."""

from __future__ import annotations

from flask import Response, current_app, redirect, render_template, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.translating import publishing, queries, remarks, rules, screens, service, vouching
from coplearn.translating.desk import one_message
from coplearn.translating.forms import TextForm, read_number, read_text_form
from coplearn.translating.judging import text_findings
from coplearn.translating.memory import Look
from coplearn.translating.rows import OneMessage, Spot
from coplearn.translating.standing import waits_of
from coplearn.translating.stock import readers_of
from coplearn.translating.views.base import Desk, blueprint, enter, message_here, refusals_told, tell, the_session
from coplearn.translating.views.showing import memos_of, preview_of, ready_the_memory, terms_of
from coplearn.web.render import say

_ALWAYS = frozenset({"suggestions", "holders"})
_NO_LOOK = Look([])


@blueprint.get("/<target>/<domain>/<int:number>")
def message(target: str, domain: str, number: int) -> str:
    """One message with its source, its text and what is around it (``tab``); ``take`` fills the field, ``show`` previews."""
    desk = enter(target, domain)
    one = _one(desk, number)
    if _tab() != "memory":
        ready_the_memory(desk.locale)
    found = memos_of(desk, one) if _tab() == "memory" else _NO_LOOK
    taken = screens.taken_forms(one, desk.locale, request.args.get("take", ""), found.memos)
    forms = taken or one.draft or one.translation.forms
    is_draft = taken is None and one.draft is not None and one.draft != one.translation.forms
    return _page(desk, one, forms, found=found, is_draft=is_draft, show="show" in request.args)


def _tab() -> str:
    tab = request.args.get("tab", "nearby")
    return tab if tab in screens.TABS else "nearby"


def _one(desk: Desk, number: int) -> OneMessage:
    parts = {*_ALWAYS, _tab()}
    one = one_message(the_session(), number, desk.locale.code, desk.worker.id, utcnow(), parts=parts)
    if one.domain != desk.domain:
        raise NotFound(N_("There is no such message."))
    return one


def _page(
    desk: Desk, one: OneMessage, forms: tuple[str, ...], *, found: Look = _NO_LOOK, is_draft: bool, show: bool
) -> str:

    chosen, conflict = request.args.get("filter", "all"), request.args.get("conflict", "")
    mine = next((offer for offer in one.suggestions if conflict == str(offer.id)), None)
    stored = one.translation.forms
    dismissed = one.dismissed if forms == stored else {}
    findings = text_findings(the_session(), one, desk.locale, one.translation.based_on or one.msgid, forms, dismissed)
    return render_template(
        "translating/message.html",
        desk=desk,
        one=one,
        screen=screens.editor_screen(one, desk.locale, forms, findings, chosen=chosen, tab=_tab()),
        preview=preview_of(desk, one, forms) if show else None,
        waits=waits_of(one, readers_of(the_session()), desk.worker.actor, may_review=desk.may_review),
        place_in=queries.place_in(the_session(), one, chosen, desk.worker.id),
        list_name=screens.list_name(one.domain, chosen),
        conflict=mine,
        is_draft=is_draft,
        is_stored=forms == stored,
        tab=_tab(),
        terms=terms_of(desk, one) if _tab() == "terms" else [],
        found=found,
        origins=screens.ORIGINS,
        short=screens.short,
        other_locales={locale.code: locale for locale in current_app.extensions["locales"]},
    )


@blueprint.post("/<target>/<domain>/<int:number>")
def save(target: str, domain: str, number: int) -> str | BaseResponse:
    """Take a text: save it (and publish, review, or go on), suggest it, or only show it in its page."""
    desk = enter(target, domain)
    found = message_here(desk, number)
    sent = read_text_form(request.form, rules.form_count(desk.locale, found.plural))
    if sent.deed == "show":
        return _page(desk, _one(desk, number), sent.forms, is_draft=False, show=True)
    with refusals_told():
        if sent.deed == "suggest" or not desk.may_translate:
            return _suggest(desk, found, sent)
        return _save(desk, found, sent)
    return redirect(_here(desk, number), 303)


def _here(desk: Desk, number: int, **more: object) -> str:
    return screens.message_href(desk.locale, desk.domain, number, filter=request.args.get("filter", "all"), **more)


def _suggest(desk: Desk, found: Spot, sent: TextForm) -> BaseResponse:
    session, actor, number = the_session(), desk.worker.actor, found.id
    service.suggest(
        session, actor, number, desk.locale, sent.forms, utcnow(), note=sent.note, based_on=sent.based_on or None
    )
    remarks.drop_draft(session, desk.worker.id, number, desk.locale)
    session.commit()
    tell(say(N_("Thank you. Your suggestion is kept; a translator will decide about it.")))
    return redirect(_here(desk, number), 303)


def _save(desk: Desk, found: Spot, sent: TextForm) -> BaseResponse:
    session, number, place = the_session(), found.id, found.cursor
    saved = service.save(
        session,
        desk.worker.actor,
        number,
        desk.locale,
        sent.forms,
        sent.rev,
        utcnow(),
        based_on=sent.based_on or None,
        needs_work=sent.needs_work,
        note=sent.note,
    )
    session.commit()
    if not saved.won:
        tell(say(N_("Somebody saved before you. Both texts are kept: see below.")), "again")
        return redirect(_here(desk, number, conflict=saved.suggestion_id), 303)
    if any(finding.severity == "E" for finding in saved.findings):
        tell(say(N_("Kept, but not published: a check found something. It is told beside the text.")), "again")
        return redirect(_here(desk, number), 303)
    _go_further(desk, number, sent, saved)
    if sent.deed == "next":
        return redirect(_following(desk, place), 303)
    return redirect(_here(desk, number), 303)


def _go_further(desk: Desk, number: int, sent: TextForm, saved: service.Saved) -> None:
    """Publish or vouch for what was just saved, when that was asked for; a refusal is told and takes nothing back."""
    if saved.state != "translated" or sent.deed not in ("publish", "review", "approve"):
        tell(say(N_("Saved.")) if saved.changed else say(N_("Nothing was changed.")))
        return
    session = the_session()
    with refusals_told():
        if sent.deed == "publish":
            publishing.publish_message(session, number, desk.locale, saved.rev, utcnow())
            session.commit()
            tell(say(N_("Saved and published. Every learner sees it within seconds.")))
        elif desk.may_review and sent.deed == "approve":
            vouching.review(session, desk.worker.actor, number, desk.locale, saved.rev, utcnow())
            publishing.publish_message(session, number, desk.locale, saved.rev, utcnow())
            session.commit()
            tell(say(N_("Read and published. Every learner sees it within seconds.")))
        elif desk.may_review:
            vouching.review(session, desk.worker.actor, number, desk.locale, saved.rev, utcnow())
            session.commit()
            tell(say(N_("Saved and marked as reviewed.")))


def _following(desk: Desk, place: tuple[int, int]) -> str:
    chosen = request.args.get("filter", "all")
    found = queries.next_message(
        the_session(), desk.domain, desk.locale.code, chosen, place, utcnow(), user_id=desk.worker.id
    )
    if found is None:
        tell(say(N_("That was the end of this list.")), "note")
        return screens.list_href(desk.locale, desk.domain, filter=chosen)
    return screens.message_href(desk.locale, desk.domain, found, filter=chosen)


@blueprint.post("/<target>/<domain>/<int:number>/draft")
def draft(target: str, domain: str, number: int) -> BaseResponse:
    """Keep what is typed (``form-0`` …), or throw it away (``drop``); and tell others that the message is open."""
    desk = enter(target, domain)
    found, session, now = message_here(desk, number), the_session(), utcnow()
    if request.form.get("drop") == "yes":
        remarks.drop_draft(session, desk.worker.id, number, desk.locale)
        session.commit()
        return redirect(_here(desk, number), 303)
    if request.form.get("leave") == "yes":
        remarks.release(session, desk.worker.id, number, desk.locale)
    else:
        remarks.hold(session, desk.worker.id, number, desk.locale, now)
    if "form-0" in request.form:
        sent = read_text_form(request.form, rules.form_count(desk.locale, found.plural))
        remarks.keep_draft(session, desk.worker.id, number, desk.locale, sent.forms, now)
    session.commit()
    return Response(status=204)


@blueprint.post("/<target>/<domain>/<int:number>/preview")
def preview(target: str, domain: str, number: int) -> str:
    """What learners would see, and what the checks say, for a text that is not saved; a part of a page."""
    desk = enter(target, domain)
    one = one_message(the_session(), number, desk.locale.code, desk.worker.id, utcnow(), parts=())
    if one.domain != domain:
        raise NotFound(N_("There is no such message."))
    sent = read_text_form(request.form, rules.form_count(desk.locale, one.plural or None))
    if any(len(form) > rules.MAX_FORM for form in sent.forms):
        raise BadRequest
    findings = text_findings(the_session(), one, desk.locale, one.msgid, sent.forms)
    return render_template(
        "translating/_preview.html",
        desk=desk,
        one=one,
        findings=screens.finding_lines(findings, [box.label for box in screens.boxes_of(one, desk.locale, sent.forms)]),
        preview=preview_of(desk, one, sent.forms),
        is_stored=sent.forms == one.translation.forms,
    )


@blueprint.post("/<target>/<domain>/<int:number>/review")
def review(target: str, domain: str, number: int) -> BaseResponse:
    """Vouch for the text as it was shown."""
    desk = enter(target, domain, Permission.REVIEW)
    message_here(desk, number)
    with refusals_told():
        rev = read_number(request.form, "rev")
        vouching.review(the_session(), desk.worker.actor, number, desk.locale, rev, utcnow())
        the_session().commit()
        tell(say(N_("Marked as reviewed.")))
    return redirect(_here(desk, number), 303)
