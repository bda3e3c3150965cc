"""Records of a programme, made by its verbs, for tests that need a scene."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from coplearn.programme.models.records import Activity
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.records import ActivityContent, CountryLine
from coplearn.programme.rules.words import ActivityKind, ActivityStatus, Precision
from coplearn.programme.service.activities import confirm_activity, record_activity
from coplearn.programme.service.organisations import OrganisationContent, add_organisation
from coplearn.programme.service.programmes import write_programme
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_user

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
WORKSHOP = ActivityContent(
    "Workshop in Yerevan",
    ActivityKind.WORKSHOP,
    ActivityStatus.HELD,
    span(date(2025, 2, 11), date(2025, 2, 13), Precision.DAY),
    countries=(CountryLine("AM"),),
)


def put_activity(session: Session, by_id: int, second: int | None = None, key: str = "k1", **changes: Any) -> Activity:
    """A draft of that workshop, changed where the keywords say; confirmed where a second person is named."""
    content = replace(WORKSHOP, **changes)
    activity = record_activity(session, content, key=key, by_id=by_id, now=NOW)
    if second is not None:
        confirm_activity(session, activity, number=1, by_id=second, now=NOW)
    return activity


def put_records(app: Flask) -> dict[str, str]:
    """A draft, an organisation and a programme of somebody who has no other part here; their addresses."""
    with app.app_context():
        session = current_session(app)
        writer = put_user(session, "writer@example.org")
        names = {
            "activity": put_activity(session, writer).public_id,
            "organisation": add_organisation(session, OrganisationContent("UNICEF"), by_id=writer, now=NOW).public_id,
            "programme": write_programme(session, None, "COP", "", NOW).public_id,
        }
        session.commit()
    return names
