"""Keeping a course on a phone: the page for it, the listing and the pieces, the worker that opens them, and leaving no trace."""

from __future__ import annotations

import json
import re
from typing import Final

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from coplearn.courses.course import Course
from coplearn.courses.pages import text_shown
from coplearn.kernel.text import N_
from coplearn.learning.guards import course_at
from coplearn.learning.presenters import module_part
from coplearn.offline.keeping.guards import begin_no_trace, register_no_trace
from coplearn.offline.keeping.render_cache import (
    country_told,
    file_content,
    listing_of,
    page_content,
    part_content,
    recordings_kept,
    step_content,
)
from coplearn.offline.keeping.rules import Content, is_asked
from coplearn.site import site
from coplearn.web.compress import say_it_varies, takes_gzip
from coplearn.web.languages import NO_TRACE, remembered_country, told_for
from coplearn.web.render import page_locale, say
from coplearn.web.static_files import STATIC

REGISTER_HOURS: Final = 72
"""So long a register opens without a network after the site last gave it to whoever is signed in: a training of three days."""
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_AGAIN: Final = N_(
    "This page shows names. Open it once with a network, signed in, and then it opens without one again for three days."
    " What you marked here is kept."
)
_NONE: Final = N_(
    "Nothing is complete on this phone. Perhaps the browser cleared it to make room. When there is a network, keep the"
    " course once more."
)

blueprint = Blueprint("keeping", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.record_once
def notice_no_trace(state: BlueprintSetupState) -> None:
    """Look at every answer for whoever wishes to leave no trace."""
    assert isinstance(state.app, Flask)
    register_no_trace(state.app)


@blueprint.get("/worker.js")
def worker() -> Response:
    """The one service worker of the site's pages in this language, with the sentences that it says itself."""
    locale = page_locale()
    says = {
        "lang": locale.bcp47,
        "dir": locale.dir,
        "hours": REGISTER_HOURS,
        "title": say(N_("There is no network now")),
        "again": say(_AGAIN),
        "none": say(_NONE),
    }
    words = f"const SAYS = {json.dumps(says)};\n".replace("<", "\\u003c")
    response = Response(words.encode() + (STATIC / "js" / "worker.js").read_bytes(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/c/<course_code>/keep")
def keep(course_code: str) -> str:
    """The page that keeps a course on the phone, module by module."""
    course = course_at(course_code)
    texts = site().library.texts(course, page_locale())
    parts = [module_part(course, number, texts, {}, None) for number in range(1, len(course.modules) + 1)]
    heard = {number for number, module in enumerate(course.modules, 1) if recordings_kept(course, module)}
    home = url_for("learning.course", course_code=course.code)
    title = text_shown(texts, "course#title")
    return render_template("keeping/keep.html", title=title, parts=parts, heard=heard, home=home)


@blueprint.get("/c/<course_code>/kept.json")
def listing(course_code: str) -> Response:
    """Everything that can be kept of the course, piece by piece, for the country that the visitor picked."""
    found = listing_of(course_at(course_code), remembered_country())
    response = _sent(Content.of(json.dumps(found.as_json(), ensure_ascii=False).encode()), "application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(found.edition)
    response.make_conditional(request)
    return response


@blueprint.get("/c/<course_code>/kept/<item_code>")
def step(course_code: str, item_code: str) -> Response:
    """A step as it is kept."""
    course = _told_course(course_code)
    item = course.item_by_code(item_code)
    if item is None:
        raise NotFound
    return _piece(step_content(course, item, country_told(course, [item.module], _country())))


@blueprint.get("/c/<course_code>/kept/part/<name>")
def part(course_code: str, name: str) -> Response:
    """The course's list of steps or of recordings as it is kept, or a module to print."""
    course = _told_course(course_code)
    modules = [one.id for one in course.modules]
    return _piece(part_content(course, name, country_told(course, modules, _country())))


@blueprint.get("/c/<course_code>/kept/file/<name>")
def kept_file(course_code: str, name: str) -> Response:
    """A file that is kept with the course."""
    found = file_content(_told_course(course_code), name)
    if found is None:
        raise NotFound
    return _piece(found[1], found[0].mimetype)


@blueprint.get("/kept/<name>")
def site_page(name: str) -> Response:
    """A page that is kept beside every course, such as help."""
    return _piece(page_content(name, _country()))


@blueprint.get("/no-trace")
def no_trace() -> str:
    """The page about leaving no trace on this phone, and whether it is so now."""
    return render_template("keeping/no_trace.html")


@blueprint.post("/no-trace")
def choose_trace() -> BaseResponse:
    """Leave no trace from now on, or do so no longer."""
    response: Response = make_response(redirect(url_for("keeping.no_trace"), 303))
    if request.form.get("mode") == "on":
        begin_no_trace(response, site().settings)
    else:
        response.delete_cookie(NO_TRACE)
    return response


def _told_course(code: str) -> Course:
    """The course as the country that the piece's address names has it, whatever the visitor picked."""
    with told_for(_country()):
        return course_at(code)


def _country() -> str | None:
    country = request.args.get("country", "")
    return country if _COUNTRY.fullmatch(country) else None


def _piece(content: Content | None, mimetype: str = "text/html") -> Response:
    """A piece, the same for everybody; nothing where its address names another content than there is now."""
    if content is None or not is_asked(request.args.get("v"), content):
        raise NotFound
    response = _sent(content, mimetype)
    known = "v" in request.args
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if known else "public, no-cache"
    return response


def _sent(content: Content, mimetype: str) -> Response:
    squeezed = takes_gzip()
    response = Response(content.packed if squeezed else content.plain, mimetype=mimetype)
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    say_it_varies(response, "Accept-Encoding")
    return response
