"""Who may open what: every route has a row here, and every row is tried as every role, on one's own things and on others'."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.courses.course import Course
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind, Role
from coplearn.outbox.service import queue_letter
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.editing import comments
from coplearn.translating.store.edits import suggest
from coplearn.translating.store.models import Edit, StoredMessage
from coplearn.translating.store.rules import SYSTEM
from tests.accounts.persona import Visitor, post_with_token, token_of
from tests.consultations.worlds import put_open_consultation
from tests.contracts.access_rows import Row, asked_of
from tests.contracts.access_table import TABLE
from tests.declarations.worlds import put_declared
from tests.drills.worlds import put_exercise
from tests.programme.worlds import put_records
from tests.sizes import WHOLE

ROLES = ("visitor", "learner", "other", "coordinator", "translator", "reviewer", "foreign")
"""Nobody, the owner of the things in the address, another learner, staff (who owns nothing either), and who works on
the Arabic texts of the address: a translator and a reviewer of Arabic, and a reviewer of French, to whom they are closed."""


@dataclass
class World:
    """A site with an owner of a certificate, another learner, staff and a visitor."""

    app: Flask
    clients: dict[str, FlaskClient]
    names: dict[str, str]

    def address(self, row: Row) -> str:
        """The row's address with the owner's things in it."""
        values = {key: value.format(**self.names) for key, value in row.values.items()}
        with self.app.test_request_context("/en/"):
            return self.app.url_for(row.endpoint, _anchor=None, _method=None, _scheme=None, _external=None, **values)

    def send(self, row: Row, role: str) -> TestResponse:
        """Ask as that role, with a good token where one is wanted."""
        client, address = self.clients[role], self.address(row)
        if row.method == "GET":
            return client.get(address, buffered=True)
        if row.method != "POST":
            return client.open(address, method=row.method)
        return post_with_token(client, address, row.form)


def _course(app: Flask) -> Course:
    return site_of(app).library.current().courses["cop-parents"]


@pytest.fixture
def world(fully_opened_app: Flask) -> World:
    """The site of the table."""
    app = fully_opened_app
    people = {role: Visitor(app) for role in ROLES}
    for role in ROLES[1:]:
        people[role].join(f"{role}@example.org")
    course = _course(app)
    lesson = next(iter(course.items.values()))
    clients = {role: person.client for role, person in people.items()}
    for role in ("learner", "other"):
        address = f"/en/c/{course.code}/{lesson.code}"
        assert clients[role].post(address, data={"csrf_token": token_of(clients[role])}).status_code == 303
    with app.app_context():
        session = current_session(app)
        grant_role(session, "coordinator@example.org", Role.COORDINATOR)
        grant_role(session, "translator@example.org", Role.TRANSLATOR, "ar")
        grant_role(session, "reviewer@example.org", Role.REVIEWER, "ar")
        grant_role(session, "foreign@example.org", Role.REVIEWER, "fr")
        session.execute(
            text(
                "INSERT INTO certificate (number, learner_id, course_id, kind, name, issued_at, course_version,"
                " course_digest, locale) SELECT 'AAAAA-AAAAA-AAAAA-AAAAA', learner.id, :course, :kind, 'Ani',"
                " '2026-11-24 12:00:00', '1.0.0', 'd', 'en' FROM learner JOIN \"user\" ON \"user\".id = learner.user_id"
                " WHERE \"user\".email = 'learner@example.org'"
            ),
            {"course": course.id, "kind": CertificateKind.PARTICIPATION},
        )
        session.commit()
    names = {"course": course.code, "item": lesson.code, "number": "AAAAA-AAAAA-AAAAA-AAAAA"}
    names["letter"] = _letter(app)
    with app.app_context():
        owner = user_by_email(current_session(app), "other@example.org")
        assert owner is not None
        names["person"] = str(owner.id)
    names |= put_exercise(app, "coordinator@example.org")
    names |= put_declared(app, "coordinator@example.org")
    names |= put_records(app)
    names |= _consultation(app)
    names |= _translators_things(app, clients["reviewer"])
    return World(app, clients, names)


def _consultation(app: Flask) -> dict[str, str]:
    """A statement that everybody may read, with a consultation that is open."""
    with app.app_context():
        session = current_session(app)
        coordinator = user_by_email(session, "coordinator@example.org")
        assert coordinator is not None
        names = put_open_consultation(session, coordinator.id)
        session.commit()
    return names


def _letter(app: Flask) -> str:
    """A letter that the mail server refused."""
    with app.app_context():
        session = current_session(app)
        letter = queue_letter(
            session,
            key="of the table",
            to="ana@example.org",
            locale="en",
            time_zone="UTC",
            kind="account-welcome",
            params={"text": "Hello"},
            now=utcnow(),
        )
        session.execute(text("UPDATE letter SET state = 'given-up' WHERE key = 'of the table'"))
        session.commit()
    assert letter is not None
    return letter


def _translators_things(app: Flask, reviewer: FlaskClient) -> dict[str, str]:
    """An Arabic message with a suggestion, a comment and an entry in its history."""
    assert reviewer.get("/en/translate/ar/cop-parents/").status_code == 200
    arabic = site_of(app).locales.get("ar")
    with app.app_context():
        session = current_session(app)
        message = session.scalars(
            select(StoredMessage.id).filter_by(domain="cop-parents", context="course#title")
        ).one()
        said = comments.comment(session, SYSTEM, message, arabic, "?", utcnow())
        offer = suggest(session, SYSTEM, message, arabic, ["نص"], utcnow())
        edit = session.scalars(select(Edit.id).where(Edit.message_id == message, Edit.locale == "ar")).first()
        session.commit()
    return {"message": str(message), "said": str(said), "offer": str(offer), "edit": str(edit)}


def test_every_route_has_a_row(app: Flask) -> None:
    """A new route without a row in the table fails here, and so does a row without a route."""
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        # Cohorts have roles of their own, and a table of their own (tests/cohorts/whole/test_cohort_access.py); programs have
        # theirs, held against that one (tests/api/test_api_access.py).
        if not rule.endpoint.startswith(("cohorts.", "insights.", "api."))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(row.endpoint, row.method) for row in TABLE} == routes


def _asking(row: Row) -> Sequence[str]:
    return asked_of(ROLES, f"{row.method} {row.endpoint}", row.status)


@pytest.mark.sampled
def test_each_role_gets_what_the_table_says_and_looking_writes_nothing(world: World) -> None:
    """The whole table, role by role; opening a page (a made-up token included) changes no row. Signing out ends it."""
    rows = sorted(TABLE, key=lambda row: (row.endpoint == "security.logout", row.method != "GET"))
    found, writing, before, looked = {}, set(), _everything(world.app), []
    for turn, row in enumerate(rows):
        for role in _asking(row):
            found[row.endpoint, row.method, role] = world.send(row, role).status_code
        if row.method == "GET":
            looked.append(row.endpoint)
            # Ten pages at a time: looking at every row of the database costs more than all roles' looks at a page.
            if turn % 10 == 9 or rows[turn + 1].method != "GET":
                if (after := _everything(world.app)) != before:
                    writing.add(tuple(looked))
                before, looked = after, []
    wanted = {(row.endpoint, row.method, role): row.status(role) for row in rows for role in _asking(row)}
    assert {row: (status, wanted[row]) for row, status in found.items() if status != wanted[row]} == {}
    assert writing == set()


OPEN_TO_POSTS = {
    # A mail program has no token: the code in the address is what proves the reader (RFC 8058).
    "pages.stop_or_resume",
    # The box in every page is the same for everybody, so that pages can be kept; it writes nothing and leads to a page to read.
    "search.seek",
    # A launched package is no page of ours: its address has a secret of its own, which is good once.
    "lrs.fetch",
    "played.commit",
    # What a platform signed, or a link that it was given, proves who sends; our tokens are for our own pages.
    "lti.login",
    "lti.launch",
    "lti.choose",
    "lti.register_now",
    # Answers to no write, whoever asks.
    "lrs.about",
}


def test_posts_without_a_token_change_nothing(world: World) -> None:
    """Every POST without a token, with a made-up one and with another session's is refused and the database stays as it was."""
    before = _everything(world.app)
    stranger = token_of(world.clients["other"])
    refused = []
    for row in TABLE:
        if row.method == "POST" and row.endpoint in OPEN_TO_POSTS:
            world.clients["learner"].post(world.address(row), data={"csrf_token": "made-up", **row.form})
        elif row.method == "POST":
            for given in ("", "made-up", stranger):
                answer = world.clients["learner"].post(world.address(row), data={"csrf_token": given, **row.form})
                refused.append((row.endpoint, given[:7], answer.status_code))
    assert [entry for entry in refused if entry[2] != 400] == []
    assert _everything(world.app) == before


