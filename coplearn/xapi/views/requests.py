"""A request to the LRS as the standard has it: with its method, parameters and headers, wherever these were written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import request

from coplearn.xapi.rules import formats
from coplearn.xapi.rules.formats import Rejected, read_json
from coplearn.xapi.rules.statements import Json, read_actor, read_agent

OLD: Final = "1.0.3"
MEGABYTE: Final = 1_000_000
MODERN: Final = "2.0.0"
VERSIONS: Final = (OLD, MODERN)
_FORM: Final = "application/x-www-form-urlencoded"
_IN_FORM: Final = {
    "authorization": "Authorization",
    "x-experience-api-version": "X-Experience-API-Version",
    "content-type": "Content-Type",
    "content-length": "Content-Length",
    "if-match": "If-Match",
    "if-none-match": "If-None-Match",
    "accept": "Accept",
    "accept-language": "Accept-Language",
}
_METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})


@dataclass(frozen=True, slots=True)
class LrsRequest:
    """A request, after the alternate syntax of version 1.0.3 was undone (Communication, 1.3)."""

    method: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def modern(self) -> bool:
        """Whether it is of version 2.0."""
        return self.headers.get("X-Experience-API-Version", "").startswith("2.0")

    @property
    def content_type(self) -> str:
        """The media type of the body, with its parameters."""
        return self.headers.get("Content-Type", "")

    @property
    def media_type(self) -> str:
        """The same without them."""
        return self.content_type.partition(";")[0].strip().lower()

    def hold_params(self, *known: str) -> None:
        """Raise Rejected for a parameter that this resource does not know."""
        for name in self.params:
            if name not in known:
                raise Rejected(
                    400, f"{name}: this resource knows no such parameter; it knows {', '.join(known) or 'none'}."
                )

    def need(self, name: str) -> str:
        """A parameter that has to be there. Raises Rejected."""
        if name not in self.params:
            raise Rejected(400, f"{name}: this parameter is missing.")
        return self.params[name]

    def iri(self, name: str) -> str | None:
        """A parameter that is an IRI, as all of these raising Rejected for one that is not what it should be."""
        return self._text(name, formats.iri)

    def uuid(self, name: str) -> str | None:
        """A parameter that is a UUID."""
        return self._text(name, formats.canonical_uuid)

    def instant(self, name: str) -> datetime | None:
        """A parameter that is a timestamp."""
        text = self._text(name, formats.timestamp)
        return formats.instant(text) if text is not None else None

    def truth(self, name: str) -> bool:
        """A parameter that is true or false, which it is where it is missing."""
        value = self.params.get(name, "false")
        if value not in ("true", "false"):
            raise Rejected(400, f"{name}: is neither true nor false.")
        return value == "true"

    def number(self, name: str) -> int:
        """A parameter that is a whole number, 0 where it is missing."""
        value = self.params.get(name, "0")
        if not value.isascii() or not value.isdigit() or len(value) > 19:
            raise Rejected(400, f"{name}: is not a whole number from 0 on.")
        return int(value)

    def agent(self, *, groups: bool = False) -> Json | None:
        """The parameter ``agent``: an Agent, or with ``groups`` an identified Group as well."""
        if "agent" not in self.params:
            return None
        data = read_json(self.params["agent"], "agent")
        return read_actor(data) if groups else read_agent(data)

    def _text(self, name: str, read: Callable[[str], str]) -> str | None:
        if name not in self.params:
            return None
        try:
            return read(self.params[name])
        except ValueError as error:
            raise Rejected(400, f"{name}: {error}.") from None


def present_request() -> LrsRequest:
    """The present request. Raises Rejected for one that the standard does not know."""
    headers = {name: request.headers[name] for name in _IN_FORM.values() if name in request.headers}
    params = _single(request.args.to_dict(flat=False))
    if request.method == "POST" and "method" in params:
        return _alternate(params, headers)
    return LrsRequest(request.method, params, headers, request.get_data())


def _alternate(params: Mapping[str, str], headers: Mapping[str, str]) -> LrsRequest:
    method = params["method"].upper()
    if headers.get("X-Experience-API-Version", "").startswith("2."):
        raise Rejected(400, "method: version 2.0 has no alternate request syntax.")
    if set(params) != {"method"}:
        raise Rejected(400, "The alternate request syntax has no parameter but method in its address.")
    if method not in _METHODS:
        raise Rejected(400, f"method: {method[:20]} is none.")
    if request.mimetype != _FORM:
        raise Rejected(400, f"Content-Type: the alternate request syntax is {_FORM}.")
    form = _single(request.form.to_dict(flat=False))
    content = form.pop("content", "")
    # What the form says of its content is not what the request says of the form.
    own = {name: value for name, value in headers.items() if name not in ("Content-Type", "Content-Length")}
    for name in list(form):
        if name.lower() in _IN_FORM:
            own[_IN_FORM[name.lower()]] = form.pop(name)
    if own.get("X-Experience-API-Version", "").startswith("2."):
        raise Rejected(400, "method: version 2.0 has no alternate request syntax.")
    if content:
        own.setdefault("Content-Type", "application/json")
    return LrsRequest(method, form, own, content.encode())


def _single(values: Mapping[str, list[str]]) -> dict[str, str]:
    for name, found in values.items():
        if len(found) > 1:
            raise Rejected(400, f"{name}: stands more than once.")
    return {name: found[0] for name, found in values.items()}


def hold_version(asked: LrsRequest) -> None:
    """Raise Rejected for a version that this LRS does not speak (Communication, 3.3)."""
    version = asked.headers.get("X-Experience-API-Version", "")
    if not version:
        raise Rejected(400, "X-Experience-API-Version: this header is missing.")
    parts = version.split(".")
    if parts[:2] not in (["1", "0"], ["2", "0"]) or len(parts) > 3 or not all(part.isdigit() for part in parts):
        raise Rejected(400, f"X-Experience-API-Version: this LRS speaks 1.0.x and 2.0.x, not {version[:20]}.")
