"""An item's own body in the page's language, and whole pages: what is the same for many is rendered once and kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from flask import Response, g, request, session, url_for
from markupsafe import Markup

from coplearn.courses.asked import AskedQuestion
from coplearn.courses.checks import messages_of
from coplearn.courses.course import Course, Module
from coplearn.courses.guarded import KindFailed
from coplearn.courses.html import element, join
from coplearn.courses.licences import licence_shown
from coplearn.courses.outcomes import Unacceptable
from coplearn.courses.pages import CoursePage, PageHelpers, RenderCache, RenderedKey, rendered_key, text_shown
from coplearn.courses.plugin import Incomplete, Item, View
from coplearn.courses.texts import Texts
from coplearn.courses.tree import Body
from coplearn.i18n import formats
from coplearn.kernel.errors import NotFound
from coplearn.kernel.text import N_, Phrase
from coplearn.learning.plugin_parts import words_in
from coplearn.learning.presenters import item_href, module_part
from coplearn.learning.queries import InCourse, VisitRow
from coplearn.recordings.presenters import player, recordings_version
from coplearn.site import site
from coplearn.web.compress import send_kept
from coplearn.web.guest_session import guest_token, launched_from
from coplearn.web.languages import (
    PICTURES,
    SHOWN,
    WAIT,
    WORKS,
    leaves_no_trace,
    offered_here,
    remembered_country,
    saves_data,
)
from coplearn.web.logs import kind_and_place, raised_at
from coplearn.web.packing import KeptPage
from coplearn.web.render import asset_url, brand_here, fill_phrase, page_locale, say, say_phrase, words_version

_BODIES: Final = RenderCache[Markup]()
_FALLBACKS: Final = RenderCache[int]()
_PAGES: Final = RenderCache[KeptPage](256)
_ANOTHER: Final = "another"
_CHECKED: Final = "check-one"
"""The field of the button that asks what the answer to one question comes to, and the form is shown again."""
_TOLD: Final = "told"
"""The field that names a question whose answer was told on the page."""
_HOLE: Final = Markup("hidden-%s") % secrets.token_hex(16)
"""Stands in a page for its hidden fields, the only thing in it that is one reader's own."""


def body_of(course: Course, item: Item[Any], view: View) -> Markup:
    """The inside of the item's form for one learner."""
    waits = _pictures_wait(course, item)
    page = page_of(course, item, pictures_wait=waits)
    kind = course.kinds[item.kind]
    if view.answers is None and tells_at_once(course, item):
        beside = {one.id: _beside(course, item, view, one.id) for one in kind.questions(item)}
        view = replace(view, beside=beside)
    if not kind.kind.same_for_all:
        return kind.render(item, page, view)
    key = (*_key(course, item), WAIT if waits else "")
    return _BODIES.get(key, lambda: kind.render(item, page, View()))


def _pictures_wait(course: Course, item: Item[Any]) -> bool:
    # The link that shows them opens the page anew, so it may stand on none that holds answers.
    shown = request.args.get(PICTURES) == SHOWN
    return saves_data() and not shown and not course.kinds[item.kind].questions(item)


def feedback_of(course: Course, item: Item[Any], form: Mapping[str, Sequence[str]], question: str, seed: int) -> Markup:
    """The feedback on the answer to one question of a check. Raises Incomplete, and NotFound where there is no such question
    or the course does not tell it before the whole is sent."""
    feedback = None
    if tells_at_once(course, item):
        feedback = course.kinds[item.kind].feedback(item, page_of(course, item), form, question, seed)
    if feedback is None:
        raise NotFound(N_("There is no page at this address."))
    return feedback


def tells_at_once(course: Course, item: Item[Any]) -> bool:
    """Whether a check tells each answer before the whole is sent."""
    return course.answers_at_once and course.kinds[item.kind].tells_at_once(item)


def asks_for_one(course: Course, item: Item[Any], form: Mapping[str, Sequence[str]]) -> bool:
    """Whether the form asks what the answer to one question comes to, and is not sent as a whole."""
    return _CHECKED in form and tells_at_once(course, item)


def told_too(course: Course, item: Item[Any], form: Mapping[str, list[str]], seed: int) -> dict[str, list[str]]:
    """The form with the question it asks for among those that are told. Raises Incomplete, and NotFound without such a one."""
    feedback_of(course, item, form, form[_CHECKED][0], seed)
    return {**form, _TOLD: [*form.get(_TOLD, ()), form[_CHECKED][0]]}


