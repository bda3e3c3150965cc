"""Packages that speak in statements (cmi5, xAPI): launched, heard within their session, satisfied by their rules, and recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from coplearn.accounts.models import User
from coplearn.kernel.clock import utcnow
from coplearn.learning.joining import join_visitor
from coplearn.learning.models import Learner
from coplearn.learning.service import erase_learner
from coplearn.packages.models import PackageRecord, PackageVersion
from coplearn.packages.rules import VersionState
from coplearn.storage.database import current_session
from coplearn.xapi.models import KeptDocument, KeptStatement, PackageSession
from tests.cohorts.worlds import put_user, signed_in_client
from tests.crowd import all_at_once
from tests.packages.building import cmi5_shaped, tincan, unit, zipped
from tests.packages.manage import let_in
from tests.xapi.lrs import Lrs

CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
ADL = "http://adlnet.gov/expapi/verbs"
RESULTS: dict[str, dict[str, Any]] = {
    "completed": {"completion": True},
    "passed": {"success": True},
    "failed": {"success": False},
}


@dataclass
class Unit:
    """A part of a package as it was launched, and what it says."""

    lrs: Lrs
    asked: dict[str, str]
    address: str

    @property
    def actor(self) -> dict[str, Any]:
        """The learner."""
        found: dict[str, Any] = json.loads(self.asked["actor"])
        return found

    @property
    def state(self) -> dict[str, Any]:
        """The parameters of its states."""
        names = {"activityId": self.asked["activityId"], "registration": self.asked["registration"]}
        return {**names, "agent": self.actor}

    def data(self) -> dict[str, Any]:
        """What the platform says of the launch."""
        found = self.lrs.send("GET", "activities/state", params={**self.state, "stateId": "LMS.LaunchData"})
        assert found.status_code == 200 and isinstance(found.json, dict)
        return found.json

    def statement(self, verb: str, scaled: float | None = None, **changes: Any) -> dict[str, Any]:
        """A statement by the context template."""
        context = self.data()["contextTemplate"]
        context["registration"] = self.asked["registration"]
        context["contextActivities"]["category"] = [{"id": CMI5}]
        result = RESULTS.get(verb, {}) | ({} if scaled is None else {"score": {"scaled": scaled}})
        told = {"id": str(uuid4()), "actor": self.actor, "verb": {"id": f"{ADL}/{verb}"}, "context": context}
        return told | {"object": {"id": self.asked["activityId"]}, **({"result": result} if result else {}), **changes}

    def say(self, verb: str, scaled: float | None = None) -> TestResponse:
        """Say it."""
        return self.lrs.send("POST", "statements", self.statement(verb, scaled))


def opened(client: FlaskClient, package: str, number: int = 1, how: str = "on", lang: str = "en") -> Unit:
    """A part, begun on its page and loaded in its frame, with the token that it fetched."""
    page = client.post(f"/{lang}/packages/{package}", data={"how": how, "number": str(number)}).location
    return loaded(client, page)


def frame_of(page: str) -> str:
    """The address of the frame in a page."""
    return page.partition("<iframe")[2].partition(' src="')[2].partition('"')[0]


def loaded(client: FlaskClient, page: str) -> Unit:
    """The frame of a page, loaded once more."""
    frame = frame_of(client.get(page).text)
    asked = client.application.test_client()  # a frame without our origin has no cookie of ours
    answer = asked.get(frame)
    assert answer.status_code == 302 and "no-store" in answer.headers["Cache-Control"], answer.text
    address = urlsplit(answer.location)
    params = {name: values[0] for name, values in parse_qs(address.query).items()}
    if "fetch" not in params:
        return Unit(Lrs(asked, params["auth"]), params, answer.location)
    token = asked.post(urlsplit(params["fetch"]).path).json["auth-token"]  # type: ignore[index] # it is there
    return Unit(Lrs(asked, f"Basic {token}"), params, answer.location)


def put(app: Flask, data: bytes) -> str:
    """Put a package onto the site; forms need no token."""
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        return let_in(app, current_session(app), data)


def verbs(app: Flask, registration: str = "") -> list[str]:
    """Every verb of a registration, in the order of storing."""
    with app.app_context():
        bodies = current_session(app).scalars(select(KeptStatement.body).order_by(KeptStatement.number)).all()
    told = [json.loads(one) for one in bodies]
    return [one["verb"]["id"].rpartition("/")[2] for one in told if registration in one["context"]["registration"]]


BLOCK = "<block id='https://made.example/block'><title/>{}</block>"


def test_unit_is_launched_as_the_standard_has_it(app: Flask, client: FlaskClient) -> None:
    """The parameters, the state that is there before, the language of the page, and the statement that says it."""
    more = "moveOn='CompletedAndPassed' masteryScore='0.855'"
    package = put(app, cmi5_shaped(unit("a", "au.html?own=1", more, "<launchParameters>q=1</launchParameters>")))
    au = opened(client, package, lang="fr")
    assert "au.html?own=1&" in au.address and au.asked["endpoint"].endswith("/xapi/")
    assert not au.asked["activityId"].startswith("https://made.example")
    data = au.data()
    assert data["contextTemplate"]["contextActivities"]["grouping"][0]["id"] == "https://made.example/au/a"
    assert (data["launchMode"], data["moveOn"], data["masteryScore"], data["launchParameters"]) == (
        "Normal", "CompletedAndPassed", 0.855, "q=1",
    )  # fmt: skip
    liked = {"agent": au.actor, "profileId": "cmi5LearnerPreferences"}
    assert (au.lrs.send("GET", "agents/profile", params=liked).json or {})["languagePreference"] == "fr"
    (launched,) = au.lrs.send("GET", "statements", params={"verb": f"{ADL}/launched"}).json["statements"]  # type: ignore[index]
    context = launched["context"]
    assert context["extensions"][SESSION] == data["contextTemplate"]["extensions"][SESSION]
    assert {name.rpartition("/")[2] for name in context["extensions"]} == {
        "sessionid", "launchmode", "launchurl", "moveon", "masteryscore", "launchparameters",
    }  # fmt: skip
    assert "endpoint" not in str(context) and context["registration"] == au.asked["registration"]
    again = app.test_client().post(urlsplit(au.asked["fetch"]).path)
    assert again.status_code == 200 and (again.json or {})["error-code"] == "1"


def test_parts_are_satisfied_by_their_rules_and_recorded(app: Flask, client: FlaskClient) -> None:
    """A block when its parts are, the course when all are, each said once; nothing that was reached is taken back."""
    package = put(
        app,
        cmi5_shaped(
            BLOCK.format(unit("a", more="moveOn='CompletedAndPassed' masteryScore='0.8'") + unit("b", more="moveOn='Completed'")),
            unit("c"),
        ),
    )  # fmt: skip
    au = opened(client, package)
    registration = au.asked["registration"]
    assert au.say("initialized").status_code == 200
    assert au.say("failed", 0.4).status_code == 200
    assert au.say("completed").status_code == 200
    assert "Done" not in client.get(f"/en/packages/{package}").text
    # A session has one verdict; the next one may come to a better.
    assert au.say("failed", 0.5).status_code == 403 and au.say("passed", 0.9).status_code == 403
    assert au.say("terminated").status_code == 200
    au = opened(client, package)
    assert au.say("initialized").status_code == 200 and au.say("passed", 0.9).status_code == 200
    assert au.say("terminated").status_code == 200
    page = client.get(f"/en/packages/{package}").text
    assert "badge--done" in page and verbs(app).count("satisfied") == 0
    other = opened(client, package, 2)
    assert other.asked["registration"] == registration and other.asked["activityId"] != au.asked["activityId"]
    assert other.say("initialized").status_code == 200 and other.say("completed").status_code == 200
    told = verbs(app, registration)
    assert told.count("satisfied") == 2 and "abandoned" not in told
    page = client.get(f"/en/packages/{package}").text
    assert "Best result: 90%" in page and "<span>Done</span>" in page
    more = opened(client, package)
    assert more.asked["registration"] == registration and more.say("initialized").status_code == 200
    assert more.say("failed", 0.1).status_code == 403
    again = opened(client, package, how="again")
    assert again.asked["registration"] != registration
    assert "<span>Done</span>" in client.get(f"/en/packages/{package}").text
    with app.app_context():
        record = current_session(app).scalars(select(PackageRecord)).one()
        assert (record.score, record.done_at is not None, record.passed_at is not None) == (90, True, True)


def test_session_that_came_to_no_end_is_abandoned_and_its_state_goes_on(app: Flask, client: FlaskClient) -> None:
    """The next loading has another token and the same place; the old one says and stores nothing any more."""
    package = put(app, cmi5_shaped(unit(more="moveOn='Passed'")))
    page = client.post(f"/en/packages/{package}", data={"how": "on"}).location
    first = loaded(client, page)
    first.say("initialized")
    place = {**first.state, "stateId": "bookmark"}
    assert first.lrs.send("PUT", "activities/state", {"place": 7}, params=place).status_code == 204
    late = first.statement("passed", 1.0)
    second = loaded(client, page)
    assert first.lrs.send("POST", "statements", late).status_code == 401
    assert first.lrs.send("PUT", "activities/state", {"place": 1}, params=place).status_code == 401
    assert second.lrs.send("GET", "activities/state", params=place).json == {"place": 7}
    assert verbs(app) == ["launched", "initialized", "abandoned", "launched"]
    second.say("initialized")
    assert second.say("passed", 1.0).status_code == 200
    # It was said, and its answer was lost with the tab.
    repeated = second.statement("completed")
    assert [second.lrs.send("POST", "statements", repeated).status_code for _ in range(2)] == [200, 200]


def test_what_is_out_of_its_session_or_its_order_is_refused(app: Flask, client: FlaskClient) -> None:
    """403, and nothing of it is stored or recorded."""
    package = put(app, cmi5_shaped(unit(more="moveOn='Passed' masteryScore='0.8'")))
    au = opened(client, package)
    early = au.say("passed", 0.9)
    assert early.status_code == 403 and "initialized" in (early.json or {})["error"]
    assert au.say("initialized").status_code == 200
    stranger = opened(app.test_client(), package)
    good = au.statement("passed", 0.9)
    template = good["context"]
    refused = [
        good | {"actor": stranger.actor},
        good | {"context": {**template, "registration": str(uuid4())}},
        good | {"context": {**template, "extensions": {SESSION: "another"}}},
        good | {"context": {**template, "contextActivities": {"category": [{"id": CMI5}]}}},
        good | {"object": {"id": "https://made.example/au/a"}},
        good | {"verb": {"id": "https://w3id.org/xapi/adl/verbs/satisfied"}},
        good | {"result": {"success": True, "score": {"scaled": 0.7}}},
        good | {"result": {"success": False}},
        au.statement("failed", 0.9),
        au.statement("initialized"),
        [au.statement("completed"), au.statement("completed")],
    ]
    assert [au.lrs.send("POST", "statements", one).status_code for one in refused] == [403] * len(refused)
    assert stranger.lrs.send("POST", "statements", good).status_code == 403
    theirs = {**stranger.state, "stateId": "bookmark"}
    assert au.lrs.send("PUT", "activities/state", {}, params=theirs).status_code == 403
    with app.app_context():
        assert {one.score for one in current_session(app).scalars(select(PackageRecord))} == {None}
    allowed = au.statement("answered")
    allowed["context"]["contextActivities"].pop("category")
    assert au.lrs.send("POST", "statements", allowed).status_code == 200
    assert au.lrs.send("POST", "statements", good).status_code == 200
    assert au.say("passed", 0.9).status_code == 403 and au.say("failed", 0.1).status_code == 403
    ended = au.statement("terminated")
    # What was on the way is taken for a minute, and what was sent again because its answer was lost; a second end is not.
    assert au.lrs.send("POST", "statements", [ended, au.statement("terminated")]).status_code == 403
    assert [au.lrs.send("POST", "statements", ended).status_code for _ in range(2)] == [200, 200]
    assert au.say("terminated").status_code == 403 and au.say("completed").status_code == 200
    with app.app_context():
        session = current_session(app)
        for one in session.scalars(select(PackageSession).where(PackageSession.terminated_at.is_not(None))):
            one.terminated_at = utcnow() - timedelta(minutes=5)
        session.commit()
    late = au.say("experienced")
    assert late.status_code == 403 and "terminated" in (late.json or {})["error"]


def test_page_that_loads_itself_without_end_is_stopped(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it loads: a package that is begun again is no new learner. An hour later it goes on."""
    monkeypatch.setattr("coplearn.packages.launching.MOST_SESSIONS", 2)
    package = put(app, cmi5_shaped(unit("a", "au.html")))
    opened(client, package)
    opened(client, package, how="again")
    page = client.post(f"/en/packages/{package}", data={"how": "again"}).location
    frame = frame_of(client.get(page).text)
    assert app.test_client().get(frame).status_code == 429
    with app.app_context():
        session = current_session(app)
        assert len(session.scalars(select(PackageSession)).all()) == 2
        session.execute(update(PackageSession).values(created_at=utcnow() - timedelta(hours=2)))
        session.commit()
    assert app.test_client().get(frame).status_code == 302


