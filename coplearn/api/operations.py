"""An operation: method, address, scope, what is sent, what is answered, and the function that calls the verb of the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from flask import Response, current_app
from pydantic import BaseModel
from sqlalchemy.orm import Session

from coplearn.accounts.guards import session_key
from coplearn.api.shapes import RequestShape, ResponseShape
from coplearn.kernel.errors import AppError
from coplearn.kernel.text import N_, Phrase
from coplearn.storage.database import current_session
from coplearn.tokens.queries import Bearer
from coplearn.tokens.rules import TokenScope

PREFIX: Final = "/api/v1"
Function = TypeVar("Function", bound=Callable[..., Any])


class Invalid(AppError):
    """Refusal: a request breaks the law of its fields (HTTP 422); ``fields`` has a sentence for each."""

    status = 422

    def __init__(self, fields: Mapping[str, Phrase]) -> None:
        super().__init__(N_("Some of the fields are not right. Nothing was changed."))
        self.fields = fields


def refuse_if(problems: Mapping[str, Phrase]) -> None:
    """Refuse what breaks the law of its fields. Raises Invalid."""
    if problems:
        raise Invalid(problems)


class UnreadableRequest(AppError):
    """Refusal: a request cannot be read (HTTP 400, or 415 and 422); ``errors`` say where, for programs."""

    def __init__(self, status: int, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(N_("What was sent could not be read. Nothing was changed."))
        self.status, self.errors = status, errors


class Precondition(AppError):
    """A change without the version it was made from (HTTP 428), or from another one than stands now (HTTP 412)."""

    def __init__(self, *, missing: bool) -> None:
        text = N_("This was changed meanwhile. Read it again, then send your change with the new ETag.")
        super().__init__(N_("Say which version you change: send its ETag as If-Match.") if missing else text)
        self.status = 428 if missing else 412


@dataclass(frozen=True, slots=True)
class Made:
    """The thing that a POST made: its address, and itself."""

    location: str
    thing: BaseModel
    once: BaseModel | None = None
    """The same with what is told this once, such as a secret."""


@dataclass(frozen=True, slots=True)
class Call:
    """The request as an operation sees it."""

    bearer: Bearer | None

    @property
    def session(self) -> Session:
        """The request's database session; the answer commits it."""
        return current_session(current_app)

    @property
    def user_id(self) -> int:
        """The id of the person whose key it is."""
        assert self.bearer is not None
        return self.bearer.user_id

    @property
    def key(self) -> str:
        """The key of the person's session, as the guards of the pages read it."""
        return session_key() or ""


@dataclass(frozen=True, kw_only=True)
class ApiOperation:
    """One operation. ``path`` is Flask's, behind :data:`PREFIX`; the function's docstring is its description."""

    name: str
    method: str
    path: str
    tag: str
    summary: str
    scope: TokenScope | None
    function: Callable[..., Any]
    query: type[RequestShape] | None = None
    body: type[RequestShape] | None = None
    form: type[RequestShape] | None = None
    """What is sent where it is a form, for the description; the function reads it."""
    answer: type[ResponseShape] | None = None
    media: str = "application/json"
    status: int = 200
    current: Callable[..., BaseModel] | None = None
    """What a change is made from: reads it as the GET of the same address does, under the lock of the change. Asks for If-Match."""
    counts_once: bool = False
    """Whether what is sent carries keys of its own, so that the action needs none."""
    is_open: bool = False
    """Whether it needs no key."""
    names: tuple[str, ...] = field(default=())
    """The parts of the address that vary."""

    @property
    def endpoint(self) -> str:
        """The operation's name in Flask."""
        return f"api.{self.name}"


REGISTRY: Final[dict[str, ApiOperation]] = {}
"""Every operation by name, in the order in which they are written."""


def operation(
    method: str, path: str, summary: str, scope: TokenScope | None, **rest: Any
) -> Callable[[Function], Function]:
    """Make a function an operation; ``rest`` are fields of :class:`ApiOperation`. Its name is the operation's."""

    def register(function: Function) -> Function:
        name = function.__name__
        if name in REGISTRY:
            raise ValueError(f"There is an operation {name} already.")
        tag = function.__module__.rpartition(".")[2]
        names = tuple(part.partition(">")[0] for part in path.split("<")[1:])
        REGISTRY[name] = ApiOperation(
            name=name,
            method=method,
            path=path,
            tag=tag,
            summary=summary,
            scope=scope,
            function=function,
            names=names,
            **rest,
        )
        return function

    return register


Result = BaseModel | Made | Response | None
"""What an operation gives: a thing, what it made, a file, or nothing (204)."""
