"""The gain of a course in the report of a period: of twenty people or more, of the scope's own, in every file alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from coplearn.accounts.models import User
from coplearn.learning.models import Visit
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_member, put_scene, signed_in_client
from tests.conftest import settings_in, sites
from tests.insights.figures import put_learner
from tests.insights.test_report_pages import PERIOD, in_csv, in_workbook, on_page

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MAY = datetime(2026, 5, 5, 9, tzinfo=UTC)
BEFORE, AFTER = "before-and-after.before", "before-and-after.after"
TABLE = "What people learn"


def put_sittings(app: Flask, emails: Sequence[str | None], before: int, after: int, at: datetime = MAY) -> None:
    """Learners who answered both times, in the Moroccan cohort where they have an address."""
    session = current_session(app)
    for email in emails:
        user_id = session.scalar(select(User.id).where(User.email == email)) if email is not None else None
        learner = put_learner(session, "cop-parents", {BEFORE: at - timedelta(days=9), AFTER: at}, user_id=user_id)
        for name, score in ((BEFORE, before), (AFTER, after)):
            values = update(Visit).where(Visit.learner_id == learner, Visit.item_id == name).values(score=score)
            session.execute(values)
    session.commit()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Twenty people of the Moroccan cohort who gained 20 points in May, nineteen visitors who gained 40, one in June."""
    with time_machine.travel(NOW, tick=False), sites(settings_in(tmp_path_factory.mktemp("site"))) as make:
        app = make()
        with app.app_context():
            session = current_session(app)
            scene = put_scene(session)
            people = [f"person-{number}@example.org" for number in range(20)]
            for email in people:
                put_member(session, scene.cohort, email)
            session.commit()
            put_sittings(app, people, 50, 70)
            put_sittings(app, [None] * 19, 40, 80)
            put_sittings(app, [None], 0, 100, MAY + timedelta(days=40))
        yield app


def _as(app: Flask, role: str, path: str) -> bytes:
    with app.app_context():
        key = current_session(app).scalar(select(User.fs_uniquifier).where(User.email == f"{role}@example.org"))
    answer = signed_in_client(app, key).get(f"/en/insights/{path}")
    assert answer.status_code == 200
    return bytes(answer.data)


def test_gain_is_told_alike_everywhere(app: Flask) -> None:
    """39 people of the whole site in May: the mean of what each gained, with its interval; and the same in the files."""
    page = on_page(_as(app, "admin", f"report?{PERIOD}").decode())
    told = {figure: value for (table, _, figure), value in page.items() if table == TABLE}
    assert told["People who answered both times"] == "39"
    assert (told["Right before, in percent"], told["Right after, in percent"]) == ("45", "75")
    assert told["Gain, in points"] == "30"
    assert int(told["Gain, at least"]) < 30 < int(told["Gain, at most"])
    text = in_csv(_as(app, "admin", f"report.csv?{PERIOD}").decode())
    assert {figure: value for (table, _, figure), value in text.items() if table == TABLE} == told
    book = in_workbook(_as(app, "admin", f"report.xlsx?{PERIOD}"))
    assert {figure: str(int(value)) for (table, _, figure), value in book.items() if table == TABLE} == told
    assert _as(app, "admin", f"report.pdf?{PERIOD}").startswith(b"%PDF")


def test_coordinator_sees_the_gain_of_their_own_people(app: Flask) -> None:
    """Twenty of the Moroccan cohort, each gained 20: visitors without a cohort are not among them."""
    page = on_page(_as(app, "coordinator", f"report?{PERIOD}").decode())
    told = {figure: value for (table, _, figure), value in page.items() if table == TABLE}
    assert told["People who answered both times"] == "20"
    assert (told["Gain, in points"], told["Gain, at least"], told["Gain, at most"]) == ("20", "20", "20")


def test_of_few_people_no_gain_is_told(app: Flask) -> None:
    """One person in June, and nobody in Armenia."""
    june = "from=2026-06-01&to=2026-06-30&zone=UTC"
    for role, period in (("admin", june), ("foreign-coordinator", PERIOD)):
        assert TABLE not in _as(app, role, f"report?{period}").decode()
