"""The pages that everybody looks at find their rows by indexes: nothing in them has to read a large table from its first row."""

from __future__ import annotations

from typing import Final

from flask import Flask
from sqlalchemy import select, text

from bench.growth import kept_statements, read_whole
from coplearn.accounts.models import User
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import put_scene, signed_in_client
from tests.conftest import MakeSite
from tests.journeys.walk import right_form

LARGE: Final = dict.fromkeys(
    ("user", "learner", "enrolment", "visit", "attempt", "membership", "attendance", "evaluation"), 0
)
"""Tables that grow with the people of a site."""


def whole(app: Flask, sent: list[tuple[str, object]]) -> list[str]:
    """What PostgreSQL could only read whole, however much it would rather not, with the statement."""
    found = []
    with app.app_context(), engine_of(app).connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        for statement, values in sent:
            found += [f"{name}: {statement}" for name in read_whole(connection, statement, values, LARGE)]
    return found


def test_no_page_of_learners_or_staff_reads_a_large_table_whole(make_app: MakeSite, postgresql_url: str) -> None:
    """A lesson, an answer, one's own page, a cohort's pages, the list of accounts: with what each of them asks."""
    app = make_app(database_url=postgresql_url)
    with app.app_context():
        session = current_session(app)
        cohort = put_scene(session).cohort.public_id
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        session.commit()
    course = next(iter(site_of(app).library.current().courses.values()))
    lesson, quiz = (next(one for one in course.items.values() if one.kind == kind) for kind in ("lesson", "quiz"))
    learner, trainer, admin, coordinator = (
        signed_in_client(app, keys[role]) for role in ("trainee", "trainer", "admin", "coordinator")
    )
    page = f"/en/c/{course.code}/{quiz.code}"
    token = learner.get(page).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    form = {"csrf_token": token, "seed": "1", "key": "k" * 16, "made-of": quiz.digest, **right_form(quiz)}
    with kept_statements(app) as sent:
        assert learner.post(page, data=form).status_code in (200, 303)
        looked = [(learner, f"/en/c/{course.code}/{lesson.code}"), (learner, "/en/me/"), (admin, "/en/people/")]
        looked += [
            (admin, f"/en/people/?{asked}") for asked in ("search=a", "role=any", "country=MA", "state=unconfirmed")
        ]
        looked += [(coordinator, f"/en/people/{asked}") for asked in ("", "?search=a", "?country=MA", "?state=off")]
        looked += [(trainer, f"/en/cohorts/{cohort}/{part}") for part in ("", "people", "progress", "teach-backs")]
        for client, address in looked:
            assert client.get(address).status_code == 200, address
    assert len(sent) > 40
    assert whole(app, sent) == []
