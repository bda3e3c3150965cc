"""A package's word is kept: the last one and never an earlier, by its own record alone, whatever a page sends."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.learning.joining import join_visitor
from coplearn.learning.models import Learner
from coplearn.learning.service import erase_learner, learner_of_account
from coplearn.packages.models import PackageRecord, PackageState
from coplearn.packages.queries import live_package
from coplearn.packages.rules import (
    PackageItem,
    PackageStandard,
    Reached,
    VersionState,
    reached_in,
    reached_together,
    time_told,
)
from coplearn.packages.service import begin, discard
from coplearn.packages.service import let_in as let_in_version
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import put_user, signed_in_client
from tests.crowd import all_at_once
from tests.packages.building import manifest_12, plain_12, zipped
from tests.packages.manage import let_in, put_upload

STATUS, PLACE, SUSPEND = "cmi.core.lesson_status", "cmi.core.lesson_location", "cmi.suspend_data"
TWO_PARTS = {"imsmanifest.xml": manifest_12("Two", "a.html", "b.html"), "a.html": "<p>a</p>", "b.html": "<p>b</p>"}


@pytest.fixture
def package(app: Flask) -> str:
    """The address of a package of one page."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        return let_in(app, current_session(app), plain_12())


def begun(client: FlaskClient, package: str, **form: str) -> str:
    """The word of a launch, as the page of a package hands it to the frame."""
    answer = client.post(f"/en/packages/{package}", data={"how": "on", **form})
    assert answer.status_code == 303
    return launched(client, answer.location)


def launched(client: FlaskClient, address: str) -> str:
    """The word of one more launch at a page that plays."""
    found = re.search(r'<iframe[^>]* name="([^"]+)"', client.get(address).text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, token: str, number: int, **values: str) -> TestResponse:
    """Send a commit as the runtime does: as plain text, without a cookie's help."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    return client.post(
        f"/packages/launch/{token}",
        data=json.dumps({"number": number, "values": named, "seconds": 5}, ensure_ascii=False).encode(),
        content_type="text/plain",
    )


def kept(app: Flask) -> dict[str, Any]:
    """The one state there is, as a dictionary."""
    with app.app_context():
        row = current_session(app).scalars(select(PackageState).order_by(PackageState.id)).first()
        assert row is not None
        return {column.key: getattr(row, column.key) for column in PackageState.__table__.columns}


def test_commit_is_kept_and_told_to_the_next_launch(app: Flask, client: FlaskClient, package: str) -> None:
    """A megabyte of suspend data in letters of three bytes as well; the next page has all of it before a package asks."""
    token = begun(client, package)
    long = "\u4e2d" * 700_000
    assert send(client, token, 1, cmi__suspend_data=long, cmi__core__lesson_location="slide 7").status_code == 204
    told = client.get(f"/packages/launch/{begun(client, package)}")
    answer = json.loads(told.text)
    assert answer["values"] == {SUSPEND: long, PLACE: "slide 7"}
    facts = answer["facts"]
    assert (facts["cmi.core.entry"], facts["cmi.core.total_time"], facts["cmi.core.student_name"]) == (
        "resume", "0000:00:05", "",
    )  # fmt: skip
    assert told.headers["Access-Control-Allow-Origin"] == "*" and "no-store" in told.headers["Cache-Control"]
    # Else a browser calls the answer to the beacon of a page that goes a fault.
    assert told.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_late_word_never_takes_the_place_of_a_later_one(app: Flask, client: FlaskClient, package: str) -> None:
    """Within a launch by its number; of an earlier launch whatever its number; and whoever began again is not thrown back."""
    first = begun(client, package)
    assert send(client, first, 2, cmi__core__lesson_location="two").status_code == 204
    late = send(client, first, 1, cmi__core__lesson_location="one")
    assert late.status_code == 409 and late.text == str(kept(app)["launch"])
    second = begun(client, package)
    assert send(client, second, 1, cmi__core__lesson_location="three").status_code == 204
    assert send(client, first, 99, cmi__core__lesson_location="late").status_code == 409
    assert kept(app)["said"] == {PLACE: "three"}
    assert client.post(f"/en/packages/{package}", data={"how": "again"}).status_code == 303
    assert send(client, second, 2, cmi__core__lesson_location="late").status_code == 409
    assert kept(app)["said"] == {}


def test_nothing_that_was_reached_is_taken_back(app: Flask, client: FlaskClient, package: str) -> None:
    """A lower score, a word taken back, or a beginning anew."""
    token = begun(client, package)
    assert send(client, token, 1, cmi__core__score__raw="80", cmi__core__lesson_status="passed").status_code == 204
    assert send(client, token, 2, cmi__core__score__raw="10", cmi__core__lesson_status="incomplete").status_code == 204
    client.post(f"/en/packages/{package}", data={"how": "again"})
    with app.app_context():
        record = current_session(app).scalars(select(PackageRecord)).one()
        assert (record.score, record.done_at is not None, record.passed_at is not None) == (80, True, True)
    page = client.get(f"/en/packages/{package}").text
    assert "Done" in page and "80%" in page


UNSENT = (
    b"", b"{}", b"[]", b"\xff", b'{"number": -1, "values": {}}', b'{"number": 1, "values": []}',
    b'{"number": true, "values": {}}', b'{"number": 1, "values": {"a": "b"}}', b'{"number": 1, "values": {"cmi.a": 1}}',
    b'{"number": 1, "values": {"cmi.a": "\\u0000"}}', b'{"number": 1, "values": {"cmi.a": "\\ud800"}}',
    b'{"number": 1, "values": {}, "learner": 1}', b'{"number": 1, "values": {}, "seconds": NaN}',
    b'{"number": 99999999999, "values": {}}',
    json.dumps({"number": 1, "values": {"cmi.core.lesson_location": "a" * 5_000}}).encode(),
    json.dumps({"number": 1, "values": {SUSPEND: "a" * 1_000_001}}).encode(),
    json.dumps({"number": 1, "values": {f"cmi.objectives.{n}.id": "a" for n in range(2_001)}}).encode(),
    b"[" * 100_000,
)  # fmt: skip


def test_what_no_page_of_ours_sends_changes_nothing(app: Flask, client: FlaskClient, package: str) -> None:
    """Refused as a whole, without a server error."""
    token = begun(client, package)
    for sent in UNSENT:
        answer = client.post(f"/packages/launch/{token}", data=sent, content_type="text/plain")
        assert (answer.status_code, kept(app)["number"]) == (400, 0), sent[:100]
    assert send(client, token, 1).status_code == 204, "a page of ours is still listened to"


def test_word_of_a_launch_opens_its_own_record_alone(app: Flask, client: FlaskClient, package: str) -> None:
    """A forged or cut one opens nothing; a commit larger than any package's is not read."""
    token = begun(client, package)
    for wrong in ("forged", token[:-1], token[1:], token + "a", "a" * 3_000):
        assert client.get(f"/packages/launch/{wrong}").status_code == 404
        assert send(client, wrong, 1).status_code == 404
    assert client.post(f"/packages/launch/{token}", data=b" " * 4_000_000, content_type="text/plain").status_code == 413
    assert kept(app)["number"] == 0


