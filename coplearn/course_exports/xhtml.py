"""The HTML of the site's renderer as XHTML (the XML serialisation of HTML), for books."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from markupsafe import escape

_VOID: Final = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_SVG: Final = {
    name.lower(): name for name in ("viewBox", "pathLength", "preserveAspectRatio", "textLength", "lengthAdjust")
}
"""Attributes of drawings whose letters XML keeps apart."""
_NAMESPACES: Final = {"html": "http://www.w3.org/1999/xhtml", "svg": "http://www.w3.org/2000/svg"}
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {_SVG.get(name, name): name if value is None else value for name, value in attrs}
        if "lang" in given:
            given["xml:lang"] = given["lang"]
        if tag in _NAMESPACES:
            given["xmlns"] = _NAMESPACES[tag]
        inside = "".join(f' {name}="{escape(_NO_XML.sub("", value))}"' for name, value in given.items())
        self.parts.append(f"<{tag}{inside}{'/' if tag in _VOID else ''}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(str(escape(_NO_XML.sub("", data))))


def to_xhtml(html: str) -> bytes:
    """A whole document as XHTML. What the renderer gives is balanced, so every element is closed where it was."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n' + "".join(writer.parts).lstrip()).encode()
