"""Grave deeds and lists of people ask for the password again: every page of staff does, or stands here with a reason."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Mapping
from datetime import timedelta
from itertools import chain

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.accounts.rules import is_behind_sign_in
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.programme.models.organisations import ProgrammeMember
from coplearn.second_factors.rules import FRESH_FOR, FRESH_TO_SEND
from coplearn.storage.database import current_session
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields, post_with_token
from tests.administration.test_audit_log import AUDITED
from tests.cohorts.worlds import put_scene, put_user, signed_in_client
from tests.consultations.worlds import put_open_consultation
from tests.declarations.worlds import put_declared
from tests.programme.worlds import put_records
from tests.second_factors.test_signing_in import ANI, joined, set_up

IN_THE_ROOM = (
    "done in the room, with those whom it is about, on a device that has been in use for hours; named in the log"
)
RECORD = "a record stays with its writer, and a newer one takes its place or takes it back"
TAKEN_BACK = "the same page takes it back"
CLOSES = "closes a door, which has to be quick when a key leaked or a letter went astray"
LETTER = "sends a letter that gives nobody a right here"
SHOWN = "shows or hides what everybody reads; the same page takes it back, or the file is brought in again"
JUDGED = "one judgement of many in a row, each by somebody who was given that work"
ASK_NOTHING: Mapping[str, tuple[str, ...]] = {
    IN_THE_ROOM: (
        "cohorts.certificate", "cohorts.change_person", "cohorts.correct_name",
        "cohorts.correct_person", "cohorts.count_children", "cohorts.decide", "cohorts.judge", "cohorts.keep_plan",
        "cohorts.lend_device", "cohorts.mark_scan", "cohorts.move_in_queue", "cohorts.renew", "cohorts.save_register",
        "cohorts.send_marks", "cohorts.set_joining", "drills.open_run", "presenting.begin",
        "presenting.begin_at_meeting", "presenting.forget", "presenting.keep_paper", "series.change_part",
        "series.change_place", "series.set_up", "series.write_notes",
    ),
    TAKEN_BACK: (
        "cohorts.archive", "cohorts.ask_for_badge", "cohorts.ask_no_more", "cohorts.change", "cohorts.change_meeting",
        "cohorts.copy_day", "cohorts.move", "cohorts.plan_days", "cohorts.plan_meeting",
        "cohorts.set_meeting_state", "consulting.move_end", "declarations.show",
        "drafting.show", "overlays.decide", "overlays.looked", "overlays.undo", "resources.put_back",
        "resources.take_down",
    ),
    "adds people to one's own list, where each is corrected or taken off by hand": (
        "cohorts.add_person", "cohorts.change_roster", "cohorts.upload_roster",
    ),
    "makes a cohort of one's own, with no people in it": ("cohorts.copy", "cohorts.open_new"),
    "one's own yes, to a question that somebody was asked again for": ("cohorts.answer_asked",),
    CLOSES: ("cohorts.renew_calendar", "cohorts.take_back_request", "consulting.close_address", "xapi.end"),
    LETTER: (
        "cohorts.invite_people", "cohorts.invite_person", "cohorts.letter_again", "cohorts.write", "consulting.ask",
        "consulting.summarise", "pages.outbox_again", "platforms.send_again", "site_settings.send_test",
    ),
    RECORD: (
        "campaigns.change", "campaigns.give_out", "campaigns.record", "campaigns.take_back", "consulting.hear",
        "declarations.add_group", "declarations.change", "declarations.record", "declarations.save_draft",
        "drafting.ask", "drafting.keep_texts", "drafting.new", "drafting.write", "period_reports.make",
        "programme.add_evidence", "programme.add_organisation", "programme.add_programme", "programme.change",
        "programme.change_organisation", "programme.change_sheet", "programme.join", "programme.mark",
        "programme.remove_evidence", "programme.send_quickly", "programme.undo", "programme.write",
        "programme.write_quickly", "programme.write_record", "programme.write_status", "recommendations.tell_standing",
    ),
    JUDGED: (
        "consulting.answer", "consulting.judge", "experts.nominate", "experts.open_vote", "programme.confirm",
        "programme.judge_status", "resources.recuse", "resources.send_appraisal",
    ),
    SHOWN: (
        "package_certificates.keep_decision", "packages.discard", "packages.let_in", "packages.show", "recordings.add",
        "recordings.remove", "translating.add_language", "translating.offer_language", "translating.publish",
        "translating.undo_import", "translating.upload",
    ),
}  # fmt: skip
"""What staff send without being asked again, by the reason."""
NOBODY = "nobody stands in it"
ONE = "one file of one record, which whoever may open it reads on the page"
FILES: Mapping[str, tuple[str, ...]] = {
    NOBODY: (
        "campaigns.poster", "cohorts.poster", "course_exports.file", "guides.check_on_paper", "guides.course_guide",
        "guides.item_guide", "guides.module_guide", "programme.list_template", "translating.download",
    ),
    "counts people, and names none": (
        "insights.edition_file", "insights.report_file", "period_reports.edition_file", "period_reports.report_file",
    ),
    ONE: ("cohorts.evidence", "programme.evidence", "recommendations.evidence"),
    "the register of one's own meeting, printed a minute before it begins": ("cohorts.register_paper",),
}  # fmt: skip
"""What staff download without being asked again, by the reason."""
MORE = {"second_factors.print_codes", "tokens.make", "tokens.make_client"}
"""Posts about one's own account or a program's that let somebody in."""
_FILE = re.compile(r"attached\(|attachment\(|Content-Disposition")


def _posts() -> set[str]:
    """The posts of staff that have to ask; programs have keys, and type no password."""
    asked_nothing = set(chain(*ASK_NOTHING.values()))
    assert asked_nothing <= AUDITED.keys()
    return {name for name in AUDITED if not name.startswith("api.")} - asked_nothing | MORE


def _files(app: Flask) -> set[str]:
    """The files for staff that have to ask."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<lang:lang>", "en")
        if "GET" in (rule.methods or ()) and is_behind_sign_in(path):
            source = inspect.getsource(inspect.unwrap(app.view_functions[rule.endpoint]))
            if re.search(r"\.[a-z<]+[^/]*$", path) or _FILE.search(source):
                found.add(rule.endpoint)
    asked_nothing = set(chain(*FILES.values()))
    assert asked_nothing <= found
    return found - asked_nothing