def test_launch_tells_nothing_of_a_record_that_is_gone(app: Flask, client: FlaskClient, package: str) -> None:
    """The runtime of a page that was left open asks for what it has to know, and its learner was erased meanwhile."""
    token = begun(client, package)
    assert client.get(f"/packages/launch/{token}").status_code == 200
    with app.app_context():
        session = current_session(app)
        erase_learner(session, session.scalars(select(Learner.id)).one())
        session.commit()
    assert client.get(f"/packages/launch/{token}").status_code == 404


def test_version_is_decided_about_once(app: Flask) -> None:
    """Two who bring packages in look at one report; the second finds that it is done."""
    with app.app_context():
        session = current_session(app)
        version = put_upload(app, session, plain_12())
        let_in_version(session, version, None, "en", utcnow())
        with pytest.raises(Refused):
            let_in_version(session, version, None, "fr", utcnow())
        with pytest.raises(Refused):
            discard(session, version, utcnow())
        assert (version.state, version.locale) == (VersionState.LIVE, "en")


def test_parts_count_together(app: Flask, client: FlaskClient) -> None:
    """Done when both are; the score is their mean; the list shows what is done."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        package = let_in(app, current_session(app), zipped(TWO_PARTS))
    token = begun(client, package, number="1")
    send(client, token, 1, cmi__core__lesson_status="completed", cmi__core__score__raw="60")
    page = client.get(f"/en/packages/{package}").text
    assert "Part 1" in page and page.count("badge--done") == 1
    token = launched(client, f"/en/packages/{package}/play/2")
    send(client, token, 1, cmi__core__lesson_status="completed", cmi__core__score__raw="100")
    page = client.get(f"/en/packages/{package}").text
    assert "80%" in page and page.count("badge--done") == 2
    assert client.get(f"/en/packages/{package}/play/3").status_code == 404


def test_languages_are_one_package_and_a_new_version_keeps_what_was_reached(app: Flask, client: FlaskClient) -> None:
    """Each reader gets their language; to change it, or to meet a new version, is told, with a way to begin again."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        session = current_session(app)
        package = let_in(app, session, plain_12("English words"))
        let_in(app, session, plain_12("Mots français"), "fr", package)
    assert client.get("/en/courses").text.count('<article class="card">') == 1
    assert "Mots français" in client.get(f"/fr/packages/{package}").text
    token = begun(client, package)
    send(client, token, 1, cmi__core__lesson_status="completed", cmi__suspend_data="place")
    assert "the package has changed" not in client.get(f"/en/packages/{package}").text
    assert "the package has changed" in client.get(f"/en/packages/{package}?in=fr").text
    with app.app_context():
        let_in(app, current_session(app), plain_12("English words, mended"), "en", package)
    page = client.get(f"/en/packages/{package}").text
    assert "the package has changed" in page and "Done" in page and "mended" in page
    # Somebody in the middle of the old version goes on in it.
    assert send(client, token, 2, cmi__suspend_data="further").status_code == 204
    assert client.get(f"/en/packages/{package}/play/1").status_code == 302
    again = json.loads(client.get(f"/packages/launch/{begun(client, package, how='again')}").text)
    assert again["values"] == {} and again["facts"]["cmi.core.entry"] == "ab-initio"
    assert "the package has changed" not in client.get(f"/en/packages/{package}").text


