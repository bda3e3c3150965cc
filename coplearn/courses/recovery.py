"""The parts of an unusable file that can still be read: the id it claims, its Markdown, its links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Final

from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import Json, SourceFile
from coplearn.courses.contract import Message
from coplearn.courses.markdown import parse_body
from coplearn.courses.source import MAX_BYTES, split_front
from coplearn.courses.tree import Body
from coplearn.kernel.words import ID_PATTERN

_ID_LINE: Final = re.compile(r"^id:[ \t]*(.*?)[ \t]*(?:#.*)?$", re.MULTILINE)
_NUMBER: Final = re.compile(r"^[0-9]+[a-z]?-")


@dataclass(slots=True)
class Recovered:
    """Everything that a course's unusable files still say, so that the rest is judged as if they were whole."""

    names: set[str] = field(default_factory=set)
    """Ids that links may well mean by such a file."""
    modules: set[str] = field(default_factory=set)
    """The modules whose sources are not known."""
    unseen: set[str] = field(default_factory=set)
    """The modules in which a file could not even be looked into, so that what it uses is not known."""
    texts: list[tuple[str, Message]] = field(default_factory=list)
    """Texts of which only the links are to be judged, each with its module."""


def readable_text(root: Path, path: str) -> str:
    """The file's text as far as it is one, with every byte that is none replaced; empty when it must not be read."""
    file = root / path
    try:
        if file.is_symlink() or not file.resolve().is_relative_to(root.resolve()) or not file.is_file():
            return ""
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES)
    except (OSError, ValueError):
        return ""
    text = raw.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def claimed_id(text: str) -> str:
    """The text after the first ``id:`` at a line's beginning, well formed or not; empty when there is none."""
    found = _ID_LINE.search(text)
    return found[1].strip("\"'") if found else ""


def likely_ids(written: object, path: str) -> set[str]:
    """The ids that links may mean by a file whose own id is wrong or missing: what it says, spelt right, and its name."""
    said = re.sub(r"[^a-z0-9]+", "-", str(written or "").lower()).strip("-")
    named = _NUMBER.sub("", PurePath(path).stem)
    return {name for name in (said, named) if ID_PATTERN.fullmatch(name)}


def readable_body(path: str, text: str, problems: Problems) -> Body:
    """The Markdown of a file whose front matter is unusable; all of the text where front matter cannot be told from it."""
    _, body, line = split_front(text) or ("", text, 1)
    return parse_body(SourceFile(path, {}, {}, body, line), problems)


def linking_texts(source: SourceFile) -> Iterator[Message]:
    """The texts of a YAML file that have a link in them, whatever they are for."""

    def walk(value: Json, key: str) -> Iterator[Message]:
        if isinstance(value, str):
            if "](" in value:
                yield Message("", value, source.place(key))
        elif isinstance(value, dict | list):
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            for name, inside in pairs:
                yield from walk(inside, f"{key}.{name}" if key else str(name))

    return walk(source.data, "")


def linking_lines(path: str, text: str) -> Iterator[Message]:
    """The same of a file whose YAML cannot be read: its lines, comments left out."""
    for number, line in enumerate(text.split("\n"), 1):
        if "](" in line and not line.lstrip().startswith("#"):
            yield Message("", line.strip(), Place(path, number))