def _beside(course: Course, item: Item[Any], view: View, question: str) -> Markup:
    """A button that asks for what the answer comes to; where it was told already, that."""
    if question in view.values.get(_TOLD, ()):
        try:
            feedback = feedback_of(course, item, view.values, question, view.seed)
        except (Incomplete, NotFound):
            pass  # taken back since, or of the other form
        else:
            return join((element("input", {"type": "hidden", "name": _TOLD, "value": question}), feedback))
    there = f"{item_href(course, item)}#question-{question}"
    about = {"name": _CHECKED, "value": question, "formaction": there, "aria-describedby": f"{question}-stem"}
    button = element("button", {"class": "button button--quiet", **about}, say(N_("Check this answer")))
    return element("p", {"class": "actions check-one"}, button)


def paper_of(course: Course, item: Item[Any]) -> Markup:
    """The item on paper; where its kind fails, a sentence instead, so that the rest of the module can be printed."""
    try:
        return course.kinds[item.kind].paper(item, page_of(course, item))
    except KindFailed as failed:
        log_failure(failed)
        return element("p", {"class": "notice"}, say(N_("This step cannot be printed at the moment.")))


def paper_screen(course: Course, number: int) -> dict[str, object]:
    """Everything that stands on a module to print; ``number`` counts from 1."""
    texts, module = _texts(course), course.modules[number - 1]
    part = module_part(course, number, texts, {}, None)
    return {
        "licence": licence_shown(course.licence),
        "course": course,
        "part": part,
        "question": question_on_paper(course, module),
        "pages": [(line, paper_of(course, course.items[line.id])) for line in (*part.lines, *part.optional)],
        "course_title": text_shown(texts, "course#title"),
        "credit": text_shown(texts, "course#credit"),
        "content_note": texts.get(f"module.{module.id}#content_note").text if module.content_note else None,
    }


def kept_of(course: Course, item: Item[Any]) -> Markup | None:
    """The inside of the item's form on a kept page; None where it needs the network, or its kind fails: the rest is kept."""
    try:
        return course.kinds[item.kind].offline_body(item, page_of(course, item))
    except KindFailed as failed:
        log_failure(failed)
        return None


def question_on_paper(course: Course, module: Module, *, with_key: bool = False) -> Markup:
    """The question that the module asks before it teaches, on paper; empty where there is none or its kind fails."""
    if module.pre_question is None:
        return Markup()
    first = course.items[module.item_ids[0]]
    asked = AskedQuestion(module.pre_question, course.id, module.prefix, first.id)
    try:
        return asked.print(page_of(course, first), with_key=with_key)
    except KindFailed as failed:
        log_failure(failed)
        return Markup()


def log_failure(failed: KindFailed) -> None:
    """Write down that a kind failed, with the item that it failed on and where, and nothing that anybody typed."""
    what = str(failed.cause) if isinstance(failed.cause, Unacceptable) else ""
    structlog.get_logger().error(
        "kind_failed",
        course=failed.course,
        item=failed.item,
        item_kind=failed.kind,
        doing=failed.doing,
        rule=what,
        request_id=g.get("request_id"),
        **{**kind_and_place(failed.cause), "place": raised_at(failed.cause)},
    )


def fallbacks_of(course: Course, item: Item[Any], texts: Texts) -> int:
    """The number of parts of the item that are not in the reader's language."""
    if page_locale().code == course.locale:
        return 0

    def count() -> int:
        return texts.fallbacks([message.context for message in messages_of(course, item) if not message.spoken])

    return _FALLBACKS.get(_key(course, item), count)


def item_page(
    course: Course, item: Item[Any], visits: Mapping[str, VisitRow], hidden: Markup, render: Callable[[Markup], str]
) -> Response:
    """A lesson's page with those hidden fields; ``render`` makes one around what it is given.

    It is the same for all who have done the same items, so it is kept: a page may show nothing else of a reader.
    """

    def made() -> KeptPage:
        before, _, after = render(_HOLE).partition(_HOLE)
        return KeptPage(before.encode(), after.encode())

    if not course.kinds[item.kind].kind.same_for_all or not _is_plain():
        return Response(render(hidden), mimetype="text/html")
    return send_kept(_PAGES.get((*_key(course, item), *_standing(visits)), made), hidden.encode())


