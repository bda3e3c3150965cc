"""The privacy page names what the tables keep of a person, and what it says of who sees it holds."""

from __future__ import annotations

from dataclasses import fields

import pytest
from flask.testing import FlaskClient

from coplearn.accounts.models import EndedSession, User
from coplearn.accounts.rules import Granted, may
from coplearn.cohorts.common.models.certification import Certification, Evaluation
from coplearn.cohorts.common.models.cohort import Membership, StaffRequest
from coplearn.cohorts.common.models.meeting import Attendance
from coplearn.cohorts.common.rules.authorisation import permissions_in
from coplearn.cohorts.common.rules.words import COORDINATOR_PERMISSIONS, STAFF_PERMISSIONS, CohortPermission, StaffRole
from coplearn.cohorts.people.forms import PersonForm
from coplearn.cohorts.people.queries import ANSWER_WITHIN
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.rosters import FACTS, Known, PersonDraft
from coplearn.kernel.words import Permission, Role
from coplearn.outbox.models import Letter
from coplearn.settings import Settings
from coplearn.storage.base import Base

KEPT: list[tuple[type[Base], str, str]] = [
    (User, "email", "your mail address"),
    (User, "password", "your password in a form nobody can read"),
    (User, "locale", "your language"),
    (User, "name", "the name you give"),
    (Membership, "organisation", "your organisation"),
    (Membership, "region", "your region"),
    (Membership, "phone", "a telephone number"),
    (Attendance, "status", "when you were there"),
    (Evaluation, "note_to_trainee", "your teach-backs with what was written about them"),
    (Certification, "outcome", "what came of it"),
    (Letter, "to_address", "Whom a message went to"),
    (Letter, "params", "what it said is forgotten after 30 days"),
    (EndedSession, "key", "When you sign out, the number of that session is kept"),
    (StaffRequest, "email", f"your mail address is kept until you answer, for {ANSWER_WITHIN} days at most"),
]


@pytest.mark.parametrize(("table", "column", "said"), KEPT, ids=lambda one: one if isinstance(one, str) else None)
def test_privacy_page_names_what_is_kept(
    reader: FlaskClient, settings: Settings, table: type[Base], column: str, said: str
) -> None:
    """Each of these columns is there, and so is the sentence about it; a column that goes takes its sentence along."""
    assert column in table.__table__.columns
    assert settings.letter_days == 30
    assert said in reader.get("/en/privacy").text


@pytest.mark.parametrize("name", FACTS)
def test_fact_of_a_person_is_kept_asked_and_told_of(name: str) -> None:
    """What a list says of somebody has a column, is read, compared and typed under one name, and the privacy page says so."""
    assert name in Membership.__table__.columns
    assert {name} <= {field.name for field in fields(PersonDraft)} & {field.name for field in fields(Known)}
    assert hasattr(PersonForm, name)
    assert name in set(Column)
    assert (Membership, name) in {(table, column) for table, column, _ in KEPT} | {(Membership, "name")}


def test_privacy_page_names_the_device_that_is_known(reader: FlaskClient) -> None:
    """The cookie of a device and what it is for."""
    assert "know a device you signed in with before" in reader.get("/en/privacy").text


def test_what_the_page_says_of_who_sees_progress_is_what_the_guards_do(reader: FlaskClient) -> None:
    """Who runs the cohort and coordinators see people and progress; examiners and observers teach-backs alone."""
    page = reader.get("/en/privacy").text
    assert "Those who run the cohort see this, and how far you are in its courses" in page
    for role in (StaffRole.LEAD, StaffRole.TRAINER):
        assert {CohortPermission.PEOPLE, CohortPermission.REPORT, CohortPermission.OBSERVE} <= STAFF_PERMISSIONS[role]
    assert "Examiners and observers of a cohort see your name and your teach-backs alone" in page
    for role in (StaffRole.EXAMINER, StaffRole.OBSERVER):
        assert STAFF_PERMISSIONS[role] <= {CohortPermission.SEE, CohortPermission.OBSERVE, CohortPermission.SIGN_OFF}
    assert "coordinators do not see what was written about those" in page
    assert {CohortPermission.PEOPLE, CohortPermission.REPORT} <= COORDINATOR_PERMISSIONS
    assert CohortPermission.OBSERVE not in COORDINATOR_PERMISSIONS
    assert "Whoever administers this site sees what the coordinators of all countries see" in page
    admin = [Granted(Role.ADMIN, "", "", "", 0)]
    assert may(admin, Permission.SEE_COUNTRY, country="MA")
    assert permissions_in("MA", (), admin) == COORDINATOR_PERMISSIONS
