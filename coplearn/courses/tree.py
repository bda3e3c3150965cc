"""The small immutable tree that a lesson's Markdown becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

CalloutKind = Literal["note", "care", "support", "try"]
Align = Literal["start", "center", "end"]


@dataclass(frozen=True, slots=True)
class InlineText:
    """One run of inline Markdown: ``key`` is its block's id with its facet, "" while unstamped."""

    key: str
    source: str
    line: int
    notes: tuple[str, ...] = ()
    critical: bool = False
    translate: bool = True


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 2 or 3."""

    level: int
    text: InlineText


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of words."""

    text: InlineText


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list one level deep; ``start`` is the first number of an ordered one."""

    items: tuple[InlineText, ...]
    ordered: bool
    start: int = 1


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation of one or more paragraphs."""

    paragraphs: tuple[InlineText, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its head row, its other rows, and how each column stands."""

    head: tuple[InlineText, ...]
    rows: tuple[tuple[InlineText, ...], ...]
    align: tuple[Align, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A box beside the text; it holds paragraphs and lists."""

    kind: CalloutKind
    children: tuple[Paragraph | ListBlock, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of the course by its name, with its alternative text."""

    name: str
    alt: InlineText


@dataclass(frozen=True, slots=True)
class Code:
    """Text shown letter by letter, never translated."""

    source: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A line between two parts."""


@dataclass(frozen=True, slots=True)
class FactMark:
    """The place of a fact of the module, by its id."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class RecordingMark:
    """The place of a recording of the course, by its name."""

    name: str
    line: int


Block = Heading | Paragraph | ListBlock | Quote | Table | Callout | Picture | Code | Rule | FactMark | RecordingMark


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the text: its target as written and the line its block begins on."""

    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Stamp:
    """The place of a block's id, or where it should stand: the block's last line in the file, and the id (None: not yet)."""

    line: int
    id: str | None


@dataclass(frozen=True, slots=True)
class Body:
    """A whole lesson: its blocks, the texts in reading order, its links, and where ids stand."""

    blocks: tuple[Block, ...] = ()
    texts: tuple[InlineText, ...] = ()
    links: tuple[Link, ...] = ()
    stamps: tuple[Stamp, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The drawings, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Picture))

    @property
    def on_paper(self) -> Body:
        """The same without what is to be heard."""
        return replace(self, blocks=tuple(one for one in self.blocks if not isinstance(one, RecordingMark)))

    @property
    def recordings(self) -> tuple[RecordingMark, ...]:
        """The recordings, in order."""
        return tuple(block for block in self.blocks if isinstance(block, RecordingMark))

    @property
    def facts(self) -> tuple[FactMark, ...]:
        """The facts of the module that it shows, in order."""
        return tuple(block for block in self.blocks if isinstance(block, FactMark))
