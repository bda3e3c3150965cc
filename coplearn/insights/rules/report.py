"""What a period report counts, by what, and how its tables come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from coplearn.insights.rules.suppression import Cell, suppress


class Measure(StrEnum):
    """What is counted."""

    TRAINED = "trained"
    COMPLETED = "completed"
    CERTIFIED = "certified"
    REVOKED = "revoked"
    COHORTS = "cohorts"
    MEETINGS = "meetings"
    FINISHED = "finished"
    CHILDREN = "children"


class Dimension(StrEnum):
    """By what it is counted."""

    COUNTRY = "country"
    AUDIENCE = "audience"
    LANGUAGE = "language"
    TIER = "tier"
    KIND = "kind"
    REGION = "region"
    COURSE = "course"
    AGE = "age"


NOT_STATED: Final = ""
"""The value of whoever did not say. It is a row of its own, and only where there is somebody in it."""
OUTRIGHT: Final = frozenset({Measure.COHORTS, Measure.MEETINGS})
"""Not numbers of people: they are shown as they are."""
TRAINING: Final = (
    Measure.TRAINED, Measure.COMPLETED, Measure.CERTIFIED, Measure.REVOKED, Measure.COHORTS, Measure.MEETINGS,
)  # fmt: skip
TRAINING_BY: Final = (Dimension.COUNTRY, Dimension.AUDIENCE, Dimension.LANGUAGE, Dimension.TIER, Dimension.KIND)
ONLINE_BY: Final = (Dimension.AUDIENCE, Dimension.LANGUAGE, Dimension.COURSE)

Tally = Mapping[tuple[str, str], int]
"""By (dimension, value) how many; ("", "") is all of them. Who is in several rows counts once in each, and once in all."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose numbers: cohorts of those countries (None: of all), and of that tier (None: of all)."""

    countries: frozenset[str] | None
    tier: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left out."""
        return self.countries is None and self.tier is None


@dataclass(frozen=True, slots=True)
class Row:
    """One value with its numbers, in the order of the table's measures."""

    value: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers by one dimension; rows in the order of their values, the one of who did not say last."""

    dimension: Dimension
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]
    total: tuple[Cell, ...]


def tables_of(
    measures: Sequence[Measure], dimensions: Sequence[Dimension], tallies: Mapping[Measure, Tally]
) -> tuple[Table, ...]:
    """A table for each dimension, with small numbers of people hidden."""
    values = {one: _values(one, tallies) for one in dimensions}
    totals: list[Cell] = []
    columns: dict[Dimension, list[list[Cell]]] = {one: [] for one in dimensions}
    for measure in measures:
        tally = tallies.get(measure, {})
        counts = [[tally.get((one, value), 0) for value in values[one]] for one in dimensions]
        total: Cell = tally.get(("", ""), 0)
        cells: list[list[Cell]] = [list(column) for column in counts]
        if measure not in OUTRIGHT:
            total, cells = suppress(tally.get(("", ""), 0), counts)
        totals.append(total)
        for one, column in zip(dimensions, cells, strict=True):
            columns[one].append(column)
    return tuple(
        Table(
            one,
            tuple(measures),
            tuple(Row(value, cells) for value, cells in zip(values[one], zip(*columns[one], strict=True), strict=True)),
            tuple(totals),
        )
        for one in dimensions
    )


def _values(dimension: Dimension, tallies: Mapping[Measure, Tally]) -> list[str]:
    found = {value for tally in tallies.values() for (by, value), count in tally.items() if by == dimension and count}
    return sorted(found, key=lambda value: (value == NOT_STATED, len(value) if value.isdigit() else 0, value))