def test_launch_ends_with_its_record_and_with_its_version(app: Flask, client: FlaskClient) -> None:
    """A page that was left open loads nothing of somebody who was erased, nor of a version that was refused since."""
    package = put(app, cmi5_shaped(unit()))
    frame = frame_of(
        client.get(client.post(f"/en/packages/{package}", data={"how": "on", "number": "1"}).location).text
    )
    asked = app.test_client()
    for state, status in ((VersionState.REFUSED, 404), (VersionState.LIVE, 302)):
        with app.app_context():
            session = current_session(app)
            session.execute(update(PackageVersion).values(state=state))
            session.commit()
        assert asked.get(frame).status_code == status
    with app.app_context():
        session = current_session(app)
        erase_learner(session, session.scalars(select(Learner.id)).one())
        session.commit()
    assert asked.get(frame).status_code == 404


def test_package_reaches_our_records_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    """Its policy names the LRS beside its own files, that of a package of SCORM does not; no word of the runtime opens it."""
    package = put(app, cmi5_shaped())
    au = opened(client, package)
    policy = client.get(au.address).headers["Content-Security-Policy"]
    assert "connect-src http://localhost/packages/ data: blob: http://localhost/xapi/;" in policy
    assert "allow-same-origin" not in policy
    token = frame_of(client.get(f"/en/packages/{package}/play/1").text).rpartition("/")[2]
    assert client.get(f"/packages/launch/{token}").status_code == 404
    sent = {"number": 1, "values": {"cmi.completion_status": "completed"}, "seconds": 1}
    assert client.post(f"/packages/launch/{token}", data=json.dumps(sent)).status_code == 404
    assert client.get("/packages/runtime/left.html").headers["Content-Security-Policy"].count("xapi") == 0


