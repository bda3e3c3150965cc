"""The law of cards to send on: which words of a take-away go on a card, and how many fit into a message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

MOST_TEXT: Final = 700
"""Characters of a card as a message, with its source and its addresses."""
MOST_ON_CARD: Final = 420
"""Characters of what a card says: more cannot be read on a small screen."""
_SENTENCE: Final = re.compile(r".*[.!?…。！？؟۔][\"”»’』」)）]*(?=\s|[^\x00-\u2fff]|$)", re.DOTALL)
_MARKS: Final = re.compile(r"[\u2066-\u2069]")

Piece = tuple[str, bool]
"""Some words, and whether they are strong."""


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of a card, an entry of a list in it, or the label of what follows."""

    kind: Literal["text", "entry", "label"]
    pieces: tuple[Piece, ...]

    @property
    def words(self) -> str:
        """The line as plain text."""
        return "".join(words for words, _ in self.pieces)


def lines_of(blocks: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """The lines of a take-away from the blocks that it is on paper; drawings, tables and code have no place on a card."""
    for block in blocks:
        if block["k"] == "p":
            yield from _line("label" if block["look"] == "strong" else "text", block["c"])
        elif block["k"] == "list":
            for item in block["items"]:
                yield from (replace(line, kind="entry") for line in lines_of(item))
        elif block["k"] in ("box", "whole", "sheet"):
            yield from lines_of(block["c"])


def plain(text: str) -> str:
    """The text without the marks that keep names apart: not every messenger and telephone knows them."""
    return _MARKS.sub("", text)


def _line(kind: Literal["text", "label"], inside: Sequence[Any]) -> Iterator[Line]:
    pieces = [(plain(words), strong) for words, strong in _pieces(inside, strong=False)]
    if any(words.strip() for words, _ in pieces):
        yield Line(kind, tuple(pieces))


def _pieces(inside: Iterable[Any], *, strong: bool) -> Iterator[Piece]:
    for piece in inside:
        if isinstance(piece, str):
            yield piece, strong
        elif piece["t"] == "br":
            yield " ", strong
        else:
            yield from _pieces(piece["c"], strong=strong or piece["t"] == "b")


def fitted(lines: Sequence[Line], room: int) -> list[Line]:
    """The whole lines that ``room`` characters hold; what is left out is told by an ellipsis. A first line that is too long
    ends with a sentence, or else with a word."""
    kept: list[Line] = []
    for line in lines:
        if sum(len(one.words) + 3 for one in [*kept, line]) > room:
            break
        kept.append(line)
    while kept and kept[-1].kind == "label":
        kept.pop()
    if len(kept) == len(lines):
        return kept
    if not any(line.kind != "label" for line in kept):
        first = next((line for line in lines if line.kind != "label"), None)
        return [] if first is None else [Line(first.kind, ((_cut(first.words, room - 4), False),))]
    return [*kept, Line("text", (("…", False),))]


def _cut(words: str, room: int) -> str:
    head = words[:room]
    if whole := _SENTENCE.match(head):
        return f"{whole[0]} …"
    return f"{head.rpartition(' ')[0] or head} …"


def message_of(title: str, lines: Sequence[Line], ending: Sequence[str]) -> str:
    """The card as a text for a messenger or an SMS."""
    said = [f"• {line.words}" if line.kind == "entry" else line.words for line in lines]
    return "\n".join([title, *said, *ending])


def room_for(title: str, ending: Sequence[str]) -> int:
    """The characters that the lines of a card may have, so that its message is not too long."""
    return min(MOST_ON_CARD, MOST_TEXT - len(title) - sum(len(one) + 1 for one in ending) - 2)
