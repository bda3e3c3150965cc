"""The result of an attempt, as the page of its item shows it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import current_app, url_for
from sqlalchemy.orm import Session

from coplearn.courses.course import Course
from coplearn.courses.plugin import Earned, Item
from coplearn.learning import queries
from coplearn.learning.queries import AttemptRow, VisitRow, WhoLearns
from coplearn.learning.rules import Edition, edition_of, has_entered, told_votes
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.render import page_locale

Teaches = Callable[[Session, int], bool]
"""Says of an account whether that person teaches already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The condition still to be met for a certificate: one of these courses, by title and address, with ``at_least`` percent."""

    courses: tuple[tuple[str, str], ...]
    at_least: int


SEEDS: Final = 2**31
"""What a whole number column holds on PostgreSQL."""


def entry_needed(
    shown: Course, learner: WhoLearns | None, touched: Mapping[str, Mapping[str, VisitRow]]
) -> Entry | None:
    """The course to take first; None where there is none, or the learner has it or teaches.

    ``touched`` is what they did in every course. A course that was finished counts as it was then.
    """
    rule = shown.requires
    if rule is None:
        return None
    held = site().library.current().courses
    first = tuple(held[key] for key in rule.one_of if key in held)
    if any(_has_entered(edition_of(one, {}), touched.get(one.id, {}), rule.at_least) for one in first):
        return None
    session = current_session(current_app)
    if learner is not None:
        for key in (key for key in rule.one_of if key in touched):
            before = queries.finished_edition(session, learner.id, key)
            if before is not None and _has_entered(before, touched[key], rule.at_least):
                return None
        if learner.user_id is not None and any(asks(session, learner.user_id) for asks in site().teaches):
            return None
    named = [
        (site().library.title(one, page_locale()), url_for("learning.course", course_code=one.code)) for one in first
    ]
    return Entry(tuple(named), rule.at_least)


def _has_entered(edition: Edition, visits: Mapping[str, VisitRow], at_least: int) -> bool:
    scores = {item_id: visit.score for item_id, visit in visits.items()}
    done = [item_id for item_id, visit in visits.items() if visit.done_at is not None]
    return has_entered(edition, scores, done, at_least)


def shown_attempt(
    learner: WhoLearns | None, shown: Course, one: Item[Any], visit: VisitRow | None, args: Mapping[str, str]
) -> AttemptRow | None:
    """The attempt whose result is shown: the one that is asked for; of a kind without a score the latest, till another is
    begun (``again``)."""
    kind, asked = shown.kinds[one.kind], args.get("result", "")
    if learner is None or visit is None or not kind.has_result:
        return None
    session = current_session(current_app)
    if asked.isdecimal() and len(asked) <= 18:
        attempt = queries.attempt_by_id(session, learner.id, int(asked))
        return attempt if attempt is not None and (attempt.course_id, attempt.item_id) == (shown.id, one.id) else None
    if kind.scored or "again" in args:
        return None
    return queries.latest_attempt(session, learner.id, shown.id, one.id)


def tally_of(shown: Course, one: Item[Any]) -> Mapping[str, int]:
    """The number of learners who chose each of the item's keys, in whole fives."""
    keys = shown.kinds[one.kind].tally_keys(one)
    return told_votes(queries.votes_of(current_session(current_app), shown.id, one.id), keys) if keys else {}


def earned_of(shown: Course, one: Item[Any], attempt: AttemptRow) -> Earned:
    """The result of the attempt, and what of the item is otherwise since."""
    if attempt.course_digest == shown.digest:
        return Earned(attempt.score, attempt.passed)
    digest, now = attempt.course_digest, edition_of(shown, {})
    then = queries.editions_of(current_session(current_app), shown.id, [digest]).get(digest)
    if then is None:
        return Earned(attempt.score, attempt.passed, unchanged=None)
    changed = now.changed_parts(one.id, then)
    return Earned(attempt.score, attempt.passed, unchanged=now.has(one.id, then), changed_parts=changed)


def seed_of(learner: WhoLearns | None, one: Item[Any], tries: int) -> int:
    """Another order of options at each try; the same while the learner has not answered."""
    return zlib.crc32(f"{learner.seed if learner is not None else 0}:{one.id}:{tries}".encode()) % SEEDS


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCourse:
    """A course in the catalogue that was made with another tool."""

    title: str
    lang: str
    """The language of the title (BCP 47), and its direction."""
    dir: str
    href: str
    languages: str
    """Everything that it is in."""
    state: str
    """``done``, ``begun`` or empty."""