def test_package_of_xapi_is_recorded_by_what_it_says_of_its_activity(app: Flask, client: FlaskClient) -> None:
    """Completed, passed, failed and scored, and what their results say; another activity's statements change nothing."""
    package = put(app, zipped({"tincan.xml": tincan(), "au.html": "<p>A story</p>"}))
    au = opened(client, package)
    assert au.asked["activity_id"] == "https://made.example/story" and au.asked["auth"].startswith("Basic ")

    def said(verb: str, result: dict[str, Any], activity: str = "https://made.example/story") -> int:
        told = {"actor": au.actor, "verb": {"id": f"{ADL}/{verb}"}, "object": {"id": activity}, "result": result}
        told["context"] = {"registration": au.asked["registration"]}
        return au.lrs.send("POST", "statements", told).status_code

    assert said("completed", {}, "https://made.example/story/slide") == 200
    assert said("scored", {"score": {"raw": 6, "min": 0, "max": 10}}) == 200
    page = client.get(f"/en/packages/{package}").text
    assert "<span>Done</span>" not in page and "Best result: 60%" in page
    assert said("failed", {"score": {"scaled": 0.5}}) == 200
    assert "<span>Done</span>" not in client.get(f"/en/packages/{package}").text
    assert said("passed", {"score": {"scaled": 0.8}, "completion": True}) == 200
    page = client.get(f"/en/packages/{package}").text
    assert "<span>Done</span>" in page and "Best result: 80%" in page
    assert verbs(app).count("satisfied") == 0


