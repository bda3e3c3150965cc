"""A sentence of the interface that was reworded: the one that went and the one that came in its place."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

NEAR: Final = 70.0
"""How much of two sentences must be the same, in per cent, for one to be the other reworded."""
_MOST: Final = 400


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message of the interface: what it is known by, its text, and the source files it stands in."""

    key: Hashable
    context: str
    text: str
    is_counted: bool
    paths: frozenset[str]


def reworded(gone: Iterable[Sentence], came: Iterable[Sentence]) -> list[tuple[Sentence, Sentence]]:
    """Pairs of an old and a new sentence, where there is no doubt: in one file, near to one another, and neither near to a third.

    Nothing is guessed: of two that could be meant none is taken.
    """
    before, after = list(gone)[:_MOST], list(came)[:_MOST]
    pairs = [(old, new) for new in after for old in before if _is_near(old, new)]
    return [
        (old, new)
        for old, new in pairs
        if _once(old, [pair[0] for pair in pairs]) and _once(new, [pair[1] for pair in pairs])
    ]


def _once(one: Sentence, many: Sequence[Sentence]) -> bool:
    return sum(each is one for each in many) == 1


def _is_near(old: Sentence, new: Sentence) -> bool:
    # Here and not above: it takes a while to load, and only a catalog that changes needs it.
    from rapidfuzz import fuzz

    return (
        old.context == new.context
        and old.is_counted == new.is_counted
        and not old.paths.isdisjoint(new.paths)
        and fuzz.ratio(old.text, new.text) >= NEAR
    )
