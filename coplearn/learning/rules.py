"""The law of learning: how progress joins, when a course is complete, when a question may be answered again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from coplearn.courses.course import Course, Module


@dataclass(frozen=True, slots=True)
class Visited:
    """The state of one item for one learner. Its join is commutative, associative and idempotent."""

    first_at: datetime
    done_at: datetime | None = None
    score: int | None = None
    passed_at: datetime | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    state_at: datetime | None = None
    course_digest: str = ""
    """The edition of the course that the state is of."""


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
        course_digest=newer.course_digest if newer.state_at is not None else older.course_digest,
    )


def _recency(visited: Visited) -> tuple[float, str, str]:
    at = visited.state_at
    return (
        at.timestamp() if at is not None else float("-inf"),
        repr(sorted(visited.state.items())),
        visited.course_digest,
    )


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
    """The progress of a learner: counts of items and of checks, and what they add up to."""

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


def is_step(name: str) -> bool:
    """Whether a record of that name is of a step of the course; else it is of what is asked before the course or after it."""
    return "." not in name


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
class Edition:
    """A course as it was or is: what of it a learner's record can be held against. ``titles`` are by language."""

    course_id: str
    digest: str
    version: str
    locale: str
    titles: Mapping[str, str]
    items: Mapping[str, Mapping[str, Any]]
    adapted_by: Mapping[str, str] | None = None
    """By language who changed it for a country; nothing for the course itself."""

    @property
    def checks(self) -> list[str]:
        """The ids of the items that count for the certificate of achievement."""
        return [item_id for item_id in self.required if self.items[item_id]["check"]]

    @property
    def required(self) -> list[str]:
        """The ids of the items that have to be done: all but optional ones and those that a country added."""
        return [item_id for item_id, kept in self.items.items() if not kept.get("added")]

    def has(self, item_id: str, other: Edition) -> bool:
        """Whether the item is there and the same as in the other edition."""
        return item_id in self.items and item_id in other.items and self._digest(item_id) == other._digest(item_id)

    def says_the_same(self, item_id: str, other: Edition) -> bool:
        """The same of an item that both have, but for what it asks for to be passed: its parts, where it has such."""
        parts, others = self.items[item_id]["parts"], other.items[item_id]["parts"]
        return bool(parts == others if parts or others else self._digest(item_id) == other._digest(item_id))

    def changed_parts(self, item_id: str, since: Edition) -> frozenset[str]:
        """The parts of the item that were not there in that earlier edition, or asked something else."""
        before = since.items.get(item_id, {}).get("parts", {})
        return frozenset(part for part, digest in self.items[item_id]["parts"].items() if before.get(part) != digest)

    def completion(self, done: Collection[str], passed: Collection[str]) -> Completion:
        """The progress of somebody who has done and passed those items."""
        return completion(self.required, self.checks, done, passed)

    def _digest(self, item_id: str) -> str:
        return str(self.items[item_id]["digest"])


def has_entered(edition: Edition, scores: Mapping[str, int | None], done: Collection[str], at_least: int) -> bool:
    """Whether somebody with those best scores has finished that course with at least so many percent in its checks: in the mean,
    as a cohort counts them."""
    points = sum(scores.get(check) or 0 for check in edition.checks)
    return edition.completion(done, ()).took_part and points >= at_least * len(edition.checks)


def edition_of(course: Course, titles: Mapping[str, str]) -> Edition:
    """The course as it is, with its title in each language that has one."""
    items: dict[str, dict[str, Any]] = {}
    required = frozenset(course.required)
    for item in course.items.values():
        kind = course.kinds[item.kind]
        items[item.id] = {"digest": item.digest, "parts": dict(kind.parts(item)), "check": kind.scored}
        if item.id not in required:
            items[item.id]["added"] = True
    adapted_by = course.adaptation.adapted_by if course.adaptation is not None else None
    return Edition(course.id, course.digest, course.version, course.locale, titles, items, adapted_by)


