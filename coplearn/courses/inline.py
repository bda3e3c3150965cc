"""One run of inline Markdown, ours or a translator's, as safe HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from markupsafe import Markup, escape

from coplearn.i18n.inline_marks import tokens

Href = Callable[[str], str | None]
"""Gives the address of a link's target, or None when the target leads nowhere we allow."""

_PLAIN_TAGS: Final = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
}
_SAFE_ADDRESS: Final = re.compile(r"(?:https://|/(?!/)|#|\?)[^\s\"'<>\\]*")


def inline_html(text: str, href: Href) -> Markup:
    """``text`` as safe HTML: escaped text, strong, em, code and links whose target ``href`` knows; nothing else."""
    parts: list[str] = []
    closings: list[str] = []
    for token in tokens(text):
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


def attributes_html(attributes: Mapping[str, str]) -> Markup:
    """The attributes as they stand in a tag: a space before each, every value escaped."""
    return Markup("").join(Markup(' %s="%s"') % pair for pair in attributes.items())
