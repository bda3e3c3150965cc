"""Where translators find their work: languages, what to do next, lists of messages, and the way to them from any page."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from coplearn.accounts.rules import may
from coplearn.i18n.locales import Locale, Locales
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission
from coplearn.storage.database import reading
from coplearn.translating import domains, guards, publishing, queries, screens
from coplearn.translating.domains import course_of, source_of, title_of
from coplearn.translating.forms import LONGEST_SEARCH, read_cursor
from coplearn.translating.languages import addable
from coplearn.translating.rows import Cursor
from coplearn.translating.rules import INTERFACE, item_of_filter
from coplearn.translating.views.base import blueprint, enter, refusals_told, tell, the_session
from coplearn.translating.work import work_on_languages
from coplearn.web.render import page_locale, say, translations


@blueprint.get("/")
def home() -> str | BaseResponse:
    """The languages somebody works on; straight to the only one."""
    worker = guards.present_worker()
    guards.remember_flag(worker.grants)
    languages = guards.languages_of(worker.grants)
    if len(languages) == 1:
        return redirect(url_for(".language", target=languages[0].url))
    rows = work_on_languages(the_session(), worker.grants)
    manages = any(may(worker.grants, Permission.MANAGE_LANGUAGE, locale.code) for locale in languages)
    return render_template("translating/home.html", rows=rows, manages=manages)


@blueprint.get("/<target>/")
def language(target: str) -> str:
    """One language: how far each domain is, what to do next, what could be published, and who did what."""
    locale = guards.target_of(target)
    with reading(the_session()):
        worker = guards.present_worker()
    names = guards.domains_of(worker.grants, locale)
    if not names:
        raise guards.nobody_here()
    for name in names:
        domains.open_domain(name, locale)
    guards.remember_flag(worker.grants)
    standings = {one.domain: one for one in queries.overview(the_session(), [locale.code])}
    parts = []
    for name in names:
        if name in standings:
            reviews = worker.may(Permission.REVIEW, locale, name)
            step = screens.next_step(standings[name], locale, may_review=reviews)
            parts.append((title_of(name), standings[name], step, reviews, name == INTERFACE))
    done = [one for one in queries.last_actors(the_session(), locale.code) if one.domain in names]
    return render_template(
        "translating/language.html",
        locale=locale,
        parts=parts,
        done=[(one, title_of(one.domain), say(screens.VIAS.get(one.via, one.via))) for one in done],
        has_files="translating.files" in current_app.view_functions,
        many=len(guards.languages_of(worker.grants)) > 1,
        message_href=screens.message_href,
        list_href=screens.list_href,
    )


@blueprint.post("/<target>/<domain>/publish")
def publish(target: str, domain: str) -> BaseResponse:
    """Show every finished text of the domain to learners."""
    desk = enter(target, domain, Permission.REVIEW)
    with refusals_told():
        count = publishing.publish_ready(the_session(), domain, desk.locale, utcnow())
        the_session().commit()
        text = translations().ngettext(
            "One text is published. Every learner sees it within seconds.",
            "%(num)s texts are published. Every learner sees them within seconds.",
            count,
        )
        tell(screens.filled(text, count) if count else say(N_("There was nothing new to publish.")))
    return redirect(url_for(".language", target=target), 303)


@blueprint.get("/<target>/<domain>/")
def messages(target: str, domain: str) -> str:
    """A page of messages; ``filter``, ``q`` for a search, ``after`` and ``before`` for the place."""
    desk = enter(target, domain)
    chosen, search = request.args.get("filter", "all"), request.args.get("q", "").strip()[:LONGEST_SEARCH]
    page = queries.message_list(
        the_session(),
        domain,
        desk.locale.code,
        chosen,
        user_id=desk.worker.id,
        after=read_cursor(request.args, "after"),
        before=read_cursor(request.args, "before"),
        search=search,
    )
    tabs = [
        (
            say(name),
            page.counts.get(key, 0),
            screens.list_href(desk.locale, domain, filter=key, q=search),
            key == chosen,
        )
        for key, name in screens.FILTERS.items()
    ]
    course, item = course_of(domain), item_of_filter(chosen)
    return render_template(
        "translating/messages.html",
        desk=desk,
        title=title_of(domain),
        tabs=tabs,
        chosen=chosen,
        item=item,
        items=_items(domain) if course is not None else [],
        search=search,
        lines=[screens.line_of(row, desk.locale, domain, chosen) for row in page.rows],
        source=source_of(domain),
        back=_turn(desk.locale, domain, chosen, search, "before", page.previous),
        on=_turn(desk.locale, domain, chosen, search, "after", page.next),
    )


def _items(domain: str) -> list[tuple[str, str]]:
    course = course_of(domain)
    assert course is not None
    texts = current_app.extensions["shelf"].texts(course, page_locale())
    return [(item_id, texts.get(f"{item_id}#title").text) for item_id in course.items]


def _turn(locale: Locale, domain: str, chosen: str, search: str, way: str, place: Cursor | None) -> str | None:
    if place is None:
        return None
    return screens.list_href(locale, domain, filter=chosen, q=search, **{way: f"{place[0]}.{place[1]}"})


@blueprint.get("/<target>/<domain>/turn")
def turn(target: str, domain: str) -> BaseResponse:
    """To the next message of the list behind ``after``, or the one before ``before``; at its end, back to the list."""
    desk = enter(target, domain)
    chosen = request.args.get("filter", "all")
    back = "before" in request.args
    place = read_cursor(request.args, "before" if back else "after")
    if place is None:
        raise NotFound(N_("There is no such message."))
    found = queries.next_message(
        the_session(),
        domain,
        desk.locale.code,
        chosen,
        place,
        utcnow(),
        user_id=desk.worker.id,
        backwards=back,
    )
    if found is None:
        tell(say(N_("That was the end of this list.")), "note")
        return redirect(screens.list_href(desk.locale, domain, filter=chosen))
    return redirect(screens.message_href(desk.locale, domain, found, filter=chosen))


@blueprint.get("/here")
def here() -> BaseResponse:
    """From a page of the site (``at``, its path) to the messages it is made of, in the page's language."""
    worker, locale = guards.present_worker(), page_locale()
    allowed = guards.domains_of(worker.grants, locale)
    try:
        _, values = current_app.url_map.bind("localhost").match(request.args.get("at", ""), method="GET")
    except HTTPException:
        values = {}
    shelf = current_app.extensions["shelf"].current()
    course = shelf.by_code(str(values["course_code"])) if "course_code" in values else None
    domain = course.id if course is not None else INTERFACE
    if domain not in allowed:
        return redirect(url_for(".home"))
    item = course.item_by_code(str(values["item_code"])) if course is not None and "item_code" in values else None
    return redirect(screens.list_href(locale, domain, filter=f"item:{item.id}" if item is not None else None))


@blueprint.get("/languages")
def languages() -> str:
    """The registry of languages, for those who look after one, with how far each is."""
    worker = guards.present_worker()
    locales: Locales = current_app.extensions["locales"]
    own = [
        locale
        for locale in locales
        if locale.status != "test" and may(worker.grants, Permission.MANAGE_LANGUAGE, locale.code)
    ]
    if not own:
        raise guards.nobody_here()
    standings = queries.overview(the_session(), [locale.code for locale in own])
    courses = current_app.extensions["shelf"].current().courses.values()
    rows = [
        (
            locale,
            [(title_of(course.id), course.completeness(locale.code) / 100) for course in courses],
            [one for one in standings if one.locale == locale.code and one.adopted],
        )
        for locale in own
    ]
    new = addable(locales, page_locale().babel) if may(worker.grants, Permission.MANAGE_LANGUAGE) else []
    return render_template("translating/languages.html", rows=rows, addable=new)


@blueprint.get("/guide")
def guide() -> str:
    """Help for translators: keys, marks, states and the rules of the house."""
    guards.present_worker()
    return render_template("translating/guide.html")