@dataclass(frozen=True, slots=True)
class News:
    """The changes of a course for somebody who began it before: steps to do, steps done that say something else now,
    and how many done steps are gone. ``unknown``: it has changed, and how is not known."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: int = 0
    unknown: bool = False

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone or self.unknown)


def news(now: Edition, begun: str, finished: bool, done: Mapping[str, str], before: Mapping[str, Edition]) -> News:
    """The news to tell a learner of the course as it is ``now``.

    ``begun`` names the edition they began with, ``done`` the one that each done item was last answered in (empty: not
    known), ``before`` are the editions that were kept. That words were mended is not told: versions that differ in their
    last number alone.
    """
    began = before.get(begun)
    if begun == now.digest:
        new: tuple[str, ...] = ()
    elif began is not None:
        new = tuple(item_id for item_id in now.items if item_id not in began.items and item_id not in done)
    else:  # who had finished had done all there was
        new = tuple(item_id for item_id in now.items if finished and item_id not in done)
    changed = tuple(item_id for item_id in now.items if _says_otherwise(item_id, done, now, before))
    named = {begun, *done.values()} - {"", now.digest}
    gone = sum(item_id not in now.items for item_id in done)
    return News(new, changed, gone, unknown=not finished and not named <= before.keys())


def _says_otherwise(item_id: str, done: Mapping[str, str], now: Edition, before: Mapping[str, Edition]) -> bool:
    then = before.get(done.get(item_id, ""))
    if then is None or then.digest == now.digest or item_id not in then.items or then.says_the_same(item_id, now):
        return False
    return then.version.rpartition(".")[0] != now.version.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Walked:
    """One record of a learner in a course: when each item was done for the first time, and when the course was finished."""

    done: Mapping[str, datetime] = field(default_factory=dict)
    finished_at: datetime | None = None


def finished_together(one: Walked, other: Walked, items: Collection[str]) -> datetime | None:
    """The time at which somebody with two records finished the course; None when ``items``, the course's now, are not all done.

    A record that was finished stays so by what was done for it, whatever the course asks for since. What the other record
    did sooner makes it sooner, so that any number of devices, met in any order, come to the same.
    """
    done = {key: min(half.done[key] for half in (one, other) if key in half.done) for key in {*one.done, *other.done}}
    reached = [at for at in (_reached(one, done), _reached(other, done)) if at is not None]
    if reached:
        return min(reached)
    return max(done[key] for key in items) if items and done.keys() >= set(items) else None


def _reached(half: Walked, done: Mapping[str, datetime]) -> datetime | None:
    """The time at which all items were done that the finished record had; None when it was not finished."""
    if half.finished_at is None:
        return None
    return max((done[key] for key, at in half.done.items() if at <= half.finished_at), default=half.finished_at)


@dataclass(frozen=True, slots=True)
class Practised:
    """A question asked beside the steps as two records of one learner can have it. Its join is commutative, associative and
    idempotent."""

    due_on: date
    by_letter: bool = False
    letter_at: datetime | None = None
    answered_at: datetime | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    """What was answered, to what, and what it came to."""


def join_practised(one: Practised, other: Practised) -> Practised:
    """Both records as one: the first answer stands, and a question that either was to be asked by letter is asked so."""
    first = min((one, other), key=_first_answer)
    return Practised(
        due_on=min(one.due_on, other.due_on),
        by_letter=one.by_letter or other.by_letter,
        letter_at=_earliest(one.letter_at, other.letter_at),
        answered_at=first.answered_at,
        given=first.given,
    )


def _first_answer(practised: Practised) -> tuple[float, str]:
    at = practised.answered_at
    return (at.timestamp() if at is not None else float("inf"), repr(sorted(practised.given.items())))


def left_of(course: Course, module: Module, done: Collection[str]) -> list[str]:
    """The ids of what has to be done of the module and is not among the ``done``, in order."""
    return [item_id for item_id in course.required if item_id in module.item_ids and item_id not in done]


def step_to_go_on_with(course: Course, done: Collection[str], place: str | None) -> str:
    """The id of the last place when it is not done, else of the first item after it that is not done, else of the place itself.

    Nobody is led to an optional item: from one as the place it goes on at the beginning of its module.
    """
    if place is not None and place in course.items and course.items[place].optional:
        place = course.module(course.items[place].module).item_ids[0]
    order = [item.id for item in course.items.values() if not item.optional]
    start = order.index(place) if place in order else 0
    return next((item_id for item_id in (*order[start:], *order[:start]) if item_id not in done), order[start])


def tries_of(course: Course) -> int | None:
    """The tries that each check of the course allows: 0 is without limit, None when one differs from another."""
    checks = [course.items[item_id] for item_id in course.checks]
    limits = {course.kinds[item.kind].attempts_allowed(item) for item in checks}
    return next(iter(limits), 0) if len(limits) < 2 else None


def mark_of(course: Course) -> int | None:
    """The percent that every check of the course asks for; None when one asks for another than the rest."""
    marks = set(course.pass_marks().values())
    return marks.pop() if len(marks) == 1 and len(course.pass_marks()) == len(course.checks) else None


def may_retry(allowed: int, tries: int) -> bool:
    """Whether one more try is open: ``allowed`` 0 is without limit."""
    return allowed == 0 or tries < allowed


def forget_date(now: datetime, days: int) -> datetime:
    """Visitors not seen since this instant are forgotten."""
    return now - timedelta(days=days)


VOTES_TOLD: Final = 5
"""Votes are told by whole fives, and fewer than five of a kind not at all: a poll says nothing of one person."""


def told_votes(counts: Mapping[str, int], keys: Iterable[str]) -> dict[str, int]:
    """The numbers of a poll: each of the ``keys`` with its number in whole fives, without those that are too few."""
    rounded = {key: counts.get(key, 0) // VOTES_TOLD * VOTES_TOLD for key in keys}
    return {key: number for key, number in rounded.items() if number}
