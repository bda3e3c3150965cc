"""Answers in great number: sent again they count once, and no order of presses passes a limit or shows a key; on both engines."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.courses.plugin import Outcome
from coplearn.kernel.errors import Refused
from coplearn.learning import queries, service
from coplearn.learning.models import Attempt, Visit
from coplearn.learning.service import AnsweredBefore
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.conftest import MakeSite
from tests.courses.makecourse import CHECK
from tests.learning.test_new_version import KEY_TURNED, Site
from tests.sizes import WHOLE, examples

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEYS = 100_000 if WHOLE else 120
"""Answers that are sent one to five times each."""
ITEMS = tuple(f"item-{number}" for number in range(10))


def target(item: str, tries: int = 0) -> service.AnsweredItem:
    return service.AnsweredItem("course-a", "1.0.0", "d" * 64, item, tries, ITEMS)


def scored(score: int, mark: int = 0) -> Outcome:
    return Outcome(True, {"mark": mark}, score, score >= 70)


@pytest.mark.sampled
def test_each_answer_counts_once_however_often_it_comes(session: Session) -> None:
    """In any order; sent with another answer under the same key it is refused, and the first stands."""
    chance = random.Random(8)
    people = [service.start_visitor(session, NOW, NOW)[0].id for _ in range(max(3, KEYS // 100))]
    sendings = [number for number in range(KEYS) for _ in range(chance.randint(1, 5))]
    chance.shuffle(sendings)
    kept: dict[int, int] = {}
    for at, number in enumerate(sendings):
        who, item = people[number % len(people)], target(ITEMS[number % len(ITEMS)])
        again = service.answer_item(session, who, item, f"key-{number}", "en", 1, scored(number % 101, number), NOW)
        assert kept.setdefault(number, again.id) == again.id
        if at % 7 == 0:
            with pytest.raises(AnsweredBefore):
                service.answer_item(session, who, item, f"key-{number}", "en", 1, scored(number % 101, -1), NOW)
    assert session.scalar(select(func.count()).select_from(Attempt)) == KEYS
    assert session.scalar(select(func.sum(Visit.tries))) == KEYS
    assert len(set(kept.values())) == KEYS


PRESSES = st.lists(
    st.tuples(
        st.sampled_from(("new", "again", "changed")), st.integers(0, 20), st.integers(0, 100), st.integers(-9, 9)
    ),
    max_size=12,
)
"""What is pressed, on which earlier form, the score it comes to, and by how many years the clock is wrong."""


@examples(10, 5_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(presses=PRESSES, allowed=st.integers(1, 4))
def test_no_order_of_presses_passes_the_limit(
    each_app: Flask, presses: Sequence[tuple[str, int, int, int]], allowed: int
) -> None:
    """The first tries count and no later one, whatever is sent again or changed, from several pages, at any time of any clock."""
    sent: list[tuple[int, int]] = []  # the score and the mark of each new form, in order
    with each_app.app_context():
        session = current_session(each_app)
        learner, _ = service.start_visitor(session, NOW, NOW - timedelta(days=90))

        def press(number: int, outcome: Outcome, years: int) -> int:
            at = NOW + timedelta(days=365 * years)
            row = service.answer_item(
                session, learner.id, target("item-0", allowed), f"k{number}", "en", 1, outcome, at
            )
            assert row.score is not None
            return row.score

        for what, which, score, years in presses:
            number = len(sent) if what == "new" or not sent else which % len(sent)
            is_new = number == len(sent)
            if is_new:
                sent.append((score, which))
            first = scored(*sent[number])
            outcome = scored(score, -1) if what == "changed" and not is_new else first
            if number >= allowed:
                with pytest.raises(Refused):
                    press(number, outcome, years)
            elif outcome is not first:
                with pytest.raises(AnsweredBefore):
                    press(number, outcome, years)
            else:
                assert press(number, outcome, years) == sent[number][0]
        visit = queries.visits_of(session, learner.id, "course-a").get("item-0")
        attempts = session.scalar(select(func.count()).where(Attempt.learner_id == learner.id))
        session.rollback()
    counted = [score for score, _ in sent[:allowed]]
    assert attempts == len(counted)
    assert (visit.tries if visit else 0) == len(counted)
    assert (visit.score if visit else None) == max(counted, default=None)


def test_page_of_a_check_is_the_same_whatever_is_right(make_app: MakeSite, tmp_path: Path) -> None:
    """Nothing that is sent before the answer holds the key: turn it, and not a letter of the page is another one."""
    site = Site(make_app, tmp_path, "")
    item = next(item for item in site.course.items.values() if item.kind == "quiz")

    def letters() -> list[str]:
        page = site.read(site.path(item.id))
        for value in filter(None, hidden_fields(page).values()):
            page = page.replace(value, "")
        # Options stand in an order of chance, and files are named by what they hold.
        return sorted(re.sub(r"\b[0-9a-f]{8,}\b", "", page).split())

    before = letters()
    site.release("1.0.1", *((CHECK, old, new) for old, new in KEY_TURNED))
    assert letters() == before
