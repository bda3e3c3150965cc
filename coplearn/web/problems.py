"""Refusals as programs read them: ``application/problem+json`` (RFC 9457), with a sentence in the caller's language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from flask import Response, g

API: Final = "/api/"
"""How the addresses begin that are for programs: no cookie is read there, and no page answers."""
PROBLEM: Final = "application/problem+json"


def is_api(path: str) -> bool:
    """Whether a program asks at that address."""
    return path.startswith(API)


def problem(
    status: int, title: str, detail: str, errors: Sequence[Mapping[str, str]] = (), *, request_id: str = ""
) -> Response:
    """The refusal: what it is, what to do, and what is wrong with which field; both sentences are said already."""
    body: dict[str, object] = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if errors:
        body["errors"] = list(errors)
    if request_id:
        body["instance"] = f"urn:request:{request_id}"
    response = Response(json.dumps(body, ensure_ascii=False), status, content_type=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    locale = g.get("locale")
    if locale is not None:
        response.headers["Content-Language"] = locale.bcp47
    response.headers["Vary"] = "Accept-Language"
    return response
