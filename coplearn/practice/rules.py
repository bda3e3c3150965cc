"""The law of practice: what is asked before a module, again and later, on which morning, and in which of its two forms."""

from __future__ import annotations

import random
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from coplearn.courses.asked import AskedQuestion
from coplearn.kernel.text import N_, LabelledEnum

if TYPE_CHECKING:
    from coplearn.courses.course import Course, Module

LETTER: Final = "practice"
"""The kind of letter that asks."""
MORNING: Final = time(9)
"""When a letter comes, where its reader is."""
RECALLED: Final = 2
FOLLOW_UP_AFTER: Final = timedelta(days=7)
LET_GO_AFTER: Final = timedelta(days=90)
"""An action that was done longer ago is asked about no more."""
ASKED_ONCE_MORE: Final = timedelta(days=21)
"""Whoever said "not yet" is asked once more so long after it, and never a third time."""
TOO_LATE: Final = timedelta(days=14)
"""A letter that could not be written so long is not written any more; the question waits for the next visit."""


class Purpose(LabelledEnum):
    """The reasons for which a question is asked."""

    BEFORE = "before", N_("Before the module")
    RECALL = "recall", N_("From an earlier module")
    REFRESHER = "refresher", N_("After the course")
    FOLLOW_UP = "follow-up", N_("What came of it")


class WhatCame(LabelledEnum):
    """The answers to what came of an action; none of them is wrong."""

    YES = "yes", N_("Yes")
    NOT_YET = "not-yet", N_("Not yet")
    CHANGED = "changed", N_("I changed my plan")


@dataclass(frozen=True, slots=True)
class Kept:
    """One question as it is kept of a learner."""

    key: str
    purpose: str
    due_on: date
    by_letter: bool
    answered_at: datetime | None
    item_id: str
    question_id: str
    answer: Mapping[str, object]
    letter_at: datetime | None = None

    @property
    def days(self) -> int:
        """The number of days after the course at which a refresher is asked."""
        return int(self.key.rpartition(":")[2])


def refresher_key(days: int) -> str:
    """The key of the refresher of so many days after the course."""
    return f"{Purpose.REFRESHER}:{days}"


# ── When ──


def refresher_days(days: Sequence[int], finished_on: date, asked_on: date) -> dict[int, date]:
    """The day on which each refresher is due, for somebody who finished the course then and asks for questions on ``asked_on``.

    They count from the end of the course; from the day they were asked for where the first would be over already.
    """
    late = bool(days) and finished_on + timedelta(days=days[0]) <= asked_on
    begins = asked_on if late else finished_on
    return {after: begins + timedelta(days=after) for after in days}