def test_a_result_of_another_learner_is_not_shown(world: World) -> None:
    """The number of somebody else's attempt in one's own address shows the plain page, not their answers."""
    course = _course(world.app)
    with world.app.app_context():
        rows = current_session(world.app).execute(text("SELECT id, learner_id FROM attempt ORDER BY id")).all()
    address = f"/en/c/{course.code}/{world.names['item']}"
    own = world.clients["learner"].get(address).text
    for attempt_id, _ in rows[1:]:
        shown = world.clients["learner"].get(f"{address}?result={attempt_id}").text
        assert _without_random(shown) == _without_random(own)


def test_losing_a_role_acts_on_the_next_request(world: World) -> None:
    """A coordinator whose grant is removed is nobody special at once, without signing out."""
    row = next(row for row in TABLE if row.endpoint == "pages.course_problems")
    assert world.send(row, "coordinator").status_code == 200
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(text('DELETE FROM "grant"'))
        session.commit()
    assert world.send(row, "coordinator").status_code == 404


LOADED = {"script", "style", "img", "media", "connect", "manifest", "worker", "font", "frame", "object"}
"""What a page may load, each with a rule of its own."""


@pytest.mark.sampled
def test_headers_stand_on_every_answer(world: World) -> None:
    """The policy, no sniffing, no framing and the referrer rule, on every status and on files."""
    wanted = {"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Request-ID"}
    answers = (world.send(row, "learner") for row in TABLE[:: 1 if WHOLE else 3])
    visitor = world.clients["visitor"]
    for answer in chain(answers, [visitor.get("/nowhere"), visitor.post("/en/")]):
        assert wanted <= set(answer.headers.keys())
        policy = answer.headers["Content-Security-Policy"]
        if "; sandbox " in policy:
            # What others made runs as it was made, and therefore nowhere near us: in a sandbox without an origin of ours.
            assert answer.request.path.startswith("/packages/")
            assert "allow-same-origin" not in policy
            continue
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        # The rule for all kinds is there for the icons of older browsers: none else falls back on it.
        assert {rule.split()[0].removesuffix("-src") for rule in policy.split("; ")} >= LOADED, policy


def _everything(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    tables = ("user", "grant", "learner", "enrolment", "visit", "attempt", "certificate", "certificate_file")
    with app.app_context():
        session = current_session(app)
        return {name: [tuple(row) for row in session.execute(text(f'SELECT * FROM "{name}"'))] for name in tables}


def _without_random(page: str) -> str:
    return re.sub(r'name="(key|csrf_token)" value="[^"]+"|\?result=\d+', "", page)
