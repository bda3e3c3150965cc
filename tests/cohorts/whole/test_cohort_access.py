"""Who may open what of cohorts: every route of theirs has a row, tried as every role, on one's own cohort and on others'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.certification import FollowUp
from coplearn.cohorts.common.models.cohort import Membership
from coplearn.cohorts.outcomes.queries.certification import token_hash
from coplearn.storage.base import Base
from coplearn.storage.database import current_session
from tests.accounts.persona import post_with_token
from tests.cohorts.worlds import (
    NOW,
    Scene,
    put_certification,
    put_evaluation,
    put_scene,
    put_teach_back,
    signed_in_client,
)
from tests.contracts.access_rows import asked_of
from tests.sizes import WHOLE

ROLES = (
    "visitor", "learner", "trainee", "foreign-trainee", "observer", "examiner", "trainer", "lead", "coordinator",
    "foreign-trainer", "foreign-coordinator", "admin",
)  # fmt: skip
"""``trainee`` to ``coordinator`` belong to the cohort of the address; the foreign ones to another in another country."""
LEADS = frozenset({"lead", "coordinator", "admin"})
RUNNERS = LEADS | {"trainer"}
STAFF = RUNNERS | {"examiner", "observer"}
OPENERS = frozenset({"coordinator", "foreign-coordinator", "admin"})
COORDINATORS = frozenset({"coordinator", "admin"})
WATCHERS = frozenset({"observer", "examiner", "trainer", "lead"})
SIGNED_IN = frozenset(ROLES) - {"visitor"}


@dataclass(frozen=True)
class Row:
    """One route and method: who may, what they get, and what everybody else gets (404: there is no such page)."""

    endpoint: str
    method: str
    may: frozenset[str]
    status: int = 200
    form: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    """Values of the address besides ``cohort_id``; ``{name}`` stands for a thing of the scene."""
    others: int = 404
    visitor: int | None = None

    def wanted(self, role: str) -> int:
        """The status that role gets; a visitor who reads is asked to sign in."""
        if role == "visitor" and self.visitor is not None:
            return self.visitor
        if role == "visitor" and role not in self.may and self.method == "GET":
            return 302
        return self.status if role in self.may else self.others


MEMBER = {"member_id": "{member}"}
ROSTER = {"roster_id": "{roster}"}
MEETING = {"meeting_id": "{meeting}"}
TABLE: list[Row] = [
    Row("cohorts.home", "GET", SIGNED_IN),
    Row("cohorts.new", "GET", OPENERS),
    Row("cohorts.open_new", "POST", OPENERS, 422),
    Row("cohorts.cohort", "GET", STAFF),
    Row("cohorts.edit", "GET", RUNNERS),
    Row("cohorts.change", "POST", RUNNERS, 422),
    Row("cohorts.move", "POST", LEADS, 303, {"state": "draft"}),
    Row("cohorts.archive", "POST", LEADS, 303, {"away": "no"}),
    Row("cohorts.ask_copy", "GET", RUNNERS),
    Row("cohorts.copy", "POST", RUNNERS, 422),
    Row("cohorts.staff", "GET", LEADS),
    Row("cohorts.add_staff", "POST", LEADS, 422),
    # Whom it was asked is in test_staffing.py; for everybody else there is nothing to take back.
    Row("cohorts.take_back_request", "POST", frozenset(), values={"asked_id": "none"}),
    Row("cohorts.asked", "GET", frozenset(), values={"asked_id": "none"}, visitor=404),
    Row("cohorts.answer_asked", "POST", SIGNED_IN, 303, values={"asked_id": "none"}, visitor=302),
    Row("cohorts.end_staff", "POST", LEADS, 303, values={"staff_id": "0"}),
    Row("cohorts.needs", "GET", RUNNERS),
    Row("cohorts.write", "POST", RUNNERS, 303, {"need": "idle"}, {"member_id": "{member}"}),
    Row("cohorts.teach_backs", "GET", WATCHERS),
    Row("cohorts.plan_teach_back", "GET", WATCHERS, values={"member_id": "{member}"}),
    Row("cohorts.keep_plan", "POST", WATCHERS, 303, {"part": "no/such"}, {"member_id": "{member}"}),
    Row("cohorts.teach_back", "GET", WATCHERS, values={"teach_back_id": "{teach_back}"}),
    Row("cohorts.judge", "POST", WATCHERS, 422, values={"teach_back_id": "{teach_back}"}),
    # The scene has no file: who gets one is in test_teaching_pages.py.
    Row(
        "cohorts.evidence",
        "GET",
        frozenset(),
        values={"teach_back_id": "{teach_back}", "evaluation_id": "{evaluation}"},
    ),
    Row("cohorts.outcomes", "GET", LEADS),
    Row("cohorts.outcome", "GET", LEADS, values={"member_id": "{member}"}),
    Row("cohorts.decide", "POST", LEADS, 422, values={"member_id": "{member}"}),
    Row("cohorts.renew", "POST", LEADS, 422, values={"member_id": "{member}"}),
    Row("cohorts.revoke", "POST", COORDINATORS, 422, values={"member_id": "{member}"}),
    Row("cohorts.pass_on", "POST", COORDINATORS, 422, values={"member_id": "{member}"}),
    Row("cohorts.correct_name", "POST", LEADS, 303, values={"member_id": "{member}"}),
    Row("cohorts.certificate", "POST", LEADS, values={"member_id": "{member}", "number": "{number}"}),
    Row("cohorts.own_certificate", "POST", frozenset({"trainee"}), values={"number": "{number}"}),
    Row("cohorts.own_badge", "POST", frozenset({"trainee"}), form={"form": "jwt"}, values={"number": "{number}"}),
    Row("cohorts.asked_badges", "GET", RUNNERS),
    Row("cohorts.ask_for_badge", "POST", RUNNERS, 422),
    Row("cohorts.ask_no_more", "POST", RUNNERS, 303, values={"asked_id": "none"}),
    # Nothing is asked for in the scene: who brings a badge is in test_brought_badges.py.
    Row("cohorts.badge_to_bring", "GET", frozenset(), values={"asked_id": "none"}),
    Row("cohorts.bring_badge", "POST", frozenset(), values={"asked_id": "none"}),
    Row("cohorts.mine", "GET", frozenset({"trainee"})),
    Row("cohorts.later", "GET", RUNNERS),
    # The certificate of the scene gives no right: a certified trainer's branch is in test_cascade_pages.py.
    Row("cohorts.cascade", "GET", OPENERS),
    # Whoever holds the private address may answer.
    Row("cohorts.follow_up", "GET", frozenset(ROLES), values={"token": "{token}"}),
    Row("cohorts.answer_follow_up", "POST", frozenset(ROLES), 422, values={"token": "{token}"}),
    Row("cohorts.letters", "GET", RUNNERS),
    Row("cohorts.people", "GET", RUNNERS),
    Row("cohorts.ask_person", "GET", RUNNERS),
    Row("cohorts.add_person", "POST", RUNNERS, 422),
    Row("cohorts.person", "GET", RUNNERS, values=MEMBER),
    Row("cohorts.correct_person", "POST", RUNNERS, 422, {"name": ""}, MEMBER),
    Row("cohorts.change_person", "POST", RUNNERS, 303, values={**MEMBER, "action": "approve"}),
    Row("cohorts.erase_person", "POST", LEADS, 422, values=MEMBER),
    Row("cohorts.invite_person", "POST", RUNNERS, 303, values=MEMBER),
    Row("cohorts.invite_people", "POST", RUNNERS, 303),
    Row("cohorts.set_joining", "POST", RUNNERS, 303, {"do": "close"}),
    Row("cohorts.poster", "GET", RUNNERS, 303),
    Row("cohorts.cards", "POST", RUNNERS, 303),
    Row("cohorts.download_people", "GET", RUNNERS, values={"kind": "csv"}),
    Row("cohorts.ask_roster", "GET", RUNNERS),
    Row("cohorts.upload_roster", "POST", RUNNERS, 303),
    Row("cohorts.roster", "GET", RUNNERS, values=ROSTER),
    Row("cohorts.change_roster", "POST", RUNNERS, 303, values=ROSTER),
    Row("cohorts.roster_problems", "GET", RUNNERS, values={**ROSTER, "kind": "csv"}),
    Row("cohorts.claim", "POST", frozenset({"trainee"}), 303, values=MEMBER),
    Row("cohorts.join", "GET", frozenset(ROLES)),
    Row("cohorts.type_code", "POST", frozenset(), form={"code": "none"}, visitor=404),
    Row("cohorts.join_with", "GET", frozenset(), values={"code": "AAAABBBB"}, visitor=404),
    Row("cohorts.join_now", "POST", SIGNED_IN, 303, values={"code": "AAAABBBB"}, visitor=302),
    Row("cohorts.open_card", "GET", frozenset(), values={"code": "AAAAABBBBB"}, visitor=404),
    Row("cohorts.take_card", "POST", frozenset(), values={"code": "AAAAABBBBB"}),
    Row("cohorts.waiting_list", "GET", RUNNERS),
    Row("cohorts.move_in_queue", "POST", RUNNERS, 303, {"place": "0", "reason": "Far away"}, MEMBER),
    # Who waits is in test_waiting_list.py; the trainee of the scene is in already.
    Row("cohorts.leave_queue", "POST", frozenset()),
    Row("cohorts.learn_with_card", "POST", frozenset(), form={"code": "AAAAABBBBB"}),
    # Whose browser is lent to a card's holder is in test_cards.py; for everybody else there is nothing to see.
    Row("cohorts.with_card", "GET", frozenset(ROLES), 302),
    Row("cohorts.leave_card", "POST", frozenset(ROLES), 303),
    Row("cohorts.card_certificate", "POST", frozenset(), values={"number": "{number}"}),
    Row("cohorts.card_badge", "POST", frozenset(), form={"form": "jwt"}, values={"number": "{number}"}),
    # The trainee of the scene has an account, so the device is not handed over, and the reason is told.
    Row("cohorts.lend_device", "POST", RUNNERS, 303, values=MEMBER),
    Row("cohorts.accept", "GET", frozenset(), values={"token": "forged"}, visitor=404),
    Row("cohorts.accept_now", "POST", frozenset(), values={"token": "forged"}),
    Row("cohorts.letter_again", "POST", RUNNERS, 303, values={"letter_id": "none"}),
    Row("cohorts.meetings", "GET", STAFF),
    Row("cohorts.new_meeting", "GET", RUNNERS),
    Row("cohorts.plan_meeting", "POST", RUNNERS, 422),
    Row("cohorts.ask_days", "GET", RUNNERS),
    Row("cohorts.plan_days", "POST", RUNNERS, 422),
    Row("cohorts.copy_day", "POST", RUNNERS, 303),
    Row("cohorts.edit_meeting", "GET", RUNNERS, values=MEETING),
    Row("cohorts.change_meeting", "POST", RUNNERS, 422, values=MEETING),
    Row("cohorts.set_meeting_state", "POST", RUNNERS, 303, {"cancelled": "no"}, MEETING),
    Row("cohorts.renew_calendar", "POST", STAFF, 303),
    Row("cohorts.register", "GET", RUNNERS, values=MEETING),
    Row("cohorts.save_register", "POST", RUNNERS, 303, {"key": "k" * 8}, MEETING),
    # A form is not the JSON that a device sends.
    Row("cohorts.send_marks", "POST", RUNNERS, 400, values=MEETING),
    Row("cohorts.mark_history", "GET", RUNNERS, values={**MEETING, "member_id": "{member}"}),
    Row("cohorts.children", "GET", RUNNERS, values=MEETING),
    Row("cohorts.count_children", "POST", RUNNERS, 422, values=MEETING),
    Row("cohorts.register_paper", "GET", RUNNERS, values=MEETING),
    Row("cohorts.door", "GET", RUNNERS, values=MEETING),
    Row("cohorts.door_now", "GET", RUNNERS, values=MEETING),
    Row("cohorts.scan", "GET", RUNNERS, values={**MEETING, "card_code": "{member}"}),
    Row("cohorts.mark_scan", "POST", RUNNERS, 303, {"key": "k" * 8}, {**MEETING, "card_code": "{member}"}),
    Row("cohorts.scan_here", "GET", RUNNERS, 302, values={"card_code": "{member}"}),
    Row("cohorts.checkin", "GET", frozenset({"trainee"}), visitor=302),
    Row("cohorts.check_in", "POST", frozenset({"trainee"}), 422),
    Row("cohorts.schedule", "GET", frozenset({"trainee"})),
    Row("cohorts.renew_own_calendar", "POST", frozenset({"trainee"}), 303),
    Row("insights.matrix", "GET", RUNNERS),
    Row("insights.cohort", "GET", RUNNERS),
    Row("insights.country", "GET", OPENERS),
    Row("insights.report", "GET", OPENERS),
    Row("insights.report_file", "GET", OPENERS, values={"end": "csv"}),
    Row("insights.edition", "GET", OPENERS),
    Row("insights.edition_file", "GET", OPENERS, values={"end": "csv"}),
]
"""POST rows send a form that is refused kindly (422, or 303 with a sentence) or does no harm when repeated."""


@dataclass
class World:
    """The site of the table, with a browser for each role."""

    app: Flask
    clients: dict[str, FlaskClient]
    names: dict[str, str]

    def address(self, row: Row, cohort: str = "cohort") -> str:
        """The row's address in that cohort."""
        values = {key: value.format(**self.names) for key, value in row.values.items()}
        rules = self.app.url_map.iter_rules(row.endpoint)
        if any("cohort_id" in rule.arguments for rule in rules):
            values["cohort_id"] = self.names[cohort]
        with self.app.test_request_context("/en/"):
            return self.app.url_for(row.endpoint, _anchor=None, _method=None, _scheme=None, _external=None, **values)

    def send(self, row: Row, role: str, cohort: str = "cohort") -> TestResponse:
        """Ask as that role, with a good token where one is wanted."""
        client, address = self.clients[role], self.address(row, cohort)
        if row.method == "GET":
            return client.get(address, buffered=True)
        return post_with_token(client, address, row.form)


