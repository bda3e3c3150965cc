"""A row of the table of who may open what (test_access.py), and short ways to write one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

from tests.sizes import WHOLE


@dataclass(frozen=True)
class Row:
    """One route and method: the status each role gets, and what is sent."""

    endpoint: str
    method: str
    visitor: int
    learner: int
    other: int
    coordinator: int
    values: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    translator: int | None = None
    reviewer: int | None = None
    foreign: int | None = None

    def status(self, role: str) -> int:
        """What the role gets; who translates is another learner everywhere else."""
        found: int | None = getattr(self, role)
        return self.other if found is None else found


def asked_of(roles: Sequence[str], name: str, wanted: Callable[[str], int]) -> Sequence[str]:
    """Who asks for the row of that name: all in the proof; in the suite the first of those who get each status, and one more."""
    if WHOLE:
        return roles
    first = {wanted(role): role for role in reversed(roles)}
    return sorted({*first.values(), roles[crc32(name.encode()) % len(roles)]}, key=roles.index)


def same(endpoint: str, status: int, method: str = "GET", **values: str) -> Row:
    """A row that is the same for everybody."""
    return Row(endpoint, method, status, status, status, status, values)


def work(
    endpoint: str,
    method: str,
    values: dict[str, str],
    form: dict[str, str] | None = None,
    *,
    status: int = 200,
    translator: int | None = None,
    foreign: int = 404,
) -> Row:
    """A row of the translators' pages: open to those of the language in the address; a visitor who reads is asked to sign
    in, and for others there is no such page."""
    own = status if translator is None else translator
    visitor = 302 if method == "GET" else 404
    return Row(endpoint, method, visitor, 404, 404, status, values, form or {}, own, status, foreign)
