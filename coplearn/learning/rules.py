"""The law of learning: how progress joins, when a course is complete, when a question may be answered again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Visited:
    """What is known of one learner and one item. Its join is commutative, associative and idempotent."""

    first_at: datetime
    done_at: datetime | None = None
    score: int | None = None
    passed_at: datetime | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    state_at: datetime | None = None


def join(one: Visited, other: Visited) -> Visited:
    """Both records of the same item as one: earliest times, best score, the later state (ties: the larger by content)."""
    newer, older = (one, other) if _recency(one) >= _recency(other) else (other, one)
    return Visited(
        first_at=min(one.first_at, other.first_at),
        done_at=_earliest(one.done_at, other.done_at),
        score=_best(one.score, other.score),
        passed_at=_earliest(one.passed_at, other.passed_at),
        state=newer.state if newer.state_at is not None else older.state,
        state_at=newer.state_at,
    )


def _recency(visited: Visited) -> tuple[float, str]:
    at = visited.state_at
    return (at.timestamp() if at is not None else float("-inf"), repr(sorted(visited.state.items())))


def _earliest(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _best(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


@dataclass(frozen=True, slots=True)
class Completion:
    """How far a learner is: counts of items and of checks, and what they add up to."""

    items: int
    items_done: int
    checks: int
    checks_passed: int

    @property
    def share(self) -> float:
        """Done items as a share from 0 to 1."""
        return self.items_done / self.items if self.items else 0.0

    @property
    def took_part(self) -> bool:
        """Every item is done: the certificate of participation."""
        return self.items > 0 and self.items_done == self.items

    @property
    def achieved(self) -> bool:
        """Every item is done and every check is passed: the certificate of achievement."""
        return self.took_part and self.checks > 0 and self.checks_passed == self.checks


def completion(
    items: Collection[str], checks: Collection[str], done: Collection[str], passed: Collection[str]
) -> Completion:
    """Count ``done`` and ``passed`` item ids against the course as it is now; ids the course no longer has count for nothing."""
    done_ids, passed_ids = set(done), set(passed)
    return Completion(
        items=len(items),
        items_done=sum(item in done_ids for item in items),
        checks=len(checks),
        checks_passed=sum(item in passed_ids for item in checks),
    )


@dataclass(frozen=True, slots=True)
class Walked:
    """One record of a learner in a course: when each item was done for the first time, and when the course was finished."""

    done: Mapping[str, datetime] = field(default_factory=dict)
    finished_at: datetime | None = None


def finished_together(one: Walked, other: Walked, items: Collection[str]) -> datetime | None:
    """When somebody finished the course of whom there were two records; None when ``items``, the course's now, are not all done.

    A record that was finished stays so by what was done for it, whatever the course asks for since. What the other record
    did sooner makes it sooner, so that any number of devices, met in any order, come to the same.
    """
    done = {key: min(half.done[key] for half in (one, other) if key in half.done) for key in {*one.done, *other.done}}
    reached = [at for at in (_reached(one, done), _reached(other, done)) if at is not None]
    if reached:
        return min(reached)
    return max(done[key] for key in items) if items and done.keys() >= set(items) else None


def _reached(half: Walked, done: Mapping[str, datetime]) -> datetime | None:
    """When all that was done until that record was finished had been done; None when it was not finished."""
    if half.finished_at is None:
        return None
    return max((done[key] for key, at in half.done.items() if at <= half.finished_at), default=half.finished_at)


def may_retry(allowed: int, tries: int) -> bool:
    """Whether one more try is open: ``allowed`` 0 is without limit."""
    return allowed == 0 or tries < allowed


def forget_date(now: datetime, days: int) -> datetime:
    """Visitors not seen since this instant are forgotten."""
    return now - timedelta(days=days)
