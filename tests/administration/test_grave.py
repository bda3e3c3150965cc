"""What is done rarely: joining two accounts, handing over work, and seeing the site as somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.queries import account_actions, export_of, user_by_email
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import erase_user, grant_role
from coplearn.administration.people.queries import grants_held
from coplearn.administration.people.service.handing import HandedOver, hand_over
from coplearn.administration.people.service.merging import merge
from coplearn.certificates.models import Certificate
from coplearn.cohorts.common.models.cohort import CohortStaff, Membership
from coplearn.courses.plugin import Outcome
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import NotAllowed, Refused
from coplearn.kernel.words import CertificateKind, Role
from coplearn.learning.models import Attempt, Learner
from coplearn.learning.service import AnsweredItem, answer_item, learner_of_account
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor
from tests.administration.test_people import NOW, somebody
from tests.cohorts.worlds import put_cohort, put_member, put_staff


def _learned(session: Session, user_id: int, course: str, item: str) -> None:
    """One step of a course done, and its certificate."""
    learner = learner_of_account(session, user_id, NOW)
    step = AnsweredItem(course, "1.0.0", "d" * 64, item, 0, (item,), counts_votes=False)
    answer_item(session, learner.id, step, f"{user_id}-{item}", "en", 1, Outcome(done=True, answers={}), NOW)
    session.add(
        Certificate(
            number=f"{user_id}-{course}",
            learner_id=learner.id,
            course_id=course,
            kind=CertificateKind.PARTICIPATION,
            name="Ani",
            issued_at=NOW,
            course_version="1.0.0",
            course_digest="d" * 64,
            locale="en",
        )
    )
    session.flush()


def test_two_accounts_of_one_person_become_one(session: Session) -> None:
    """Steps, certificates, places, work and roles are joined without loss; the other account is closed and goes with it."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    kept = somebody(session, "ani@example.org", Granted(Role.TRANSLATOR, "ar"))
    other = somebody(
        session, "ani@old.example", Granted(Role.TRANSLATOR, "ar"), Granted(Role.REVIEWER, "fr"), name="Ani"
    )
    for person, course, item in (
        (kept, "course-a", "item-a"),
        (other, "course-a", "item-b"),
        (other, "course-b", "item-c"),
    ):
        _learned(session, person.id, course, item)
    taught, attended, left = (put_cohort(session) for _ in range(3))
    for email in ("ani@example.org", "ani@old.example"):
        put_staff(session, taught, email, "trainer")
    put_member(session, attended, "ani@old.example")
    put_member(session, left, "ani@old.example", state="withdrawn")
    put_member(session, left, "ani@example.org")
    merge(session, admin, kept.id, other.id, NOW, {})
    learner = session.scalars(select(Learner).where(Learner.user_id == kept.id)).one()
    done = session.scalars(select(Attempt.item_id).where(Attempt.learner_id == learner.id))
    assert sorted(done) == ["item-a", "item-b", "item-c"]
    numbers = {one.number: one.learner_id == learner.id for one in session.scalars(select(Certificate))}
    assert numbers == {
        f"{kept.id}-course-a": True,
        f"{other.id}-course-a": False,
        f"{other.id}-course-b": True,
    }
    assert session.scalars(select(CohortStaff.user_id)).all() == [kept.id]
    places = session.execute(select(Membership.cohort_id, Membership.user_id).order_by(Membership.id)).all()
    assert [tuple(row) for row in places] == [(attended.id, kept.id), (left.id, None), (left.id, kept.id)]
    assert set(grants_held(session, kept.id)) == {Granted(Role.TRANSLATOR, "ar"), Granted(Role.REVIEWER, "fr")}
    closed = session.get_one(User, other.id)
    assert (closed.active, closed.merged_into_id, session.get_one(User, kept.id).name) == (False, kept.id, "Ani")
    assert export_of(session, kept.id)["joined_accounts"] == ["ani@old.example"]
    for who, one in ((admin, kept), (kept, other)):
        with pytest.raises(Refused if who is admin else NotAllowed):
            merge(session, who, one.id, other.id, NOW, {})
    erase_user(session, kept.id)
    assert session.scalars(select(User.email)).all() == ["admin@example.org"]
    assert session.scalars(select(Certificate)).all() == []