def zone_named(name: str) -> tzinfo:
    """The zone of that IANA name; UTC where it is not known."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def morning_of(day: date, zone: str) -> datetime:
    """The instant at which it is nine in the morning of that day there; where clocks jump over it, after the jump."""
    there = zone_named(zone)
    # Where clocks jump, the hour that was skipped is read by the clock before the jump, and comes to one after it.
    return datetime.combine(day, MORNING, there).astimezone(UTC)


def today_there(now: datetime, zone: str) -> date:
    """The day it is there."""
    return now.astimezone(zone_named(zone)).date()


def is_due(due_on: date, zone: str, now: datetime) -> bool:
    """Whether that morning has come there."""
    return morning_of(due_on, zone) <= now


def letter_at(due_on: date, zone: str, now: datetime) -> datetime | None:
    """The instant at which the letter of that day goes out: on its morning; where that is over, on the next; None where it is
    too late for a letter."""
    instant = morning_of(due_on, zone)
    if instant >= now:
        return instant
    if now - instant > TOO_LATE:
        return None
    today = today_there(now, zone)
    return next(morning for after in range(3) if (morning := morning_of(today + timedelta(days=after), zone)) >= now)


def open_refresher(kept: Iterable[Kept], zone: str, now: datetime) -> Kept | None:
    """The refresher that is asked now: the latest whose morning has come, unless it is answered.

    An earlier one that was never answered is let go with that: nothing here is a debt.
    """
    due = [one for one in kept if one.purpose == Purpose.REFRESHER and is_due(one.due_on, zone, now)]
    latest = max(due, key=lambda one: (one.due_on, one.days), default=None)
    return latest if latest is not None and latest.answered_at is None else None


def next_refresher(kept: Iterable[Kept], zone: str, now: datetime) -> date | None:
    """The day of the refresher that comes next; None when none does."""
    return min(
        (one.due_on for one in kept if one.purpose == Purpose.REFRESHER and not is_due(one.due_on, zone, now)),
        default=None,
    )


def open_follow_up(item_id: str, done_at: datetime, kept: Mapping[str, Kept], now: datetime) -> str | None:
    """The key under which it is asked now what came of an action that was done then; None when it is not asked.

    A week after it, for some months; once more three weeks after "not yet"; never again after that.
    """
    first, second = (f"{Purpose.FOLLOW_UP}:{item_id}:{number}" for number in (1, 2))
    answered = kept.get(first)
    if answered is None:
        return first if done_at + FOLLOW_UP_AFTER <= now <= done_at + LET_GO_AFTER else None
    if second in kept or answered.answered_at is None or answered.answer.get("said") != WhatCame.NOT_YET:
        return None
    return second if now >= answered.answered_at + ASKED_ONCE_MORE else None


# ── What ──


@dataclass(frozen=True, slots=True)
class Drawable:
    """A question that may be drawn, in its one or two forms."""

    item_id: str
    forms: tuple[str, ...]
    is_critical: bool = False

    def form(self, last: Collection[str]) -> str:
        """The form that is not among the questions that the learner was asked ``last``: the first, unless that is."""
        unseen = [form for form in self.forms if form not in last]
        return (unseen or list(self.forms))[0]


def draw(pool: Sequence[Drawable], seed: int, salt: str, count: int, begin: int = 0) -> list[Drawable]:
    """``count`` of the pool for one person, those of critical skills before the others: the same whenever it is asked.

    With ``begin`` what follows in that person's order, so that the second refresher asks something else than the first.
    """
    mixed = random.Random(f"{seed}:{salt}")  # noqa: S311 - a choice for learning, not a secret
    ordered = sorted(pool, key=lambda one: (one.item_id, one.forms))
    mixed.shuffle(ordered)
    ordered.sort(key=lambda one: not one.is_critical)
    return [ordered[(begin + place) % len(ordered)] for place in range(min(count, len(ordered)))]


def pool_of(course: Course, modules: Iterable[Module]) -> list[Drawable]:
    """The scored questions of the checks of those modules, each with its second form, if it has one."""
    return [
        drawable for module in modules for item_id in module.item_ids for drawable in _of_check(course, module, item_id)
    ]


def _of_check(course: Course, module: Module, item_id: str) -> Iterator[Drawable]:
    kind = course.kinds[course.items[item_id].kind]
    questions = [one for one in kind.questions(course.items[item_id]) if one.scored] if kind.scored else []
    twins = {one.form_b_of: one.id for one in questions if one.form_b_of is not None}
    for one in questions:
        if one.form_b_of is None:
            forms = (one.id, twins[one.id]) if one.id in twins else (one.id,)
            yield Drawable(item_id, forms, one.skill is not None and one.skill in module.critical_skills)


def asked_again(course: Course, item_id: str, question_id: str) -> AskedQuestion | None:
    """A question of a check, to be asked by itself; None when the course does not have it (any more)."""
    item = course.items.get(item_id)
    found = course.kinds[item.kind].questions(item) if item is not None else ()
    return next((AskedQuestion(one, course.id, item_id, item_id) for one in found if one.id == question_id), None)


@dataclass(frozen=True, slots=True)
class PracticeQuestion:
    """A question that is asked under a key."""

    key: str
    purpose: Purpose
    asked: AskedQuestion

    @property
    def seed(self) -> int:
        """Shuffles its options: the same whenever it is shown."""
        return zlib.crc32(f"{self.asked.course}:{self.key}".encode()) % 2**31


def before_module(
    course: Course, module: Module, seed: int, last: Mapping[str, Collection[str]]
) -> list[PracticeQuestion]:
    """All that is asked before the module begins: two questions again, then one about what it is going to teach.

    ``last`` are the questions that the learner answered when they last sent each check: of one that they never sent nothing is
    asked again.
    """
    found: list[PracticeQuestion] = []
    if module.recall is not None and any(one.id == module.recall for one in course.modules):
        pool = [one for one in pool_of(course, [course.module(module.recall)]) if one.item_id in last]
        for number, drawn in enumerate(draw(pool, seed, module.id, RECALLED), start=1):
            again = asked_again(course, drawn.item_id, drawn.form(last.get(drawn.item_id, ())))
            if again is not None:
                found.append(PracticeQuestion(f"{Purpose.RECALL}:{module.id}:{number}", Purpose.RECALL, again))
    if module.pre_question is not None:
        alone = AskedQuestion(module.pre_question, course.id, module.prefix, module.item_ids[0])
        found.append(PracticeQuestion(f"{Purpose.BEFORE}:{module.id}", Purpose.BEFORE, alone))
    return found


def refresher(course: Course, seed: int, days: int, last: Mapping[str, Collection[str]]) -> PracticeQuestion | None:
    """The question that is asked so many days after the course; None when the course has none to ask (any more)."""
    place = course.refresher.index(days) if days in course.refresher else 0
    for drawn in draw(pool_of(course, course.modules), seed, course.id, 1, place):
        again = asked_again(course, drawn.item_id, drawn.form(last.get(drawn.item_id, ())))
        return PracticeQuestion(refresher_key(days), Purpose.REFRESHER, again) if again is not None else None
    return None
