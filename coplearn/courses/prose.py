"""A parsed lesson's messages, and its safe HTML through a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from markupsafe import Markup, escape

from coplearn.authoring.problems import Place
from coplearn.courses.contract import Message, Page, Slide
from coplearn.courses.html import element
from coplearn.courses.inline import attributes_html, inline_html
from coplearn.courses.tree import (
    Block,
    Body,
    Callout,
    Code,
    FactMark,
    Heading,
    InlineText,
    ListBlock,
    Paragraph,
    Picture,
    Quote,
    RecordingMark,
    Rule,
    Table,
)
from coplearn.kernel.text import N_

CALLOUT_TITLES: Final = {
    "note": N_("Good to know"),
    "care": N_("Take care"),
    "support": N_("Where help is"),
    "try": N_("Try this"),
}


def body_messages(item_id: str, path: str, body: Body) -> Iterator[Message]:
    """The messages of ``body`` in reading order, in the context ``<item id>#<block id>[.<facet>]``.

    What says where help is has to be read twice.
    """
    support = {
        text.key
        for block in body.blocks
        if isinstance(block, Callout) and block.kind == "support"
        for child in block.children
        for text in ((child.text,) if isinstance(child, Paragraph) else child.items)
    }
    for text in body.texts:
        if text.translate and text.key:
            yield Message(
                f"{item_id}#{text.key}",
                text.source,
                Place(path, text.line),
                text.notes,
                critical=text.critical,
                read_twice=text.key in support,
            )


def render_body(item_id: str, body: Body, page: Page) -> Markup:
    """``body`` as safe HTML: the structure is the source's, only the words come from the catalog."""
    writer = _Writer(item_id, page)
    return Markup("\n").join(writer.block(block) for block in body.blocks)


def body_slides(item_id: str, body: Body, page: Page) -> list[Slide]:
    """``body`` in slides of one block each: below the heading that it stands under, and a line that ends in a colon with
    the block that it announces."""
    writer = _Writer(item_id, page)
    found: list[Slide] = []
    head = lead = Markup("")
    for block in body.blocks:
        html = writer.block(block)
        if isinstance(block, Heading):
            found += _slide(found, head, lead)
            head, lead = html, Markup("")
        elif isinstance(block, Paragraph) and block.text.source.rstrip("*_ ").endswith(":"):
            found += _slide(found, head, lead)
            lead = html
        elif not isinstance(block, Rule):
            found += _slide(found, head, lead + html)
            lead = Markup("")
    return found + _slide(found, head, lead)


def _slide(before: Sequence[Slide], head: Markup, html: Markup) -> list[Slide]:
    return [Slide(key=str(len(before) + 1), html=head + html)] if html else []


def render_sources(body: Body, page: Page) -> Markup:
    """``section.sources`` with the publications the body's ``ref:`` links name, each once; empty when it names none."""
    names = dict.fromkeys(link.target[4:] for link in body.links if link.target.startswith("ref:"))
    rows = [row for row in (_source(name, page) for name in names) if row]
    if not rows:
        return Markup("")
    return element(
        "section", {"class": "sources"}, element("h2", None, page.say(N_("Sources"))), element("ol", None, *rows)
    )


def _source(name: str, page: Page) -> Markup | None:
    cited = page.source(name)
    if cited is None:
        return None
    language = {"lang": cited.lang, "dir": cited.dir}
    title = element("cite", None, element("bdi", language, cited.title))
    address = page.href(f"ref:{name}")
    linked = element("a", {"href": address}, title) if address else title
    owner = element("bdi", language, cited.owner)
    if cited.is_second_hand:
        said = page.say(N_("reported by %(owner)s"), owner=cited.owner)
        owner = escape(said).replace(escape(cited.owner), owner, 1)
    note = f" {cited.note}" if cited.note else None
    return element("li", None, owner, " ", element("bdi", None, str(cited.year)), " ", linked, note)


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
        if isinstance(block, FactMark):
            return self._page.fact(block.name)
        if isinstance(block, RecordingMark):
            return self._page.recording(block.name)
        return Markup("<hr>")

    def _context(self, text: InlineText) -> str:
        return f"{self._item}#{text.key}"

    def _element(self, tag: str, text: InlineText, kind: str = "") -> Markup:
        attributes: dict[str, str] = {"scope": "col"} if tag == "th" else {}
        if text.translate and text.key:
            marks = self._page.attributes(self._context(text))
            inside = _unwrapped(self._page.inline(self._context(text)), attributes_html(marks))
            attributes |= marks
        else:
            attributes |= {"translate": "no"} if text.source else {}
            inside = inline_html(text.source, self._page.href)
        if kind:
            attributes["class"] = f"{kind} {attributes['class']}" if "class" in attributes else kind
        return element(tag, attributes, inside)

    def _all(self, tag: str, texts: Iterable[InlineText]) -> Markup:
        return Markup("").join(self._element(tag, text) for text in texts)

    def _list(self, block: ListBlock) -> Markup:
        start = block.start if block.ordered and block.start != 1 else None
        return element("ol" if block.ordered else "ul", {"start": start}, self._all("li", block.items))

    def _table(self, block: Table) -> Markup:
        head = self._row("th", block.head, block)
        rows = Markup("").join(self._row("td", row, block) for row in block.rows)
        return element(
            "div",
            # Where it is wider than a phone it scrolls, and keys must reach it for that.
            {"class": "table", "tabindex": "0", "role": "group", "aria-label": self._page.say(N_("Table"))},
            element("table", None, element("thead", None, head), element("tbody", None, rows)),
        )

    def _row(self, tag: str, cells: Iterable[InlineText], block: Table) -> Markup:
        made = (self._element(tag, text, f"align-{side}") for text, side in zip(cells, block.align, strict=False))
        return element("tr", None, *made)

    def _callout(self, block: Callout) -> Markup:
        title = element("p", {"class": "callout__title"}, self._page.say(CALLOUT_TITLES[block.kind]))
        inside = (self.block(child) for child in block.children)
        return element("aside", {"class": f"callout callout--{block.kind}"}, title, *inside)


def _unwrapped(inside: Markup, attributes: Markup) -> Markup:
    """``inside`` without the span that marks a fallback, when the block itself carries the same attributes."""
    opening = f"<span{attributes}>"
    if attributes and inside.startswith(opening) and inside.endswith("</span>"):
        return inside[len(opening) : -len("</span>")]
    return inside
