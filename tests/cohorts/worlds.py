"""Cohorts with people of every role, made straight in the tables, for tests that need a scene and not its making."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import add_user, grant_role
from coplearn.certificates.rules import new_number
from coplearn.cohorts.common.models.certification import Certification, Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership, RosterImport
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.outcomes.rules.teaching import result_of, rubric_of
from coplearn.cohorts.whole.rules import Details
from coplearn.cohorts.whole.service import columns_of
from coplearn.kernel.words import Role

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
JOINED = NOW - timedelta(days=5)
"""Before the meetings of most scenes, and not so long ago that somebody who has not begun would need a word."""


def put_cohort(session: Session, country: str = "MA", **changes: Any) -> Cohort:
    """A running training of trainers for the parents' course, changed where the keywords say."""
    details = Details(
        title="Rabat, autumn",
        country=country,
        region="Rabat",
        languages=("ar",),
        time_zone="Africa/Casablanca",
        audience="parents",
        course_ids=("cop-parents",),
        capacity=None,
    )
    values: dict[str, Any] = columns_of(details) | {
        "public_id": token_hex(8),
        "join_code": None,
        "join_expires_at": None,
        "join_needs_approval": False,
        "state": "running",
        "archived_at": None,
        "generation": 1,
        "right_id": None,
        "calendar_token": token_hex(16),
        "created_by_id": None,
        "created_at": NOW - timedelta(days=30),
        "rev": 1,
    }
    cohort = Cohort(**(values | changes))
    session.add(cohort)
    session.flush()
    return cohort


def put_user(session: Session, email: str, name: str | None = None) -> int:
    """The id of the account with that address, made when there is none."""
    user = user_by_email(session, email) or add_user(session, email, "en", NOW)
    user.name = name or user.name or email.partition("@")[0].title()
    session.flush()
    return user.id


def put_staff(session: Session, cohort: Cohort, email: str, role: str) -> int:
    """Somebody with that role in the cohort; the account's id."""
    user_id = put_user(session, email)
    session.add(CohortStaff(cohort_id=cohort.id, user_id=user_id, role=role, added_at=NOW, ended_at=None))
    session.flush()
    return user_id


def put_member(session: Session, cohort: Cohort, email: str | None, **changes: Any) -> Membership:
    """An active member; with an account when there is an address."""
    values: dict[str, Any] = {
        "public_id": token_hex(8),
        "cohort_id": cohort.id,
        "user_id": put_user(session, email) if email else None,
        "key": token_hex(32),
        "name": (email or "Somebody").partition("@")[0].title(),
        "email": email,
        "organisation": "School 7",
        "region": "",
        "locale": "ar",
        "state": "active",
        "card_code": None,
        "calendar_token": token_hex(16),
        "created_at": JOINED,
        "joined_at": JOINED,
        "left_at": None,
    }
    membership = Membership(**(values | changes))
    session.add(membership)
    session.flush()
    return membership


def put_roster(session: Session, cohort: Cohort, **changes: Any) -> RosterImport:
    """A list that is in already."""
    shape = {"kind": "csv", "encoding": "utf-8-sig", "delimiter": ",", "header": 1, "columns": ["name", "email"]}
    values: dict[str, Any] = {
        "public_id": token_hex(8),
        "cohort_id": cohort.id,
        "by_id": None,
        "created_at": NOW,
        "file_name": "list.csv",
        "sha256": token_hex(32),
        "columns": {**shape, "take_part": False},
        "state": "done",
        "touched_at": NOW,
        **dict.fromkeys(("total", "done", "added"), 1),
        **dict.fromkeys(("changed", "unchanged", "refused"), 0),
        "report": "[]",
    }
    roster = RosterImport(**(values | changes))
    session.add(roster)
    session.flush()
    return roster


def put_meeting(
    session: Session, cohort: Cohort, starts_at: datetime = NOW, hours: float = 3, **changes: Any
) -> Meeting:
    """A planned meeting that begins then."""
    values: dict[str, Any] = {
        "public_id": token_hex(8),
        "cohort_id": cohort.id,
        "title": "Day one",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=hours),
        "mandatory": False,
        "makes_up_id": None,
        "room": "Room 4",
        "link": "",
        "topics": [],
        "state": "planned",
        "with_children": False,
        "safeguarding_lead": "",
        "vetted_adults": "",
        "checkin_secret": token_hex(32),
        "sequence": 0,
        "rev": 1,
        "changed_at": NOW,
    }
    meeting = Meeting(**(values | changes))
    session.add(meeting)
    session.flush()
    return meeting