@pytest.mark.both_engines
def test_what_happens_at_one_moment_happens_once(each_app: Flask) -> None:
    """A page that is loaded in four tabs leaves one open session, and what follows from two statements at once is said once."""
    package = put(each_app, cmi5_shaped(BLOCK.format(unit(more="moveOn='Passed'"))))
    client = each_app.test_client()
    page = client.post(f"/en/packages/{package}", data={"how": "on"}).location
    frame = frame_of(client.get(page).text)
    answers = list[int]()
    assert all_at_once([lambda: answers.append(each_app.test_client().get(frame).status_code)] * 4) == []
    assert answers == [302] * 4 and sorted(verbs(each_app)) == ["abandoned"] * 3 + ["launched"] * 4
    au = opened(client, package)
    au.say("initialized")
    both = [au.statement("passed", 0.9), au.statement("passed", 0.8)]
    said = list[int]()

    def say(told: dict[str, Any]) -> None:
        mine, status = Lrs(each_app.test_client(), au.lrs.authorization), 503
        while status == 503:  # as whoever is told to send it again
            status = mine.send("POST", "statements", told).status_code
        said.append(status)

    assert all_at_once([partial(say, one) for one in both]) == []
    assert sorted(said) == [200, 403] and verbs(each_app).count("satisfied") == 2


