"""Parse a lesson's Markdown into our tree; what the tree has no place for is a problem with its line and its mend."""

from __future__ import annotations

import re
from typing import Final, cast

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.container import container_plugin

from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.source import SourceFile
from coplearn.courses.line_marks import marks_in
from coplearn.courses.tree import (
    Align,
    Block,
    Body,
    Callout,
    CalloutKind,
    Code,
    FactMark,
    Heading,
    InlineText,
    Link,
    ListBlock,
    Paragraph,
    Picture,
    Quote,
    RecordingMark,
    Rule,
    Stamp,
    Table,
)
from coplearn.i18n.inline_marks import joined

CALLOUTS: Final = ("note", "care", "support", "try")
FACT: Final = "fact"
RECORDING: Final = "recording"

_INLINE: Final = frozenset({"text", "softbreak", "strong", "em", "code_inline", "link"})
_ALIGN: Final[dict[str, Align]] = {
    "": "start",
    "text-align:left": "start",
    "text-align:center": "center",
    "text-align:right": "end",
}


def _parser() -> MarkdownIt:
    # HTML is parsed only to be found and refused; nothing is ever rendered from these tokens.
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").disable(["lheading", "reference"])
    for kind in (*CALLOUTS, FACT, RECORDING):
        container_plugin(parser, kind)
    return parser


_PARSER: Final = _parser()


def block_tokens(body: str) -> list[Token]:
    """The parser's tokens of a body without its marks, each with its lines."""
    return _PARSER.parse(body)


def parse_body(source: SourceFile, problems: Problems) -> Body:
    """The tree of ``source.body``. Never raises; blocks that cannot be kept are noted and left out."""
    try:
        return _Reader(source, problems).read()
    except (RecursionError, IndexError, ValueError, KeyError):
        problems.error(
            Place(source.path, source.body_line),
            "markdown-block",
            "The text is nested too deep to read.",
            "Make it flatter.",
        )
        return Body()


