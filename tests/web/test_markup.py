"""Templates nest what HTML lets them nest."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

from tests.web.test_macros import TEMPLATES

_HEADINGS: Final = frozenset(f"h{level}" for level in range(1, 7))
_BLOCKS: Final = _HEADINGS | {
    "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "figure", "form", "hr", "nav", "ol", "p", "pre",
    "section", "table", "ul",
}  # fmt: skip
_PHRASES: Final = _HEADINGS | {
    "b", "bdi", "button", "em", "i", "label", "legend", "small", "span", "strong", "summary",
}  # fmt: skip
"""What holds phrasing content alone (HTML, 3.2.5.2.5); a heading may stand in a legend and in a summary."""
_VOID: Final = frozenset({"br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_JINJA: Final = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


class _Nesting(HTMLParser):
    """Notes each block inside something that holds phrases."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        around = [one for one in self.open if one in _PHRASES and not (one in {"legend", "summary"} and tag[0] == "h")]
        if tag in _BLOCKS and around:
            self.wrong.append(f"line {self.getpos()[0]}: {tag} in {around[-1]}")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Leave what is closed at once, as the parts of a drawing are, alone."""

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            del self.open[len(self.open) - 1 - self.open[::-1].index(tag) :]


def nesting_faults(template: str) -> list[str]:
    """The blocks that stand inside phrases, by their line; what Jinja puts in is not looked at."""
    reader = _Nesting()
    reader.feed(_JINJA.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), template))
    return reader.wrong


def test_no_template_has_a_block_inside_a_phrase() -> None:
    """A browser closes the phrase before such a block, and a style or a reader's tree comes out other than it was written."""
    assert nesting_faults("<li><span>{{ x }}\n<form></form></span></li>") == ["line 2: form in span"]
    found = {path.name: faults for path in TEMPLATES if (faults := nesting_faults(path.read_text(encoding="utf-8")))}
    assert found == {}
