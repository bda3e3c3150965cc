"""Ways round the rules that somebody with a role might try, and each of them closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.cohorts.common.models.certification import Certification
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.common.queries import rights_of
from coplearn.cohorts.common.rules.words import TrainingOutcome
from coplearn.cohorts.outcomes.queries.teaching import independence
from coplearn.cohorts.outcomes.rules.teaching import Tie
from coplearn.cohorts.outcomes.service.certification import decide, renew
from coplearn.cohorts.people.service.joining import claim, join, take_seat_of
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.cohorts.finishing import as_person, make_ready, titles_of
from tests.cohorts.outcomes.test_checklist import courses_of
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_meeting,
    put_member,
    put_staff,
    put_user,
    signed_in_client,
)

CODE = "AAAABBBB"


@pytest.mark.parametrize("role", ["lead", "trainer", "examiner", "observer"])
def test_staff_cannot_be_trained_in_their_own_cohort(scratch: Session, role: str) -> None:
    """Neither by the code on the wall nor by a card: they would mark, judge or certify themselves."""
    cohort = put_cohort(scratch, join_code=CODE)
    put_staff(scratch, cohort, "staff@example.org", role)
    person = as_person(scratch, "staff@example.org")
    seat = put_member(scratch, cohort, None, card_code="AAAAABBBBB")
    with pytest.raises(Refused, match="work in this cohort"):
        join(scratch, person, CODE, NOW)
    with pytest.raises(Refused, match="work in this cohort"):
        take_seat_of(scratch, person, cohort.id, seat.public_id, NOW)
    assert scratch.scalar(select(Membership.id).where(Membership.user_id == person.id)) is None


def test_nobody_certifies_themselves(scratch_app: Flask, scratch: Session) -> None:
    """A coordinator who was trained has somebody else decide about it, also while no account has their seat."""
    cohort, courses = put_cohort(scratch), courses_of(scratch_app)
    put_user(scratch, "coordinator@example.org")
    grant_role(scratch, "coordinator@example.org", Role.COORDINATOR, country="MA")
    person = as_person(scratch, "coordinator@example.org")
    own = put_member(scratch, cohort, "coordinator@example.org")
    make_ready(scratch, cohort, [own], courses)
    for user_id in (person.id, None):
        own.user_id = user_id
        with pytest.raises(Refused, match="about yourself"):
            decide(scratch, person, cohort, own.public_id, TrainingOutcome.CERTIFIED, "", 0, courses, titles_of, NOW)
        with pytest.raises(Refused, match="about yourself"):
            renew(scratch, person, cohort, own.public_id, titles_of, NOW)
    assert scratch.scalar(select(Certification.id)) is None


def test_examiner_is_tied_to_a_seat_that_nobody_took(scratch: Session) -> None:
    """Trained elsewhere under the mail address of the account, judged here by a card: the same person."""
    first, second = put_cohort(scratch), put_cohort(scratch)
    put_staff(scratch, first, "examiner@example.org", "trainer")
    examiner = put_staff(scratch, second, "examiner@example.org", "examiner")
    put_member(scratch, first, "aya@example.org", user_id=None)
    here = put_member(scratch, second, None, user_id=put_user(scratch, "aya@example.org"))
    assert Tie.TRAINED in independence(scratch, examiner, here)[0]


def test_examiner_is_tied_to_a_seat_taken_by_card(scratch: Session) -> None:
    """The other way round: trained elsewhere by a card, and here on a list by their address alone."""
    first, second = put_cohort(scratch), put_cohort(scratch)
    put_staff(scratch, first, "examiner@example.org", "lead")
    examiner = put_staff(scratch, second, "examiner@example.org", "examiner")
    put_member(scratch, first, None, user_id=put_user(scratch, "aya@example.org"))
    here = put_member(scratch, second, "aya@example.org", user_id=None)
    assert Tie.TRAINED in independence(scratch, examiner, here)[0]


def test_examiner_on_the_list_by_their_address_judges_themselves(scratch: Session) -> None:
    """Somebody who stands on a list by their own address is that person, with or without having taken the seat."""
    cohort = put_cohort(scratch)
    examiner = put_staff(scratch, cohort, "examiner@example.org", "examiner")
    here = put_member(scratch, cohort, "examiner@example.org", user_id=None)
    assert Tie.SELF in independence(scratch, examiner, here)[0]


def test_examiner_stays_free_of_strangers(scratch: Session) -> None:
    """Two people without mail or account are two people."""
    first, second = put_cohort(scratch), put_cohort(scratch)
    put_staff(scratch, first, "examiner@example.org", "trainer")
    examiner = put_staff(scratch, second, "examiner@example.org", "examiner")
    put_member(scratch, first, None)
    put_member(scratch, first, "noor@example.org", user_id=None)
    for here in (put_member(scratch, second, None), put_member(scratch, second, "aya@example.org")):
        assert independence(scratch, examiner, here)[0] == frozenset()


@pytest.mark.parametrize("way", ["card", "address"])
def test_right_goes_with_the_seat(scratch: Session, way: str) -> None:
    """Whoever was certified before they had an account holds the right once they take their seat."""
    cohort = put_cohort(scratch, join_code=CODE)
    user_id = put_user(scratch, "aya@example.org")
    person = as_person(scratch, "aya@example.org")
    seat = put_member(scratch, cohort, "aya@example.org" if way == "address" else None, user_id=None)
    held = put_certification(scratch, cohort, seat)
    assert held.user_id is None
    if way == "card":
        take_seat_of(scratch, person, cohort.id, seat.public_id, NOW)
    else:
        scratch.get_one(User, user_id).confirmed_at = NOW
        claim(scratch, person, cohort.id, seat.public_id, NOW)
    assert [right.id for right in rights_of(scratch, user_id, NOW)] == [held.id]


def test_nobody_joins_under_a_right_that_was_taken_back(scratch: Session) -> None:
    """Its staff may only look, so nobody could approve, mark or help whoever came in."""
    trained = put_cohort(scratch)
    right = put_certification(scratch, trained, put_member(scratch, trained, "trainer@example.org"))
    put_cohort(scratch, join_code=CODE, right_id=right.id, generation=2)
    put_user(scratch, "aya@example.org")
    person = as_person(scratch, "aya@example.org")
    right.revoked_at = NOW
    scratch.flush()
    with pytest.raises(Refused, match="Nobody new"):
        join(scratch, person, CODE, NOW)
    right.revoked_at = None
    scratch.flush()
    assert join(scratch, person, CODE, NOW).user_id == person.id


def test_who_left_sees_no_meeting_to_come(app: Flask) -> None:
    """What they attended stays theirs to see; where the others will be does not."""
    now = datetime.now(UTC)
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        member = put_member(session, cohort, "gone@example.org", state="withdrawn")
        put_meeting(session, cohort, now - timedelta(days=2), title="Behind us")
        put_meeting(session, cohort, now, title="Going on")
        put_meeting(session, cohort, now + timedelta(days=2), title="To come", link="https://meet.example.org/x")
        key = session.get_one(User, member.user_id).fs_uniquifier
        session.commit()
        path = f"/en/cohorts/{cohort.public_id}"
    browser = signed_in_client(app, key)
    schedule, door = browser.get(f"{path}/schedule").text, browser.get(f"{path}/checkin").text
    assert "Behind us" in schedule
    assert not any(hidden in schedule + door for hidden in ("Going on", "To come", "meet.example.org"))


def test_whoever_may_not_copy_is_told_before_they_type(app: Flask) -> None:
    """A lead who is no certified trainer sees the sentence, and no form that could only be refused."""
    with app.app_context():
        session = current_session(app)
        cohort = put_cohort(session)
        key = session.get_one(User, put_staff(session, cohort, "lead@example.org", "lead")).fs_uniquifier
        session.commit()
        client, number = signed_in_client(app, key), cohort.public_id
    page = client.get(f"/en/cohorts/{number}/copy").text
    assert "Only coordinators and certified trainers open cohorts." in page
    assert 'name="first_day"' not in page