def put_teach_back(session: Session, member: Membership, **changes: Any) -> TeachBack:
    """A teach-back of theirs that is not evaluated yet."""
    values: dict[str, Any] = {
        "public_id": token_hex(8),
        "membership_id": member.id,
        "turn": 1,
        "meeting_id": None,
        "course_id": "",
        "module_id": "",
        "planned_on": None,
        "created_at": NOW,
    }
    teach_back = TeachBack(**(values | changes))
    session.add(teach_back)
    session.flush()
    return teach_back


def put_evaluation(session: Session, teach_back: TeachBack, score: int = 3, **changes: Any) -> Evaluation:
    """A sign-off with the same score in every row, by nobody we know."""
    rubric = rubric_of("1")
    scores = {row.id: score for row in rubric.rows}
    values: dict[str, Any] = {
        "op_id": token_hex(16),
        "teach_back_id": teach_back.id,
        "observer_id": None,
        "observer_name": "Ezra",
        "decides": True,
        "rubric_version": "1",
        "scores": scores,
        "result": result_of(rubric, scores),
        "note_to_trainee": "",
        "note_internal": "",
        "evidence_name": "",
        "evidence_sha256": "",
        "evidence_type": "",
        "at": NOW,
        "amends_id": None,
        "reason": "",
    }
    evaluation = Evaluation(**(values | changes))
    session.add(evaluation)
    session.flush()
    return evaluation


def put_certification(session: Session, cohort: Cohort, member: Membership, **changes: Any) -> Certification:
    """A decision that certifies them and, as for a training of trainers, gives the right to the cohort's courses."""
    values: dict[str, Any] = {
        "membership_id": member.id,
        "turn": 1,
        "user_id": member.user_id,
        "outcome": "certified",
        "number": new_number(),
        "name": member.name,
        "course_ids": list(cohort.course_ids),
        "course_titles": None,
        "country": cohort.country,
        "generation": cohort.generation,
        "parent_id": cohort.right_id,
        "may_pass_on": False,
        "locale": member.locale,
        "issued_at": NOW,
        "issued_by_id": None,
        "issued_by_name": "Lea",
        "note": "",
        "valid_until": NOW + timedelta(days=730),
        "renewed_from_id": None,
        "revoked_at": None,
        "revoked_by_id": None,
        "revoked_reason": "",
    }
    certification = Certification(**(values | changes))
    session.add(certification)
    session.flush()
    return certification


@dataclass
class Scene:
    """Two cohorts in two countries, with what stands in their addresses."""

    cohort: Cohort
    other: Cohort
    names: dict[str, str] = field(default_factory=dict)


def put_scene(session: Session) -> Scene:
    """A Moroccan cohort with everybody in it, and an Armenian one of strangers.

    People are ``<role>@example.org``: trainee, lead, trainer, examiner and observer of the first, coordinator of Morocco;
    foreign-trainee, foreign-trainer of the second, foreign-coordinator of Armenia; an admin; a learner who is in neither.
    """
    own, other = put_cohort(session, "MA"), put_cohort(session, "AM", title="Yerevan", time_zone="Asia/Yerevan")
    scene = Scene(own, other, {"cohort": own.public_id, "other_cohort": other.public_id})
    for role in ("lead", "trainer", "examiner", "observer"):
        put_staff(session, own, f"{role}@example.org", role)
    put_staff(session, other, "foreign-trainer@example.org", "trainer")
    scene.names["member"] = put_member(session, own, "trainee@example.org").public_id
    put_member(session, other, "foreign-trainee@example.org")
    for email in ("learner", "coordinator", "foreign-coordinator", "admin"):
        put_user(session, f"{email}@example.org")
    grant_role(session, "coordinator@example.org", Role.COORDINATOR, country="MA")
    grant_role(session, "foreign-coordinator@example.org", Role.COORDINATOR, country="AM")
    grant_role(session, "admin@example.org", Role.ADMIN)
    scene.names["meeting"] = put_meeting(session, own).public_id
    scene.names["roster"] = put_roster(session, own).public_id
    return scene


def signed_in_client(app: Flask, uniquifier: str | None) -> FlaskClient:
    """A browser in which the person with that ``user.fs_uniquifier`` has signed in; None for a visitor."""
    client = app.test_client()
    if uniquifier is not None:
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"], kept["fs_paa"] = uniquifier, True, time.time()
            kept["second"] = True
    return client
