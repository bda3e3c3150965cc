"""A NUL in what somebody sends: no person types one, and one of the databases takes none in a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from flask import Blueprint, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

_NUL: Final = "\0"


def guard_against_nul(blueprint: Blueprint) -> None:
    """Let no view of the blueprint see a NUL: an address with one leads nowhere, and forms and queries go on without it."""
    blueprint.before_request(_drop)


def _drop() -> None:
    if any(isinstance(value, str) and _NUL in value for value in (request.view_args or {}).values()):
        abort(404)
    for name in ("args", "form"):
        sent: MultiDict[str, str] = getattr(request, name)
        if any(_NUL in key or _NUL in value for key, value in sent.items(multi=True)):
            setattr(request, name, ImmutableMultiDict(_without(sent)))


def _without(sent: MultiDict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in sent.items(multi=True):
        yield key.replace(_NUL, ""), value.replace(_NUL, "")