@pytest.mark.parametrize("knows", [False, True])
def test_visitors_package_goes_on_in_their_account_and_is_erased_with_it(
    app: Flask, client: FlaskClient, knows: bool
) -> None:
    """With the place that was kept, also where the account has a name in statements already."""
    package = put(app, cmi5_shaped(unit(more="moveOn='Passed'")))
    with app.app_context():
        session = current_session(app)
        number = put_user(session, "ana@example.org")
        session.commit()
        key = session.get_one(User, number).fs_uniquifier
    ana = signed_in_client(app, key)
    if knows:
        opened(ana, put(app, zipped({"tincan.xml": tincan(), "au.html": "<p>x</p>"})))
    au = opened(client, package)
    au.say("initialized")
    bookmark = {**au.state, "stateId": "bookmark"}
    au.lrs.send("PUT", "activities/state", {"place": 7}, params=bookmark)
    au.say("passed", 0.7)
    later = au.statement("completed")
    with app.app_context():
        session = current_session(app)
        cookie = client.get_cookie("visitor")
        assert cookie is not None
        join_visitor(session, cookie.value, number, utcnow(), {})
        session.commit()
    assert "Best result: 70%" in ana.get(f"/en/packages/{package}").text
    assert au.lrs.send("POST", "statements", later).status_code == (401 if knows else 200)
    mine = opened(ana, package)
    assert mine.lrs.send("GET", "activities/state", params={**mine.state, "stateId": "bookmark"}).json == {"place": 7}
    told = ana.get("/en/me/data").text
    assert mine.asked["registration"] in told and "bookmark" in told
    with app.app_context():
        session = current_session(app)
        erase_learner(session, session.scalars(select(Learner.id).where(Learner.user_id == number)).one())
        session.commit()
        for table in (KeptStatement, KeptDocument, PackageSession, PackageRecord):
            assert session.scalars(select(table)).all() == [], table
