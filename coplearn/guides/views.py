"""Guides for those who lead groups, and handouts for everybody, as PDF."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

from coplearn.cohorts.common.guards import present_leader
from coplearn.courses.course import Course, Module
from coplearn.guides import presenters
from coplearn.guides.documents import Paper
from coplearn.guides.render_cache import KeptPapers
from coplearn.learning.guards import course_at
from coplearn.site import site

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
    return _sent(presenters.guide(course, course.modules), f"guide-{course.code}")


@blueprint.get("/guides/<course_code>/<int:number>.pdf")
def module_guide(course_code: str, number: int) -> Response:
    """The guide of one module; ``number`` counts from 1."""
    present_leader()
    course = course_at(course_code)
    return _sent(presenters.guide(course, _module(course, number)), f"guide-{course.code}-{number}")


@blueprint.get("/guides/<course_code>/step/<item_code>.pdf")
def item_guide(course_code: str, item_code: str) -> Response:
    """The guide of one step, such as an exercise."""
    present_leader()
    course = course_at(course_code)
    item = course.item_by_code(item_code)
    if item is None:
        raise NotFound
    return _sent(presenters.guide_of_item(course, item), f"guide-{course.code}-{item.code}")


@blueprint.get("/c/<course_code>/handout.pdf")
def course_handout(course_code: str) -> Response:
    """The handouts of a whole course, one page a module."""
    course = course_at(course_code)
    return _sent(presenters.handout(course, course.modules), f"handout-{course.code}")


@blueprint.get("/c/<course_code>/handout/<int:number>.pdf")
def module_handout(course_code: str, number: int) -> Response:
    """The handout of one module, on one page; ``number`` counts from 1."""
    course = course_at(course_code)
    return _sent(presenters.handout(course, _module(course, number)), f"handout-{course.code}-{number}")


def _module(course: Course, number: int) -> Sequence[Module]:
    if not 1 <= number <= len(course.modules):
        raise NotFound
    return course.modules[number - 1 : number]


def _sent(paper: Paper, name: str) -> Response:
    """The file, made once; whoever has it already is told so."""
    pdf, digest = KeptPapers(site().settings.instance_path).pdf_of(paper)
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}-{paper.language}.pdf"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(digest[:32])
    response.make_conditional(request)
    return response