def _world(app: Flask) -> tuple[FlaskClient, dict[str, str]]:
    """An administrator who signed in two hours ago, and the things that addresses name."""
    names = put_records(app)
    with app.app_context():
        session = current_session(app)
        scene = put_scene(session)
        admin = put_user(session, "admin@example.org")
        names |= scene.names | {"statement": put_open_consultation(session, admin)["statement"]}
        key = session.get_one(User, admin).fs_uniquifier
        session.commit()
    names |= put_declared(app, "admin@example.org")
    client = signed_in_client(app, key)
    with client.session_transaction() as kept:
        kept["fs_paa"] = time.time() - 2 * FRESH_TO_SEND.total_seconds()
    values = {f"{name}_id": value for name, value in names.items()}
    return client, names | values | {"kind": "csv", "end": "csv"}


def _address(app: Flask, endpoint: str, names: Mapping[str, str]) -> str:
    rule = next(app.url_map.iter_rules(endpoint))
    with app.test_request_context("/en/"):
        values = {name: names.get(name, "1") for name in rule.arguments if name != "lang"}
        return app.url_for(endpoint, **values)  # type: ignore[arg-type] # addresses alone


def test_every_grave_post_and_list_of_people_asks_again(app: Flask) -> None:
    """Whoever adds a page for staff that gives a right or hands out people asks for the password, or says why not."""
    client, names = _world(app)

    def asks(endpoint: str, *, posts: bool) -> bool:
        address = _address(app, endpoint, names)
        answer = post_with_token(client, address, {}) if posts else client.get(address)
        if posts:
            return answer.status_code == 403 and hidden_fields(answer.text).get("again-send-to") == address
        return (answer.location or "").startswith("/en/sign-in/again?next=")

    assert {name for name in _posts() if not asks(name, posts=True)} == set()
    assert {name for name in _files(app) if not asks(name, posts=False)} == set()


