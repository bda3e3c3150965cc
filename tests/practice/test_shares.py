"""What stays, as reports tell it: how many were asked again, and shares of enough people alone."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coplearn.accounts.service import grant_role
from coplearn.insights.rules import SHARES_FROM, Few, stays_table
from coplearn.kernel.words import Role
from coplearn.learning.models import Learner, Practice
from coplearn.practice.queries import asked_again
from coplearn.practice.rules import Purpose, refresher_key
from coplearn.storage.database import current_session
from tests.cohorts.worlds import signed_in_client
from tests.conftest import MakeSite
from tests.practice.stage import stage_of

DUE, NOW = date(2026, 11, 27), datetime(2026, 11, 30, 12, tzinfo=UTC)
NUMBERS = st.integers(0, 300).flatmap(
    lambda asked: st.integers(0, asked).flatmap(
        lambda answered: st.integers(0, answered).map(lambda right: (asked, answered, right))
    )
)


def _put(session: Session, course_id: str, days: int, asked: int, answered: int, right: int) -> None:
    for number in range(asked):
        who = Learner(visitor_hash=secrets.token_hex(32), seed=1, created_at=NOW, seen_at=NOW)
        session.add(who)
        session.flush()
        row = Practice(learner_id=who.id, course_id=course_id, key=refresher_key(days), purpose=Purpose.REFRESHER)
        row.due_on, row.answer = DUE, {"is": "a"} if number < answered else {}
        row.answered_at, row.is_right = (NOW, number < right) if number < answered else (None, None)
        session.add(row)
    session.flush()


@given(st.dictionaries(st.sampled_from(["a:7", "a:30", "b:7"]), NUMBERS))
def test_shares_are_told_of_enough_people_alone(counts: dict[str, tuple[int, int, int]]) -> None:
    """A percentage of three people says what three people know; the numbers of those asked are as they are."""
    table = stays_table(counts)
    assert [row.value for row in table.rows] == sorted(counts)
    for row in table.rows:
        asked, answered, right = counts[row.value]
        assert row.cells[0] == asked
        for share, part, whole in ((row.cells[1], answered, asked), (row.cells[2], right, answered)):
            if whole < SHARES_FROM:
                assert share is Few.OR_NONE
            else:
                assert abs(int(share) - 100 * part / whole) <= 0.5
    assert table.total[0] == sum(asked for asked, _, _ in counts.values())


def test_counts_are_those_due_in_the_period(session: Session) -> None:
    """By course and by how long after it; who was never asked, and what is due on another day, is in none of them."""
    course = secrets.token_hex(8)
    _put(session, course, 7, 25, 22, 11)
    _put(session, course, 30, 5, 0, 0)
    found = {one.key: one.counts for one in asked_again(session, DUE, DUE) if one.course_id == course}
    assert found == {"refresher:7": (25, 22, 11), "refresher:30": (5, 0, 0)}
    after = DUE + timedelta(days=1)
    assert not [one for one in asked_again(session, after, after) if one.course_id == course]


def test_report_says_what_stays(make_app: MakeSite, tmp_path: Path) -> None:
    """In the report of the whole site, with what the numbers mean; the course by its title."""
    stage = stage_of(make_app, tmp_path)
    with stage.app.app_context():
        session = current_session(stage.app)
        user, _ = stage.account(session)
        grant_role(session, user.email, Role.ADMIN)
        _put(session, stage.course.id, 7, 25, 22, 11)
        session.commit()
        key = user.fs_uniquifier
    page = signed_in_client(stage.app, key).get("/en/insights/report?from=2026-11-01&to=2026-11-30&zone=UTC").text
    assert "What stays: questions asked again after a course" in page
    row = page.partition("What stays: questions")[2].partition("<tbody>")[2].partition("</tr>")[0]
    assert stage.course.title in row
    assert [number for number in ("25", "88", "50") if f">{number}<" in row] == ["25", "88", "50"]
    assert "It is told from 20 people on." in page
