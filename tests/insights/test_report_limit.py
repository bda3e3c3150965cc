"""Reports as files are counted for each account, so that one person's presses do not keep the site from everybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.insights.views import MOST, WINDOW
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_scene, signed_in_client
from tests.conftest import MakeSite
from tests.counting import counted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_files_are_limited_for_each_account_and_the_page_is_not(make_app: MakeSite, tmp_path: Path) -> None:
    """The one too many is told in the reader's language when to come back; others, and the page, go on meanwhile."""
    app = make_app(rate_limits=True, instance_path=tmp_path / "limited")
    with app.app_context():
        session = current_session(app)
        put_scene(session)
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    with time_machine.travel(NOW, tick=False) as clock:
        greedy, other = (signed_in_client(app, keys[name]) for name in ("coordinator", "admin"))
        stranger = signed_in_client(app, keys["trainer"])
        for number in range(MOST):
            assert greedy.get(f"/en/insights/report.{('pdf', 'xlsx', 'csv')[min(number, 2)]}").status_code == 200
        clock.shift(60)
        with counted(app) as sent:
            refused = greedy.get("/fr/insights/report.pdf")
        assert refused.status_code == 429
        assert len(sent) == 3
        assert refused.headers["Retry-After"] == str(WINDOW - 60)
        assert '<html lang="fr"' in refused.text
        assert "Attendez quelques minutes" in refused.text
        assert greedy.get("/en/insights/report").status_code == 200
        assert other.get("/en/insights/report.csv").status_code == 200
        assert [stranger.get("/en/insights/report.csv").status_code for _ in range(MOST + 1)] == [404] * (MOST + 1)
        clock.move_to(NOW + timedelta(seconds=WINDOW + 1))
        assert greedy.get("/en/insights/report.xlsx").status_code == 200
