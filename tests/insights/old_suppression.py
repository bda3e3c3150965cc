"""How small numbers were hidden before the ledger: kept as the control of the attack, which must undo it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

SMALLEST: Final = 5
"""A number of people below this is not shown, unless it is 0."""


class Hidden(StrEnum):
    """Why a number is not shown."""

    SMALL = "small"
    """It is fewer than :data:`SMALLEST`."""
    WITHHELD = "withheld"
    """It is not small, but with it a small one could be worked out."""


Cell = int | Hidden


def suppress(total: int, columns: Sequence[Sequence[int]]) -> tuple[Cell, list[list[Cell]]]:
    """One figure's total and the same people by several questions (by country, by audience, …), fit to be shown.

    1. A total from 1 to 4 hides itself and every cell below it, those that are 0 too.
    2. A cell from 1 to 4 is hidden. With it the smallest other cell of its column is withheld, and the next ones, as
       long as somebody who subtracts what is shown from the total would know a hidden cell for certain.
    3. Where a column has nothing left to withhold, the total is withheld instead, and with it every cell of every
       column that is not 0: each of them could give the total away.

    Who subtracts may know this rule: that small ones are 1 to 4, that withheld ones are 5 or more and no larger than
    any that is shown. Somebody who compares two reports of nearly the same days is not kept from subtracting them.
    """
    if 0 < total < SMALLEST:
        return Hidden.SMALL, [[Hidden.SMALL] * len(column) for column in columns]
    hidden = [_with_complements(column) for column in columns]
    if all(withheld is not None for withheld in hidden):
        return total, [_marked(column, withheld or ()) for column, withheld in zip(columns, hidden, strict=True)]
    return Hidden.WITHHELD, [_marked(column, range(len(column))) for column in columns]


def _with_complements(column: Sequence[int]) -> set[int] | None:
    """The places to withhold beside the small ones; None when nothing that is left would do."""
    small = [value for value in column if 0 < value < SMALLEST]
    if not small:
        return set()
    others = sorted((value, place) for place, value in enumerate(column) if value >= SMALLEST)
    for count in range(1, len(others) + 1):
        withheld = [value for value, _ in others[:count]]
        if not _gives_away(small, withheld, others[count][0] if count < len(others) else None):
            return {place for _, place in others[:count]}
    return None


def _marked(column: Sequence[int], withheld: Iterable[int]) -> list[Cell]:
    places = set(withheld)
    return [_mark(value, place in places) for place, value in enumerate(column)]


def _mark(value: int, is_withheld: bool) -> Cell:
    if 0 < value < SMALLEST:
        return Hidden.SMALL
    return Hidden.WITHHELD if is_withheld and value else value


def _gives_away(small: Sequence[int], withheld: Sequence[int], least_shown: int | None) -> bool:
    """Whether one of those hidden cells has only one value that fits their sum, which subtraction tells.

    ``least_shown`` is the smallest cell that stays, None when none does.
    """
    count, others, whole = len(small), len(withheld), sum(small) + sum(withheld)
    most = whole if least_shown is None else others * least_shown
    low = max(count, whole - most)
    high = min(count * (SMALLEST - 1), whole - others * SMALLEST)
    if low < high:
        return False
    if count == 1 or low in (count, count * (SMALLEST - 1)):
        return True
    rest = whole - low
    return others > 0 and (others == 1 or rest in (others * SMALLEST, most))
