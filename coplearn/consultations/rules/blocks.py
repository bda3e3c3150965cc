"""A statement's text in blocks with ids that stay, by the same Markdown as courses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal

from coplearn.authoring.problems import Problems
from coplearn.authoring.source import SourceFile
from coplearn.consultations.rules.words import LONGEST_BLOCK, LONGEST_BODY, LONGEST_TITLE, MOST_BLOCKS, TITLE
from coplearn.courses.blocks import new_id, stamp_text
from coplearn.courses.markdown import parse_body
from coplearn.courses.tree import Block, Body, Heading, InlineText, ListBlock, Paragraph, Quote
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import fixed_bytes, plain_lines
from coplearn.kernel.text import N_

BlockKind = Literal["h2", "h3", "p", "li", "ol", "quote"]
_NOT_YET: Final = frozenset({"block-id-missing", "block-id-twice"})
"""What stamping mends."""
_SIGNS: Final[Mapping[BlockKind, str]] = {"h2": "## ", "h3": "### ", "p": "", "li": "- ", "quote": "> "}


@dataclass(frozen=True, slots=True)
class StatementBlock:
    """A heading, a paragraph, an item of a list or a paragraph of a quotation, with the id under which people speak of it."""

    id: str
    kind: BlockKind
    source: str
    number: int = 0
    """Of an item of a numbered list."""

    @property
    def made_of(self) -> str:
        """The hash of its words, by which a translation knows whether it is still of them."""
        return words_hash(self.source)

    def line(self, text: str) -> str:
        """The block with ``text`` as its words, as it stands in the file of an agreed text."""
        sign = f"{self.number}. " if self.kind == "ol" else _SIGNS[self.kind]
        return sign + " ".join(text.split())


def words_hash(text: str) -> str:
    """A short hash of a text."""
    return sha256(text.encode()).hexdigest()[:32]


def checked_title(title: str) -> str:
    """The title in one line. Raises Refused for none, or one that is too long."""
    title = " ".join(plain_lines(title).split())
    if not title:
        raise Refused(N_("Give the statement a title."))
    if len(title) > LONGEST_TITLE:
        raise Refused(N_("Use at most %(count)s characters for the title."), count=LONGEST_TITLE)
    return title


def stamped_body(body: str, make: Callable[[], str] = new_id) -> str:
    """The text as it is kept, each block with an id. Raises Refused with the line that cannot stay so.

    Blocks that have an id keep it; the second block with an id gets a new one.
    """
    body = plain_lines(body)
    if not body:
        raise Refused(N_("Write the text of the statement."))
    if len(body) > LONGEST_BODY:
        raise Refused(
            N_("This text is longer than a statement can be: at most %(count)s characters."), count=LONGEST_BODY
        )
    problems = Problems()
    tree = parse_body(_file(body), problems)
    fault = next((one for one in problems if one.code not in _NOT_YET), None)
    if fault is not None:
        raise _refusal(fault.place.line or 1)
    _check(tree)
    kept = stamp_text(body, _file(body), make).text
    ids = [one.id for one in blocks_of(kept)]
    if not all(ids) or TITLE in ids:
        raise _refusal(1)
    return kept


def _check(tree: Body) -> None:
    for block in tree.blocks:
        for text in _texts(block):
            if not text.source or len(text.source) > LONGEST_BLOCK:
                raise Refused(
                    N_("Line %(line)s: write at most %(count)s characters in one paragraph."),
                    line=text.line,
                    count=LONGEST_BLOCK,
                )
    for link in tree.links:
        if not link.target.startswith("https://"):
            raise Refused(N_("Line %(line)s: a link leads to an address that begins with https://."), line=link.line)
    if len(tree.texts) > MOST_BLOCKS:
        raise Refused(N_("A statement has at most %(count)s paragraphs."), count=MOST_BLOCKS)


def _texts(block: Block) -> Sequence[InlineText]:
    if isinstance(block, Heading | Paragraph):
        return (block.text,)
    if isinstance(block, ListBlock):
        return block.items
    if isinstance(block, Quote):
        return block.paragraphs
    raise _refusal(getattr(block, "line", 1))


def _refusal(line: int) -> Refused:
    return Refused(
        N_(
            "Line %(line)s: a statement has headings (##), paragraphs, lists and quotations. Write this line as one of them."
        ),
        line=line,
    )


def _file(body: str) -> SourceFile:
    return SourceFile("statement", {}, {}, body)


@lru_cache(maxsize=128)
def blocks_of(body: str) -> tuple[StatementBlock, ...]:
    """The blocks of a version's body, in their order."""
    found: list[StatementBlock] = []
    for block in parse_body(_file(body), Problems()).blocks:
        if isinstance(block, Heading):
            found.append(StatementBlock(block.text.key, "h2" if block.level == 2 else "h3", block.text.source))
        elif isinstance(block, Paragraph):
            found.append(StatementBlock(block.text.key, "p", block.text.source))
        elif isinstance(block, Quote):
            found += [StatementBlock(text.key, "quote", text.source) for text in block.paragraphs]
        elif isinstance(block, ListBlock) and block.ordered:
            found += [
                StatementBlock(text.key, "ol", text.source, at) for at, text in enumerate(block.items, block.start)
            ]
        elif isinstance(block, ListBlock):
            found += [StatementBlock(text.key, "li", text.source) for text in block.items]
    return tuple(found)


def block_of(body: str, block_id: str) -> StatementBlock | None:
    """The block of that id."""
    return next((one for one in blocks_of(body) if one.id == block_id), None)


def missing_texts(body: str, texts: Mapping[str, str]) -> int:
    """The number of blocks, the title among them, that have no text in a language."""
    return sum(not texts.get(one) for one in (TITLE, *(block.id for block in blocks_of(body))))


def agreed_file(title: str, body: str, texts: Mapping[str, str], head: Sequence[tuple[str, str]]) -> bytes:
    """The file of an agreed text: its title and its blocks, in the words that ``texts`` has for them, else in its own."""
    lines = [block.line(texts.get(block.id) or block.source) for block in blocks_of(body)]
    return fixed_bytes([("Statement", texts.get(TITLE) or title), *head], "\n\n".join(lines))


@dataclass(frozen=True, slots=True)
class BlockPair:
    """A block in two versions; None where one of them does not have it."""

    id: str
    old: StatementBlock | None
    new: StatementBlock | None

    @property
    def is_same(self) -> bool:
        """Whether nothing of its words or its kind changed."""
        return self.old is not None and self.new is not None and self.old.source == self.new.source


def block_pairs(old: str, new: str) -> list[BlockPair]:
    """The blocks of two versions side by side, in the newer one's order; what went stands where it stood."""
    before, after = blocks_of(old), blocks_of(new)
    held = {one.id: one for one in before}
    kept = {one.id for one in after}
    pairs = [BlockPair(one.id, held.get(one.id), one) for one in after]
    for at, one in enumerate(before):
        if one.id in kept:
            continue
        earlier = {gone.id for gone in before[:at]}
        place = max((index for index, pair in enumerate(pairs) if pair.id in earlier), default=-1)
        pairs.insert(place + 1, BlockPair(one.id, one, None))
    return pairs
