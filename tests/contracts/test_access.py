"""Who may open what: every route has a row here, and every row is tried as every role, on one's own things and on others'."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from werkzeug.test import TestResponse

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
from tests.accounts.persona import Visitor
from tests.contracts.access_rows import Row, same, work
from tests.drills.worlds import EXERCISE, put_exercise

ROLES = ("visitor", "learner", "other", "coordinator", "translator", "reviewer", "foreign")
"""Nobody, the owner of the things in the address, another learner, staff (who owns nothing either), and who works on
the Arabic texts of the address: a translator and a reviewer of Arabic, and a reviewer of French, to whom they are closed."""


DESK = {"target": "ar", "domain": "cop-parents"}
MESSAGE = {**DESK, "number": "{message}"}
COURSE = {"course_code": "{course}"}
ITEM = {"course_code": "{course}", "item_code": "{item}"}
NUMBER = {"number": "{number}"}
RUN = {"run_id": "{run}"}
TABLE = [
    same("static", 200, filename="css/coplearn.css"),
    # No course of this site brings files (tests/courses/test_kinds_of_packages.py).
    same("probes.plugin_file", 404, code="abc", name="a.css"),
    same("probes.alive", 200),
    same("probes.ready", 200),
    same("probes.robots", 200),
    # Only where a contact is set (tests/web/test_security_txt.py).
    same("probes.security_txt", 404),
    # A calendar is open to whoever holds its private address (tests/cohorts/meetings/test_calendars.py), the worker to everybody.
    same("feeds.calendar", 404, token="forged"),
    same("feeds.register_worker", 200),
    same("pages.start", 302),
    same("pages.home", 200),
    # Whoever has no work is told so.
    Row("pages.work", "GET", 302, 200, 200, 200),
    same("pages.help_now", 200),
    same("pages.choose_country", 303, "POST"),
    same("pages.about", 200),
    same("pages.accessibility", 200),
    same("pages.manifest", 200),
    same("pages.privacy", 200),
    same("pages.style", 200),
    Row("pages.course_problems", "GET", 302, 404, 404, 200),
    Row("pages.outbox", "GET", 302, 404, 404, 200),
    same("pages.letters", 200, kind="cohort-reminder", code="0" * 32),
    same("pages.stop_or_resume", 303, "POST", kind="cohort-reminder", code="0" * 32),
    Row("pages.outbox_again", "POST", 404, 404, 404, 303, {"public_id": "{letter}"}),
    same("learning.catalogue", 200),
    Row("learning.choose_audience", "POST", 303, 303, 303, 303, form={"audience": "parents"}),
    Row("learning.course", "GET", 200, 200, 200, 200, COURSE),
    # Nobody here has done a module, nor asks about a check.
    Row("learning.module_done", "GET", 302, 302, 302, 302, {**COURSE, "number": "1"}),
    Row("learning.answer_one", "POST", 404, 404, 404, 404, ITEM),
    Row("learning.resume", "GET", 302, 302, 302, 302, COURSE),
    # Asked before the first step alone: whoever has begun is led to the course.
    Row("assessments.sitting", "GET", 200, 302, 302, 200, {**COURSE, "sitting": "before"}, {}, 200, 200, 200),
    Row("assessments.answer", "POST", 422, 303, 303, 422, {**COURSE, "sitting": "before"}, {}, 422, 422, 422),
    Row("learning.paper", "GET", 200, 200, 200, 200, {**COURSE, "number": "1"}),
    Row("learning.item", "GET", 200, 200, 200, 200, ITEM),
    Row("learning.answer", "POST", 303, 303, 303, 303, ITEM),
    # A module that is there is open to everybody (tests/practice); here, that one is not there.
    same("practice.before", 404, course_code="{course}", number="99"),
    same("practice.answer_before", 404, "POST", course_code="{course}", number="99"),
    # Whoever holds a letter's address may open it, whoever they are; a forged one leads nowhere.
    same("practice.again", 404, token="forged"),
    same("practice.answer_again", 404, "POST", token="forged"),
    Row("practice.ask_later", "POST", 303, 303, 303, 303, COURSE, form={"wanted": "stop"}),
    Row("certificates.course_certificate", "GET", 200, 200, 200, 200, COURSE),
    # A visitor is sent to sign in; who has not finished the course is told so, whoever they are.
    Row("certificates.issue", "POST", 302, 422, 422, 422, COURSE),
    Row("certificates.download", "POST", 404, 200, 404, 404, NUMBER),
    # One's own name alone: the owner's certificate keeps its name whoever else presses (see the certificates' tests).
    Row("certificates.ask_name", "GET", 302, 200, 200, 200),
    Row("certificates.rename", "POST", 404, 303, 303, 303, form={"name": "Ani"}),
    same("certificates.check", 200),
    Row("certificates.check_number", "GET", 200, 200, 200, 200, NUMBER),
    same("certificates.check_file", 422, "POST"),
    same("profile.home", 200),
    same("profile.data", 200),
    Row("profile.download", "POST", 200, 422, 422, 422),
    Row("profile.time_zone", "GET", 302, 200, 200, 200),
    Row("profile.save_time_zone", "POST", 303, 303, 303, 303, form={"zone": "Asia/Yerevan"}),
    same("profile.ask_erase", 200),
    same("profile.erase", 422, "POST"),
    # Who works on one language alone is sent to it.
    Row("translating.home", "GET", 302, 404, 404, 200, translator=302, reviewer=302, foreign=302),
    work("translating.language", "GET", {"target": "ar"}),
    work("translating.messages", "GET", DESK),
    work("translating.turn", "GET", {**DESK, "after": "0.0"}, status=302),
    work("translating.here", "GET", {"at": "/en/help"}, status=302, foreign=302),
    work("translating.guide", "GET", {}, foreign=200),
    Row("translating.languages", "GET", 302, 404, 404, 200),
    # A code that nobody knows: the table must not add a language to the product's own registry.
    Row("translating.add_language", "POST", 404, 404, 404, 303, form={"code": "xx"}),
    Row("translating.offer_language", "POST", 404, 404, 404, 303, {"target": "hy"}, {"offered": "no"}),
    work("translating.files", "GET", DESK),
    work("translating.download", "GET", {**DESK, "kind": "po"}),
    work("translating.upload", "POST", DESK, {"do": "look"}, status=303),
    work("translating.undo_import", "POST", {**DESK, "number": "999"}, status=303),
    work("translating.message", "GET", MESSAGE),
    work("translating.save", "POST", MESSAGE, {"form-0": "نص", "rev": "0", "do": "suggest"}, status=303),
    work("translating.draft", "POST", MESSAGE, {"form-0": "نص", "rev": "0"}, status=204),
    work("translating.preview", "POST", MESSAGE, {"form-0": "نص", "rev": "0"}),
    work("translating.review", "POST", MESSAGE, {"rev": "0"}, status=303, translator=404),
    work("translating.publish", "POST", DESK, status=303, translator=404),
    work(
        "translating.decide",
        "POST",
        {**MESSAGE, "offer": "{offer}"},
        {"decision": "rejected", "reason": "No", "rev": "0"},
        status=303,
    ),
    work("translating.comment", "POST", MESSAGE, {"text": "?", "to": "here"}, status=303),
    work("translating.resolve", "POST", {**MESSAGE, "said": "{said}"}, status=303),
    work("translating.ask", "POST", MESSAGE, {}, status=303),
    work("translating.dismiss", "POST", MESSAGE, {"check": "same", "reason": "No"}, status=303),
    work("translating.revert", "POST", {**MESSAGE, "edit": "{edit}"}, {"rev": "0"}, status=303),
    same("rooms.enter", 200),
    same("rooms.type_code", 404, "POST"),
    # A handout holds no key and is open to everybody; a guide is for those who lead groups (tests/guides).
    same("guides.module_handout", 200, **COURSE, number="1"),
    same("guides.course_handout", 200, **COURSE),
    Row("guides.home", "GET", 302, 404, 404, 200),
    Row("guides.course_guide", "GET", 302, 404, 404, 200, COURSE),
    Row("guides.module_guide", "GET", 302, 404, 404, 200, {**COURSE, "number": "1"}),
    Row("guides.item_guide", "GET", 302, 404, 404, 200, ITEM),
    Row("drills.home", "GET", 302, 404, 404, 200),
    Row("drills.pack", "GET", 302, 404, 404, 200, EXERCISE),
    Row("drills.open_run", "POST", 404, 404, 404, 303, EXERCISE),
    Row("drills.desk", "GET", 302, 404, 404, 200, RUN),
    Row("drills.save", "POST", 404, 404, 404, 303, RUN, {"key": "k" * 8}),
    Row("drills.send_entries", "POST", 404, 404, 404, 400, RUN),
    Row("drills.change_room", "POST", 404, 404, 404, 303, RUN, {"do": "renew"}),
    Row("drills.results", "GET", 302, 404, 404, 200, RUN),
    Row("drills.tell_fixes", "POST", 404, 404, 404, 303, RUN),
    same("drills.table", 404, room_id="{room}"),
    same("drills.sit", 404, "POST", room_id="{room}"),
    # Forms of an account: somebody signed in has no use for those of somebody who is not, and the other way round.
    Row("security.login", "GET", 200, 302, 302, 302),
    Row("security.login", "POST", 200, 302, 302, 302),
    Row("security.logout", "POST", 302, 302, 302, 302),
    Row("security.register", "GET", 200, 302, 302, 302),
    Row("security.register", "POST", 200, 302, 302, 302),
    same("security.forgot_password", 200),
    same("security.forgot_password", 200, "POST"),
    Row("security.reset_password", "GET", 302, 302, 302, 302, {"token": "made-up"}),
    Row("security.reset_password", "POST", 302, 302, 302, 302, {"token": "made-up"}),
    Row("security.change_password", "GET", 302, 200, 200, 200),
    Row("security.change_password", "POST", 302, 200, 200, 200),
    Row("security.send_confirmation", "GET", 200, 200, 200, 200),
    Row("security.send_confirmation", "POST", 200, 200, 200, 200),
    Row("security.confirm_email", "GET", 302, 302, 302, 302, {"token": "made-up"}),
    Row("security.confirm_email", "POST", 302, 302, 302, 302, {"token": "made-up"}),
]


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
        return client.post(address, data={"csrf_token": token(client), **row.form})


def token(client: FlaskClient) -> str:
    """A good token for the client's session."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/en/help").text)
    assert found is not None
    return found[1]


