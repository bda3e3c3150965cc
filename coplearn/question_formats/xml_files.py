"""XML of strangers: no document type, no entities of their own, no depth without end; and what its elements say."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree
from xml.parsers import expat

from coplearn.question_formats.markup import from_html
from coplearn.question_formats.questions import ReadQuestions, Unreadable

Element = ElementTree.Element
_DEEPEST: Final = 100
_MOST_ELEMENTS: Final = 150_000
"""Elements and attributes of one file: each takes some hundred bytes of memory, however short it is written."""


def parsed(data: bytes, name: str) -> Element:
    """The root of a document. Raises Unreadable with the line where it is none, or none that is safe to read."""
    reader = expat.ParserCreate()
    depth = elements = 0

    def refuse(*_: object) -> None:
        raise Unreadable(
            f"{name}:{reader.CurrentLineNumber}: a document type is declared. Take it out: nothing here needs one."
        )

    def enter(_name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1 + len(attributes)
        if elements > _MOST_ELEMENTS:
            raise Unreadable(
                f"{name}:{reader.CurrentLineNumber}: it has more than {_MOST_ELEMENTS} elements and attributes."
            )
        if depth > _DEEPEST:
            raise Unreadable(
                f"{name}:{reader.CurrentLineNumber}: elements stand in each other more than {_DEEPEST} deep."
            )

    def leave(*_: object) -> None:
        nonlocal depth
        depth -= 1

    reader.StartDoctypeDeclHandler = refuse
    reader.StartElementHandler, reader.EndElementHandler = enter, leave
    try:
        reader.Parse(data, True)
        return ElementTree.fromstring(data)  # noqa: S314 - the pass before found no document type and no depth
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError) as error:
        raise Unreadable(f"{name}: this is no whole XML: {error}.") from error


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Element | None, *names: str) -> list[Element]:
    """The children of those names."""
    return [] if element is None else [child for child in element if local(child) in names]


def child(element: Element | None, *path: str) -> Element | None:
    """The first child under that path."""
    for name in path:
        element = next(iter(children(element, name)), None)
    return element


def below(element: Element, *names: str) -> list[Element]:
    """All elements of those names under one, and itself."""
    return [one for one in element.iter() if local(one) in names]


def inner_html(element: Element | None, without: frozenset[str] = frozenset()) -> str:
    """Content of an element as HTML, without the namespaces and without elements of some names."""
    if element is None:
        return ""
    parts = [_safe(element.text)]
    for one in element:
        name = local(one)
        if name and name not in without:
            given = "".join(f' {key.rpartition("}")[2]}="{_safe(value)}"' for key, value in one.attrib.items())
            parts.append(f"<{name}{given}>{inner_html(one, without)}</{name}>")
        parts.append(_safe(one.tail))
    return "".join(parts)


def _safe(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def said(html: str, place: str, read: ReadQuestions) -> str:
    """The words of some HTML as a check takes them; what cannot come along is noted."""
    text, left = from_html(html)
    for what in left:
        read.leave(place, f"Not taken along: {what}.")
    return text
