"""Lines of the page for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from coplearn.xapi.rules.access import LrsScope

if TYPE_CHECKING:
    from coplearn.xapi.models import LrsKey


@dataclass(frozen=True, slots=True)
class LrsKeyLine:
    """A key in the list."""

    id: int
    name: str
    key: str
    scopes: Sequence[LrsScope]
    ends_on: date
    used_on: date | None
    is_good: bool


def key_lines(keys: Sequence[LrsKey], now: datetime) -> list[LrsKeyLine]:
    """The keys as the page lists them."""
    return [
        LrsKeyLine(
            one.id,
            one.name,
            one.key,
            [LrsScope(scope) for scope in one.scopes.split() if scope in set(LrsScope)],
            one.ends_on,
            one.used_on,
            one.ended_at is None and one.ends_on >= now.date(),
        )
        for one in keys
    ]
