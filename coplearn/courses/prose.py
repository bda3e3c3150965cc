"""A parsed lesson's messages, and its safe HTML through a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from markupsafe import Markup, escape

from coplearn.courses.inline import attributes_html, inline_html
from coplearn.courses.plugin import Message, Page
from coplearn.courses.problems import Place
from coplearn.courses.tree import Block, Body, Callout, Code, Heading, ListBlock, Paragraph, Picture, Quote, Table, Text
from coplearn.kernel.text import N_

CALLOUT_TITLES: Final = {
    "note": N_("Good to know"),
    "care": N_("Take care"),
    "support": N_("Where help is"),
    "try": N_("Try this"),
}


def body_messages(item_id: str, path: str, body: Body) -> Iterator[Message]:
    """The messages of ``body`` in reading order, in the context ``<item id>#<block id>[.<facet>]``."""
    for text in body.texts:
        if text.translate and text.key:
            yield Message(
                f"{item_id}#{text.key}", text.source, Place(path, text.line), text.notes, critical=text.critical
            )


def render_body(item_id: str, body: Body, page: Page) -> Markup:
    """``body`` as safe HTML: the structure is the source's, only the words come from the catalog."""
    writer = _Writer(item_id, page)
    return Markup("\n").join(writer.block(block) for block in body.blocks)


def render_sources(body: Body, page: Page) -> Markup:
    """``section.sources`` with the publications the body's ``ref:`` links name, each once; empty when it names none."""
    names = dict.fromkeys(link.target[4:] for link in body.links if link.target.startswith("ref:"))
    rows = [row for row in (_source(name, page) for name in names) if row]
    if not rows:
        return Markup("")
    title = escape(page.say(N_("Sources")))
    return Markup(f'<section class="sources"><h2>{title}</h2><ol>{"".join(rows)}</ol></section>')


def _source(name: str, page: Page) -> str:
    cited = page.source(name)
    if cited is None:
        return ""
    owner = f'<bdi lang="{escape(cited.lang)}">{escape(cited.owner)}</bdi>'
    title = f'<cite><bdi lang="{escape(cited.lang)}" dir="{cited.dir}">{escape(cited.title)}</bdi></cite>'
    address = page.href(f"ref:{name}")
    linked = f'<a href="{escape(address)}">{title}</a>' if address else title
    return f"<li>{owner} <bdi>{cited.year}</bdi> {linked}</li>"


class _Writer:
    def __init__(self, item_id: str, page: Page) -> None:
        self._item = item_id
        self._page = page

    def block(self, block: Block) -> Markup:
        """The HTML of one block."""
        if isinstance(block, Heading):
            return self._element(f"h{block.level}", block.text)
        if isinstance(block, Paragraph):
            return self._element("p", block.text)
        if isinstance(block, ListBlock):
            return self._list(block)
        if isinstance(block, Quote):
            return Markup("<blockquote>%s</blockquote>") % self._all("p", block.paragraphs)
        if isinstance(block, Table):
            return self._table(block)
        if isinstance(block, Callout):
            return self._callout(block)
        if isinstance(block, Picture):
            return Markup('<figure class="figure">%s</figure>') % self._page.figure(
                block.name, self._context(block.alt)
            )
        if isinstance(block, Code):
            return Markup('<pre translate="no" dir="ltr"><code>%s</code></pre>') % block.source
        return Markup("<hr>")

    def _context(self, text: Text) -> str:
        return f"{self._item}#{text.key}"

    def _element(self, tag: str, text: Text, kind: str = "") -> Markup:
        if not (text.translate and text.key):
            attributes = {"translate": "no"} if text.source else {}
            inside = inline_html(text.source, self._page.href)
        else:
            attributes = dict(self._page.attributes(self._context(text)))
            inside = _unwrapped(
                self._page.inline(self._context(text)), attributes_html(attributes) if attributes else Markup("")
            )
        if kind:
            attributes["class"] = f"{kind} {attributes['class']}" if attributes.get("class") else kind
        return Markup(f"<{tag}{attributes_html(attributes)}>{inside}</{tag}>")

    def _all(self, tag: str, texts: Iterable[Text]) -> Markup:
        return Markup("").join(self._element(tag, text) for text in texts)

    def _list(self, block: ListBlock) -> Markup:
        items = self._all("li", block.items)
        if not block.ordered:
            return Markup(f"<ul>{items}</ul>")
        start = f' start="{block.start}"' if block.start != 1 else ""
        return Markup(f"<ol{start}>{items}</ol>")

    def _table(self, block: Table) -> Markup:
        head = "".join(
            self._element("th", text, f"align-{side}").replace("<th", '<th scope="col"', 1)
            for text, side in zip(block.head, block.align, strict=False)
        )
        rows = "".join(
            "<tr>"
            + "".join(self._element("td", text, f"align-{side}") for text, side in zip(row, block.align, strict=False))
            + "</tr>"
            for row in block.rows
        )
        return Markup(f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>')

    def _callout(self, block: Callout) -> Markup:
        title = escape(self._page.say(CALLOUT_TITLES[block.kind]))
        inside = "".join(self.block(child) for child in block.children)
        return Markup(
            f'<aside class="callout callout--{block.kind}"><p class="callout__title">{title}</p>{inside}</aside>'
        )


def _unwrapped(inside: Markup, attributes: Markup) -> Markup:
    """``inside`` without the span that marks a fallback, when the block itself carries the same attributes."""
    opening = f"<span{attributes}>"
    if attributes and inside.startswith(opening) and inside.endswith("</span>"):
        return Markup(inside[len(opening) : -len("</span>")])
    return inside
