"""Edits of one file of a course: a text replaced, something put behind it, or taken out; everything else stays as it is."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from markdown_it.token import Token

from coplearn.authoring.source import SourceFile
from coplearn.courses.contract import Message
from coplearn.courses.line_marks import marks_in
from coplearn.courses.markdown import CALLOUTS, block_tokens
from coplearn.courses.overlays.contract import BlockEdit, EditAction, said_plainly

GRAVE: Final = frozenset({"support", "care"})
"""Call-outs that say where help is and what is dangerous: what stands in one is never hidden."""
_BEGINNING: Final = re.compile(r"\s*(?:>\s*)?(?:(?:[-*+]|\d{1,9}[.)])\s+|#{1,6}\s+)?")
_ENTRY: Final = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+")
_PICTURE: Final = re.compile(r"!\[.*\](?=\(media:)")
_CELL: Final = re.compile(r"\.c(\d{1,2})\Z")
_BAR: Final = re.compile(r"(?<!\\)\|")
_HOLDERS: Final = frozenset({"paragraph_open", "heading_open", "tr_open"})


class Unfit(Exception):
    """An edit that cannot be made; says what is wrong and how to mend it."""

    def __init__(self, code: str, what: str, mend: str) -> None:
        super().__init__(what)
        self.code, self.what, self.mend = code, what, mend


@dataclass(frozen=True, slots=True)
class _Span:
    """The lines of a block in a body (``first`` to ``last``, from 0) and of what it stands in, up to but without ``end``."""

    first: int
    last: int
    end: int
    callout: str


def edited(source: SourceFile, changes: Sequence[tuple[BlockEdit, Message]]) -> str:
    """The text of the file after the changes; each comes with the text of the course that it is about. Raises Unfit."""
    data, lines = copy.deepcopy(dict(source.data)), source.body.split("\n")
    is_lesson = source.path.endswith(".md")
    for edit, message in changes:
        _unsay(data, message.context)
        key = message.context.partition("#")[2]
        if is_lesson and key != "title" and _id_of(key) in _ids(lines):
            lines = _EDITORS[edit.action](lines, key, edit)
        elif edit.action == EditAction.INSERT and is_lesson and key == "title":
            lines = [*edit.text.split("\n"), "", *lines]
        elif edit.action == EditAction.REPLACE:
            _set(data, _path_of(source, message), edit.text)
        else:
            what = f"{edit.block} is no block of a lesson: it can be replaced only."
            raise Unfit("overlay-block", what, "Write do: replace, or name a block of a lesson.")
    front = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=10_000)
    return f"---\n{front}---\n" + "\n".join(lines) if is_lesson else front


def is_grave(body: str, key: str) -> bool:
    """Whether the block stands in a call-out about help or danger."""
    return _span(body.split("\n"), _id_of(key)).callout in GRAVE


def _id_of(key: str) -> str:
    return key.partition(".")[0]


def _ids(lines: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name, _ in marks_in("\n".join(lines)).ids.values())


def _span(lines: Sequence[str], name: str) -> _Span:
    marks = marks_in("\n".join(lines))
    last = next(number for number, (found, _) in marks.ids.items() if found == name)
    tokens = [token for token in block_tokens("\n".join(marks.lines)) if _holds(token, last)]
    outer = next((token for token in tokens if token.level == 0), None)
    holders = [token.map[0] for token in tokens if token.type in _HOLDERS and token.map is not None]
    kind = outer.type.removeprefix("container_").removesuffix("_open") if outer is not None else ""
    # The end of a call-out is the line that closes it.
    end = outer.map[1] + (kind in CALLOUTS) if outer is not None and outer.map is not None else last + 1
    return _Span(holders[-1] if holders else last, last, end, kind if kind in CALLOUTS else "")


def _holds(token: Token, line: int) -> bool:
    return token.map is not None and token.map[0] <= line < token.map[1]


def _replace(lines: list[str], key: str, edit: BlockEdit) -> list[str]:
    span, words = _span(lines, _id_of(key)), " ".join(edit.text.split())
    line = lines[span.last]
    mark = line[line.rindex("{#") :]
    if "\n\n" in edit.text:
        raise Unfit(
            "overlay-text", f"The text for {edit.block} has two paragraphs.", "Put the second one after it: do: insert."
        )
    if cell := _CELL.search(key):
        bars = [found.start() for found in _BAR.finditer(line)]
        at = int(cell[1])
        if len(bars) <= at or "|" in words:
            raise Unfit("overlay-block", f"There is no such cell: {edit.block}.", "Look it up in course.pot.")
        return _with(lines, span.last, span.last, f"{line[: bars[at - 1] + 1]} {words} {line[bars[at] :]}")
    first = lines[span.first]
    if key.endswith(".alt"):
        return _with(lines, span.first, span.last, _PICTURE.sub(lambda _: f"![{words}]", first))
    beginning = _BEGINNING.match(first)
    return _with(lines, span.first, span.last, f"{beginning[0] if beginning else ''}{words} {mark}")


def _insert(lines: list[str], key: str, edit: BlockEdit) -> list[str]:
    span, fresh = _span(lines, _id_of(key)), edit.text.split("\n")
    if (_ENTRY.match(lines[span.first]) and _ENTRY.match(fresh[0])) or (_CELL.search(key) and fresh[0].startswith("|")):
        return [*lines[: span.last + 1], *fresh, *lines[span.last + 1 :]]
    return [*lines[: span.end], "", *fresh, "", *lines[span.end :]]


def _hide(lines: list[str], key: str, edit: BlockEdit) -> list[str]:
    span = _span(lines, _id_of(key))
    return [*lines[: span.first], *lines[span.last + 1 :]]


def _with(lines: Sequence[str], first: int, last: int, line: str) -> list[str]:
    return [*lines[:first], line, *lines[last + 1 :]]


_EDITORS: Final[Mapping[EditAction, Callable[[list[str], str, BlockEdit], list[str]]]] = {
    EditAction.REPLACE: _replace,
    EditAction.INSERT: _insert,
    EditAction.HIDE: _hide,
}


def _unsay(data: dict[str, Any], context: str) -> None:
    """Take out how the text is said aloud: that was of the words before."""
    said = data.get("say")
    if isinstance(said, dict):
        said.pop(context.partition("#")[2], None)
        if not said:
            del data["say"]


def _path_of(source: SourceFile, message: Message) -> list[str]:
    """The keys that lead to the text in the file's data: by its line, and by what it says."""
    found = [
        key for key, said in _texts(source.data) if source.lines.get(key) == message.place.line and said == message.text
    ]
    if len(found) != 1:
        what = f"The text {message.context} cannot be told apart in {source.path}."
        raise Unfit("overlay-block", what, "Report it to us; until then leave it as it is.")
    return found[0].split(".")


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    inside = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield from _texts(one, f"{key}.{name}" if key else str(name))
    if isinstance(value, str):
        yield key, said_plainly(value)


def _set(data: Any, path: Sequence[str], text: str) -> None:
    *before, last = path
    for name in before:
        data = data[int(name)] if isinstance(data, list) else data[name]
    data[int(last) if isinstance(data, list) else last] = text