def test_work_that_is_joined_or_handed_over_ends_at_the_later_day(session: Session) -> None:
    """Without an end it stays without one, whichever of the two had it."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    people = {name: somebody(session, f"{name}@example.org") for name in ("kept", "other", "source", "taker")}
    now = utcnow()
    ends = {"early": now + timedelta(days=1), "late": now + timedelta(days=2), "none": None, "over": now}
    expected = {
        ("early", "late"): "late",
        ("none", "early"): "none",
        ("early", "none"): "none",
        ("over", "early"): "early",
    }
    cohorts = {pair: put_cohort(session) for pair in expected}
    for (mine, theirs), cohort in cohorts.items():
        for name, end in (("kept", mine), ("other", theirs), ("taker", mine), ("source", theirs)):
            put_staff(session, cohort, f"{name}@example.org", "trainer")
            line = session.scalars(select(CohortStaff).order_by(CohortStaff.id.desc())).first()
            assert line is not None
            line.ended_at = ends[end]
    merge(session, admin, people["kept"].id, people["other"].id, now, {})
    assert hand_over(session, admin, people["source"].id, "taker@example.org", now).moved == 4
    for pair, cohort in cohorts.items():
        for name in ("kept", "taker"):
            held_by = (CohortStaff.cohort_id == cohort.id, CohortStaff.user_id == people[name].id)
            assert session.scalars(select(CohortStaff.ended_at).where(*held_by)).one() == ends[expected[pair]], (
                name,
                pair,
            )


def test_two_places_in_one_cohort_are_not_made_one(session: Session) -> None:
    """Attendance would count twice, or be lost: who takes part twice is taken out of the cohort once, by hand."""
    admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
    kept, other = somebody(session, "a@example.org"), somebody(session, "b@example.org")
    cohort = put_cohort(session)
    for email in ("a@example.org", "b@example.org"):
        put_member(session, cohort, email)
    with pytest.raises(Refused):
        merge(session, admin, kept.id, other.id, NOW, {})


def test_work_is_handed_over_where_it_is_looked_after(session: Session) -> None:
    """Cohorts of the country and languages go; what the other cannot take, and other countries, stay."""
    kenya = somebody(session, "kenya@example.org", Granted(Role.COORDINATOR, country="KE"))
    source = somebody(
        session, "old@example.org", Granted(Role.REVIEWER, "ar", country="KE"), Granted(Role.REVIEWER, "fr")
    )
    taker = somebody(session, "new@example.org", Granted(Role.SUGGESTER, country="KE"))
    here, trained, abroad = put_cohort(session, "KE"), put_cohort(session, "KE"), put_cohort(session, "MA")
    for cohort in (here, trained, abroad):
        put_staff(session, cohort, "old@example.org", "lead")
    put_member(session, trained, "new@example.org")
    assert hand_over(session, kenya, source.id, "new@example.org", NOW) == HandedOver(moved=2, stayed=1)
    rows = session.execute(
        select(CohortStaff.cohort_id, CohortStaff.user_id)
        .where(CohortStaff.ended_at.is_(None))
        .order_by(CohortStaff.id)
    )
    assert [tuple(row) for row in rows] == [(trained.id, source.id), (abroad.id, source.id), (here.id, taker.id)]
    assert grants_held(session, source.id) == [Granted(Role.REVIEWER, "fr")]
    assert Granted(Role.REVIEWER, "ar", country="KE") in grants_held(session, taker.id)
    assert [action.kind for action in account_actions(session, taker.id)] == ["taken-over"]


def test_seeing_as_somebody_is_looking_and_is_told(each_app: Flask) -> None:
    """Their pages, no change, no more than half an hour, the person finds it; and it ends with the administrator's rights."""
    admin, learner = Visitor(each_app), Visitor(each_app)
    for person, email in ((admin, "admin@example.org"), (learner, "ani@example.org")):
        person.join(email)
    with each_app.app_context():
        session = current_session(each_app)
        grant_role(session, "admin@example.org", Role.ADMIN)
        session.commit()
        user = user_by_email(session, "ani@example.org")
        assert user is not None
        user_id, user.password = (
            user.id,
            None,
        )  # as who comes from a provider: nothing is asked before their own download
        session.commit()
    page = f"/en/people/{user_id}"
    assert admin.send(f"{page}/see", page=page).location == "/en/me/"
    assert admin.get("/en/me/data").mimetype == "text/html"
    shown = admin.get("/en/me/").text
    assert "ani@example.org" in shown and 'action="/en/people/seeing/stop"' in shown
    assert admin.get("/en/people/").status_code == 404
    assert admin.send("/en/me/time-zone", zone="Asia/Yerevan").status_code == 403
    assert admin.send("/en/me/data", password=PASSWORD).status_code == 403
    assert admin.send("/en/people/seeing/stop", page="/en/me/").status_code == 303
    assert admin.get(page).status_code == 200
    assert "admin@example.org" in learner.get("/en/me/history").text
    admin.send(f"{page}/see", page=page)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=31), tick=False):
        assert admin.get("/en/me/").location == "/en/people/"
        assert admin.get("/en/people/").status_code == 200
    admin.send(f"{page}/see", page=page)
    with each_app.app_context():
        session = current_session(each_app)
        own = user_by_email(session, "admin@example.org")
        assert own is not None
        own.fs_uniquifier = "f" * 32
        session.commit()
    assert admin.get("/en/me/").location == "/en/"
    assert not admin.is_signed_in


def test_closed_account_says_where_to_go(app: Flask) -> None:
    """Whoever knows the password of the closed account is told to use the other address; nobody else learns of it."""
    person = Visitor(app)
    for email in ("ani@example.org", "ani@old.example"):
        person = Visitor(app)
        person.join(email)
    with app.app_context():
        session = current_session(app)
        admin = somebody(session, "admin@example.org", Granted(Role.ADMIN))
        kept, other = (user_by_email(session, email) for email in ("ani@example.org", "ani@old.example"))
        assert kept is not None and other is not None
        merge(session, admin, kept.id, other.id, NOW, {})
        session.commit()
    assert not person.is_signed_in
    assert "other mail address" in Visitor(app).sign_in("ani@old.example").text
    assert "other mail address" not in Visitor(app).sign_in("ani@old.example", "wrong words here").text
    assert Visitor(app).sign_in("ani@example.org").status_code == 302
