"""What waits for staff: their cohorts, people, teach-backs and messages, in a known number of statements, and the way there."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.accounts.service import grant_role
from coplearn.cohorts.whole.queries.cohort import work_in_cohorts
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor
from tests.cohorts.worlds import (
    NOW,
    put_cohort,
    put_evaluation,
    put_meeting,
    put_member,
    put_staff,
    put_teach_back,
)
from tests.counting import counted

DOORS = {
    "cohorts": "/en/cohorts/",
    "translate": "/en/translate/",
    "numbers": "/en/insights/",
    "outbox": "/en/outbox",
    "courses": "/en/staff/courses",
    "languages": "/en/translate/languages",
}


def test_lead_is_told_what_waits_in_each_cohort(scratch: Session) -> None:
    """The next meeting (none that is over or cancelled), who asks to join, and who has not begun after a week."""
    cohort, later, closed = put_cohort(scratch), put_cohort(scratch, title="Later"), put_cohort(scratch, state="closed")
    for one in (cohort, later, closed):
        lead = put_staff(scratch, one, "lead@example.org", "lead")
    put_meeting(scratch, cohort, NOW - timedelta(days=2), title="Over")
    put_meeting(scratch, cohort, NOW + timedelta(hours=1), title="Cancelled", state="cancelled")
    put_meeting(scratch, cohort, NOW - timedelta(minutes=5), title="Now")
    put_meeting(scratch, cohort, NOW + timedelta(days=1), title="Tomorrow")
    put_member(scratch, cohort, None, joined_at=NOW - timedelta(days=9))
    put_member(scratch, cohort, None, state="waiting")
    put_member(scratch, later, None, joined_at=NOW)
    first, second = work_in_cohorts(scratch, lead, {}, NOW)
    assert first.meeting is not None
    assert (first.cohort.id, first.meeting.title, first.is_open) == (cohort.id, "Now", True)
    assert (first.waiting, first.in_need, first.to_judge) == (1, 1, 0)
    assert (second.cohort.id, second.meeting, second.is_open) == (later.id, None, False)
    assert (second.waiting, second.in_need) == (0, 0)


def test_examiner_is_told_of_teach_backs_without_a_sign_off(scratch: Session) -> None:
    """Notes of an observer are no sign-off, and one that is to come waits for nobody; nor is another's to be heard of."""
    cohort = put_cohort(scratch)
    examiner = put_staff(scratch, cohort, "sam@example.org", "examiner")
    member = put_member(scratch, cohort, None, joined_at=NOW - timedelta(days=30))
    put_member(scratch, cohort, None, state="waiting")
    put_evaluation(scratch, put_teach_back(scratch, member), decides=True)
    put_evaluation(scratch, put_teach_back(scratch, member, turn=2), decides=False)
    put_teach_back(scratch, member, turn=3)
    put_teach_back(scratch, member, turn=4, planned_on=NOW + timedelta(days=2))
    (found,) = work_in_cohorts(scratch, examiner, {}, NOW)
    assert (found.to_judge, found.waiting, found.in_need, found.is_open) == (2, 0, None, False)


def _staff(app: Flask, email: str, role: Role, locale: str = "", country: str = "") -> Visitor:
    person = Visitor(app)
    person.join(email)
    with app.app_context():
        grant_role(current_session(app), email, role, locale, country=country)
        current_session(app).commit()
    person.send("/en/sign-out", page="/en/me/")
    person.sign_in(email)
    return person


def _doors(page: str) -> set[str]:
    return {name for name, address in DOORS.items() if f'href="{address}"' in page}


