"""The addresses of the API: one for each operation, the description of all, and problems instead of pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify

from coplearn.api import cohorts, courses, hooks, meetings, members, outcomes, own, programs, reports, rosters
from coplearn.api.dispatch import answer, roll_back
from coplearn.api.guards import TooOften, Unknown, tell_rate
from coplearn.api.openapi import document
from coplearn.api.operations import PREFIX, REGISTRY, ApiOperation, Invalid, UnreadableRequest
from coplearn.kernel.errors import AppError
from coplearn.web.errors import stock_sentences
from coplearn.web.framework import csrf
from coplearn.web.problems import problem
from coplearn.web.render import say, say_phrase
from coplearn.web.request_checks import takes_json

PARTS = (courses, own, cohorts, members, meetings, outcomes, rosters, reports, hooks, programs)
"""The modules whose operations are served, in the order of the description."""

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
# A browser sends no bearer token by itself, and no cookie is read here: there is nothing to forge.
csrf.exempt(blueprint)


def _view(operation: ApiOperation) -> Callable[..., Response]:
    def view(**values: Any) -> Response:
        return answer(operation, values)

    return takes_json(view)


for _one in REGISTRY.values():
    blueprint.add_url_rule(_one.path, _one.name, _view(_one), methods=[_one.method])


@blueprint.get("/openapi.json")
def description() -> Response:
    """The description of the API, open to everybody."""
    response = jsonify(document())
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.errorhandler(AppError)
def refused(error: AppError) -> Response:
    """The refusal of the domain as a problem; what was begun is undone."""
    roll_back()
    title = say(stock_sentences(409 if error.status == 412 else error.status)[0])
    fields: list[dict[str, str]] = []
    if isinstance(error, Invalid):
        fields = [{"field": name, "message": say_phrase(phrase)} for name, phrase in error.fields.items()]
    elif isinstance(error, UnreadableRequest):
        fields = [dict(one) for one in error.errors]
    response = problem(error.status, title, say_phrase(error.phrase), fields)
    if isinstance(error, Unknown):
        response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.wait)
    return tell_rate(response)
