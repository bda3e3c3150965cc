"""The ledger of fives: numbers of people are given out once, a five at a time, and a report adds up what was given.

A five that was written down stays. So reports of overlapping days, of a country and of the whole site, add up, and
whoever subtracts one from another learns nothing that was not given out. See docs/cohorts.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from coplearn.cohorts.meetings.rules.marking import CORRECTIONS
from coplearn.cohorts.meetings.rules.meetings import LONGEST_MEETING
from coplearn.insights.rules import Dimension, Measure, today_in

FIVE: Final = 5
_PERSON: Final = 100
"""Carries are kept in hundredths, so that two rows are seldom alike."""
_FULL: Final = FIVE * _PERSON

Cell = tuple[str, str, str]
"""(scope, dimension, value): a row of a table. The scope is a country, or empty for the site."""
EVERYBODY: Final[Cell] = ("", "", "")
Draw = Callable[[int], int]
"""A random whole number from 0 to below the one that is given."""
Combination = Mapping[str, str]
"""A value for each dimension of a figure."""


def last_to_close(now: datetime, zone: str) -> date:
    """The last day of which nothing is corrected any more without a reason: 14 days have passed since its last meeting."""
    return today_in(now - CORRECTIONS - LONGEST_MEETING, zone) - timedelta(days=1)


def cells_of(combination: Combination) -> list[Cell]:
    """The rows in which somebody counts: of the site, and of the country where one is stated."""
    country = combination.get(Dimension.COUNTRY, "")
    found = [EVERYBODY, *(("", dimension, value) for dimension, value in combination.items())]
    if country:
        others = [(country, dimension, value) for dimension, value in combination.items()]
        found += [(country, "", ""), *(cell for cell in others if cell[1] != Dimension.COUNTRY)]
    return found


def counts_by_cell(rows: Iterable[tuple[Combination, int]]) -> Counter[Cell]:
    """The numbers in each row."""
    found: Counter[Cell] = Counter()
    for combination, count in rows:
        for cell in cells_of(combination):
            found[cell] += count
    return found


def corrections(figure: Measure, late: Mapping[Cell, int]) -> dict[Cell, int]:
    """The booking of changes to days that are closed already.

    A training that was corrected takes from one row and adds to another. Whoever finished an online course did, though
    they have erased their account since: what goes is not booked. Of cohorts and meetings only new ones are; where any
    went, something was moved, and what was written stays as it was.
    """
    changed = {cell: count for cell, count in late.items() if count}
    if figure is Measure.FINISHED:
        return {cell: count for cell, count in changed.items() if count > 0}
    if figure in (Measure.COHORTS, Measure.MEETINGS) and any(count < 0 for count in changed.values()):
        return {}
    return changed


class LedgerBook:
    """The carries of one figure of people, while its days are closed one after the other."""

    def __init__(self, carries: Mapping[Cell, int], draw: Draw) -> None:
        self.carries = dict(carries)
        self._draw = draw
        self._rows: dict[tuple[str, str], list[str]] = {}
        for cell in self.carries:
            self._add_row(cell)

    def _add_row(self, cell: Cell) -> None:
        if cell[1]:
            self._rows.setdefault(cell[:2], []).append(cell[2])

    def close(self, people: Mapping[Cell, int]) -> dict[Cell, int]:
        """The marks of a day on which so many came in each row; fewer than none where a correction took some away.

        The site's fives are given to the rows of each of its tables, and each country's again to its own.
        """
        for cell, count in people.items():
            if cell == EVERYBODY or cell[1]:
                self._count(cell, count)
        given = max(0, self.carries.get(EVERYBODY, 0)) // _FULL
        if not given:
            return {}
        self.carries[EVERYBODY] -= given * _FULL
        marks: Counter[Cell] = Counter({EVERYBODY: given})
        for scope, dimension in [pair for pair in self._rows if not pair[0]]:
            self._give(scope, dimension, given, people, marks)
        countries = {cell[2]: count for cell, count in marks.items() if cell[1] == Dimension.COUNTRY and not cell[0]}
        for country, count in countries.items():
            if not country:
                continue
            marks[country, "", ""] = count
            for scope, dimension in [pair for pair in self._rows if pair[0] == country]:
                self._give(scope, dimension, count, people, marks)
        return dict(marks)

    def _count(self, cell: Cell, count: int) -> None:
        if cell not in self.carries:
            self.carries[cell] = self._draw(FIVE) * _PERSON if cell == EVERYBODY else self._draw(_FULL)
            self._add_row(cell)
        self.carries[cell] += count * _PERSON

    def _give(
        self, scope: str, dimension: str, count: int, people: Mapping[Cell, int], marks: Counter[Cell]
    ) -> None:  # fmt: skip
        """Each mark to the row that waits for most, of those where somebody came that day; if none waits, of all."""
        rows = [(scope, dimension, value) for value in self._rows[scope, dimension]]
        for _ in range(count):
            came = [cell for cell in rows if people.get(cell, 0) > 0 and self.carries[cell] > 0] or rows
            first = max(came, key=lambda cell: (self.carries[cell], cell))
            self.carries[first] -= _FULL
            marks[first] += 1
