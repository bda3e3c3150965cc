"""A second look at what somebody wrote, before it is kept: once, and never in their way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Final, ParamSpec

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from coplearn.privacy.telling import tells

P = ParamSpec("P")
LOOKED: Final = "looked"
"""The hidden field of a form that was looked at."""
LOOKS_AT: Final = "looks_at"
"""The attribute of a view that names the fields which are looked at; none named are all."""
_NO_TEXTS: Final = frozenset({"csrf_token", "form_key", "key", "made-of", "op_id", "seed", "zone", LOOKED})

blueprint = Blueprint("privacy", __name__, template_folder="templates")


def looks_twice(*fields: str) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Let a view ask once more where one of those fields (of any, where none is named) seems to tell a name or a telephone.

    The page that asks has everything that was sent, and sends it again; what it is sent from there is kept as it is. A
    form with a file is not asked about: the browser would have lost the file.
    """

    def decorate(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def looked_at(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            found = {} if LOOKED in request.form or _has_file() else _found(fields)
            if not found:
                return view(*args, **kwargs)
            sent = [(name, value) for name, value in request.form.items(multi=True) if name not in found]
            pieces = list(dict.fromkeys(piece for told in found.values() for piece in told))
            texts = {name: request.form[name] for name in found}
            return render_template("privacy/look.html", sent=sent, texts=texts, pieces=pieces, looked=LOOKED), 422

        vars(looked_at)[LOOKS_AT] = fields
        return looked_at

    return decorate


def _has_file() -> bool:
    return any(file.filename for file in request.files.values())


def _found(fields: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {name: told for name, text in _texts(fields) if (told := tells(text))}


def _texts(fields: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in fields or request.form:
        # Ids and choices have no space in them.
        if (
            name not in _NO_TEXTS
            and len(text := request.form.get(name, "")) > 6
            and (fields or " " in text or text[0] in "+0")
        ):
            yield name, text