def _course(app: Flask) -> Course:
    return site_of(app).library.current().courses["cop-parents"]


@pytest.fixture
def world(app: Flask) -> World:
    """The site of the table."""
    people = {role: Visitor(app) for role in ROLES}
    for role in ROLES[1:]:
        people[role].join(f"{role}@example.org")
    course = _course(app)
    lesson = next(iter(course.items.values()))
    clients = {role: person.client for role, person in people.items()}
    for role in ("learner", "other"):
        address = f"/en/c/{course.code}/{lesson.code}"
        assert clients[role].post(address, data={"csrf_token": token(clients[role])}).status_code == 303
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
    names |= put_exercise(app, "coordinator@example.org")
    names |= _translators_things(app, clients["reviewer"])
    return World(app, clients, names)


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
        message = session.scalars(select(StoredMessage.id).where(StoredMessage.context == "course#title")).one()
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
        # Cohorts have roles of their own, and a table of their own (tests/cohorts/whole/test_cohort_access.py).
        if not rule.endpoint.startswith(("cohorts.", "insights."))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(row.endpoint, row.method) for row in TABLE} == routes


def test_each_role_gets_what_the_table_says(world: World) -> None:
    """The whole table, role by role; signing out comes last, because it ends the session."""
    rows = sorted(TABLE, key=lambda row: row.endpoint == "security.logout")
    found = {(row.endpoint, row.method, role): world.send(row, role).status_code for row in rows for role in ROLES}
    wanted = {(row.endpoint, row.method, role): row.status(role) for row in rows for role in ROLES}
    assert {row: (status, wanted[row]) for row, status in found.items() if status != wanted[row]} == {}


