"""The door for programs of the site: a client's name and secret for a key of an hour (OAuth 2.0, RFC 6749, 4.4)."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from flask import Response, current_app, request
from werkzeug.datastructures import MultiDict

from coplearn.api.operations import Call, operation
from coplearn.api.shapes import RequestShape, ResponseShape
from coplearn.kernel.clock import utcnow
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.tokens.rules import TokenScope
from coplearn.tokens.service import exchange
from coplearn.web.limits import count_try, over_limit

_MOST, _WINDOW = 60, 600
"""Wrong names and secrets of one network address in so many seconds."""
_KNOWN: Final = {scope.value for scope in TokenScope}


class ClientGrant(RequestShape):
    """A client's request for a grant, as a form."""

    grant_type: str
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""


class BearerOut(ResponseShape):
    """A key for an hour."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


@operation(
    "POST",
    "/oauth/token",
    "Get a key for a client",
    None,
    form=ClientGrant,
    answer=BearerOut,
    is_open=True,
)
def give_key(_call: Call) -> Response:
    """Exchange a client's name and secret for a key of an hour. Send `grant_type=client_credentials` as a form, the name and
    the secret by Basic authentication or as `client_id` and `client_secret`, and the scopes wanted as `scope`."""
    wait = over_limit("api-client", _MOST)
    if wait is not None:
        return _refused("slow_down", 429, math.ceil(wait))
    form: MultiDict[str, str] = request.form
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type" if form.get("grant_type") else "invalid_request", 400)
    wanted = form.get("scope", "").split() or None
    if wanted is not None and not set(wanted) <= _KNOWN:
        return _refused("invalid_scope", 400)
    client_id, secret = _proof(form)
    session, now = current_session(current_app), utcnow()
    made = exchange(session, client_id, secret, wanted, site().staff, now)
    if made is None:
        session.rollback()
        count_try("api-client", _WINDOW)
        return _refused("invalid_client", 401)
    session.commit()
    seconds = int((made.token.until - now).total_seconds())
    body = {
        "access_token": made.secret,
        "token_type": "Bearer",
        "expires_in": seconds,
        "scope": " ".join(made.token.scopes),
    }
    return _answer(body, 200)


def _proof(form: MultiDict[str, str]) -> tuple[str, str]:
    given = request.authorization
    if given is not None and given.type == "basic":
        return given.username or "", given.password or ""
    return form.get("client_id", ""), form.get("client_secret", "")


def _refused(code: str, status: int, wait: int = 0) -> Response:
    response = _answer({"error": code}, status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="api"'
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


def _answer(body: dict[str, Any], status: int) -> Response:
    response = Response(json.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
