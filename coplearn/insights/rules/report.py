"""What a period report counts, by what, and how its tables come together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


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


class Few(StrEnum):
    """What stands in an edition where no five was given."""

    OR_NONE = "few-or-none"


Cell = int | Few
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
    measures: Sequence[Measure],
    dimensions: Sequence[Dimension],
    tallies: Mapping[Measure, Tally],
    *,
    in_fives: bool = False,
) -> tuple[Table, ...]:
    """A table for each dimension. With ``in_fives`` no people are few or none."""

    def row(by: str, value: str) -> tuple[Cell, ...]:
        cells = [(one, tallies.get(one, {}).get((by, value), 0)) for one in measures]
        return tuple(count or (Few.OR_NONE if in_fives and one not in OUTRIGHT else 0) for one, count in cells)

    return tuple(
        Table(one, tuple(measures), tuple(Row(value, row(one, value)) for value in _values(one, tallies)), row("", ""))
        for one in dimensions
    )


def _values(dimension: Dimension, tallies: Mapping[Measure, Tally]) -> list[str]:
    found = {value for tally in tallies.values() for (by, value), count in tally.items() if by == dimension and count}
    return sorted(found, key=lambda value: (value == NOT_STATED, len(value) if value.isdigit() else 0, value))