class _Reader:
    def __init__(self, source: SourceFile, problems: Problems) -> None:
        self._path = source.path
        self._offset = source.body_line
        self._problems = problems
        self._marks = marks_in(source.body)
        self._texts: list[InlineText] = []
        self._links: list[Link] = []
        self._stamps: list[Stamp] = []
        self._used: set[str] = set()

    def read(self) -> Body:
        root = SyntaxTreeNode(_PARSER.parse("\n".join(self._marks.lines)))
        blocks = tuple(block for node in root.children for block in self._block(node))
        if self._marks.open_range is not None:
            self._error(
                self._marks.open_range,
                "markdown-notranslate",
                "This range is not closed.",
                "Add <!-- /notranslate -->.",
            )
        for line in sorted(self._marks.ids.keys() - {stamp.line - self._offset for stamp in self._stamps}):
            self._error(
                line,
                "block-id-place",
                "This id stands at no block's end.",
                "Take it out and run coplearn course stamp.",
            )
        missing = [stamp for stamp in self._stamps if stamp.id is None]
        if missing:
            self._error(
                missing[0].line - self._offset,
                "block-id-missing",
                f"{len(missing)} blocks of this file have no id yet.",
                "Run coplearn course stamp.",
            )
        return Body(blocks, tuple(self._texts), tuple(self._links), tuple(self._stamps))

    def _block(self, node: SyntaxTreeNode) -> list[Block]:
        kind = node.type
        line = self._first(node)
        if kind == "heading":
            return self._heading(node, line)
        if kind == "paragraph":
            return self._paragraph(node)
        if kind in ("bullet_list", "ordered_list"):
            return [self._list(node)]
        if kind == "blockquote":
            return self._quote(node)
        if kind == "table":
            return self._table(node)
        if kind.removeprefix("container_") in CALLOUTS:
            return self._callout(node, cast(CalloutKind, kind.removeprefix("container_")))
        if kind == f"container_{FACT}":
            return self._fact(node)
        if kind == f"container_{RECORDING}":
            return self._recording(node)
        if kind == "fence":
            return [Code(node.content)]
        if kind == "hr":
            return [Rule()]
        self._refuse(node)
        return []

    def _refuse(self, node: SyntaxTreeNode) -> None:
        line = self._first(node)
        if node.type == "html_block":
            self._error(line, "markdown-html", "Raw HTML is not shown here.", "Write it in Markdown, or take it out.")
        elif node.type == "code_block":
            self._error(
                line, "markdown-block", "This indented text would be code.", "Take away the spaces at its start."
            )
        else:
            self._error(
                line,
                "markdown-block",
                f"A {node.type.replace('_', ' ')} may not stand here.",
                "Move it out or make it flatter.",
            )

    def _heading(self, node: SyntaxTreeNode, line: int) -> list[Block]:
        if node.tag not in ("h2", "h3"):
            self._error(
                line,
                "markdown-heading",
                f"A heading of level {node.tag[1]} is not used.",
                "Use ## or ###; the title is level 1.",
            )
        text = self._text(node.children[0], node) if node.children else None
        if text is None or not text.source:
            self._error(line, "markdown-heading", "This heading has no words.", "Write some or take it out.")
            return []
        return [Heading(2 if node.tag == "h2" else 3, text)]

    def _paragraph(self, node: SyntaxTreeNode) -> list[Block]:
        inline = node.children[0]
        if inline.content.lstrip().startswith(":::"):
            known = ", ".join((*CALLOUTS, FACT, RECORDING))
            self._error(
                self._first(node), "markdown-callout", "There is no call-out of this kind.", f"The kinds are: {known}."
            )
            return []
        if any(child.type == "image" for child in inline.children):
            return self._picture(node, inline)
        return [Paragraph(self._text(inline, node))]

    def _picture(self, node: SyntaxTreeNode, inline: SyntaxTreeNode) -> list[Block]:
        image = inline.children[0]
        target = str(image.attrs.get("src", "")) if image.type == "image" else ""
        line = self._first(node)
        if len(inline.children) != 1 or image.type != "image":
            self._error(
                line, "markdown-picture", "A picture stands inside other text.", "Give it a paragraph of its own."
            )
            return []
        name = target.removeprefix("media:")
        if name == target or not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", name):
            self._error(
                line, "markdown-picture", f"A picture cannot come from {target!r}.", "Write ![words](media:name)."
            )
            return []
        alt = joined(inline.content.strip()[2:].rpartition("](")[0])
        if not alt:
            self._error(
                line,
                "markdown-alt",
                "This picture has no words for those who cannot see it.",
                "Say what it shows and why.",
            )
        return [Picture(name, self._made(alt, line, self._stamp(self._last(node)), ".alt"))]

    def _list(self, node: SyntaxTreeNode) -> ListBlock:
        items: list[InlineText] = []
        for item in node.children:
            if not item.children or item.children[0].type != "paragraph":
                self._error(
                    self._first(item), "markdown-list", "This list item has no words of its own.", "Begin it with text."
                )
                continue
            if len(item.children) > 1:
                self._error(
                    self._first(item.children[1]),
                    "markdown-list",
                    "Lists are one level deep, one paragraph an item.",
                    "Make it an item of its own, or a paragraph after the list.",
                )
            items.append(self._text(item.children[0].children[0], item.children[0]))
        start = node.attrs.get("start", 1)
        return ListBlock(tuple(items), node.type == "ordered_list", int(start))

    def _quote(self, node: SyntaxTreeNode) -> list[Block]:
        texts: list[InlineText] = []
        for child in node.children:
            if child.type == "paragraph":
                texts.append(self._text(child.children[0], child))
            else:
                self._refuse(child)
        return [Quote(tuple(texts))] if texts else []

    def _fact(self, node: SyntaxTreeNode) -> list[Block]:
        name = self._named(node, FACT, "A fact is named by its id, and holds nothing.")
        return [FactMark(name, self._first(node) + self._offset)] if name is not None else []

    def _recording(self, node: SyntaxTreeNode) -> list[Block]:
        name = self._named(node, RECORDING, "A recording is named by its file, and holds nothing.")
        return [RecordingMark(name, self._first(node) + self._offset)] if name is not None else []

    def _named(self, node: SyntaxTreeNode, word: str, what: str) -> str | None:
        names = node.info.split()[1:]
        self._check_closed(node)
        if len(names) != 1 or node.children:
            mend = f"Write :::{word} and its id, and ::: on the next line."
            self._error(self._first(node), "markdown-callout", what, mend)
            return None
        return names[0]

    def _check_closed(self, node: SyntaxTreeNode) -> None:
        span = node.map or (0, 0)
        closing = self._marks.lines[span[1]] if span[1] < len(self._marks.lines) else ""
        if not closing.lstrip().startswith(":::"):
            self._error(span[0], "markdown-callout", "This call-out is not closed.", "Put a line ::: after it.")

    def _callout(self, node: SyntaxTreeNode, kind: CalloutKind) -> list[Block]:
        span = node.map or (0, 0)
        self._check_closed(node)
        if not node.children:
            self._error(span[0], "markdown-callout", "This call-out is empty.", "Write something in it or take it out.")
        children: list[Paragraph | ListBlock] = []
        for child in node.children:
            if child.type not in ("paragraph", "bullet_list", "ordered_list"):
                self._refuse(child)
                continue
            for block in self._block(child):
                if isinstance(block, Paragraph | ListBlock):
                    children.append(block)
                else:
                    self._error(
                        self._first(child),
                        "markdown-callout",
                        "A call-out holds text and lists only.",
                        "Move this out.",
                    )
        return [Callout(kind, tuple(children))] if children else []

    def _table(self, node: SyntaxTreeNode) -> list[Block]:
        rows = [row for part in node.children for row in part.children]
        cells = tuple(self._row(row) for row in rows)
        align = tuple(_ALIGN.get(str(cell.attrs.get("style", "")), "start") for cell in rows[0].children)
        return [Table(cells[0], cells[1:], align)]

    def _row(self, row: SyntaxTreeNode) -> tuple[InlineText, ...]:
        line = self._first(row)
        key = self._stamp(line)
        texts: list[InlineText] = []
        for column, cell in enumerate(row.children, 1):
            inline = cell.children[0] if cell.children else None
            if inline is not None:
                self._check_inline(inline, line)
            texts.append(self._made(joined(inline.content) if inline else "", line, key, f".c{column}"))
        return tuple(texts)

    def _text(self, inline: SyntaxTreeNode, block: SyntaxTreeNode) -> InlineText:
        line = self._first(block)
        self._check_inline(inline, line)
        return self._made(joined(inline.content), line, self._stamp(self._last(block)), "")

    def _made(self, source: str, line: int, mark: tuple[str, frozenset[str]] | None, facet: str) -> InlineText:
        notes = tuple(note for at, note in self._marks.notes if at < line)
        self._marks.notes = [pair for pair in self._marks.notes if pair[0] >= line]
        key, classes = mark or ("", frozenset())
        text = InlineText(
            f"{key}{facet}" if key else "",
            source,
            line + self._offset,
            notes,
            "critical" in classes,
            bool(source) and line not in self._marks.untranslated,
        )
        self._texts.append(text)
        if "{#" in source:
            self._error(line, "block-id-place", "An id stands in the middle of the text.", "Put it at the block's end.")
        return text

    def _stamp(self, line: int) -> tuple[str, frozenset[str]] | None:
        """The id at the end of the block whose last line is ``line``; notes the place for the stamper."""
        if line in self._marks.untranslated:
            return None
        mark = self._marks.ids.get(line)
        self._stamps.append(Stamp(line + self._offset, mark[0] if mark else None))
        if mark is None:
            return None
        if mark[0] in self._used:
            self._error(
                line, "block-id-twice", f"The id {mark[0]!r} stands here a second time.", "Run coplearn course stamp."
            )
        for name in sorted(mark[1] - {"critical"}):
            self._error(line, "block-id-class", f"A block cannot be marked .{name}.", "Only .critical is known.")
        self._used.add(mark[0])
        return mark

    def _check_inline(self, inline: SyntaxTreeNode, line: int) -> None:
        for node in inline.walk(include_self=False):
            if node.type == "link" and node.info == "auto":
                self._error(
                    line, "markdown-autolink", "A bare address stands in the text.", "Write [words](ref:source-id)."
                )
            elif node.type == "link":
                self._links.append(Link(str(node.attrs.get("href", "")), line + self._offset))
            elif node.type == "html_inline":
                self._error(
                    line,
                    "markdown-html",
                    f"Raw HTML is not shown here: {node.content}",
                    "Write it in Markdown, or take it out.",
                )
            elif node.type == "hardbreak":
                self._error(
                    line,
                    "markdown-break",
                    "A forced line break stands here.",
                    "Make it two paragraphs or two list items.",
                )
            elif node.type not in _INLINE:
                self._error(
                    line,
                    "markdown-picture",
                    f"A {node.type} may not stand inside text.",
                    "Give a picture its own paragraph.",
                )

    def _first(self, node: SyntaxTreeNode) -> int:
        return node.map[0] if node.map else 0

    def _last(self, node: SyntaxTreeNode) -> int:
        last = node.map[1] - 1 if node.map else 0
        while last > self._first(node) and not self._marks.lines[last].strip():
            last -= 1
        return last

    def _error(self, line: int, code: str, what: str, mend: str) -> None:
        self._problems.error(Place(self._path, line + self._offset), code, what, mend)