@pytest.mark.parametrize(
    ("role", "locale", "country", "doors"),
    [
        (Role.ADMIN, "", "", set(DOORS)),
        (Role.COORDINATOR, "", "MA", {"cohorts", "numbers"}),
        (Role.TRANSLATOR, "ar", "", {"translate"}),
        (Role.REVIEWER, "ar", "", {"translate"}),
    ],
)
def test_each_role_finds_its_work_from_the_start_page(
    fully_opened_app: Flask, role: Role, locale: str, country: str, doors: set[str]
) -> None:
    """The start page and My work have the same doors, every one of them opens, and the bar leads there from any page."""
    person = _staff(fully_opened_app, "sam@example.org", role, locale, country)
    assert 'href="/en/work"' in person.get("/en/help").text
    home, work = person.get("/en/").text, person.get("/en/work").text
    assert doors <= _doors(home)
    assert _doors(home) == _doors(work)
    assert {person.client.get(DOORS[door], follow_redirects=True).status_code for door in _doors(home)} == {200}


def test_staff_begin_with_their_work_and_learners_with_their_learning(app: Flask) -> None:
    """After signing in, unless they were on their way to a page; who signs in already is brought to the same."""
    person, learner = _staff(app, "sam@example.org", Role.TRANSLATOR, "ar"), Visitor(app)
    assert person.get("/en/sign-in").location == "/en/work"
    person.send("/en/sign-out", page="/en/me/")
    assert person.sign_in("sam@example.org").location == "/en/work"
    person.send("/en/sign-out", page="/en/me/")
    assert person.sign_in("sam@example.org", query="?next=/en/me/").location == "/en/me/"
    learner.join("ana@example.org")
    learner.send("/en/sign-out", page="/en/me/")
    assert learner.sign_in("ana@example.org").location == "/en/me/"


def test_page_of_courses_names_and_opens_them(app: Flask) -> None:
    """By their titles in the reader's language, with a link to each; the id stands beside for the command line."""
    admin = _staff(app, "sam@example.org", Role.ADMIN)
    library, locales = site_of(app).library.current(), site_of(app).locales
    for lang in ("en", "ar"):
        page = admin.get(f"/{lang}/staff/courses").text
        for course in library.courses.values():
            title = site_of(app).library.title(course, locales.get(lang))
            assert f'<a href="/{lang}/c/{course.code}/"><bdi>{title}</bdi></a>' in unescape(page)
            assert f"{course.id} {course.version}" in page


def test_somebody_named_in_a_cohort_finds_it(app: Flask) -> None:
    """Whoever works in a cohort alone has no grant of their own: naming is enough, from the next time they sign in."""
    with app.app_context():
        session, now = current_session(app), utcnow()
        cohort = put_cohort(session)
        put_meeting(session, cohort, now - timedelta(minutes=5))
        session.commit()
        place = cohort.public_id
    trainer = Visitor(app)
    trainer.join("sam@example.org")
    assert "/en/work" not in trainer.get("/en/help").text
    with app.app_context():
        session = current_session(app)
        put_staff(session, session.merge(cohort), "sam@example.org", "trainer")
        session.commit()
    assert trainer.get(f"/en/cohorts/{place}/").status_code == 200
    home = trainer.get("/en/").text
    assert f'href="/en/cohorts/{place}/"' in home
    assert re.search(rf'href="/en/cohorts/{place}/meetings/\w+/register"', home)


def test_learner_is_shown_no_work(app: Flask) -> None:
    """No door in the bar, no list on the start page, and a plain word on the page itself."""
    learner = Visitor(app)
    learner.join("ana@example.org")
    assert "/en/work" not in learner.get("/en/").text
    assert "No work is given to you here yet" in learner.get("/en/work").text


def test_work_takes_a_known_number_of_statements(each_app: Flask) -> None:
    """As many with five cohorts as with two, on both databases."""
    admin = _staff(each_app, "sam@example.org", Role.ADMIN)

    def statements(more: int) -> int:
        with each_app.app_context():
            session = current_session(each_app)
            for _ in range(more):
                cohort = put_cohort(session)
                put_meeting(session, cohort, utcnow() + timedelta(days=1))
                for role in ("lead", "examiner"):
                    put_staff(session, cohort, "sam@example.org", role)
                put_member(session, cohort, "ana@example.org" if more == 2 else None)
            session.commit()
        admin.get("/en/work")
        with counted(each_app) as sent:
            assert admin.get("/en/work").status_code == 200
        return len(sent)

    assert statements(2) == 18
    assert statements(3) == 18