def course_page(course: Course, here: InCourse, is_own: bool, render: Callable[[], str]) -> Response:
    """A course's own page, kept for all who have done the same items and were last at the same place; who is told something
    that is theirs alone gets one made for them."""
    if is_own or not _is_plain():
        return Response(render(), mimetype="text/html")
    key = (*course_key(course), here.place or "", *_standing(here.visits))
    return send_kept(_PAGES.get(key, lambda: KeptPage(render().encode())))


def course_key(course: Course) -> RenderedKey:
    """The key of everything that the words of a whole course in the page's language depend on, but for facts of a country."""
    return course.id, course.digest, _texts(course).version, page_locale().code, words_version(), _plugins(course)


def _is_plain() -> bool:
    """Whether the answer depends on nothing but the path: no question string, no message to show, no translator's link."""
    return (
        request.method in ("GET", "HEAD")
        and not request.query_string
        and "_flashes" not in session
        and "translates" not in session
    )


def _standing(visits: Mapping[str, VisitRow]) -> tuple[str, ...]:
    done = sorted(item_id for item_id, visit in visits.items() if visit.done_at is not None)
    # What the templates around every page ask of whoever reads (accounts.guards, web.render), and of the languages.
    who: list[object] = ["_user_id" in session, WORKS in session, guest_token() is not None, page_locale().is_draft]
    who += [leaves_no_trace(), saves_data(), launched_from() != ""]
    brand = brand_here()
    who += [brand.version if brand is not None else ""]
    who += [locale.code for locale in offered_here(site().locales)]
    return request.root_path, repr(who), *done


def _key(course: Course, item: Item[Any]) -> RenderedKey:
    texts = _texts(course)
    heard = recordings_version(course) if isinstance(item.content, Body) and item.content.recordings else ""
    return (*rendered_key(course, item, texts, words_version()), _plugins(course), _country_told(course, item), heard)


def _country(course: Course) -> str | None:
    """The country whose facts are told: the one that the reader picked, or else the one that the course was changed for."""
    return remembered_country() or (course.adaptation.country if course.adaptation is not None else None)


def _country_told(course: Course, item: Item[Any]) -> str:
    """The reader's country, where a fact of the item's module is told for it, or that they have chosen another one: pages
    differ by that."""
    told = {code for fact in course.module(item.module).facts.values() for code in fact.countries}
    country = _country(course)
    return "" if not told or country is None else country if country in told else _ANOTHER


def _plugins(course: Course) -> str:
    """Changes when what plugins bring to the course does: their files, and what their kinds say."""
    words = {bundle.domain: words_in(bundle.domain) for bundle in course.bundles if bundle.is_installed}
    versions = [one.version for one in words.values() if one is not None]
    return ".".join([*(bundle.digest for bundle in course.bundles), *versions])


def _texts(course: Course) -> Texts:
    return site().library.texts(course, page_locale())


def said_of(course: Course, item: Item[Any], field: str, phrase: Phrase) -> str:
    """A phrase about a field of the item's form, in the words of the kind that asks: its question's, or its own."""
    page = page_of(course, item)
    asked = {question.id: question.kind for question in course.kinds[item.kind].questions(item)}
    kind = asked.get(field.partition(".")[0])
    return (page if kind is None else page.of(kind)).phrase(phrase)


def page_of(course: Course, item: Item[Any], *, pictures_wait: bool = False) -> CoursePage:
    """The page that the item's kind renders into; pictures may wait there until they are asked for."""
    helpers = PageHelpers(
        say=say,
        item_url=lambda other: item_href(course, other),
        help_url=lambda: url_for("pages.help_now"),
        number=lambda value: formats.number(value, page_locale()),
        say_phrase=say_phrase,
        fill=fill_phrase,
        words=words_in,
        asset_url=asset_url,
        country=_country(course),
        pictures_url=(lambda other: f"{item_href(course, other)}?{PICTURES}={SHOWN}") if pictures_wait else None,
        country_name=lambda code: dict(formats.country_names([code], page_locale()))[code],
        month=lambda day: formats.month(day, page_locale()),
        recording=lambda name: player(course, name),
    )
    return CoursePage(course, item, _texts(course), site().locales.get(course.locale), helpers)
