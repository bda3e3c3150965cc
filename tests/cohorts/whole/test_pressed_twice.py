"""A form that makes something, sent twice by a slow network or an impatient thumb, makes it once, on both engines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.cohorts.common.models.certification import TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, CohortStaff, Membership, StaffRequest
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.storage.base import Base
from coplearn.storage.database import current_session
from coplearn.storage.form_keys import KEPT, TakenForm, forget_forms
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff, put_user, signed_in_client

LEAD = "lead@example.org"
COUNTED: tuple[type[Base], ...] = (
    StaffRequest,
    Cohort,
    CohortStaff,
    Membership,
    Meeting,
    TeachBack,
    Letter,
    CohortEvent,
)


@dataclass
class FormsSite:
    """A lead, who coordinates too, before the pages of a running cohort."""

    app: Flask
    key: str
    cohort_id: str
    member: str
    invited: str
    day: str

    def client(self) -> FlaskClient:
        """A browser of theirs."""
        return signed_in_client(self.app, self.key)

    def counts(self) -> dict[str, int]:
        """How many rows there are of what a press may make."""
        with self.app.app_context():
            session = current_session(self.app)
            return {one.__tablename__: session.scalar(select(func.count()).select_from(one)) or 0 for one in COUNTED}


@pytest.fixture
def site(each_app: Flask) -> FormsSite:
    """The cohort, with two who can be written to and one who is invited."""
    with each_app.app_context():
        session, now = current_session(each_app), utcnow()
        cohort = put_cohort(session, capacity=30, join_code="K7MP3WXA")
        put_staff(session, cohort, LEAD, "lead")
        grant_role(session, LEAD, Role.COORDINATOR, country="MA")
        put_user(session, "sam@example.org")
        member = put_member(session, cohort, "ani@example.org").public_id
        put_member(session, cohort, "ben@example.org")
        invited = put_member(session, cohort, "cem@example.org", user_id=None, state="invited").public_id
        meeting = put_meeting(session, cohort, now + timedelta(days=3))
        session.commit()
        key = session.scalars(select(User.fs_uniquifier).where(User.email == LEAD)).one()
        day = meeting.starts_at.astimezone(ZoneInfo(cohort.time_zone)).date()
        return FormsSite(each_app, key, cohort.public_id, member, invited, day.isoformat())


Form = tuple[str, str, Mapping[str, str]]
"""The page, where its form goes, and what is typed."""


def _later(days: int) -> str:
    return (utcnow() + timedelta(days=days)).date().isoformat()


_HOURS = {"title": "Day", "begins": "09:00", "ends": "12:00"}
FORMS: dict[str, Callable[[FormsSite], Form]] = {
    "cohort": lambda site: (
        "new", "new",
        {
            "title": "Rabat", "kind": "workshop", "country": "MA", "languages": "ar", "time_zone": "Africa/Casablanca",
            "threshold": "80", "course_mark": "80", "teach_backs": "0", "validity_months": "24",
        },
    ),
    "copy": lambda site: (f"{site.cohort_id}/copy", f"{site.cohort_id}/copy", {"title": "Again", "first_day": _later(60)}),
    "meeting": lambda site: (f"{site.cohort_id}/meetings/new", f"{site.cohort_id}/meetings/new", _HOURS | {"day": _later(9)}),
    "days": lambda site: (
        f"{site.cohort_id}/meetings/days", f"{site.cohort_id}/meetings/days", _HOURS | {"day": _later(9), "count": "3"},
    ),
    "day again": lambda site: (
        f"{site.cohort_id}/meetings", f"{site.cohort_id}/meetings/copy", {"source": site.day, "target": _later(12)},
    ),
    "teach-back": lambda site: (
        f"{site.cohort_id}/teach-backs/plan/{site.member}", f"{site.cohort_id}/teach-backs/plan/{site.member}",
        {"part": "", "day": _later(9)},
    ),
    "person": lambda site: (f"{site.cohort_id}/people/new", f"{site.cohort_id}/people/new", {"name": "Dina", "language": "ar"}),
    "staff": lambda site: (f"{site.cohort_id}/staff", f"{site.cohort_id}/staff", {"email": "sam@example.org", "role": "observer"}),
    "invitation": lambda site: (
        f"{site.cohort_id}/people/{site.invited}", f"{site.cohort_id}/people/{site.invited}/invite", {},
    ),
    "invitations": lambda site: (f"{site.cohort_id}/people", f"{site.cohort_id}/people/invite", {}),
    "code": lambda site: (f"{site.cohort_id}/people", f"{site.cohort_id}/joining", {"do": "renew"}),
}  # fmt: skip
MADE = {
    "cohort": {"cohort": 1, "cohort_event": 1},
    "days": {"meeting": 3, "cohort_event": 3},
    "meeting": {"meeting": 1, "cohort_event": 1},
    "day again": {"meeting": 1, "cohort_event": 1},
    "teach-back": {"teach_back": 1, "cohort_event": 1},
    "person": {"membership": 1, "cohort_event": 1},
    "invitation": {"cohort_event": 1},
    "invitations": {"cohort_event": 1},
    "code": {"cohort_event": 1},
    "staff": {"staff_request": 1, "cohort_event": 1},
    "copy": {"cohort": 1, "cohort_staff": 1, "meeting": 1, "cohort_event": 1},
}


def filled(client: FlaskClient, page: str, typed: Mapping[str, str]) -> dict[str, str]:
    """The form of that page with what is typed: its token and its key."""
    html = client.get(f"/en/cohorts/{page}").text
    key = re.search(r'name="form_key" value="([^"]+)"', html)
    assert key is not None, page
    return {"csrf_token": hidden_fields(html)["csrf_token"], "form_key": key[1], **typed}


def _made(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """How many more rows of each table there are. How many letters tell of it is tested elsewhere."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name] and name != "letter"}


