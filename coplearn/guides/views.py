"""Guides for those who lead groups, handouts for everybody, as PDF, and cards to send on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from coplearn.cohorts.common.guards import present_leader
from coplearn.courses.course import Course, Module
from coplearn.courses.pages import RenderedKey
from coplearn.guides import cards, presenters
from coplearn.guides.documents import Paper
from coplearn.guides.render_cache import COME_AGAIN, KeptCards, KeptPapers, TooManyPapers
from coplearn.learning.guards import course_at
from coplearn.learning.render_cache import course_key
from coplearn.site import site
from coplearn.web.languages import remembered_country
from coplearn.web.limits import count_try, over_limit
from coplearn.web.render import page_locale

MOST_MADE: Final = 60
MOST_CARDS_MADE: Final = 150
MADE_SECONDS: Final = 600
"""So many papers and cards in so many seconds are made for one address; those that were made before are free."""

blueprint = Blueprint("guides", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.get("/guides/")
def home() -> str:
    """Every course with its guides and handouts."""
    present_leader()
    return render_template("guides/home.html", lines=presenters.guide_lines())


@blueprint.get("/guides/<course_code>.pdf")
def course_guide(course_code: str) -> Response:
    """The guide of a whole course."""
    present_leader()
    course = course_at(course_code)
    return _sent(course, f"guide-{course.code}", lambda: presenters.guide(course, course.modules))


@blueprint.get("/guides/<course_code>/<int:number>.pdf")
def module_guide(course_code: str, number: int) -> Response:
    """The guide of one module; ``number`` counts from 1."""
    present_leader()
    course = course_at(course_code)
    modules = _module(course, number)
    return _sent(course, f"guide-{course.code}-{number}", lambda: presenters.guide(course, modules))


@blueprint.get("/guides/<course_code>/step/<item_code>.pdf")
def item_guide(course_code: str, item_code: str) -> Response:
    """The guide of one step, such as an exercise."""
    present_leader()
    course = course_at(course_code)
    item = course.item_by_code(item_code)
    if item is None:
        raise NotFound
    return _sent(course, f"guide-{course.code}-{item.code}", lambda: presenters.guide_of_item(course, item))


@blueprint.get("/c/<course_code>/handout.pdf")
def course_handout(course_code: str) -> Response:
    """The handouts of a whole course, one page a module."""
    course = course_at(course_code)
    return _sent(course, f"handout-{course.code}", lambda: presenters.handout(course, course.modules))


@blueprint.get("/c/<course_code>/handout/<int:number>.pdf")
def module_handout(course_code: str, number: int) -> Response:
    """The handout of one module, on one page; ``number`` counts from 1."""
    course = course_at(course_code)
    modules = _module(course, number)
    return _sent(course, f"handout-{course.code}-{number}", lambda: presenters.handout(course, modules))


@blueprint.get("/c/<course_code>/booklet/<int:number>.pdf")
def booklet(course_code: str, number: int) -> Response:
    """A module to read on small sheets; ``number`` counts from 1."""
    course = course_at(course_code)
    module = _module(course, number)[0]
    return _sent(course, f"booklet-{course.code}-{number}", lambda: presenters.booklet(course, module))


@blueprint.get("/guides/<course_code>/check/<item_code>/<form>.pdf")
def check_on_paper(course_code: str, item_code: str, form: str) -> Response:
    """A check on paper with its answer sheets; ``form`` is ``a`` or ``b``, or ``key`` for the right letters of both."""
    present_leader()
    course = course_at(course_code)
    item = course.item_by_code(item_code)
    if item is None or item.id not in course.checks or form not in (*presenters.FORMS, "key"):
        raise NotFound
    if form == "key":
        return _sent(course, f"key-{course.code}-{item.code}", lambda: presenters.check_key(course, item))
    return _sent(
        course, f"check-{course.code}-{item.code}-{form}", lambda: presenters.check_on_paper(course, item, form)
    )


@blueprint.get("/c/<course_code>/cards")
def course_cards(course_code: str) -> str:
    """The take-aways of a course as cards to send on, as texts and as pictures."""
    course = course_at(course_code)
    screen = cards.cards_screen(course, _known_by(course))
    return render_template("guides/cards.html", course=course, screen=screen)


@blueprint.get("/c/<course_code>/cards/<item_code>.png")
def card_picture(course_code: str, item_code: str) -> Response:
    """One card as a picture."""
    course = course_at(course_code)
    item = course.item_by_code(item_code)
    card = cards.card(course, item) if item is not None else None
    if item is None or card is None:
        raise NotFound
    key = (*_known_by(course), "card", item.code)
    made = partial(_counted, "cards", MOST_CARDS_MADE, partial(cards.words_of_card, course, card))
    png, digest = KeptCards(site().settings.instance_path).png_of(repr(key), made)
    return _answer(png, digest, "image/png", f"card-{item.code}-{page_locale().bcp47}.png")


def _counted(what: str, most: int, make: Callable[[], Any]) -> Any:
    """Make it, unless this address has had too many made: each takes a processor for a while."""
    if over_limit(what, most) is not None:
        raise TooManyPapers(COME_AGAIN)
    count_try(what, MADE_SECONDS)
    return make()


def _known_by(course: Course) -> RenderedKey:
    return (*course_key(course), remembered_country() or "", request.host_url)


def _module(course: Course, number: int) -> Sequence[Module]:
    if not 1 <= number <= len(course.modules):
        raise NotFound
    return course.modules[number - 1 : number]


def _sent(course: Course, name: str, make: Callable[[], Paper]) -> Response:
    """The file, made once."""
    key = repr((*_known_by(course), page_locale().is_draft, name))
    made = partial(_counted, "papers", MOST_MADE, make)
    pdf, digest = KeptPapers(site().settings.instance_path).pdf_of(key, made)
    return _answer(pdf, digest, "application/pdf", f"{name}-{page_locale().bcp47}.pdf")


def _answer(file: bytes, digest: str, mimetype: str, name: str) -> Response:
    """The file; whoever has it already is told so."""
    response = Response(file, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(digest[:32])
    response.make_conditional(request)
    return response