def test_visitors_records_are_theirs_when_they_sign_in(app: Flask, client: FlaskClient, package: str) -> None:
    """Joined with what the account has: the later place, the better result; they are in the download, and go with the account."""
    with app.app_context():
        session = current_session(app)
        number = put_user(session, "ana@example.org")
        session.commit()
        key = session.get_one(User, number).fs_uniquifier
    ana = signed_in_client(app, key)
    send(
        ana,
        begun(ana, package),
        1,
        cmi__core__score__raw="90",
        cmi__core__lesson_status="passed",
        cmi__suspend_data="early",
    )
    token = begun(client, package)
    send(
        client,
        token,
        1,
        cmi__core__score__raw="20",
        cmi__core__lesson_status="incomplete",
        cmi__suspend_data="a later place",
    )
    with app.app_context():
        session = current_session(app)
        cookie = client.get_cookie("visitor")
        assert cookie is not None
        join_visitor(session, cookie.value, number, utcnow(), {})
        session.commit()
        joined = session.scalars(select(PackageRecord)).one()
        assert joined.done_version_id == joined.version_id, "a certificate names the version that was done"
    mine = ana.get("/en/me/data").text
    assert "a later place" in mine and "early" not in mine
    page = ana.get(f"/en/packages/{package}").text
    assert "Done" in page and "90%" in page
    assert send(client, token, 2).status_code == 404


def test_results_are_those_of_the_standards() -> None:
    """Statuses, scores within bounds, mastery, thresholds, times."""
    plain, old, new = PackageItem(id="a", title="", href=""), PackageStandard.SCORM_12, PackageStandard.SCORM_2004
    mastered = PackageItem(id="a", title="", href="", mastery=70, threshold=0.5)
    raw, scaled = "cmi.core.score.raw", "cmi.score.scaled"
    for standard, item, values, reached in (
        (old, plain, {}, Reached()),
        (old, plain, {STATUS: "completed", raw: "40"}, Reached(True, None, 40)),
        (old, plain, {STATUS: "passed", raw: "9", "cmi.core.score.max": "10"}, Reached(True, True, 90)),
        (old, plain, {STATUS: "failed", raw: "-4"}, Reached(False, False, 0)),
        (old, mastered, {STATUS: "completed", raw: "80"}, Reached(True, True, 80)),
        (old, mastered, {STATUS: "passed", raw: "60"}, Reached(False, False, 60)),
        (new, plain, {"cmi.completion_status": "completed", scaled: "0.855"}, Reached(True, None, 86)),
        (new, mastered, {"cmi.progress_measure": "0.6", scaled: "0.7"}, Reached(True, True, 70)),
        (new, mastered, {"cmi.success_status": "passed", scaled: "0.1"}, Reached(False, False, 10)),
        (new, plain, {scaled: "9e99"}, Reached()),
        (new, plain, {"cmi.score.raw": "7", "cmi.score.max": "7"}, Reached(False, None, 100)),
    ):
        assert reached_in(standard, item, values) == reached, values
    assert reached_together([Reached(True, True, 50), Reached(True, None, None)]) == Reached(True, True, 50)
    assert reached_together([Reached(True, True, 50), Reached()]) == Reached(False, None, 50)
    assert reached_together([]) == Reached()
    assert [time_told(one, 90_061) for one in (old, new)] == ["0025:01:01", "PT25H1M1S"]


@pytest.mark.both_engines
def test_package_is_begun_once_however_often_it_is_pressed(each_app: Flask) -> None:
    """Nobody who presses in impatience reads that something went wrong."""
    with each_app.app_context():
        session = current_session(each_app)
        package = let_in(each_app, session, zipped(TWO_PARTS))
        learner = learner_of_account(session, put_user(session, "ana@example.org"), utcnow()).id
        session.commit()

    def press() -> None:
        with Session(engine_of(each_app)) as session:
            found = live_package(session, package)
            assert found is not None
            begin(session, learner, found.shown_in("en"), utcnow())
            session.commit()

    assert all_at_once([press] * 8) == []
    with Session(engine_of(each_app)) as session:
        assert session.scalar(select(func.count()).select_from(PackageRecord)) == 1
        assert sorted(session.scalars(select(PackageState.item))) == ["item-1", "item-2"]
