"""Checks of every request before any page sees it: forms of a bearable size, numbers a row can have, no NUL."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from flask import Flask, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import IntegerConverter

MOST: Final = 2**31 - 1
"""The largest number that the databases keep in the column of an id."""
_NUL: Final = "\0"
_MOST_FIELDS: Final = 5_000
"""Of one form; the longest of ours (a page of a register) has a few hundred."""
_FORM: Final = "application/x-www-form-urlencoded"

View = TypeVar("View", bound=Callable[..., Any])


class RowConverter(IntegerConverter):
    """``<int:…>`` in an address: a number that the databases can keep. A larger one is no page."""

    def __init__(self, map: Any, fixed_digits: int = 0, min: int | None = None, max: int | None = MOST) -> None:  # noqa: A002 - werkzeug's names
        super().__init__(map, fixed_digits, min, max)


def row_in_query(name: str) -> int | None:
    """The row that the query names, such as ``?before=7``; None for none, and for what no row can be."""
    number = request.args.get(name, type=int)
    return number if number is not None and 0 <= number <= MOST else None


def row_in_form(name: str) -> int:
    """The row that a form names; 0, which is none, for none and for what no row can be."""
    number = request.form.get(name, 0, type=int)
    return number if 0 <= number <= MOST else 0


def takes_json(view: View) -> View:
    """Let this view be sent JSON; every other is for forms, and WTForms would read JSON as one."""
    view.takes_json = True  # type: ignore[attr-defined] # a mark for the guard below
    return view


def json_sent() -> object:
    """The JSON that was sent; None for what is none, for NaN and the infinities, and for what is nested without end."""
    try:
        return json.loads(request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def _no_number(name: str) -> None:
    raise ValueError(name)


def register_request_checks(app: Flask) -> None:
    """Refuse what no page of this site sends; needs to come before whatever reads a form. To be called before routes are added."""
    app.url_map.converters["int"] = RowConverter

    @app.before_request
    def look() -> None:
        if any(isinstance(value, str) and _NUL in value for value in (request.view_args or {}).values()):
            abort(404)
        if request.method == "POST":
            _look_at_body(app)
        for name in ("args", "form"):
            sent: MultiDict[str, str] = getattr(request, name)
            # No person types one, and one of the databases takes none in a text; the form goes on without it.
            if any(_NUL in key or _NUL in value for key, value in sent.items(multi=True)):
                setattr(request, name, ImmutableMultiDict(_without_nul(sent)))


def _look_at_body(app: Flask) -> None:
    if request.is_json and not getattr(app.view_functions.get(request.endpoint or ""), "takes_json", False):
        abort(415)
    if request.mimetype == _FORM and request.get_data().count(b"&") >= _MOST_FIELDS:
        abort(413)


def _without_nul(sent: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in sent.items(multi=True):
        yield key.replace(_NUL, ""), value.replace(_NUL, "")
