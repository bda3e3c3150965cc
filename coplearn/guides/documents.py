"""Guides and handouts as PDF: the HTML of a course's pages, read into plain blocks that a typst template sets.

Only what is known here is taken over: whatever else a kind's HTML holds (fields, scripts, foreign drawings) is left out, and every
word is set as plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any, Final, Literal

from coplearn.i18n.paper import clean, code_svg, common, typeset

Block = dict[str, Any]
Inline = str | dict[str, Any]

_VOID: Final = frozenset({"br", "hr", "img", "input", "wbr", "meta", "link", "source"})
_DROPPED: Final = frozenset({"script", "style", "input", "select", "textarea", "button", "template", "title"})
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_HOLDERS: Final = (
    "blockquote",
    "aside",
    "div",
    "section",
    "article",
    "figure",
    "fieldset",
    "details",
    "header",
    "footer",
)
_LINES: Final = ("p", "legend", "summary", "dt")
_BLOCKS: Final = frozenset([*_HEADINGS, *_HOLDERS, *_LINES, "ul", "ol", "dl", "dd", "table", "hr", "pre", "svg"])
_SHAPES: Final[Mapping[str, str]] = {
    "svg": "viewbox",
    "g": "transform",
    "path": "d transform",
    "rect": "x y width height rx ry transform",
    "circle": "cx cy r transform",
    "ellipse": "cx cy rx ry transform",
    "line": "x1 y1 x2 y2 transform",
    "polyline": "points transform",
    "polygon": "points transform",
    "text": "x y text-anchor font-size direction",
    "tspan": "x y",
}
"""The elements of a drawing with their attributes; nothing that could load a file or run."""
_COLOURS: Final[Mapping[str, str]] = {
    "ink": "#12343b",
    "paper": "#fffdf9",
    "teal": "#1d7b7e",
    "teal-soft": "#cfe6e1",
    "sand": "#f3e2bf",
    "coral": "#e0836a",
    "coral-soft": "#f8dcd0",
    "gold": "#e9a93c",
    "line": "#b9ab92",
    "none": "none",
}
"""The palette of drawings on a light page (coplearn.css)."""
_FONTS: Final = "Noto Sans, Noto Sans CJK SC, New Computer Modern"
_ARABIC_FIRST: Final = f"IBM Plex Sans Arabic, {_FONTS}"
"""Noto draws the dots of Arabic letters as glyphs that stand for no letter, which no accessible PDF may hold."""
_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_BOXED: Final = ("callout", "content-note", "scene", "feedback", "notice")
_SMALL: Final = frozenset(
    {"small", "facts", "question__hint", "choice__reason", "fact__source", "scene__going", "place"}
)
_STRONG: Final = frozenset({"callout__title", "scene__label", "order__title", "scene__stop", "question__stem"})
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")
_DEEPEST: Final = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part that begins on a page of its own; ``html`` is safe, its headings are of level 2 and deeper."""

    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A guide or a handout in one language (BCP 47 ``language``). Every text is plain, but for the sheets' HTML.

    ``one_page``: each sheet is fitted to one page. ``mark`` is said on every page, ``contents`` is the title of a list of
    what is in it; both may be empty. ``help_address`` is what its square opens. ``draft`` says at
    the foot of every page, in one language or two, that nobody has read its language yet who grew up with it.
    """

    title: str
    subtitle: str
    mark: str
    notes: tuple[str, ...]
    contents: str
    sheets: tuple[Sheet, ...]
    foot: str
    help: str
    help_address: str
    help_alt: str
    one_page: bool
    language: str
    dir: Literal["ltr", "rtl"]
    made: date
    size: Literal["a4", "a5"] = "a4"
    draft: tuple[str, ...] = ()


def words_of(paper: Paper) -> dict[str, object]:
    """Everything that the template sets: equal words are an equal file."""
    return common(language=paper.language, direction=paper.dir, title=paper.title, made=paper.made) | {
        "title": clean(paper.title),
        "subtitle": clean(paper.subtitle),
        "mark": clean(paper.mark),
        "notes": [clean(note) for note in paper.notes],
        "contents": clean(paper.contents),
        "sheets": [
            {"title": clean(sheet.title), "blocks": blocks_of(sheet.html, 1 if paper.one_page else 2)}
            for sheet in paper.sheets
        ],
        "foot": clean(paper.foot),
        "help": clean(paper.help),
        "help_code": code_svg(paper.help_address),
        "help_alt": clean(paper.help_alt),
        "one_page": paper.one_page,
        "size": paper.size,
        "draft": [clean(words) for words in paper.draft],
    }


def typeset_paper(words: Mapping[str, object], made: date) -> bytes:
    """The PDF/UA-1 of those words. Raises PaperError."""
    return typeset(template(), words, made)


@lru_cache(maxsize=1)
def template() -> bytes:
    """The template's own text."""
    return files("coplearn.guides").joinpath("templates/guide.typ").read_bytes()


