"""One run of inline Markdown, ours or a translator's, as safe HTML, as plain text, or as the list of its links."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

Href = Callable[[str], str | None]
"""Gives the address of a link's target, or None when the target leads nowhere we allow."""

# Only these rules exist: no raw HTML, no images, no autolinks, and no blocks, so a translation can add none of them.
_PARSER: Final = MarkdownIt("zero", {"html": False}).enable(["escape", "backticks", "emphasis", "link", "entity"])
_PLAIN_TAGS: Final = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
}
_PARAGRAPHS: Final = re.compile(r"\n[ \t]*\n\s*")
_SAFE_ADDRESS: Final = re.compile(r"(?:https://|/(?!/)|#|\?)[^\s\"'<>\\]*")


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[Token, ...]:
    parsed = _PARSER.parseInline(text)
    return tuple(parsed[0].children or ()) if parsed else ()


def inline_html(text: str, href: Href) -> Markup:
    """``text`` as safe HTML: escaped text, strong, em, code and links whose target ``href`` knows; nothing else."""
    parts: list[str] = []
    closings: list[str] = []
    for token in _tokens(text):
        if token.type == "link_open":
            opening, closing = _link(str(token.attrGet("href") or ""), href)
            parts.append(opening)
            closings.append(closing)
        elif token.type == "link_close":
            parts.append(closings.pop() if closings else "")
        elif token.type == "code_inline":
            parts.append(f"<code>{escape(token.content)}</code>")
        else:
            parts.append(_PLAIN_TAGS.get(token.type) or str(escape(token.content)))
    return Markup("".join(parts))  # noqa: S704 - every part was escaped or is a tag of ours


def _link(target: str, href: Href) -> tuple[str, str]:
    address = href(target)
    if address is None or not _SAFE_ADDRESS.fullmatch(address):
        return "", ""
    kind = ' class="ref"' if target.startswith("ref:") else ""
    return f'<a{kind} href="{escape(address)}">', "</a>"


def plain_text(text: str) -> str:
    """``text`` without its marks, for attributes, titles and counting; not escaped."""
    return "".join(token.content for token in _tokens(text))


def link_targets(text: str) -> list[str]:
    """The targets of the links of ``text``, in order, as written."""
    return [str(token.attrGet("href") or "") for token in _tokens(text) if token.type == "link_open"]


def mark_counts(text: str) -> tuple[int, int]:
    """How many strong and how many emphasised runs ``text`` has."""
    kinds = [token.type for token in _tokens(text)]
    return kinds.count("strong_open"), kinds.count("em_open")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text with blank lines; at least one."""
    return _PARAGRAPHS.split(text.strip())


def attributes_html(attributes: Mapping[str, str]) -> Markup:
    """The attributes as they stand in a tag: a space before each, every value escaped."""
    return Markup("").join(Markup(' %s="%s"') % pair for pair in attributes.items())