def test_posts_without_a_token_change_nothing(world: World) -> None:
    """Every POST without a token, with a made-up one and with another session's is refused and the database stays as it was."""
    before = _everything(world.app)
    stranger = token(world.clients["other"])
    refused = []
    for row in TABLE:
        # A mail program has no token: the code in the address is what proves the reader (RFC 8058).
        if row.method == "POST" and row.endpoint != "pages.stop_or_resume":
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


def test_get_writes_nothing(world: World) -> None:
    """Opening a page changes no row, whoever opens it (a made-up token included)."""
    rows = sorted((row for row in TABLE if row.method == "GET"), key=lambda row: row.endpoint == "security.logout")
    writing, before = set(), _everything(world.app)
    for row in rows:
        for role in ROLES:
            world.send(row, role)
        after = _everything(world.app)
        if after != before:
            writing.add(row.endpoint)
            before = after
    assert writing == set()


def test_headers_stand_on_every_answer(world: World) -> None:
    """The policy, no sniffing, no framing and the referrer rule, on every status and on files."""
    wanted = {"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "X-Request-ID"}
    answers: list[Callable[[], TestResponse]] = [lambda row=row: world.send(row, "learner") for row in TABLE]  # type: ignore[misc] # a closure a row
    answers += [lambda: world.clients["visitor"].get("/nowhere"), lambda: world.clients["visitor"].post("/en/")]
    for ask in answers:
        answer = ask()
        assert wanted <= set(answer.headers.keys())
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy


def _everything(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    tables = ("user", "grant", "learner", "enrolment", "visit", "attempt", "certificate", "certificate_file")
    with app.app_context():
        session = current_session(app)
        return {name: [tuple(row) for row in session.execute(text(f'SELECT * FROM "{name}"'))] for name in tables}


def _without_random(page: str) -> str:
    return re.sub(r'name="(key|csrf_token)" value="[^"]+"|\?result=\d+', "", page)
