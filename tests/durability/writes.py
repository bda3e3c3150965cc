"""What somebody did that must not be lost: an answer of somebody new and a letter about it, in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from sqlalchemy.orm import Session

from coplearn.courses.plugin import Outcome
from coplearn.learning import service
from coplearn.outbox.service import queue_letter

NOW: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def put_answer_and_letter(session: Session, key: str) -> None:
    """One learner's first answer and the letter, both under that key; not yet committed."""
    learner, _ = service.start_visitor(session, NOW, NOW)
    target = service.AnsweredItem("course-a", "1.0.0", "d" * 64, "item-a", 0, ("item-a",), counts_votes=True)
    outcome = Outcome(done=True, answers={"q": "a"}, score=80, passed=True, votes=("a",))
    service.answer_item(session, learner.id, target, key, "ar", 1, outcome, NOW)
    queue_letter(
        session,
        key=key,
        to="ana@example.org",
        locale="ar",
        time_zone="UTC",
        kind="account-welcome",
        params={"text": "x" * 200},
        now=NOW,
    )
