"""The box in every page, what was found, and the glossary.

The box is the same in every page and for everybody, so it has no token: to send it changes nothing and says nothing about whoever
sent it. It leads to an address that holds the words sealed, so that going back and another language work, and no history says them.
"""

from __future__ import annotations

from typing import Final

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from coplearn.search.finding import LONGEST
from coplearn.search.kept import register_kept
from coplearn.search.presenters import SearchScreen, glossary_lines, search_screen
from coplearn.search.sealing import opened, seal
from coplearn.web.framework import csrf
from coplearn.web.limits import count_try, over_limit, too_many_page
from coplearn.web.render import page_locale

MOST_SEARCHES: Final = 300
SEARCHES_WITHIN: Final = 600
"""So many from one address in so many seconds: a hall of people behind one address searches freely, a program does not."""

blueprint = Blueprint("search", __name__, url_prefix="/<lang:lang>", template_folder="templates")


@blueprint.record_once
def keep_with_courses(state: BlueprintSetupState) -> None:
    """Have what is needed to search without a network kept with each course."""
    assert isinstance(state.app, Flask)
    register_kept(state.app)


@blueprint.post("/search")
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
def seek() -> BaseResponse:
    """Take the words, and lead to what is found for them. Nobody else's page may send somebody here."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(400)
    wait = over_limit("search", MOST_SEARCHES)
    if wait is not None:
        return too_many_page(wait)
    count_try("search", SEARCHES_WITHIN)
    words = " ".join(request.form.get("words", "").split())[:LONGEST]
    sealed = seal(words, str(current_app.config["SECRET_KEY"]), session) if words else None
    response = redirect(url_for(".results", s=sealed), 303)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/search")
def results() -> Response:
    """The page to search on, and with the sealed words (``s``) what is found for them; kept nowhere."""
    sealed = request.args.get("s", "")
    words = opened(sealed, str(current_app.config["SECRET_KEY"]), session) if sealed else None
    screen = search_screen(words) if words else SearchScreen(is_over=bool(sealed))
    response = make_response(render_template("search/results.html", screen=screen, longest=LONGEST))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/glossary")
def glossary() -> str:
    """The words of the field, in the reader's language, with what they mean."""
    return render_template("search/glossary.html", terms=glossary_lines(page_locale()))