def blocks_of(html: str, below: int = 1) -> list[Block]:
    """The HTML as blocks, under a heading of the level ``below``. Headings never skip a level: readers of a PDF go by them."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return list(_Writer(below).blocks(reader.root.children))


@dataclass(slots=True)
class _Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Node | str] = field(default_factory=list)

    @property
    def names(self) -> frozenset[str]:
        """The classes of the element."""
        return frozenset(self.attributes.get("class", "").split())


class _Reader(HTMLParser):
    """Reads HTML into a tree; an end without a beginning is passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self._open[1:]):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class _Writer:
    """Writes nodes as blocks; ``shift`` is how much deeper the headings of a part inside stand."""

    def __init__(self, below: int) -> None:
        self._last = below
        self._shift = 0

    def blocks(self, nodes: Iterable[_Node | str]) -> Iterator[Block]:
        run: list[_Node | str] = []
        for node in nodes:
            if isinstance(node, str) or node.tag not in _BLOCKS:
                run.append(node)
                continue
            yield from self._paragraph(run)
            run = []
            yield from self._block(node)
        yield from self._paragraph(run)

    def _paragraph(self, nodes: list[_Node | str], names: frozenset[str] = frozenset()) -> Iterator[Block]:
        inside = _trimmed(list(_inlines(nodes)))
        if inside:
            look = "strong" if names & _STRONG else "small" if names & _SMALL else ""
            yield {"k": "p", "c": inside, "look": look}

    def _block(self, node: _Node) -> Iterator[Block]:
        for block in self._plain_block(node):
            if node.attributes.get("dir") in ("ltr", "rtl") and node.attributes.get("lang"):
                block |= {"dir": node.attributes["dir"], "lang": node.attributes["lang"].partition("-")[0]}
            yield block

    def _plain_block(self, node: _Node) -> Iterator[Block]:
        tag, names = node.tag, node.names
        if tag in _LINES:
            yield from self._paragraph(node.children, names | ({"scene__label"} if tag in ("dt", "summary") else set()))
        elif tag in _HEADINGS:
            yield from self._heading(node)
        elif tag in ("ul", "ol"):
            yield self._list(node)
        elif tag == "table":
            yield from self._table(node)
        elif tag == "svg":
            yield from _drawing(node)
        elif tag == "hr":
            yield {"k": "rule"}
        elif tag == "pre":
            yield {"k": "code", "c": clean("".join(_words(node)))}
        elif "lines" in names:
            yield {"k": "lines"}
        else:
            yield from self._holder(node)

    def _holder(self, node: _Node) -> Iterator[Block]:
        """An element that holds blocks: a box, a sheet of its own, or nothing but what is in it."""
        before = self._shift
        deeper = node.attributes.get("data-deeper", "")
        self._shift += int(deeper) if deeper in ("1", "2") else 0
        inside = list(self.blocks(node.children))
        self._shift = before
        look = next((name for name in node.names if name.startswith("callout--")), "")
        if "sheet" in node.names:
            yield {"k": "sheet", "c": inside}
        elif node.tag == "blockquote" or node.names.intersection(_BOXED):
            look = look.removeprefix("callout--") or ("quote" if node.tag == "blockquote" else "plain")
            yield {"k": "box", "look": look, "c": inside}
        elif "question" in node.names:
            yield {"k": "whole", "c": inside}
        else:
            yield from inside

    def _heading(self, node: _Node) -> Iterator[Block]:
        level = min(max(2, int(node.tag[1])) + self._shift, self._last + 1, 6)
        inside = _trimmed(list(_inlines(node.children)))
        if inside:
            self._last = level
            yield {"k": "h", "l": level, "c": inside}

    def _list(self, node: _Node) -> Block:
        items = [list(self.blocks(child.children)) for child in node.children if isinstance(child, _Node)]
        start = node.attributes.get("start", "1")
        return {
            "k": "list",
            "ordered": node.tag == "ol",
            "start": int(start) if start.isdecimal() and len(start) < 4 else 1,
            "boxes": "boxes" in node.names,
            "items": [item for item in items if item],
        }

    def _table(self, node: _Node) -> Iterator[Block]:
        rows = [
            [_trimmed(list(_inlines(cell.children))) for cell in row.children if isinstance(cell, _Node)]
            for row in _found(node, "tr")
        ]
        columns = max(map(len, rows), default=0)
        if columns:
            head, *others = [row + [[]] * (columns - len(row)) for row in rows]
            yield {"k": "table", "head": head, "rows": others, "columns": columns}


