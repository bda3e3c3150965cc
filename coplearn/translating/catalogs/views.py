"""The languages: where translators begin, what to do next, publishing, and adding one."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.rules import may
from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.storage.database import reading
from coplearn.translating.catalogs import domains, guards, publishing
from coplearn.translating.catalogs import queries as catalog_queries
from coplearn.translating.catalogs.domains import title_of
from coplearn.translating.catalogs.guards import Translator, blueprint, enter, the_session
from coplearn.translating.catalogs.languages import addable, offer_draft, register_language
from coplearn.translating.catalogs.presenters import VIAS, filled, list_href, message_href, next_step
from coplearn.translating.catalogs.status import work_on_languages
from coplearn.web.flashes import flash_refusals, tell
from coplearn.web.render import page_locale, say, say_phrase, translations


@blueprint.get("/")
def home() -> str | BaseResponse:
    """The languages somebody works on; straight to the only one."""
    translator = guards.present_translator()
    guards.remember_flag(translator.grants)
    languages = guards.languages_of(translator.grants)
    if len(languages) == 1:
        return redirect(url_for(".language", target=languages[0].url))
    rows = work_on_languages(the_session(), translator.grants)
    manages = any(may(translator.grants, Permission.MANAGE_LANGUAGE, locale.code) for locale in languages)
    return render_template("translating/home.html", rows=rows, manages=manages)


@blueprint.get("/<target>/")
def language(target: str) -> str:
    """One language: how far each domain is, what to do next, what could be published, and who did what."""
    locale = guards.target_of(target)
    with reading(the_session()):
        translator = guards.present_translator()
    names = guards.domains_of(translator.grants, locale)
    if not names:
        raise guards.nobody_here()
    for name in names:
        domains.open_domain(name, locale)
    guards.remember_flag(translator.grants)
    done = [one for one in catalog_queries.recent_edits(the_session(), locale.code) if one.domain in names]
    return render_template(
        "translating/language.html",
        locale=locale,
        parts=_parts(translator, locale, names),
        done=[(one, title_of(one.domain), say(VIAS.get(one.via, one.via))) for one in done],
        many=len(guards.languages_of(translator.grants)) > 1,
        message_href=message_href,
        list_href=list_href,
    )


def _parts(translator: Translator, locale: Locale, names: Sequence[str]) -> list[tuple[object, ...]]:
    """A row for each domain of the language: its title, its state, the next step, and what may be done there."""
    standings = {one.domain: one for one in catalog_queries.overview(the_session(), [locale.code])}
    rows: list[tuple[object, ...]] = []
    for name in names:
        if name in standings:
            reviews = translator.may(Permission.REVIEW, locale, name)
            step = next_step(standings[name], locale, may_review=reviews)
            rows.append((title_of(name), standings[name], step, reviews, name == INTERFACE))
    return rows


@blueprint.post("/<target>/<domain>/publish")
def publish(target: str, domain: str) -> BaseResponse:
    """Show every finished text of the domain to learners."""
    context = enter(target, domain, Permission.REVIEW)
    with flash_refusals():
        count = publishing.publish_ready(the_session(), domain, context.locale, utcnow())
        audit.record(the_session(), EventKind.CATALOG_PUBLISHED, about=f"{context.locale.code},{domain}")
        the_session().commit()
        text = translations().ngettext(
            "One text is published. Every learner sees it within seconds.",
            "%(num)s texts are published. Every learner sees them within seconds.",
            count,
        )
        tell(filled(text, count) if count else say(N_("There was nothing new to publish.")))
    return redirect(url_for(".language", target=target), 303)


@blueprint.get("/here")
def here() -> BaseResponse:
    """Lead from a page of the site (``at``, its path) to the messages it is made of, in the page's language."""
    translator, locale = guards.present_translator(), page_locale()
    allowed = guards.domains_of(translator.grants, locale)
    try:
        _, values = current_app.url_map.bind("localhost").match(request.args.get("at", ""), method="GET")
    except HTTPException:
        values = {}
    library = site().library.current()
    course = library.by_code(str(values["course_code"])) if "course_code" in values else None
    domain = course.id if course is not None else INTERFACE
    if domain not in allowed:
        return redirect(url_for(".home"))
    item = course.item_by_code(str(values["item_code"])) if course is not None and "item_code" in values else None
    return redirect(list_href(locale, domain, filter=f"item:{item.id}" if item is not None else None))


@blueprint.get("/languages")
def languages() -> str:
    """The registry of languages, for those who look after one, with how far each is."""
    translator = guards.present_translator()
    locales = site().locales
    own = [
        locale
        for locale in locales
        if locale.status != "test" and may(translator.grants, Permission.MANAGE_LANGUAGE, locale.code)
    ]
    if not own:
        raise guards.nobody_here()
    library = site().library
    courses = library.current().domains.values()
    rows = [
        (locale, [(title_of(course.id), library.completeness(course, locale) / 100) for course in courses])
        for locale in own
    ]
    manages_all = may(translator.grants, Permission.MANAGE_LANGUAGE)
    return render_template(
        "translating/languages.html",
        rows=rows,
        live=locales.live,
        manages_all=manages_all,
        addable=addable(locales, page_locale().babel) if manages_all else [],
    )


@blueprint.get("/guide")
def guide() -> str:
    """Help for translators: keys, marks, states and the rules of the house."""
    guards.present_translator()
    return render_template("translating/guide.html")


@blueprint.post("/languages")
def add_language() -> BaseResponse:
    """Add a language to the registry, by whoever manages all of them; translators can begin at once."""
    translator = guards.present_translator()
    if not may(translator.grants, Permission.MANAGE_LANGUAGE):
        raise guards.nobody_here()
    the_session().rollback()
    try:
        locale = register_language(site().settings, request.form.get("code", ""))
    except AppError as error:
        tell(say_phrase(error.phrase), "again")
        return redirect(url_for(".languages"), 303)
    site().locales.renew()
    domains.begin_catalogs(locale)
    audit.record(the_session(), EventKind.LANGUAGE_ADDED, about=locale.code)
    the_session().commit()
    tell(say(N_("%(language)s is here now. Trust people with it, and they can begin."), language=locale.name))
    return redirect(url_for(".languages"), 303)


@blueprint.post("/languages/<target>/offer")
def offer_language(target: str) -> BaseResponse:
    """Offer a draft to learners, or no longer, by whoever manages all languages."""
    translator, locale = guards.present_translator(), guards.target_of(target)
    if not may(translator.grants, Permission.MANAGE_LANGUAGE) or not locale.is_draft:
        raise guards.nobody_here()
    offered, session = request.form.get("offered") == "yes", the_session()
    with flash_refusals():
        offer_draft(session, site().settings, translator.actor, locale, utcnow(), offered=offered)
        audit.record(session, EventKind.LANGUAGE_OFFERED, about=f"{locale.code},{offered}")
        session.commit()
        site().locales.renew()
        sentence = (
            N_("Learners are offered %(language)s now, as a draft.")
            if offered
            else N_("Learners are no longer offered %(language)s.")
        )
        tell(say(sentence, language=locale.name))
    return redirect(url_for(".languages"), 303)
