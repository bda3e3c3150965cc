"""A disk that fails under the site: people read what became of their step, and all is well again as soon as the disk is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import apsw
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from coplearn.site import site_of
from coplearn.storage import database
from coplearn.storage.database import current_session, engine_of
from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.durability.disk import Disk, driver
from tests.journeys.walk import right_form
from tests.sizes import WHOLE

POINTS = range(50) if WHOLE else (0, 5)
"""So many writes and syncs still go well before the disk fails."""
FAULTS = {"full": apsw.FullError, "broken": apsw.IOError, "read-only": apsw.ReadOnlyError}


class Learner:
    """A visitor who answers the first check in Arabic."""

    def __init__(self, app: Flask) -> None:
        course = site_of(app).library.current().courses["cop-parents"]
        quiz = next(one for one in course.items.values() if one.kind == "quiz")
        self.client: FlaskClient = app.test_client()
        self.path = f"/ar/c/{course.code}/{quiz.code}"
        page = self.client.get(self.path)
        self._form = {**hidden_fields(page.text), "seed": "1", "made-of": quiz.digest, **right_form(quiz)}

    def answer(self, key: str) -> tuple[int, str, str]:
        """Send an answer under that key; the status, the page and how long to wait."""
        body = urlencode({**self._form, "key": key}, doseq=True)
        sent = self.client.post(self.path, data=body, content_type="application/x-www-form-urlencoded")
        return sent.status_code, sent.text, sent.headers.get("Retry-After", "")


def _keys(app: Flask) -> list[str]:
    with app.app_context():
        return list(current_session(app).execute(text("SELECT key FROM attempt ORDER BY id")).scalars())


@pytest.mark.sampled
@pytest.mark.parametrize("fault", FAULTS)
def test_failing_disk_loses_nothing_and_heals_by_itself(
    make_app: MakeSite, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Wherever in an answer the disk begins to fail: kept, or refused in the person's language and taken when it comes again."""
    disk = Disk(f"failing-{fault}")
    monkeypatch.setattr(database, "sqlite_module", lambda: driver(disk))
    app = make_app()
    learner, said, refused = Learner(app), [], 0
    assert learner.answer("before")[0] == 303
    for spared in POINTS:
        key = f"{fault}-{spared}"
        disk.spared, disk.fails = spared, FAULTS[fault]
        status, page, wait = learner.answer(key)
        if status == 503:
            refused += 1
            assert (wait, 'dir="rtl"' in page) == ("5", True)
            assert learner.client.get("/ar/help").status_code == 200
            assert learner.client.get(learner.path).status_code == 200
            disk.fails = None
            assert learner.answer(key)[0] == 303, f"not healed after {spared} writes"
        else:
            assert status == 303
            disk.fails = None
        said.append(key)
    assert refused
    assert _keys(app) == ["before", *said]
    with engine_of(app).connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]


def test_clock_set_back_by_a_day_costs_nobody_anything(make_app: MakeSite) -> None:
    """Who signed in stays so, and what is answered counts, though the machine takes it for yesterday."""
    app, noon = make_app(), datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    with time_machine.travel(noon):
        person = Visitor(app)
        person.join("ana@example.org")
        learner = Learner(app)
        assert learner.answer("today")[0] == 303
    with time_machine.travel(noon - timedelta(days=1)):
        assert person.is_signed_in
        assert learner.client.get(learner.path).status_code == 200
        assert learner.answer("yesterday")[0] == 303
    assert _keys(app) == ["today", "yesterday"]
