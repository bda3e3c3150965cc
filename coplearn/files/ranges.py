"""The part of a file that a request asks for (RFC 9110, section 14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer to a request for a part: ``all`` (200), ``part`` (206) from ``start`` to before ``end``, or ``none`` (416)."""

    what: Literal["all", "part", "none"]
    start: int
    end: int


def part_asked(ranges: Sequence[tuple[int, int | None]], size: int, *, unchanged: bool = True) -> Asked:
    """The part of a file of that size that a request asks for, as (first, behind the last); before 0 is counted from the end.

    Several parts at once are answered with the whole, as HTTP allows; so is a part of a file that is another one by now
    (not ``unchanged``).
    """
    if len(ranges) != 1 or not unchanged:
        return Asked("all", 0, size)
    start, end = ranges[0]
    if start < 0:
        start, end = max(0, size + start), size
    end = size if end is None else min(end, size)
    return Asked("part", start, end) if start < end else Asked("none", 0, size)