@pytest.fixture
def coordinator(app: Flask) -> Visitor:
    """Somebody who gives roles in a programme, in a browser that is signed in; they typed their password two hours ago."""
    person = joined(app, role=Role.COORDINATOR)
    with person.client.session_transaction() as kept:
        kept["fs_paa"] = time.time() - 2 * FRESH_TO_SEND.total_seconds()
    return person


def _ask_for_a_seat(app: Flask, person: Visitor, email: str) -> TestResponse:
    names = put_records(app)
    page = f"/en/programme/programmes/{names['programme']}"
    return person.send(page, email=email, role="editor", country="AM")


def _seats(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = select(ProgrammeMember.role, ProgrammeMember.country)
        return [(role, country) for role, country in current_session(app).execute(rows)]


def _send_on(person: Visitor, page: str, proof: str) -> TestResponse:
    """Press the button of the page that asked, as a browser does: what it is told to send on, it sends on."""
    form = hidden_fields(page) | {"again-proof": proof}
    answer = person.client.post("/en/sign-in/again", data=form)
    return person.client.post(answer.location, data=form) if answer.status_code == 307 else answer


def test_what_was_typed_is_kept_while_the_password_is_asked_for(app: Flask, coordinator: Visitor) -> None:
    """A form that comes too late is done once the password is typed, and not before; a wrong one loses nothing either."""
    asked = _ask_for_a_seat(app, coordinator, "writer@example.org")
    assert (asked.status_code, _seats(app)) == (403, [])
    wrong = _send_on(coordinator, asked.text, "guessed")
    assert (wrong.status_code, _seats(app)) == (422, [])
    done = _send_on(coordinator, wrong.text, PASSWORD)
    assert (done.status_code, _seats(app)) == (303, [("editor", "AM")])


def test_what_was_typed_is_kept_for_whoever_has_no_password(app: Flask, coordinator: Visitor) -> None:
    """They show a code of their second step instead."""
    shown, _ = set_up(coordinator)
    with app.app_context():
        current_session(app).execute(update(User).where(User.email == ANI).values(password=None))
        current_session(app).commit()
    with coordinator.client.session_transaction() as kept:
        kept["fs_paa"] = 0
    asked = _ask_for_a_seat(app, coordinator, "writer@example.org")
    wrong = _send_on(coordinator, asked.text, "")
    assert (wrong.status_code, _seats(app)) == (422, [])
    assert _send_on(coordinator, wrong.text, shown.number()).status_code == 303
    assert _seats(app) == [("editor", "AM")]


def test_what_was_typed_goes_nowhere_else(app: Flask, coordinator: Visitor) -> None:
    """The password and the form stay on this site, whatever the page was made to say."""
    form = {"csrf_token": coordinator.token(), "again-proof": PASSWORD}
    for wanted in ("https://elsewhere.example/", "//elsewhere.example/", ""):
        answer = coordinator.client.post("/en/sign-in/again", data=form | {"again-send-to": wanted})
        assert answer.status_code == 422
        assert answer.location is None


def test_page_stays_open_an_hour_to_be_sent(app: Flask) -> None:
    """A list opens a quarter of an hour after the password; what is sent is taken an hour after it."""
    coordinator = joined(app, role=Role.COORDINATOR)
    with app.app_context():
        session = current_session(app)
        page = f"/en/cohorts/{put_scene(session).names['cohort']}"
        session.commit()
    form = {"csrf_token": coordinator.token(), "email": "observer@example.org", "role": "observer"}
    began, quarter, hour = utcnow(), FRESH_FOR.total_seconds(), FRESH_TO_SEND.total_seconds()
    for seconds, opens, takes in ((quarter - 30, 200, 303), (quarter + 30, 302, 303), (hour + 30, 302, 403)):
        with time_machine.travel(began + timedelta(seconds=seconds)):
            assert coordinator.get(f"{page}/people/list.csv").status_code == opens
            assert coordinator.client.post(f"{page}/staff", data=form).status_code == takes
