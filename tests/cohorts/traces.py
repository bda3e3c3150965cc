"""What tells of a person, with markers that begin with ``zqxwvj`` in its texts; and whatever a database still holds of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.certificates.models import Certificate
from coplearn.courses.plugin import Outcome
from coplearn.kernel.errors import AppError
from coplearn.learning.service import AnsweredItem, answer_item
from coplearn.outbox.service import queue_letter
from coplearn.storage.base import Base
from tests.cohorts.worlds import NOW


def put_letter(session: Session, address: str, marker: str) -> None:
    """A letter to somebody, with a word of theirs in it."""
    queue_letter(
        session, key="k", to=address, locale="en", time_zone="UTC", kind="account-welcome",
        params={"text": marker}, now=NOW,
    )  # fmt: skip


def put_learning(session: Session, learner_id: int, answer: str, state: str, name: str = "") -> Certificate:
    """What somebody answered and wrote for themselves, and a certificate."""
    target = AnsweredItem("course-a", "1", "d" * 64, "item-a", 0, ("item-a",))
    outcome = Outcome(True, {"thought": answer}, state={"thought": state})
    answer_item(session, learner_id, target, "k", "en", 1, outcome, NOW)
    certificate = Certificate(
        number="CCCC-CCCC-CCCC", learner_id=learner_id, course_id="course-a", kind="participation", name=name,
        issued_at=NOW, course_version="1", course_digest="d" * 64, locale="en",
    )  # fmt: skip
    session.add(certificate)
    session.flush()
    return certificate


def everything(session: Session) -> str:
    """Every row of every table, as text."""
    rows = [tuple(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]
    return json.dumps(rows, default=str, ensure_ascii=False)


@contextmanager
def refuses(session: Session, words: str) -> Iterator[None]:
    """A refusal in those words, after which every table is as it was."""
    session.flush()
    before = everything(session)
    with pytest.raises(AppError) as refused:
        yield
    assert words in refused.value.phrase.text
    session.flush()
    assert everything(session) == before
