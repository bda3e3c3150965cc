"""Guides for those who lead groups, and handouts for everybody, as PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from coplearn.cohorts.common.guards import present_leader
from coplearn.courses.course import Course, Module
from coplearn.guides import presenters
from coplearn.guides.documents import Paper
from coplearn.guides.render_cache import COME_AGAIN, KeptPapers, TooManyPapers
from coplearn.learning.guards import course_at
from coplearn.learning.render_cache import course_key
from coplearn.site import site
from coplearn.web.languages import remembered_country
from coplearn.web.limits import count_try, over_limit
from coplearn.web.render import page_locale

MOST_MADE: Final = 60
MADE_SECONDS: Final = 600
"""So many papers in so many seconds are made for one address; those that were made before are free."""

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


def _counted(make: Callable[[], Paper]) -> Paper:
    """The paper, unless this address has had too many made: each takes a processor for seconds."""
    if over_limit("papers", MOST_MADE) is not None:
        raise TooManyPapers(COME_AGAIN)
    count_try("papers", MADE_SECONDS)
    return make()


def _module(course: Course, number: int) -> Sequence[Module]:
    if not 1 <= number <= len(course.modules):
        raise NotFound
    return course.modules[number - 1 : number]


def _sent(course: Course, name: str, make: Callable[[], Paper]) -> Response:
    """The file, made once; whoever has it already is told so."""
    key = (*course_key(course), remembered_country(), request.host_url, name)
    pdf, digest = KeptPapers(site().settings.instance_path).pdf_of(repr(key), lambda: _counted(make))
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}-{page_locale().bcp47}.pdf"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(digest[:32])
    response.make_conditional(request)
    return response
