"""The result of an attempt, as the page of its item shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app

from coplearn.courses.course import Course
from coplearn.courses.plugin import Earned, Item
from coplearn.learning import queries
from coplearn.learning.queries import AttemptRow, VisitRow, WhoLearns
from coplearn.learning.rules import edition_of, told_votes
from coplearn.storage.database import current_session


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