def _found(node: _Node, tag: str) -> Iterator[_Node]:
    for child in node.children:
        if isinstance(child, _Node):
            if child.tag == tag:
                yield child
            else:
                yield from _found(child, tag)


def _words(node: _Node | str) -> Iterator[str]:
    if isinstance(node, str):
        yield node
        return
    for child in node.children:
        yield from _words(child)


def _inlines(nodes: Iterable[_Node | str]) -> Iterator[Inline]:
    for node in nodes:
        if isinstance(node, str):
            text = _plain(node)
            if text:
                yield text
        elif node.tag == "br":
            yield {"t": "br"}
        elif node.tag not in _DROPPED and "box" not in node.names:
            yield from _inline(node)


def _inline(node: _Node) -> Iterator[Inline]:
    inside = list(_inlines(node.children))
    if not inside:
        return
    address = node.attributes.get("href", "")
    if node.tag in ("strong", "b"):
        yield {"t": "b", "c": inside}
    elif node.tag in ("em", "i", "cite"):
        yield {"t": "i", "c": inside}
    elif node.tag == "code":
        yield {"t": "code", "c": inside}
    elif node.tag == "a" and re.fullmatch(r"https://[!-~]{1,600}", address):
        yield {"t": "a", "h": address, "c": inside}
    elif node.tag == "bdi":
        yield from ("\u2068", *inside, "\u2069")
    elif node.attributes.get("lang") and node.attributes.get("dir") in ("ltr", "rtl"):
        yield "\u2068"
        yield {"t": "l", "lang": node.attributes["lang"].partition("-")[0], "c": inside}
        yield "\u2069"
    elif "scene__going" in node.names or "question__number" in node.names:
        yield {"t": "q", "c": inside}
    else:
        yield from inside


def _plain(text: str) -> str:
    """The text with its spaces at both ends kept, as they stand between two pieces of one sentence."""
    spaced = _SPACE.sub(" ", text)
    kept = clean(spaced)
    if not kept:
        return " " if spaced.startswith(" ") else ""
    return " " * spaced.startswith(" ") + kept + " " * spaced.endswith(" ")


def _trimmed(inside: list[Inline]) -> list[Inline]:
    while inside and isinstance(inside[0], str) and not inside[0].strip():
        del inside[0]
    while inside and isinstance(inside[-1], str) and not inside[-1].strip():
        del inside[-1]
    if inside and isinstance(inside[0], str):
        inside[0] = inside[0].lstrip()
    return inside


def _drawing(node: _Node) -> Iterator[Block]:
    """A drawing of ours with its colours written out; one without words for whoever cannot see it is left out."""
    alt = clean("".join(word for title in _found(node, "title") for word in _words(title)))
    if alt and re.fullmatch(r"0 0 \d{2,4} \d{2,4}", node.attributes.get("viewbox", "")):
        yield {"k": "drawing", "svg": _shape(node), "alt": alt}


def _shape(node: _Node | str) -> str:
    if isinstance(node, str):
        return escape(_plain(node))
    if node.tag not in _SHAPES:
        return ""
    kept = {name: node.attributes[name] for name in _SHAPES[node.tag].split() if name in node.attributes}
    if node.tag == "svg":
        kept = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": kept["viewbox"], "font-family": _FONTS}
        if _ARABIC.search("".join(_words(node))):
            kept["font-family"] = _ARABIC_FIRST
        kept |= {"stroke-linecap": "round", "stroke-linejoin": "round"}
    for name in node.names:
        side, _, colour = name.partition("-")
        if side in ("f", "s") and colour in _COLOURS:
            kept["fill" if side == "f" else "stroke"] = _COLOURS[colour]
    if width := node.attributes.get("stroke-width"):
        kept["stroke-width"] = width
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
    return f"<{node.tag}{attributes}>{''.join(map(_shape, node.children))}</{node.tag}>"
