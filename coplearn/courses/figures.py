"""Read a course's drawings by an allow-list of shapes; anything else in an SVG is a problem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

from coplearn.authoring.problems import Place, Problems
from coplearn.courses.contract import Message
from coplearn.courses.source import read_text
from coplearn.kernel.words import ID_PATTERN

_NUMBERS: Final = re.compile(r"[-+0-9.,eE\s]{1,4000}")
_NUMBER: Final = re.compile(r"[-+]?[0-9]{1,5}(?:\.[0-9]{1,6})?")
_PATH: Final = re.compile(r"[-+0-9.,eE\sMmLlHhVvCcSsQqTtAaZz]{1,20000}")
_TRANSFORM: Final = re.compile(r"(?:\s*(?:translate|rotate|scale|matrix|skewX|skewY)\([-+0-9.,eE\s]{1,200}\))+\s*")
_VIEWBOX: Final = re.compile(r"0 0 ([0-9]{2,4}) ([0-9]{2,4})")
_FILLS: Final = ("ink", "paper", "teal", "teal-soft", "sand", "coral", "coral-soft", "gold", "line", "none")
_STROKES: Final = ("ink", "teal", "coral", "gold", "line", "paper")
_CLASSES: Final = frozenset([*(f"f-{name}" for name in _FILLS), *(f"s-{name}" for name in _STROKES)])
_COMMON: Final = frozenset({"class", "transform", "stroke-width"})
_SHAPES: Final[dict[str, frozenset[str]]] = {
    "svg": frozenset({"viewBox", "xmlns", "data-mirror"}),
    "g": _COMMON,
    "path": _COMMON | {"d"},
    "rect": _COMMON | {"x", "y", "width", "height", "rx", "ry"},
    "circle": _COMMON | {"cx", "cy", "r"},
    "ellipse": _COMMON | {"cx", "cy", "rx", "ry"},
    "line": _COMMON | {"x1", "y1", "x2", "y2"},
    "polyline": _COMMON | {"points"},
    "polygon": _COMMON | {"points"},
    "text": frozenset({"class", "data-id", "x", "y", "data-width", "text-anchor", "font-size"}),
}
_PATTERNS: Final = {"d": _PATH, "points": _NUMBERS, "transform": _TRANSFORM}
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_MAX_SHAPES: Final = 3000
_MAX_DEPTH: Final = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """An allowed element with its checked attributes, in the order they were written."""

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple[Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A text of a drawing: (x, y) is the middle of its first baseline, ``width`` the room for a line, all in units."""

    id: str
    text: str
    x: float
    y: float
    width: float
    size: float
    classes: str
    line: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: its size in units, its shapes, its labels, and whether it is mirrored in right-to-left languages."""

    name: str
    path: str
    width: int
    height: int
    mirror: bool
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]

    def messages(self) -> Iterator[Message]:
        """The figure's labels for translators, in the context ``media.<name>#<label id>``."""
        for label in self.labels:
            room = max(4, int(label.width / (label.size * 0.55)) * 3)
            yield Message(
                self.context(label),
                label.text,
                Place(self.path, label.line),
                ("A label in a drawing: keep it short.",),
                max_length=room,
            )

    def context(self, label: Label) -> str:
        """The key of a label's message."""
        return f"media.{self.name}#{label.id}"


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Shape] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def read_figure(root: Path, path: str, problems: Problems) -> Figure | None:
    """Read the drawing ``path`` of the course in ``root``; None when it holds anything that is not allowed."""
    text = read_text(root, path, problems)
    if text is None:
        return None
    before = len(problems.errors)
    reading = _Reading(path, problems)
    try:
        reading.parse(text)
    except expat.ExpatError as error:
        problems.error(
            Place(path, error.lineno), "svg-syntax", "This is not well-formed XML.", "Mend it in a drawing program."
        )
        return None
    except _Refused:
        return None
    return reading.figure() if len(problems.errors) == before else None


class _Refused(Exception):
    """Reading stops here: what follows could be made of entities."""


