"""The made-up site is filled once, through the real verbs, and shows a whole scheme."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.cohorts.models.certification import Certification
from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.models.meeting import ChildrenCount, Mark
from coplearn.storage.database import current_session


def test_demo_fills_an_empty_site_once(app: Flask) -> None:
    """Cohorts in six languages, marks of every way, outcomes of every kind, a second generation; and no second time."""
    runner = app.test_cli_runner()
    told = runner.invoke(args=["demo"])
    assert told.exit_code == 0, told.output
    assert "coordinator@example.org" in told.output
    with app.app_context():
        session = current_session(app)
        languages = {cohort.languages[0] for cohort in session.scalars(select(Cohort))}
        assert languages == {"ar", "es", "fr", "en", "ru", "zh_Hans_CN"}
        assert set(session.scalars(select(Mark.via))) == {"register", "checkin", "offline", "paper", "card"}
        assert set(session.scalars(select(Certification.outcome))) == {"certified", "completed", "repeat"}
        assert session.scalar(select(func.max(Cohort.generation))) == 2
        assert session.scalar(select(func.sum(ChildrenCount.count))) == 24
        people = session.scalar(select(func.count()).select_from(User))
    again = runner.invoke(args=["demo"])
    assert again.exit_code == 1
    with app.app_context():
        assert current_session(app).scalar(select(func.count()).select_from(User)) == people
