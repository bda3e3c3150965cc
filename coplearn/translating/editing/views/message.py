"""The editor of one message: the page, saving, the draft, and the preview."""

from __future__ import annotations

from typing import Any

from flask import Response, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from coplearn.courses.course import Course
from coplearn.courses.guarded import KindFailed
from coplearn.courses.html import element, join
from coplearn.courses.pages import PageHelpers
from coplearn.courses.plugin import Item
from coplearn.courses.texts import Texts
from coplearn.i18n import formats
from coplearn.i18n.glossary import Glossary, Term
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.translating.catalogs import publishing
from coplearn.translating.catalogs.domains import course_of
from coplearn.translating.catalogs.guards import TranslatorContext, blueprint, enter, the_session
from coplearn.translating.catalogs.presenters import list_href, message_href
from coplearn.translating.editing import drafts, marks, presenters, previews, queries, reviews
from coplearn.translating.editing.forms import TextForm, read_number, read_text_form
from coplearn.translating.editing.memory import MemoryAnswer, facet_of
from coplearn.translating.editing.message_detail import MessageDetail, one_message
from coplearn.translating.editing.presenters import waits_of
from coplearn.translating.editing.previews import Preview
from coplearn.translating.editing.queries import MessageRef
from coplearn.translating.store import catalog_store, edits, rules
from coplearn.translating.store.catalog_store import readers_of
from coplearn.translating.store.text_checks import text_findings
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import asset_url, say


def message_here(context: TranslatorContext, number: int) -> MessageRef:
    """The message with that id; raises NotFound when it belongs to another domain."""
    return queries.message_ref(the_session(), number, context.domain)


_ALWAYS = frozenset({"suggestions", "holders"})
_NO_LOOK = MemoryAnswer([])


@blueprint.get("/<target>/<domain>/<int:number>")
def message(target: str, domain: str, number: int) -> str:
    """One message with its source, its text and what is around it (``tab``); ``take`` fills the field, ``show`` previews."""
    context = enter(target, domain)
    one = _one(context, number)
    if _tab() != "memory":
        ready_the_memory(context.locale)
    found = memos_of(context, one) if _tab() == "memory" else _NO_LOOK
    taken = presenters.taken_forms(one, context.locale, request.args.get("take", ""), found.memos)
    forms = taken or one.draft or one.translation.forms
    is_draft = taken is None and one.draft is not None and one.draft != one.translation.forms
    return _page(context, one, forms, found=found, is_draft=is_draft, show="show" in request.args)


def _tab() -> str:
    tab = request.args.get("tab", "nearby")
    return tab if tab in presenters.TABS else "nearby"


def _one(context: TranslatorContext, number: int) -> MessageDetail:
    parts = {*_ALWAYS, _tab()}
    one = one_message(the_session(), number, context.locale.code, context.translator.id, utcnow(), parts=parts)
    if one.domain != context.domain:
        raise NotFound(N_("There is no such message."))
    return one


def _page(
    context: TranslatorContext,
    one: MessageDetail,
    forms: tuple[str, ...],
    *,
    found: MemoryAnswer = _NO_LOOK,
    is_draft: bool,
    show: bool,
) -> str:
    chosen, stored, source = request.args.get("filter", "all"), one.translation.forms, one.translation.based_on
    dismissed = one.dismissed if forms == stored else {}
    findings = text_findings(the_session(), one, context.locale, source or one.msgid, forms, dismissed)
    return render_template(
        "translating/message.html",
        context=context,
        one=one,
        screen=presenters.editor_screen(one, context.locale, forms, findings, chosen=chosen, tab=_tab()),
        preview=preview_of(context, one, forms) if show else None,
        is_draft=is_draft,
        is_stored=forms == stored,
        found=found,
        **_around(context, one, chosen),
    )


def _around(context: TranslatorContext, one: MessageDetail, chosen: str) -> dict[str, object]:
    """Gather what the editor shows around the text, the same whatever is typed."""
    conflict, tab = request.args.get("conflict", ""), _tab()
    return {
        "waits": waits_of(one, readers_of(the_session()), context.translator.actor, may_review=context.may_review),
        "place_in": queries.place_in(the_session(), one, chosen, context.translator.id),
        "list_name": presenters.list_name(one.domain, chosen),
        "conflict": next((offer for offer in one.suggestions if conflict == str(offer.id)), None),
        "tab": tab,
        "terms": terms_of(context, one) if tab == "terms" else [],
        "origins": presenters.ORIGINS,
        "short": presenters.short,
        "other_locales": {locale.code: locale for locale in site().locales},
    }


