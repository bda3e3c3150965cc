"""Text between HTML and the inline Markdown of a check: strong, emphasis, code and links; all else is plain."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from markupsafe import escape

from coplearn.i18n.inline_marks import tokens

LINK: Final = "data-target"
"""The attribute in which our own links travel: they lead nowhere on another platform."""
_MARKS: Final = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}
_BREAKS: Final = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"})
_SILENT: Final = frozenset({"script", "style", "head", "title"})
_LEFT_TAGS: Final = {
    "img": "a picture", "image": "a picture", "object": "an embedded object", "iframe": "an embedded page", "video": "a video",
    "audio": "a recording", "math": "a formula", "table": "a table, kept as its words", "script": "a script", "svg": "a drawing",
}  # fmt: skip
_MARKED: Final = re.compile(r"([\\`*_\[\]&<])")
_MATHS: Final = re.compile(r"\\\(|\\\[|\$\$")


class _Tolerant(HTMLParser):
    """Passes over a section such as ``<![x]>`` that is none, as browsers do; Python's own parser fails at it."""

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)


class _Inline(_Tolerant):
    """Reads HTML; ``parts`` are pairs of a mark or a text and which of the two it is."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[tuple[str, bool]] = []
        self.left: list[str] = []
        self._silent = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _SILENT:
            self._silent += 1
        if tag in _LEFT_TAGS:
            words = given.get("alt", "").strip()
            self.left.append(_LEFT_TAGS[tag] + (f" ({words})" if words else ""))
        if tag in _BREAKS:
            self.parts.append((" ", False))
        elif tag in _MARKS:
            self.parts.append((_MARKS[tag], True))
        elif tag == "span" and LINK in given:
            self._links.append(given[LINK])
            self.parts.append(("[", True))
        elif tag == "span":
            self._links.append("")
        elif tag == "a":
            self.left.append(f"the address of a link ({given.get('href', '')[:200]})")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT and self._silent:
            self._silent -= 1
        elif tag in _BREAKS:
            self.parts.append((" ", False))
        elif tag in _MARKS:
            self.parts.append((_MARKS[tag], True))
        elif tag == "span" and self._links and (target := self._links.pop()):
            self.parts.append((f"]({target})", True))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append((data, False))


def from_html(html: str) -> tuple[str, list[str]]:
    """Inline Markdown in one line, and what could not come along."""
    reader = _Inline()
    reader.feed(html)
    reader.close()
    left = reader.left + (["a formula, kept as it is written"] if _MATHS.search(html) else [])
    return _markdown(reader.parts), left


def plain(text: str) -> str:
    """Plain text as inline Markdown in one line."""
    return _markdown([(text, False)])


def _markdown(parts: list[tuple[str, bool]]) -> str:
    bare = _one_line("".join(text for text, _ in parts))
    safe = _one_line("".join(text if is_mark else _MARKED.sub(r"\\\1", text) for text, is_mark in parts))
    # Signs are escaped only where they would be read as marks: what an author wrote comes back as it was.
    return bare if _said(bare) == _said(safe) else safe


def _said(text: str) -> list[tuple[str, str]]:
    """The tokens of a run, neighbouring texts as one."""
    found: list[tuple[str, str]] = []
    for token in tokens(text):
        word = (token.type, token.content or str(token.attrGet("href") or ""))
        if found and found[-1][0] == word[0] == "text":
            found[-1] = ("text", found[-1][1] + word[1])
        elif word != ("text", ""):
            found.append(word)
    return [("text", one[1]) if one[0] == "text_special" else one for one in found]


def _one_line(text: str) -> str:
    # Not \s: a no-break space before a French colon is part of the text.
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip(" ")


def to_html(text: str) -> str:
    """Inline Markdown as the few tags that every platform keeps."""
    parts: list[str] = []
    for token in tokens(text):
        if token.type == "link_open":
            parts.append(f'<span {LINK}="{escape(str(token.attrGet("href") or ""))}">')
        elif token.type == "link_close":
            parts.append("</span>")
        elif token.type in {"strong_open", "strong_close", "em_open", "em_close"}:
            name, _, end = token.type.partition("_")
            parts.append(f"<{'/' if end == 'close' else ''}{name}>")
        elif token.type == "code_inline":
            parts.append(f"<code>{escape(token.content)}</code>")
        else:
            parts.append(str(escape(token.content)))
    return "".join(parts)


class _Blocks(_Tolerant):
    """Reads a page of HTML as paragraphs, headings and points of a lesson."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.left: list[str] = []
        self._open: list[str] = []
        self._lead = ""

    def _close(self) -> None:
        text, left = from_html("".join(self._open))
        if text:
            self.blocks.append(self._lead + text)
        self.left += left
        self._open, self._lead = [], ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS - {"br"}:
            self._close()
            level = min(max(int(tag[1]), 2), 3) if re.fullmatch(r"h[1-6]", tag) else 0
            self._lead = "#" * level + " " if level else "- " if tag == "li" else ""
        else:
            self._open.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS - {"br"}:
            self._close()
        else:
            self._open.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._open.append(str(escape(data)))

    def close(self) -> None:
        super().close()
        self._close()


def lesson_from_html(html: str) -> tuple[str, list[str]]:
    """The Markdown of a lesson, a block a paragraph, and what could not come along."""
    reader = _Blocks()
    reader.feed(html)
    reader.close()
    text = ""
    for before, block in zip(["", *reader.blocks], reader.blocks, strict=False):
        both_points = before.startswith("- ") and block.startswith("- ")
        text += ("" if not text else "\n" if both_points else "\n\n") + block
    return text, reader.left
