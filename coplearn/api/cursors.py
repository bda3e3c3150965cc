"""Cursors: where a page of a list ends, as a sealed word that only we can make."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer

from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_


class NoCursor(AppError):
    """A cursor that we did not make, or made for another list (HTTP 400)."""

    status = 400

    def __init__(self) -> None:
        super().__init__(N_("This cursor leads nowhere. Begin at the first page."))


def _sealer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt=f"api cursor {request.path}")


def cursor_of(place: Any) -> str:
    """The cursor for a place of this request's list; ``place`` is plain JSON, such as a name and an id."""
    sealed = _sealer().dumps(place)
    return sealed if isinstance(sealed, str) else sealed.decode()


def place_of(cursor: str | None) -> Any:
    """The place that a cursor of this request's list stands for; None for none. Raises NoCursor."""
    if cursor is None:
        return None
    try:
        return _sealer().loads(cursor)
    except BadData:
        raise NoCursor from None