@blueprint.post("/<target>/<domain>/<int:number>")
def save(target: str, domain: str, number: int) -> str | BaseResponse:
    """Take a text: save it (and publish, review, or go on), suggest it, or only show it in its page."""
    context = enter(target, domain)
    found = message_here(context, number)
    sent = read_text_form(request.form, rules.form_count(context.locale, found.plural))
    if sent.action == "show":
        return _page(context, _one(context, number), sent.forms, is_draft=False, show=True)
    with flash_refusals():
        if sent.action == "suggest" or not context.may_translate:
            return _suggest(context, found, sent)
        return _save(context, found, sent)
    return redirect(_here(context, number), 303)


def _here(context: TranslatorContext, number: int, **more: object) -> str:
    return message_href(context.locale, context.domain, number, filter=request.args.get("filter", "all"), **more)


def _suggest(context: TranslatorContext, found: MessageRef, sent: TextForm) -> BaseResponse:
    session, actor, number = the_session(), context.translator.actor, found.id
    edits.suggest(
        session, actor, number, context.locale, sent.forms, utcnow(), note=sent.note, based_on=sent.based_on or None
    )
    edits.drop_draft(session, context.translator.id, number, context.locale)
    session.commit()
    tell(say(N_("Thank you. Your suggestion is kept; a translator will decide about it.")))
    return redirect(_here(context, number), 303)