@pytest.fixture
def world(app: Flask) -> World:
    """The site of the table; everybody is signed in already, because that is tested elsewhere."""
    with app.app_context():
        session = current_session(app)
        names = _with_outcomes(session, put_scene(session))
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
    return World(app, {role: signed_in_client(app, keys.get(role)) for role in ROLES}, names)


def _with_outcomes(session: Session, scene: Scene) -> dict[str, str]:
    """The scene's names, with a teach-back that was signed off, a certificate, and the questions of later."""
    member = session.scalars(select(Membership).where(Membership.public_id == scene.names["member"])).one()
    teach_back = put_teach_back(session, member)
    evaluation = put_evaluation(session, teach_back)
    number = put_certification(session, scene.cohort, member, course_ids=[], valid_until=None).number or ""
    asked = FollowUp(
        membership_id=member.id, token_hash=token_hash("t" * 32), due_on=NOW.date(), sent_at=NOW, answers={}
    )
    session.add(asked)
    ours = {"teach_back": teach_back.public_id, "evaluation": str(evaluation.id), "number": number, "token": "t" * 32}
    return scene.names | ours


def test_every_route_of_cohorts_has_a_row(app: Flask) -> None:
    """A new route without a row in the table fails here, and so does a row without a route."""
    routes = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("cohorts.", "insights."))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(row.endpoint, row.method) for row in TABLE} == routes


