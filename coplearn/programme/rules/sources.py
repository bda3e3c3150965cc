"""The hooks by which other slices tell of their own activities, and of recommendations to a country."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from coplearn.kernel.text import LabelledEnum
from coplearn.programme.rules.records import OwnActivity

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class RecommendationLine:
    """A recommendation to a country, and how it stands."""

    text: str
    status: LabelledEnum
    due_on: date | None = None
    is_overdue: bool = False
    endpoint: str = ""
    """The page of it, for whoever may open that; empty for none."""
    values: Mapping[str, str] = field(default_factory=dict)


ActivitySource = Callable[
    ["Session", date | None, date | None, Collection[str] | None],
    Sequence[OwnActivity],
]
"""Called with a session, the first and the last day of a period (None leaves an end open) and countries (None for all), it
gives the activities with a day in the period, in a known number of statements."""

RecommendationSource = Callable[["Session", str], Sequence[RecommendationLine]]
"""Called with a session and a country's code, it gives the recommendations to it (one statement)."""