class _Reading:
    def __init__(self, path: str, problems: Problems) -> None:
        self._path = path
        self._problems = problems
        self._stack: list[_Open] = []
        self._root: _Open | None = None
        self._labels: list[Label] = []
        self._count = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._words
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction

    def parse(self, text: str) -> None:
        self._parser.Parse(text, True)

    def figure(self) -> Figure | None:
        root = self._root
        size = _VIEWBOX.fullmatch(root.attributes.get("viewBox", "")) if root else None
        if root is None or size is None:
            self._error(
                root.line if root else 1,
                "svg-viewbox",
                "The drawing has no usable viewBox.",
                'Write viewBox="0 0 640 320".',
            )
            return None
        name = self._path.rpartition("/")[2].removesuffix(".svg")
        mirror = root.attributes.get("data-mirror") == "true"
        return Figure(name, self._path, int(size[1]), int(size[2]), mirror, tuple(root.children), tuple(self._labels))

    def _doctype(self, *_: object) -> None:
        self._error(
            self._line, "svg-doctype", "A drawing has no DOCTYPE and no entities.", "Take the <!DOCTYPE …> out."
        )
        raise _Refused

    def _instruction(self, *_: object) -> None:
        self._error(self._line, "svg-element", "A processing instruction stands here.", "Take the <?…?> out.")

    @property
    def _line(self) -> int:
        return self._parser.CurrentLineNumber

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        inside = self._stack[-1].tag if self._stack else ""
        if (not self._stack) != (tag == "svg") or tag not in _SHAPES:
            self._error(
                self._line, "svg-element", f"<{tag}> may not stand here.", f"Allowed: {' '.join(sorted(_SHAPES))}."
            )
        elif inside not in ("", "svg", "g"):
            self._error(
                self._line, "svg-element", f"<{tag}> may not stand inside <{inside}>.", "Close the other one before it."
            )
        elif self._count > _MAX_SHAPES or len(self._stack) >= _MAX_DEPTH:
            self._error(self._line, "svg-element", "This drawing has too many parts.", "Draw it more simply.")
            raise _Refused
        else:
            self._check(tag, attributes)
        self._stack.append(_Open(tag, attributes, self._line))

    def _check(self, tag: str, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            if name not in _SHAPES[tag]:
                self._error(
                    self._line,
                    "svg-attribute",
                    f"{name!r} may not stand on <{tag}>.",
                    "Take it out; colours come from classes.",
                )
            elif not _value_is_right(name, value):
                self._error(
                    self._line,
                    "svg-attribute",
                    f"{name}={value[:40]!r} is not right.",
                    "See the drawings in docs/courses.md.",
                )
        if tag == "text" and any("transform" in element.attributes for element in self._stack):
            self._error(
                self._line, "svg-text", "A text stands inside a moved group.", "Put it outside, at its own x and y."
            )

    def _words(self, words: str) -> None:
        if self._stack and self._stack[-1].tag == "text":
            self._stack[-1].words.append(words)
        elif words.strip():
            self._error(self._line, "svg-text", "Words stand outside a <text>.", "Put them in a <text data-id=…>.")

    def _end(self, _: str) -> None:
        element = self._stack.pop()
        if element.tag == "text":
            self._label(element)
        elif self._stack:
            shape = Shape(element.tag, tuple(element.attributes.items()), tuple(element.children))
            self._stack[-1].children.append(shape)
        else:
            self._root = element

    def _label(self, element: _Open) -> None:
        words = " ".join("".join(element.words).split())
        attributes = element.attributes
        missing = [
            name for name in ("data-id", "x", "y", "data-width", "text-anchor", "font-size") if name not in attributes
        ]
        if missing or not words:
            self._error(
                element.line, "svg-text", f"This text lacks {', '.join(missing) or 'words'}.", "See docs/courses.md."
            )
            return
        if any(label.id == attributes["data-id"] for label in self._labels):
            self._error(element.line, "svg-text", f"The id {attributes['data-id']!r} stands here twice.", "Rename one.")
            return
        try:
            x, y, width, size = (float(attributes[name]) for name in ("x", "y", "data-width", "font-size"))
        except ValueError:
            return  # the attribute check has already said so
        self._labels.append(
            Label(attributes["data-id"], words, x, y, width, size, attributes.get("class", "f-ink"), element.line)
        )

    def _error(self, line: int, code: str, what: str, mend: str) -> None:
        self._problems.error(Place(self._path, line), code, what, mend)


def _value_is_right(name: str, value: str) -> bool:
    if name in _PATTERNS:
        return _PATTERNS[name].fullmatch(value) is not None
    if name == "class":
        return bool(value.split()) and set(value.split()) <= _CLASSES
    if name == "xmlns":
        return value == _NAMESPACE
    if name == "viewBox":
        return _VIEWBOX.fullmatch(value) is not None
    if name == "data-mirror":
        return value in ("true", "false")
    if name == "text-anchor":
        return value == "middle"
    if name == "data-id":
        return ID_PATTERN.fullmatch(value) is not None
    if name in ("data-width", "font-size"):
        return _NUMBER.fullmatch(value) is not None and float(value) > 0
    return _NUMBER.fullmatch(value) is not None