@pytest.mark.sampled
def test_each_role_gets_what_the_table_says_and_looking_writes_nothing(world: World) -> None:
    """The whole table, role by role: a person without the action finds no page, and opening one changes no row."""
    before, found = _everything(world.app), {}
    for row in sorted(TABLE, key=lambda row: row.method != "GET"):
        if row.method != "GET" and before:
            assert _everything(world.app) == before
            before = {}
        for role in asked_of(ROLES, f"{row.method} {row.endpoint}", row.wanted):
            found[f"{row.method} {row.endpoint} as {role}"] = (world.send(row, role).status_code, row.wanted(role))
    assert {where: pair for where, pair in found.items() if pair[0] != pair[1]} == {}


@pytest.mark.sampled
def test_nobody_reaches_into_another_cohort(world: World) -> None:
    """The same pages at the other cohort's address, with this cohort's things in them, are closed to all of this one."""
    found = {}
    for row in TABLE:
        if any("cohort_id" in rule.arguments for rule in world.app.url_map.iter_rules(row.endpoint)):
            # Of those who watch or run it, the suite sends one: whoever may do the most.
            for role in ("trainee", "observer", "examiner", "trainer", "lead", "coordinator")[:: 1 if WHOLE else 5]:
                found[f"{row.method} {row.endpoint} as {role}"] = world.send(row, role, "other_cohort").status_code
    assert {where: status for where, status in found.items() if status != 404} == {}


