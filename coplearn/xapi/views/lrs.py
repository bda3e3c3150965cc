"""The LRS: its resources at ``/xapi/``, the addresses from which launched packages fetch their token, and our own profile."""

from __future__ import annotations

import hashlib
import json
from typing import Final

import structlog
from flask import Blueprint, Response, current_app, g, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from coplearn.kernel.clock import utcnow
from coplearn.settings import Settings
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.body_limits import takes_up_to
from coplearn.web.errors import could_not_store
from coplearn.web.framework import csrf
from coplearn.web.limits import count_try, over_limit
from coplearn.web.logs import kind_and_place
from coplearn.web.request_checks import takes_json
from coplearn.xapi.documents import profile_document
from coplearn.xapi.guards import hold_rate, present_sender
from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.rules.records import profile_id
from coplearn.xapi.service.packages import fetch_token
from coplearn.xapi.views.documents import activity_profiles, agent_profiles, states
from coplearn.xapi.views.known import about, activities, agents
from coplearn.xapi.views.requests import MEGABYTE, MODERN, OLD, LrsRequest, hold_version, present_request
from coplearn.xapi.views.statements import statements

blueprint = Blueprint("lrs", __name__, url_prefix="/xapi")
log = structlog.get_logger("coplearn.xapi")

_RESOURCES: Final = {
    "statements": statements,
    "activities": activities,
    "activities/state": states,
    "activities/profile": activity_profiles,
    "agents": agents,
    "agents/profile": agent_profiles,
}
_ALL_METHODS: Final = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]
_WRONG_FETCHES: Final = 30
_ANYWHERE: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, Accept-Language, If-Match, If-None-Match, "
    "X-Experience-API-Version, X-Experience-API-Hash, Content-Transfer-Encoding",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Content-Type, X-Experience-API-Version, "
    "X-Experience-API-Consistent-Through, Retry-After",
    "Access-Control-Max-Age": "600",
}
"""Packages stand on other hosts. Who speaks here is known by a key in a header, never by a cookie, so any page may ask."""


def room_for_lrs(settings: Settings) -> int:
    """The bytes of the largest request."""
    return settings.lrs_megabytes * MEGABYTE


@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
@takes_json
@takes_up_to(room_for_lrs, text=True)
def resource(name: str) -> Response:
    """Answer for one of the resources of the standard, to whoever has a key or a package's session."""
    if request.method == "OPTIONS":
        return Response(status=204)
    asked = present_request()
    g.xapi_modern = asked.modern
    if name == "about":
        return about(asked)
    hold_version(asked)
    sender = present_sender(asked.headers.get("Authorization", ""))
    hold_rate(sender)
    answer = _RESOURCES[name](asked, sender)
    return _tagged(answer, asked)


def _tagged(answer: Response, asked: LrsRequest) -> Response:
    if asked.method in ("GET", "HEAD") and answer.status_code == 200 and "ETag" not in answer.headers:
        answer.headers["ETag"] = f'"{hashlib.sha1(answer.get_data(), usedforsecurity=False).hexdigest()}"'
    return answer


for _name in (*_RESOURCES, "about"):
    blueprint.add_url_rule(
        f"/{_name}",
        _name.replace("/", "_"),
        resource,
        methods=_ALL_METHODS,
        defaults={"name": _name},
        provide_automatic_options=False,
    )


@blueprint.route("/fetch/<token>", methods=["POST", "OPTIONS"], provide_automatic_options=False)
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF is not typed
@takes_json
def fetch(token: str) -> Response:
    """Give a launched package its authorization token, once (cmi5, 8.2)."""
    if request.method == "OPTIONS":
        return Response(status=204)
    database = current_session(current_app)
    if over_limit("xapi-fetch", _WRONG_FETCHES) is not None:
        return _json({"error-code": "2", "error-text": "Too many tries. Wait some minutes."}, 429)
    try:
        given = fetch_token(database, token, utcnow())
    except Rejected as error:
        database.rollback()
        count_try("xapi-fetch", 600)
        # Asked for again it is an answer all the same, and its error stands in the answer (cmi5, 8.2.2).
        used = "already" in error.error
        told = {"error-code": "1" if used else "2", "error-text": error.error}
        return _json(told, 200 if used else error.status)
    database.commit()
    return _json({"auth-token": given}, 200)


@blueprint.get("/profile")
def profile() -> Response:
    """Our own profile of statements as JSON-LD, with its words in every language of the site."""
    answer = _json(profile_document(profile_id(site().settings.address)), 200)
    answer.headers["Content-Type"] = "application/ld+json"
    return answer


@blueprint.after_request
def _headed(response: Response) -> Response:
    response.headers.update(_ANYWHERE)
    response.headers["X-Experience-API-Version"] = MODERN if g.get("xapi_modern") else OLD
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _json(body: object, status: int) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


def _refusal(status: int, error: str) -> Response:
    current_session(current_app).rollback()
    answer = _json({"error": error, "status": status, "request": g.get("request_id", "")}, status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8"'
    return answer


@blueprint.errorhandler(Rejected)
def _rejected(error: Rejected) -> Response:
    answer = _refusal(error.status, error.error)
    if error.status in (429, 503):
        answer.headers["Retry-After"] = "5"
    return answer


@blueprint.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    status = error.code or 500
    said = {413: "The request is larger than this LRS takes.", 408: "The request took too long to arrive."}
    return _refusal(status, said.get(status, error.name))


@blueprint.errorhandler(OperationalError)
def _busy(error: OperationalError) -> Response:
    log.error("database_unavailable", request_id=g.get("request_id"), kind=type(error.orig).__name__)
    could_not_store.send(current_app._get_current_object(), error=error)  # type: ignore[attr-defined] # the proxy hides it
    answer = _refusal(503, "The database is busy. Nothing was stored; send the request again.")
    answer.headers["Retry-After"] = "5"
    return answer


@blueprint.errorhandler(Exception)
def _fault(error: Exception) -> Response:
    log.error("fault", endpoint=request.endpoint, request_id=g.get("request_id"), **kind_and_place(error))
    return _refusal(500, "A fault of this LRS. It was noted under the number of this request.")
