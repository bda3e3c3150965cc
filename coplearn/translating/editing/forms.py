"""The editor's forms, read with care: a number is a number, and a text is taken as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from coplearn.translating.editing.queries import Cursor
from coplearn.translating.store import rules

EditorAction = Literal["save", "next", "publish", "review", "approve", "suggest", "show"]
_LONGEST_NUMBER: Final = 12
LONGEST_SEARCH: Final = 200


@dataclass(frozen=True, slots=True)
class TextForm:
    """A translation as it was sent.

    ``rev`` is the revision it was made from, ``based_on`` the source text that was on the page, ``action`` the button.
    """

    forms: tuple[str, ...]
    rev: int
    based_on: str
    needs_work: bool
    note: str
    action: EditorAction


def read_text_form(form: MultiDict[str, str], count: int) -> TextForm:
    """Read it; ``count`` is how many texts there are boxes for. Raises BadRequest when one is missing."""
    names = [f"form-{number}" for number in range(count)]
    if not all(name in form for name in names):
        raise BadRequest
    action = form.get("do", "save")
    if action not in get_args(EditorAction):
        raise BadRequest
    return TextForm(
        tuple(rules.tidy(form[name]) for name in names),
        read_number(form, "rev"),
        rules.tidy(form.get("based_on", "")),
        form.get("needs_work") == "yes",
        form.get("note", ""),
        cast(EditorAction, action),
    )


def read_number(values: Mapping[str, str], name: str) -> int:
    """A whole number from 0. Raises BadRequest for anything else."""
    text = values.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise BadRequest
    return int(text)


def read_cursor(values: Mapping[str, str], name: str) -> Cursor | None:
    """A place in the list such as ``12.345``; None for none and for what is no place."""
    parts = values.get(name, "").split(".")
    if len(parts) != 2 or not all(
        part.isascii() and part.isdecimal() and len(part) <= _LONGEST_NUMBER for part in parts
    ):
        return None
    return int(parts[0]), int(parts[1])
