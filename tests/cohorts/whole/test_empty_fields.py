"""Fields that may be left empty are sent empty by a browser, and mean what the page says."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_scene, signed_in_client


@pytest.fixture
def coordinator(app: Flask) -> FlaskClient:
    """Somebody who coordinates Morocco, with a cohort there."""
    with app.app_context():
        session = current_session(app)
        put_scene(session)
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "coordinator@example.org")).one()
        session.commit()
    return signed_in_client(app, key)


def moroccan(app: Flask) -> Cohort:
    """The cohort as it is stored."""
    return current_session(app).scalars(select(Cohort).where(Cohort.country == "MA")).one()


def send(client: FlaskClient, page: str, path: str, **fields: object) -> int:
    """Send a form of a page; the status."""
    token = hidden_fields(client.get(page).text)
    return client.post(path, data={**token, **fields}).status_code


def test_code_without_a_last_day_has_no_end(app: Flask, coordinator: FlaskClient) -> None:
    """The day may be left empty, and what is no day is refused and makes no code."""
    with app.app_context():
        path = f"/en/cohorts/{moroccan(app).public_id}"
    assert send(coordinator, f"{path}/people", f"{path}/joining", do="open", last_day="tomorrow") == 303
    with app.app_context():
        assert moroccan(app).join_code is None
    assert send(coordinator, f"{path}/people", f"{path}/joining", do="open", last_day="") == 303
    with app.app_context():
        assert moroccan(app).join_code is not None
        assert moroccan(app).join_expires_at is None


@pytest.mark.parametrize(("typed", "status", "kept"), [("", 303, None), ("12", 303, 12), ("many", 422, 30)])
def test_cohort_without_a_number_of_seats_has_no_limit(
    app: Flask, coordinator: FlaskClient, typed: str, status: int, kept: int | None
) -> None:
    """The number of seats may be left empty; what is no number is refused."""
    with app.app_context():
        cohort = moroccan(app)
        path, cohort.capacity = f"/en/cohorts/{cohort.public_id}/edit", 30
        current_session(app).commit()
    fields = {
        "title": "Rabat", "kind": "workshop", "country": "MA", "time_zone": "UTC", "languages": "ar", "capacity": typed,
        "threshold": "80", "course_mark": "80", "teach_backs": "0", "validity_months": "24",
    }  # fmt: skip
    assert send(coordinator, path, path, **fields) == status
    with app.app_context():
        assert moroccan(app).capacity == kept
