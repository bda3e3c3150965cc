"""Draw a figure into a page: inline SVG with its labels translated, wrapped to their room, mirrored where it may be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from markupsafe import Markup, escape

from coplearn.courses.figures import Figure, Label, Shape
from coplearn.courses.inline import attributes_html

_HAN: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_PIECES: Final = re.compile(
    r"\s+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+"
)
_CLOSING: Final = frozenset("，。、；：？！）》」』”’")
_LINE_HEIGHT: Final = 1.2


@dataclass(frozen=True, slots=True)
class FigureWords:
    """A label's or picture's words for one reader; ``lang`` is set where they are not in the page's language."""

    text: str
    lang: str | None = None
    dir: Literal["ltr", "rtl"] = "ltr"


def text_width(text: str) -> float:
    """About how wide ``text`` is, in ems: Han 1.0, other scripts 0.55, marks that stand above letters 0."""
    return sum(1.0 if _HAN.match(char) else 0.0 if unicodedata.combining(char) else 0.55 for char in text)


def wrapped(text: str, width: float) -> list[str]:
    """``text`` in lines of at most ``width`` ems; a single longer word stands alone."""
    lines: list[str] = []
    line = ""
    for piece in _PIECES.findall(text.strip()):
        if piece in _CLOSING or not line:
            line = (line + piece) if line else piece.lstrip()
        elif text_width((line + piece).rstrip()) <= width:
            line += piece
        else:
            lines.append(line.rstrip())
            line = piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def draw(
    figure: Figure, alt: FigureWords, words: Callable[[str], FigureWords], direction: Literal["ltr", "rtl"]
) -> Markup:
    """``figure`` as an ``<svg role="img">`` titled ``alt``; ``words`` gives a label's text by its context."""
    mirror = figure.mirror and direction == "rtl"
    shapes = "".join(_shape(shape) for shape in figure.shapes)
    if mirror:
        shapes = f'<g transform="translate({figure.width} 0) scale(-1 1)">{shapes}</g>'
    labels = "".join(
        _label(label, words(figure.context(label)), figure.width - label.x if mirror else label.x)
        for label in figure.labels
    )
    title = f"<title{_language(alt)}>{escape(alt.text)}</title>"
    svg = f'<svg role="img" viewBox="0 0 {figure.width} {figure.height}">{title}{shapes}{labels}</svg>'
    return Markup(svg)  # noqa: S704 - words and attributes were escaped as they were put in


def _shape(shape: Shape) -> str:
    inside = "".join(_shape(child) for child in shape.children)
    return f"<{shape.tag}{attributes_html(dict(shape.attributes))}>{inside}</{shape.tag}>"


def _label(label: Label, words: FigureWords, x: float) -> str:
    step = label.size * _LINE_HEIGHT
    lines = wrapped(words.text, label.width / label.size)
    spans = "".join(
        f'<tspan x="{x:g}" y="{label.y + number * step:g}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )
    attributes = attributes_html({"class": label.classes, "text-anchor": "middle", "font-size": f"{label.size:g}"})
    return f"<text{attributes}{_language(words)}>{spans}</text>"


def _language(words: FigureWords) -> Markup:
    if words.lang is None:
        return Markup("")
    # SVG knows no dir attribute; `direction` is its own, and `dir` tells tools that read the page as HTML.
    return attributes_html({"lang": words.lang, "dir": words.dir, "direction": words.dir})
