"""Who may do what, in which language and course: on the table of roles and through the command that gives them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.accounts.queries import export_of, grants_of
from coplearn.accounts.rules import Granted, may, may_somewhere
from coplearn.accounts.service import grant_role
from coplearn.kernel.errors import NotFound
from coplearn.kernel.words import Permission, Role
from coplearn.storage.database import current_session
from tests.translating.store import person

WORK = (Permission.SUGGEST, Permission.TRANSLATE, Permission.REVIEW, Permission.MANAGE_LANGUAGE)


@pytest.mark.parametrize(
    ("role", "holds"),
    [
        ("learner", 0),
        ("trainer", 0),
        ("suggester", 1),
        ("translator", 2),
        ("reviewer", 3),
        ("coordinator", 4),
        ("admin", 4),
    ],
)
def test_each_role_holds_what_the_one_below_holds_and_more(role: str, holds: int) -> None:
    """Suggest, translate, review, manage: each role one step further."""
    assert [may([Granted(role, "ar")], permission, "ar", "my-course") for permission in WORK] == [
        number < holds for number in range(4)
    ]


@pytest.mark.parametrize(
    ("grant", "locale", "course", "allowed"),
    [
        (Granted("translator"), "ar", "my-course", True),
        (Granted("translator", "ar"), "ar", "interface", True),
        (Granted("translator", "ar"), "fr", "my-course", False),
        (Granted("translator", "ar", "my-course"), "ar", "my-course", True),
        (Granted("translator", "ar", "my-course"), "ar", "interface", False),
        (Granted("translator", "", "my-course"), "fr", "my-course", True),
        (Granted("translator", "ar"), "", "my-course", False),
        (Granted("translator", "ar", "my-course"), "ar", "", False),
        (Granted("translator", country="AM"), "ar", "my-course", False),
        (Granted("translator", cohort_id=3), "ar", "my-course", False),
        (Granted("king"), "ar", "my-course", False),
    ],
)
def test_a_grant_holds_within_its_limits(grant: Granted, locale: str, course: str, allowed: bool) -> None:
    """A language's translator translates no other language, and a course's no other course."""
    assert may([grant], Permission.TRANSLATE, locale, course) is allowed


def test_the_door_is_shown_to_whoever_may_work_somewhere() -> None:
    """A grant for one course of one language is reason enough to show the way in."""
    assert may_somewhere([Granted("suggester", "ar", "my-course")], Permission.SUGGEST)
    assert not may_somewhere([Granted("suggester", "ar", "my-course")], Permission.TRANSLATE)
    assert not may_somewhere([Granted("learner")], Permission.SUGGEST)


def test_a_language_coordinator_does_not_see_the_sites_course_problems() -> None:
    """A permission for the whole site needs a grant without limits."""
    assert not may([Granted("coordinator", "ar")], Permission.SEE_COURSE_PROBLEMS)
    assert may([Granted("coordinator")], Permission.SEE_COURSE_PROBLEMS)


def test_a_role_is_kept_once_for_each_place(session: Session) -> None:
    """The same grant twice is one; another language or course is another one."""
    actor = person(session, "eve")
    for locale, course in (("ar", ""), ("ar", ""), ("ar", "my-course"), ("", "")):
        grant_role(session, "eve@example.org", Role.TRANSLATOR, locale, course)
    assert set(grants_of(session, "eve")) == {
        Granted("translator", "ar"),
        Granted("translator", "ar", "my-course"),
        Granted("translator"),
    }
    assert len(grants_of(session, "eve")) == 3
    assert actor.user_id is not None
    assert {row["course"] for row in export_of(session, actor.user_id)["roles"]} == {"", "my-course"}
    with pytest.raises(NotFound):
        grant_role(session, "nobody@example.org", Role.TRANSLATOR)


def test_the_command_gives_a_role_for_a_language_and_a_course(app: Flask) -> None:
    """An unknown language is refused, so that a typing error trusts nobody with nothing."""
    runner = app.test_cli_runner()
    runner.invoke(args=["people", "add", "eve@example.org"])
    grant = ["people", "grant", "eve@example.org", "translator"]
    assert runner.invoke(args=[*grant, "--locale", "zh-CN"]).exit_code == 2
    done = runner.invoke(args=[*grant, "--locale", "ar", "--course", "interface"])
    assert (done.exit_code, done.output) == (0, "eve@example.org is now translator for ar for interface.\n")
    with app.app_context():
        session = current_session(app)
        key = session.connection().exec_driver_sql('SELECT fs_uniquifier FROM "user"').scalar_one()
        assert grants_of(session, key) == [Granted("translator", "ar", "interface")]
