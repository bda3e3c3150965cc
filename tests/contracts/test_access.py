"""Who may open what: every route has a row here, and every row is tried as every role, on one's own things and on others'."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.administration.audit_log.rules import READS
from coplearn.courses.course import Course
from coplearn.kernel.words import Role
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, post_with_token, token_of
from tests.contracts.access_rows import Row, asked_of
from tests.contracts.access_table import TABLE
from tests.contracts.shared_things import put_certificate, put_shared, put_translated
from tests.rows import WatchedRows
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
        session.commit()
    names = {"course": course.code, "item": lesson.code, "number": put_certificate(app, "learner@example.org")}
    with app.app_context():
        owner = user_by_email(current_session(app), "other@example.org")
        assert owner is not None
        names["person"] = str(owner.id)
    assert clients["reviewer"].get("/en/translate/ar/cop-parents/").status_code == 200
    names |= put_shared(app, "coordinator@example.org") | put_translated(app)
    return World(app, clients, names)


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


READING_IS_LOGGED: Final = {"audit_event", "audit_head"}
"""Who read people's data stands in the audit log."""
IS_READ: Final = {*READS, "resources.manage", "programme.export"}
"""The pages whose opening is an event, once in an hour; the last two write it themselves."""
WRITTEN_BY_LOOKING: Final[Mapping[str, set[str]]] = {
    # Whether the database saves anything is seen by saving a counter.
    "probes.ready": {"rate_limit"},
}
"""The pages that change a row when they are opened, and the tables that it is in."""


@pytest.mark.sampled
def test_each_role_gets_what_the_table_says_and_looking_writes_nothing(world: World) -> None:
    """The whole table, role by role; opening a page (a made-up token included) changes no row but those that are named.

    Signing out ends it.
    """
    rows = sorted(TABLE, key=lambda row: (row.endpoint == "security.logout", row.method != "GET"))
    found, writing, watched = {}, {}, WatchedRows(world.app)
    for row in rows:
        for role in _asking(row):
            found[row.endpoint, row.method, role] = world.send(row, role).status_code
        if row.method == "GET" and (changed := watched.changed()):
            writing[row.endpoint] = changed
    wanted = {(row.endpoint, row.method, role): row.status(role) for row in rows for role in _asking(row)}
    assert {row: (status, wanted[row]) for row, status in found.items() if status != wanted[row]} == {}
    logged = {endpoint for endpoint, tables in writing.items() if tables == READING_IS_LOGGED}
    assert logged and logged <= IS_READ
    assert {endpoint: tables for endpoint, tables in writing.items() if endpoint not in logged} == WRITTEN_BY_LOOKING


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
    """Every POST without a token, with a made-up one and with another session's is refused and the database stays as it was.

    What is open to them writes as little: that the reader whom the code of a letter names wants no more of them.
    """
    watched = WatchedRows(world.app)
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
    assert watched.changed() == {"letter_stop"}


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


def _without_random(page: str) -> str:
    return re.sub(r'name="(key|csrf_token)" value="[^"]+"|\?result=\d+', "", page)
