"""Scores on their way back: what somebody came to is noticed, numbered, and sent by one sender at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from sqlalchemy import CursorResult, delete, or_, update
from sqlalchemy.orm import Session

from coplearn.courses.course import Course
from coplearn.learning.queries import visits_of
from coplearn.lti.models import LtiLink, LtiNonce, LtiScore
from coplearn.lti.queries import Moved, moved_scores
from coplearn.lti.rules import parts_of, score_of, score_time
from coplearn.lti.sealing import hashed
from coplearn.storage.upserts import insert_new

LOOKED_BACK: Final = timedelta(hours=2)
"""Learners are noted as seen once an hour, so this finds everybody who did something since the last look."""
MOST_AT_ONCE: Final = 500
_SENDS_FOR: Final = timedelta(minutes=2)


def note_moved(
    session: Session, courses: Mapping[str, Course], now: datetime, looked_back: timedelta = LOOKED_BACK
) -> list[int]:
    """Look at everybody who answered something since they were looked at; the scores that are to be sent now."""
    changed = []
    for one in moved_scores(session, now - looked_back, MOST_AT_ONCE):
        if _note(session, one, courses.get(one.target.course_id), now):
            changed.append(one.id)
    return changed


def _note(session: Session, one: Moved, course: Course | None, now: datetime) -> bool:
    """Write down how far the learner is; whether that is something new to tell. What another process noted stands, and so does
    what was told of a course that is gone."""
    score = None
    if course is not None:
        visits = visits_of(session, one.learner_id, course.id)
        score = score_of(parts_of(course, one.target), course.checks, visits)
    values: dict[str, object] = {"attempt_seen": one.last}
    # What was told once stands while a later edition of the course asks for more.
    is_new = score is not None and score != one.score
    if is_new:
        values |= {"score": score, "version": one.version + 1, "changed_at": score_time(now, one.changed_at)}
        values |= {"is_refused": False, "problem": ""}
    same = (LtiScore.id == one.id, LtiScore.version == one.version, LtiScore.attempt_seen == one.attempt_seen)
    return _changes(session, update(LtiScore).where(*same).values(**values)) and is_new


def claim(session: Session, score_id: int, now: datetime) -> str:
    """Take a score to send; the name of the claim, or empty when there is nothing to send or somebody else is sending it."""
    name = token_hex(8)
    free = or_(LtiScore.claimed_until.is_(None), LtiScore.claimed_until < now)
    mine = update(LtiScore).where(LtiScore.id == score_id, LtiScore.version > LtiScore.sent_version, free)
    return name if _changes(session, mine.values(claim=name, claimed_until=now + _SENDS_FOR)) else ""


def note_sent(session: Session, score_id: int, claim_name: str, version: int, now: datetime) -> None:
    """Write down that the platform has that version, and let the score go."""
    values = {"sent_version": version, "sent_at": now, "problem": "", "is_refused": False}
    _let_go(session, score_id, claim_name, values)


def note_unsent(session: Session, score_id: int, claim_name: str, why: str, *, for_good: bool) -> None:
    """Write down why the platform does not have it, and let the score go."""
    _let_go(session, score_id, claim_name, {"problem": why[:64], "is_refused": for_good})


def _let_go(session: Session, score_id: int, claim_name: str, values: Mapping[str, object]) -> None:
    mine = update(LtiScore).where(LtiScore.id == score_id, LtiScore.claim == claim_name)
    session.execute(mine.values(claim="", claimed_until=None, **values))


def take_column(session: Session, link_row: int, now: datetime) -> bool:
    """Whether whoever asks may find or make the column of an activity: one at a time, so that there are never two of it."""
    name = hashed(f"column:{link_row}")
    session.execute(delete(LtiNonce).where(LtiNonce.hash == name, LtiNonce.until < now))
    return insert_new(session, LtiNonce, {"hash": name, "until": now + _SENDS_FOR})


def note_column(session: Session, link_row: int, line_item: str) -> None:
    """Keep the column's address, where one was found, and let the next one ask."""
    if line_item:
        session.execute(update(LtiLink).where(LtiLink.id == link_row).values(line_item=line_item))
    session.execute(delete(LtiNonce).where(LtiNonce.hash == hashed(f"column:{link_row}")))


def send_again(session: Session, score_ids: Collection[int]) -> None:
    """Have refused scores sent once more."""
    session.execute(update(LtiScore).where(LtiScore.id.in_(score_ids)).values(is_refused=False, problem=""))


def _changes(session: Session, statement: object) -> bool:
    result = session.execute(statement)  # type: ignore[call-overload] # an update of ours
    return isinstance(result, CursorResult) and result.rowcount == 1