def _save(context: TranslatorContext, found: MessageRef, sent: TextForm) -> BaseResponse:
    session, number, place = the_session(), found.id, found.cursor
    saved = edits.save(
        session,
        context.translator.actor,
        number,
        context.locale,
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
        return redirect(_here(context, number, conflict=saved.suggestion_id), 303)
    if any(finding.severity == "E" for finding in saved.findings):
        tell(say(N_("Kept, but not published: a check found something. It is told beside the text.")), "again")
        return redirect(_here(context, number), 303)
    _go_further(context, number, sent, saved)
    if sent.action == "next":
        return redirect(_following(context, place), 303)
    return redirect(_here(context, number), 303)


def _go_further(context: TranslatorContext, number: int, sent: TextForm, saved: edits.SaveResult) -> None:
    """Publish or vouch for what was just saved, when that was asked for; a refusal is told and takes nothing back."""
    if saved.state != "translated" or sent.action not in ("publish", "review", "approve"):
        tell(say(N_("Saved.")) if saved.changed else say(N_("Nothing was changed.")))
        return
    session = the_session()
    with flash_refusals():
        if sent.action == "publish":
            publishing.publish_message(session, number, context.locale, saved.rev, utcnow())
            session.commit()
            tell(say(N_("Saved and published. Every learner sees it within seconds.")))
        elif context.may_review and sent.action == "approve":
            reviews.review(session, context.translator.actor, number, context.locale, saved.rev, utcnow())
            publishing.publish_message(session, number, context.locale, saved.rev, utcnow())
            session.commit()
            tell(say(N_("Read and published. Every learner sees it within seconds.")))
        elif context.may_review:
            reviews.review(session, context.translator.actor, number, context.locale, saved.rev, utcnow())
            session.commit()
            tell(say(N_("Saved and marked as reviewed.")))


def _following(context: TranslatorContext, place: tuple[int, int]) -> str:
    chosen = request.args.get("filter", "all")
    found = queries.next_message(
        the_session(), context.domain, context.locale.code, chosen, place, utcnow(), user_id=context.translator.id
    )
    if found is None:
        tell(say(N_("That was the end of this list.")), "note")
        return list_href(context.locale, context.domain, filter=chosen)
    return message_href(context.locale, context.domain, found, filter=chosen)


@blueprint.post("/<target>/<domain>/<int:number>/draft")
def draft(target: str, domain: str, number: int) -> BaseResponse:
    """Keep what is typed (``form-0`` …), or throw it away (``drop``); and tell others that the message is open."""
    context = enter(target, domain)
    found, session, now = message_here(context, number), the_session(), utcnow()
    if request.form.get("drop") == "yes":
        edits.drop_draft(session, context.translator.id, number, context.locale)
        session.commit()
        return redirect(_here(context, number), 303)
    if request.form.get("leave") == "yes":
        drafts.release_lock(session, context.translator.id, number, context.locale)
    else:
        drafts.take_lock(session, context.translator.id, number, context.locale, now)
    if "form-0" in request.form:
        sent = read_text_form(request.form, rules.form_count(context.locale, found.plural))
        drafts.keep_draft(session, context.translator.id, number, context.locale, sent.forms, now)
    session.commit()
    return Response(status=204)


@blueprint.post("/<target>/<domain>/<int:number>/preview")
def preview(target: str, domain: str, number: int) -> str:
    """The preview and findings for a text that is not saved; a part of a page."""
    context = enter(target, domain)
    one = one_message(the_session(), number, context.locale.code, context.translator.id, utcnow(), parts=())
    if one.domain != domain:
        raise NotFound(N_("There is no such message."))
    sent = read_text_form(request.form, rules.form_count(context.locale, one.plural or None))
    if any(len(form) > rules.MAX_FORM for form in sent.forms):
        raise BadRequest
    findings = text_findings(the_session(), one, context.locale, one.msgid, sent.forms)
    return render_template(
        "translating/_preview.html",
        context=context,
        one=one,
        findings=presenters.finding_lines(
            findings, [box.label for box in presenters.boxes_of(one, context.locale, sent.forms)]
        ),
        preview=preview_of(context, one, sent.forms),
        is_stored=sent.forms == one.translation.forms,
    )


@blueprint.post("/<target>/<domain>/<int:number>/review")
def review(target: str, domain: str, number: int) -> BaseResponse:
    """Vouch for the text as it was shown."""
    context = enter(target, domain, Permission.REVIEW)
    message_here(context, number)
    with flash_refusals():
        rev = read_number(request.form, "rev")
        reviews.review(the_session(), context.translator.actor, number, context.locale, rev, utcnow())
        the_session().commit()
        tell(say(N_("Marked as reviewed.")))
    return redirect(_here(context, number), 303)


def preview_of(context: TranslatorContext, one: MessageDetail, forms: tuple[str, ...]) -> Preview:
    """The learner's page with that text in it; for the interface the sentence with values in its places."""
    course = course_of(context.domain)
    if course is None or one.context not in (message.context for message in course.messages):
        return _sentences(context.locale, one, forms)
    source = site().locales.get(course.locale)
    texts = previews.texts_with(
        course, context.locale, source, one.context, forms[0] if forms else "", _glossary(context.locale)
    )
    try:
        return previews.course_preview(course, texts, source, _site(course, context.locale), one.context)
    except KindFailed:
        return _sentences(context.locale, one, forms)  # the text can be read and judged all the same


def _site(course: Course, locale: Locale) -> PageHelpers:
    def item_url(item: Item[Any]) -> str:
        return url_for("learning.item", lang=locale.url, course_code=course.code, item_code=item.code)

    def words(domain: str) -> Texts | None:
        found = site().library.current().words.get(domain)
        return site().library.texts(found, locale) if found is not None else None

    catalog = g.catalogs.translations(locale)
    return PageHelpers(
        say=previews.words_of(catalog),
        item_url=item_url,
        help_url=lambda: url_for("pages.help_now", lang=locale.url),
        number=lambda value: formats.number(value, locale),
        say_phrase=lambda phrase: previews.words_of(catalog)(phrase.text, **phrase.params),
        fill=lambda translated, phrase: previews.filled(translated, phrase.params),
        words=words,
        asset_url=asset_url,
        month=lambda day: formats.month(day, locale),
    )


def _sentences(locale: Locale, one: MessageDetail, forms: tuple[str, ...]) -> Preview:
    counts = [marks.sample_number(numbers) for numbers in marks.plural_examples(locale.plural, locale.nplurals)]
    shown: list[Markup] = []
    for number, form in enumerate(forms or ("",)):
        sample = counts[number] if one.plural and number < len(counts) else None
        text = previews.sample_sentence(form or one.msgid, sample)
        shown.append(element("p", {"class": "shown", "id": previews.HERE if not number else None}, text))
    blocked = rules.blocked(rules.subject_of(one, one.locale, forms, glossary=_glossary(locale)))
    return Preview(join(shown), True, blocked or not any(forms))


def memos_of(context: TranslatorContext, one: MessageDetail) -> MemoryAnswer:
    """Earlier translations of texts like this one."""
    facet = facet_of(one.context)
    return site().memory.look(the_session(), context.locale.code, one.msgid, facet=facet, exclude=one.id)


def ready_the_memory(locale: Locale) -> None:
    """Let the memory of a language be read while somebody is still looking about."""
    site().memory.prepare(the_session(), locale.code)


def terms_of(context: TranslatorContext, one: MessageDetail) -> list[Term]:
    """The glossary's terms that the source speaks of, each once."""
    glossary = _glossary(context.locale)
    return list(dict.fromkeys(glossary.in_source(one.msgid))) if glossary is not None else []


def _glossary(locale: Locale) -> Glossary | None:
    return catalog_store.glossary_of(the_session(), locale.code)
