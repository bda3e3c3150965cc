"""The way from a request to an operation and back: who asks, what was sent, once for each key, and from the version that stands."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from flask import Response, current_app, request
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from coplearn.api.guards import authenticate, tell_rate
from coplearn.api.operations import PREFIX, REGISTRY, ApiOperation, Call, Made, Precondition, Result, UnreadableRequest
from coplearn.api.shapes import RequestShape
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.storage.database import current_session
from coplearn.storage.form_keys import keep_result, result_of, take_form
from coplearn.web.request_checks import json_sent

_LONGEST_KEY: Final = 255
_KEEP: Final = "private, no-cache"


def answer(operation: ApiOperation, values: dict[str, Any]) -> Response:
    """Answer a request to that operation; ``values`` are the parts of the address."""
    bearer = None if operation.is_open else authenticate(operation.scope)
    call = Call(bearer)
    sent = dict(values)
    if operation.query is not None:
        sent["query"] = _query(operation.query)
    if operation.body is not None:
        sent["body"] = _body(operation.body)
    if operation.method == "GET":
        return tell_rate(_read(operation, call, sent))
    if operation.method == "POST" and not (operation.is_open or operation.counts_once):
        return tell_rate(_once(operation, call, sent))
    if operation.current is not None:
        _match(operation.current(call, **values))
    result = operation.function(call, **sent)
    call.session.commit()
    return tell_rate(_told(operation, result))


# ── What was sent ──


def _query(shape: type[RequestShape]) -> RequestShape:
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        raise UnreadableRequest(400, [{"field": name, "code": "given_twice"} for name in twice])
    return _checked(shape, request.args.to_dict(), 400)


def _body(shape: type[RequestShape]) -> RequestShape:
    if request.mimetype != "application/json":
        raise UnreadableRequest(415)
    sent = json_sent()
    if not isinstance(sent, dict):
        raise UnreadableRequest(400)
    return _checked(shape, sent, 422)


def _checked(shape: type[RequestShape], values: dict[str, Any], status: int) -> RequestShape:
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        wrong = [{"field": ".".join(map(str, one["loc"])), "code": one["type"]} for one in found[:50]]
        raise UnreadableRequest(status, wrong) from None


# ── What is answered ──


def _read(operation: ApiOperation, call: Call, sent: dict[str, Any]) -> Response:
    result = operation.function(call, **sent)
    if isinstance(result, Response):
        return result
    response = _told(operation, result)
    tag = _tag(response.get_data())
    if request.if_none_match.contains(tag):
        response.set_data(b"")
        response.status_code = 304
        response.headers.pop("Content-Type", None)
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Cache-Control"] = _KEEP
    return response


def _tag(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def _json(thing: BaseModel) -> bytes:
    return thing.model_dump_json().encode()


def _told(operation: ApiOperation, result: Result) -> Response:
    if isinstance(result, Response):
        return result
    if isinstance(result, Made):
        response = Response(_json(result.once or result.thing), operation.status, mimetype="application/json")
        response.headers["Location"] = result.location
        response.headers["ETag"] = f'"{_tag(_json(result.thing))}"'
    elif result is None:
        response = Response(b"", 204)
        response.headers.pop("Content-Type", None)
    else:
        body = _json(result)
        response = Response(body, operation.status, mimetype="application/json")
        if operation.method == "PATCH":
            response.headers["ETag"] = f'"{_tag(body)}"'
    response.headers["Cache-Control"] = "no-store" if operation.method != "GET" else _KEEP
    response.headers["Vary"] = "Authorization, Accept-Language"
    return response


# ── Once, and from what stands ──


def _match(current: BaseModel) -> None:
    """Let a change go on that was made from what stands now. Raises Precondition."""
    if "If-Match" not in request.headers:
        raise Precondition(missing=True)
    if not request.if_match.star_tag and not request.if_match.contains(_tag(_json(current))):
        raise Precondition(missing=False)


def _once(operation: ApiOperation, call: Call, sent: dict[str, Any]) -> Response:
    """Do what is asked once for each ``Idempotency-Key``: sent again, it leads to what it made, and changes nothing
    (draft-ietf-httpapi-idempotency-key-header). Kept as the keys of forms are, in the transaction of the action."""
    given = request.headers.get("Idempotency-Key", "")
    if len(given) > _LONGEST_KEY:
        raise UnreadableRequest(400, [{"field": "Idempotency-Key", "code": "too_long"}])
    session = call.session
    key, body = _key_of(given, call.user_id), hashlib.sha256(request.get_data()).hexdigest()
    if given and not take_form(session, key, utcnow()):
        return _again(session, operation, call, key, body)
    result = operation.function(call, **sent)
    if given:
        keep_result(session, key, json.dumps([body, result.location if isinstance(result, Made) else ""]))
    session.commit()
    return _told(operation, result)


def _key_of(given: str, user_id: int) -> str:
    return hashlib.sha256("\0".join(("api", str(user_id), request.path, given)).encode()).hexdigest()


def _again(session: Session, operation: ApiOperation, call: Call, key: str, body: str) -> Response:
    kept: list[str] = json.loads(result_of(session, key) or '["", ""]')
    session.rollback()
    if kept[0] != body:
        raise Refused(N_("This Idempotency-Key came before, with something else in it. Nothing was changed."))
    if not kept[1]:
        response = Response(b"", 204)
    else:
        found, values = _operation_at(kept[1])
        response = _told(operation, Made(kept[1], found.function(call, **values)))
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _operation_at(location: str) -> tuple[ApiOperation, dict[str, Any]]:
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None and location.startswith(PREFIX)
    endpoint, values = adapter.match(location, "GET")
    return REGISTRY[str(endpoint).partition(".")[2]], dict(values)


def roll_back() -> None:
    """Undo what a refused operation began."""
    current_session(current_app).rollback()
