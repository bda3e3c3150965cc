"""The largest body of each route: said where the route is, asked by the server before the body is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from flask import Flask, abort, request, session
from werkzeug.exceptions import HTTPException

from coplearn.serving.limits import DEFAULT_ROOM, REFUSED
from coplearn.settings import Settings
from coplearn.site import site_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])
Room = int | Callable[[Settings], int]
_MARK: Final = "coplearn_takes"


@dataclass(frozen=True, slots=True)
class _Takes:
    """The limits of a route: bytes, from whom, and whether a single field of text may be that large too."""

    room: Room
    signed_in: bool
    text: bool


_USUAL: Final = _Takes(DEFAULT_ROOM, signed_in=False, text=False)


def takes_up_to(room: Room, *, signed_in: bool = False, text: bool = False) -> Callable[[View], View]:
    """Let so many bytes in at this route (a number, or what the settings say), if ``signed_in`` only from somebody who is.

    What stands in it is not ``text`` unless said.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, _Takes(room, signed_in, text))
        return view

    return mark


def register_body_limits(app: Flask) -> None:
    """Hold every request to what its route takes, and answer for bodies that the server did not take."""
    app.config["MAX_CONTENT_LENGTH"] = DEFAULT_ROOM

    @app.url_value_preprocessor
    def make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        takes = _takes(app, endpoint)
        if takes is not _USUAL and (not takes.signed_in or "_user_id" in session):
            request.max_content_length = _bytes(app, takes)
            if takes.text:
                request.max_form_memory_size = _bytes(app, takes)

    @app.before_request
    def refuse() -> None:
        status = request.environ.get(REFUSED)
        if status is not None:
            abort(status)


def room_for(app: Flask) -> Callable[[WSGIEnvironment], int]:
    """A function that tells how many bytes the route of a request takes."""

    def room(environ: WSGIEnvironment) -> int:
        asked = app.request_class(environ)
        try:
            with app.app_context():
                adapter = app.create_url_adapter(asked)
                endpoint = adapter.match()[0] if adapter is not None else None
        except HTTPException:
            return DEFAULT_ROOM
        takes = _takes(app, endpoint)
        if takes.signed_in and "_user_id" not in (app.session_interface.open_session(app, asked) or ()):
            return DEFAULT_ROOM
        return _bytes(app, takes)

    return room


def _bytes(app: Flask, takes: _Takes) -> int:
    return takes.room if isinstance(takes.room, int) else takes.room(site_of(app).settings)


def _takes(app: Flask, endpoint: str | None) -> _Takes:
    found: _Takes = getattr(app.view_functions.get(endpoint or ""), _MARK, _USUAL)
    return found
