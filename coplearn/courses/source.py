"""Read a course's files without ever raising: every fault becomes a problem with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar, Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import Json, SourceFile

MAX_BYTES: Final = 1_000_000
"""No file of a course may be larger, drawings and catalogs' sources included."""

_BOM: Final = "\ufeff"
_TAG: Final = "tag:yaml.org,2002:"
# libyaml is ten times as fast and refuses what is nested too deep; an installation without it reads the same, slower.
_Parser: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _Loader(_Parser):  # type: ignore[misc]
    """Composes nodes by the core schema of YAML 1.2: a plain ``no`` is a word and ``1:30`` a text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]{1,15}", list("-+0123456789")),
    ("float", r"[-+]?[0-9]{1,15}\.[0-9]{0,15}", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"(?:{_pattern})\\Z"), _first)


def read_text(root: Path, path: str, problems: Problems) -> str | None:
    """The text of ``path`` in the course's folder ``root`` with LF line ends, or None with a problem noted."""
    place = Place(path)
    file = root / path
    try:
        if file.is_symlink() or not file.resolve().is_relative_to(root.resolve()):
            problems.error(
                place, "file-outside", "This file leads out of the course's folder.", "Copy it into the folder."
            )
            return None
        if not file.is_file():
            problems.error(
                place, "file-missing", "This file is not there.", "Add it, or mend the name that points to it."
            )
            return None
        if file.stat().st_size > MAX_BYTES:
            problems.error(place, "file-too-big", "This file is larger than 1 MB.", "Split it or make it smaller.")
            return None
        raw = file.read_bytes()
    except (OSError, ValueError) as error:
        problems.error(
            place, "file-unreadable", f"This file cannot be read ({type(error).__name__}).", "Check its rights."
        )
        return None
    return _decoded(raw, place, problems)


def _decoded(raw: bytes, place: Place, problems: Problems) -> str | None:
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        problems.error(
            Place(place.path, line), "file-nul", "A NUL character is in this file.", "Save it as plain UTF-8 text."
        )
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problems.error(Place(place.path, line), "file-encoding", "This is not UTF-8.", "Save the file as UTF-8.")
        return None
    if text.startswith(_BOM):
        problems.error(
            Place(place.path, 1), "file-bom", "The file begins with a byte order mark.", "Save it without one."
        )
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_source(root: Path, path: str, problems: Problems) -> SourceFile | None:
    """Read a ``.yaml`` file, or a ``.md`` file with front matter; None when nothing usable remains."""
    text = read_text(root, path, problems)
    if text is None:
        return None
    if not path.endswith(".md"):
        return _mapping(text, path, 1, "", 1, problems)
    front = split_front(text)
    if front is None:
        problems.error(
            Place(path, 1),
            "front-matter",
            "The file does not begin with front matter.",
            "Begin with a line ---, then id, kind, title and minutes, then a line ---.",
        )
        return None
    return _mapping(front[0], path, 2, front[1], front[2], problems)


def split_front(text: str) -> tuple[str, str, int] | None:
    """The front matter, the body after it and the body's first line (from 1); None when there is no front matter."""
    lines = text.split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if lines[0].rstrip() != "---" or end is None:
        return None
    return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2


def _mapping(text: str, path: str, first: int, body: str, body_line: int, problems: Problems) -> SourceFile | None:
    node = _composed(text, path, first, problems)
    if node is None:
        return None
    reading = _Reading(path, first, problems)
    try:
        data = reading.value(node, "")
    except RecursionError:
        problems.error(Place(path, first), "yaml-syntax", "The YAML is nested too deep.", "Make it flatter.")
        return None
    if not isinstance(data, dict):
        problems.error(
            Place(path, first), "yaml-syntax", "This is not a list of keys and values.", "Write key: value lines."
        )
        return None
    return SourceFile(path, data, reading.lines, body, body_line)


def _composed(text: str, path: str, first: int, problems: Problems) -> Node | None:
    loader = _Loader(text)
    try:
        node: Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first + mark.line if mark is not None else first
        what = str(error.problem or error.context or "it cannot be read")
        problems.error(
            Place(path, line),
            "yaml-syntax",
            f"The YAML cannot be read: {what}.",
            "Check the indentation, and put texts with ': ' or '#' in quotation marks.",
        )
        return None
    except (yaml.YAMLError, ValueError, RecursionError, IndexError, KeyError, TypeError, AttributeError):
        problems.error(Place(path, first), "yaml-syntax", "The YAML cannot be read.", "Check it with a YAML editor.")
        return None
    if node is None:
        problems.error(Place(path, first), "yaml-syntax", "Nothing is written here.", "Write the keys this file needs.")
    return node


class _Reading:
    """Turns composed nodes into plain values and remembers on which line each key stands."""

    def __init__(self, path: str, first: int, problems: Problems) -> None:
        self.lines: dict[str, int] = {}
        self._path = path
        self._first = first
        self._problems = problems
        self._seen: set[int] = set()

    def value(self, node: Node, key: str) -> Json:
        line = self._first + node.start_mark.line
        if key:
            self.lines.setdefault(key, line)
        if id(node) in self._seen:
            # An alias lets a small file grow without bound when it is walked, so none is followed.
            self._error(line, "yaml-alias", "YAML anchors and aliases are not read here.", "Write the text out.")
            return None
        self._seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, key)
        if isinstance(node, SequenceNode):
            return [
                self.value(child, f"{key}.{index}" if key else str(index)) for index, child in enumerate(node.value)
            ]
        if isinstance(node, ScalarNode):
            return self._scalar(node, line)
        return None

    def _mapping(self, node: MappingNode, key: str) -> dict[str, Json]:
        data: dict[str, Json] = {}
        for name_node, value_node in node.value:
            line = self._first + name_node.start_mark.line
            if not isinstance(name_node, ScalarNode):
                self._error(line, "yaml-syntax", "A key must be a single word.", "Write key: value.")
                continue
            name = str(name_node.value)
            if name in data:
                self._error(line, "yaml-twice", f"The key {name!r} stands here twice.", "Keep one of them.")
                continue
            dotted = f"{key}.{name}" if key else name
            self.lines[dotted] = line
            data[name] = self.value(value_node, dotted)
        return data

    def _scalar(self, node: ScalarNode, line: int) -> Json:
        text = str(node.value)
        tag = str(node.tag).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() == "true"
        if tag in ("int", "float"):
            return _number(text)
        if tag != "str":
            self._error(line, "yaml-syntax", "YAML tags are not read here.", "Write the text without the !tag.")
        return text

    def _error(self, line: int, code: str, what: str, mend: str) -> None:
        self._problems.error(Place(self._path, line), code, what, mend)


def _number(text: str) -> int | float | str:
    if re.fullmatch(r"[-+]?[0-9]{1,15}", text):
        return int(text)
    if re.fullmatch(r"[-+]?[0-9]{1,15}\.[0-9]{0,15}", text):
        return float(text)
    return text
