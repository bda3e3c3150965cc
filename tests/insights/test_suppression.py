"""No hidden number can be had from what is shown: tried by somebody who subtracts and goes through every possibility."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplearn.insights.rules.report import Dimension, Measure, tables_of
from coplearn.insights.rules.suppression import SMALLEST, Cell, Hidden, suppress

few = st.lists(st.one_of(st.integers(0, 4), st.integers(4, 9)), min_size=1, max_size=5)


def possible(total: int, cells: Sequence[Cell]) -> list[set[int]]:
    """What each hidden cell may be, by trying all: small ones are 1 to 4, withheld ones 5 to the least shown one."""
    shown = [cell for cell in cells if not isinstance(cell, Hidden)]
    hidden = [cell for cell in cells if isinstance(cell, Hidden)]
    rest = total - sum(shown)
    most = min((cell for cell in shown if cell), default=rest)

    def fill(kinds: Sequence[Hidden], left: int) -> Iterator[tuple[int, ...]]:
        if not kinds:
            if left == 0:
                yield ()
            return
        low, high = (1, SMALLEST - 1) if kinds[0] is Hidden.SMALL else (SMALLEST, most)
        for value in range(low, min(high, left) + 1):
            for others in fill(kinds[1:], left - value):
                yield (value, *others)

    ways = list(fill(hidden, rest))
    return [{way[place] for way in ways} for place in range(len(hidden))]


@given(few)
@settings(max_examples=400, deadline=None)
def test_hidden_cell_has_more_than_one_possible_value(column: list[int]) -> None:
    """Whoever subtracts the shown cells from a shown total knows no hidden one for certain."""
    total, (cells,) = suppress(sum(column), [column])
    if not isinstance(total, Hidden):
        assert all(len(values) > 1 for values in possible(total, cells))


@given(few)
@settings(max_examples=200, deadline=None)
def test_hidden_total_leaves_no_column_to_add_up(column: list[int]) -> None:
    """A total that is not shown cannot be had by adding the rows of this table or of another one."""
    total, columns = suppress(sum(column), [column, [sum(column)]])
    if isinstance(total, Hidden):
        assert all(isinstance(cell, Hidden) or cell == 0 for cells in columns for cell in cells)
        assert sum(column) == 0 or any(isinstance(cell, Hidden) for cell in columns[0])


@given(st.integers(0, 9), st.lists(few, max_size=3))
@settings(max_examples=200, deadline=None)
def test_small_number_is_never_shown(extra: int, columns: list[list[int]]) -> None:
    """Nowhere is there a 1, 2, 3 or 4, and what is shown is true, also when people are in several rows."""
    most = max((sum(column) for column in columns), default=0)
    shown_total, shown = suppress(most + extra, columns)
    for cell in (shown_total, *(cell for cells in shown for cell in cells)):
        assert isinstance(cell, Hidden) or cell == 0 or cell >= SMALLEST
    for column, cells in zip(columns, shown, strict=True):
        for value, cell in zip(column, cells, strict=True):
            assert cell in (value, Hidden.WITHHELD) if value >= SMALLEST else cell in (0, Hidden.SMALL)


@pytest.mark.parametrize(
    ("column", "shown"),
    [
        ([10, 20, 30], [10, 20, 30]),
        ([0, 20, 30], [0, 20, 30]),
        ([3, 20, 30], [Hidden.SMALL, Hidden.WITHHELD, 30]),
        ([3, 2, 20, 30], [Hidden.SMALL, Hidden.SMALL, Hidden.WITHHELD, 30]),
        ([1, 5, 30], [Hidden.SMALL, Hidden.WITHHELD, Hidden.WITHHELD]),
        ([4, 9, 9, 30], [Hidden.SMALL, Hidden.WITHHELD, Hidden.WITHHELD, 30]),
        ([2, 1], [Hidden.SMALL, Hidden.SMALL]),
    ],
)
def test_smallest_other_cells_are_withheld_with_a_small_one(column: list[int], shown: list[Cell]) -> None:
    """One withheld cell is enough where it leaves a doubt; a 5 beside a 1 leaves none, and neither do two equal ones."""
    assert suppress(sum(column), [column])[1] == [shown]


def test_total_is_withheld_where_no_cell_is_left_to_withhold() -> None:
    """With 4 and 4 the 8 would say it all, so it is not shown, here and in the table by another question."""
    assert suppress(8, [[4, 4], [8, 0]]) == (
        Hidden.WITHHELD,
        [[Hidden.SMALL, Hidden.SMALL], [Hidden.WITHHELD, 0]],
    )


def test_tables_show_cohorts_as_they_are_and_hide_people_alone() -> None:
    """One cohort is no person; three people are hidden, in each table and in the row of all."""
    tallies = {
        Measure.TRAINED: {("", ""): 3, ("country", "MA"): 3, ("tier", ""): 3},
        Measure.COHORTS: {("", ""): 1, ("country", "MA"): 1, ("tier", ""): 1},
    }
    country, tier = tables_of([Measure.TRAINED, Measure.COHORTS], [Dimension.COUNTRY, Dimension.TIER], tallies)
    assert country.total == tier.total == (Hidden.SMALL, 1)
    assert [(row.value, row.cells) for row in country.rows] == [("MA", (Hidden.SMALL, 1))]