def test_things_of_one_cohort_do_not_answer_under_another(world: World) -> None:
    """Whoever may do all in both cohorts still finds nothing when the thing in the address belongs to the other one."""
    placed = {rule.endpoint for rule in world.app.url_map.iter_rules() if "cohort_id" in rule.arguments}
    named = [row for row in TABLE if any(value.startswith("{") for value in row.values.values())]
    rows = [row for row in named if row.endpoint in placed]
    found = {f"{row.method} {row.endpoint}": world.send(row, "admin", "other_cohort").status_code for row in rows}
    assert {where: status for where, status in found.items() if status != 404} == {}


def test_posts_without_a_token_change_nothing(world: World) -> None:
    """Every POST without a token or with a made-up one is refused and no row changes."""
    before = _everything(world.app)
    found = {}
    for row in TABLE:
        if row.method == "POST":
            for given in ("", "made-up"):
                answer = world.clients["lead"].post(world.address(row), data={"csrf_token": given, **row.form})
                found[f"{row.endpoint} {given}"] = answer.status_code
    assert {where: status for where, status in found.items() if status != 400} == {}
    assert _everything(world.app) == before


def test_losing_a_role_acts_on_the_next_request(world: World) -> None:
    """A trainer whose work in a cohort ended finds no page of it, without signing out."""
    row = next(row for row in TABLE if row.endpoint == "cohorts.cohort")
    assert world.send(row, "trainer").status_code == 200
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(text("UPDATE cohort_staff SET ended_at = '2026-11-24 12:00:00'"))
        session.commit()
    assert world.send(row, "trainer").status_code == 404


def _everything(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    with app.app_context():
        session = current_session(app)
        # Counters of rate limits and sign-ins go on counting, and the audit log names who looked, as they should.
        going_on = {"rate_limit", "user", "audit_event", "audit_head"}
        tables = [table for table in Base.metadata.sorted_tables if table.name not in going_on]
        return {table.name: [tuple(row) for row in session.execute(table.select())] for table in tables}