@pytest.mark.parametrize("what", sorted(FORMS))
def test_form_sent_twice_makes_its_thing_once(site: FormsSite, what: str) -> None:
    """One after the other: the second leads to where the first did, says so, and makes nothing."""
    client, before = site.client(), site.counts()
    page, target, typed = FORMS[what](site)
    form = filled(client, page, typed)
    first = client.post(f"/en/cohorts/{target}", data=form)
    after = site.counts()
    second = client.post(f"/en/cohorts/{target}", data=form)
    assert (first.status_code, second.status_code, second.location) == (303, 303, first.location)
    assert site.counts() == after
    assert _made(before, after) == MADE[what]
    assert "sent more than once" in client.get(second.location).text


@pytest.mark.parametrize("what", ["days", "cohort", "invitation"])
def test_form_sent_by_two_at_the_same_moment_makes_its_thing_once(site: FormsSite, what: str) -> None:
    """From two threads that start together: three meetings and three letters a person, not six."""
    one, other = site.client(), site.client()
    page, target, typed = FORMS[what](site)
    form, before, start = filled(one, page, typed), site.counts(), Barrier(2)
    with one.session_transaction() as held, other.session_transaction() as kept:
        kept.update(held)

    def press(client: FlaskClient) -> tuple[int, str]:
        start.wait()
        answer = client.post(f"/en/cohorts/{target}", data=form)
        return answer.status_code, answer.location

    with ThreadPoolExecutor(2) as threads:
        answers = set(threads.map(press, (one, other)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 303
    assert _made(before, site.counts()) == MADE[what]


def test_what_was_changed_or_refused_is_another_press(site: FormsSite) -> None:
    """After a refusal, and after the back button and a change, the same page's form is taken: nothing typed is lost."""
    client, before = site.client(), site.counts()
    page, target, typed = FORMS["cohort"](site)
    form = filled(client, page, typed)
    assert client.post(f"/en/cohorts/{target}", data=form | {"title": ""}).status_code == 422
    addresses = {client.post(f"/en/cohorts/{target}", data=form | {"title": one}).location for one in ("A", "B", "A")}
    assert len(addresses) == 2
    assert _made(before, site.counts())["cohort"] == 2


def test_key_of_somebody_else_leads_nowhere(site: FormsSite) -> None:
    """A form's key opens what it made for the person who sent it and for nobody else."""
    client = site.client()
    page, target, typed = FORMS["days"](site)
    form = filled(client, page, typed)
    client.post(f"/en/cohorts/{target}", data=form)
    with site.app.app_context():
        key = current_session(site.app).scalars(
            select(User.fs_uniquifier).where(User.email == "sam@example.org")
        ).one()  # fmt: skip
    stranger = signed_in_client(site.app, key)
    token = hidden_fields(stranger.get("/en/help").text)["csrf_token"]
    assert stranger.post(f"/en/cohorts/{target}", data=form | {"csrf_token": token}).status_code == 404


def test_old_presses_are_forgotten(site: FormsSite) -> None:
    """The day's work keeps a week of them."""
    client = site.client()
    page, target, typed = FORMS["days"](site)
    client.post(f"/en/cohorts/{target}", data=filled(client, page, typed))
    with site.app.app_context():
        session = current_session(site.app)
        forget_forms(session, utcnow())
        assert len(session.scalars(select(TakenForm)).all()) == 1
        forget_forms(session, utcnow() + KEPT + timedelta(minutes=1))
        assert session.scalars(select(TakenForm)).all() == []
