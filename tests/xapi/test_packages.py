"""Launched packages: a token once, for one learner, activity and registration; and what their statements come to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Learner
from coplearn.learning.service import erase_learner
from coplearn.storage.database import current_session
from coplearn.xapi.rules.outcomes import CMI5
from coplearn.xapi.service.packages import OpenedPackage, end_package, open_package, outcomes_of, put_launch_data, tell
from tests.xapi.lrs import ACTIVITY, Lrs, lrs_with, statement

HOME = "http://127.0.0.1:8000"
"""The address of the site that the fixtures make."""
ADL = "http://adlnet.gov/expapi/verbs"


def put_learner(session: Session) -> int:
    """A learner."""
    now = utcnow()
    learner = Learner(visitor_hash=uuid4().hex, seed=7, created_at=now, seen_at=now)
    session.add(learner)
    session.flush()
    return learner.id


@dataclass
class Launch:
    """A launched package, and a client that speaks as it does."""

    app: Flask
    opened: OpenedPackage
    lrs: Lrs

    def said(self, verb: str, *, cmi5: bool = True, **changes: Any) -> dict[str, Any]:
        """A statement as a package says it."""
        around = {"category": [{"id": CMI5}]} if cmi5 else {}
        context = {"registration": self.opened.registration, "contextActivities": around}
        return statement(actor=self.opened.actor, verb={"id": f"{ADL}/{verb}"}, context=context, **changes)


@pytest.fixture
def launch(app: Flask) -> Launch:
    """A package that was launched and has fetched its token."""
    with app.app_context():
        database = current_session(app)
        opened = open_package(database, put_learner(database), ACTIVITY, str(uuid4()), HOME, utcnow())
        put_launch_data(database, opened, {"launchMode": "Normal"}, utcnow())
        database.commit()
    token = app.test_client().post(f"/xapi/fetch/{opened.fetch_token}").json["auth-token"]  # type: ignore[index] # it is there
    return Launch(app, opened, Lrs(app.test_client(), f"Basic {token}"))


def test_token_is_given_once_and_only_while_the_session_lasts(app: Flask, launch: Launch) -> None:
    """The second time, a made-up address and one whose hours are over: an error as cmi5 has it, in JSON, read anywhere."""
    again = app.test_client().post(f"/xapi/fetch/{launch.opened.fetch_token}")
    assert again.status_code == 200 and (again.json or {})["error-code"] == "1"
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert (app.test_client().post("/xapi/fetch/forged").json or {})["error-code"] == "2"
    assert launch.lrs.send("GET", "statements").status_code == 200
    with app.app_context():
        database = current_session(app)
        late = open_package(
            database, launch.opened.learner_id, ACTIVITY, str(uuid4()), HOME, utcnow() - timedelta(days=2)
        )
        assert late.actor == launch.opened.actor
        end_package(database, launch.opened.session_id, utcnow())
        database.commit()
        kept = str(database.execute(text("SELECT * FROM xapi_session")).all())
    assert late.fetch_token not in kept and launch.lrs.authorization not in kept
    assert app.test_client().post(f"/xapi/fetch/{late.fetch_token}").status_code == 403
    assert launch.lrs.send("GET", "statements").status_code == 401


def test_package_stays_within_its_learner_activity_and_registration(launch: Launch) -> None:
    """What it says of others, in another registration, and every voiding is 403; it reads its own learner's alone."""
    lrs, opened = launch.lrs, launch.opened
    lrs.store(launch.said("initialized"))
    other = lrs_with(launch.app)
    (theirs,) = other.store(statement())
    assert lrs.found() != [] and theirs not in lrs.found()
    assert lrs.send("GET", "statements", params={"statementId": theirs}).status_code == 404
    (mine,) = lrs.store(launch.said("experienced"))
    about = other.store(
        statement(object={"objectType": "Agent", **opened.actor}),
        statement(object={"objectType": "StatementRef", "id": mine}),
        statement(actor=opened.actor),
    )
    assert not set(lrs.found()) & set(about)
    refused = [
        launch.said("passed") | {"actor": {"mbox": "mailto:bela@example.org"}},
        launch.said("passed") | {"context": {"registration": str(uuid4())}},
        launch.said("passed") | {"context": {}},
        launch.said("voided", object={"objectType": "StatementRef", "id": theirs}),
    ]
    assert {lrs.send("POST", "statements", one).status_code for one in refused} == {403}
    state = {"activityId": ACTIVITY, "agent": opened.actor, "registration": opened.registration, "stateId": "bookmark"}
    assert lrs.send("PUT", "activities/state", b"page 7", params=state, content_type="text/plain").status_code == 204
    assert lrs.send("GET", "activities/state", params=state).data == b"page 7"
    for change in (
        {"activityId": "http://example.org/other"},
        {"agent": {"mbox": "mailto:b@example.org"}},
        {"registration": str(uuid4())},
    ):
        assert lrs.send("GET", "activities/state", params=state | change).status_code == 403
    own = state | {"stateId": "LMS.LaunchData"}
    assert lrs.send("GET", "activities/state", params=own).json == {"launchMode": "Normal"}
    other.send(
        "PUT", "activities/state", b"1", params=state | {"registration": str(uuid4())}, content_type="text/plain"
    )
    every = {name: state[name] for name in ("activityId", "agent")}
    assert lrs.send("DELETE", "activities/state", params=every).status_code == 204
    assert lrs.send("GET", "activities/state", params=state).status_code == 404
    assert lrs.send("GET", "activities/state", params=own).status_code == 200
    assert len(other.send("GET", "activities/state", params=every).json or []) == 2
    assert {
        lrs.send(method, "activities/state", {}, params=own).status_code for method in ("PUT", "POST", "DELETE")
    } == {403}
    assert (
        lrs.send(
            "GET", "agents/profile", params={"agent": opened.actor, "profileId": "cmi5LearnerPreferences"}
        ).status_code
        == 404
    )


def test_package_fills_no_disk(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents that grow by merging, many small ones, statements without end: each has an end, and a key of the site has none."""
    lrs, opened = launch.lrs, launch.opened
    state = {"activityId": ACTIVITY, "agent": opened.actor, "registration": opened.registration, "stateId": "grows"}

    def send(method: str, size: int, **changes: str) -> int:
        """The status of the answer to an object of that size with a name of its own."""
        return lrs.send(method, "activities/state", {uuid4().hex: "x" * size}, params=state | changes).status_code

    monkeypatch.setattr("coplearn.xapi.views.documents.MEGABYTE", 1_000)
    assert [send("POST", 3_000) for _ in range(4)] == [204, 204, 413, 413]
    with monkeypatch.context() as few:
        few.setattr("coplearn.xapi.service.quotas.MOST_DOCUMENTS", 3)
        assert [send("PUT", 1, stateId=name) for name in "xyz"] == [204, 413, 413]
    monkeypatch.setattr("coplearn.xapi.service.quotas.MOST_LETTERS", 20_000)
    assert [send("PUT", 5_000, stateId=name) for name in "abc"] == [204, 204, 413]
    long = launch.said("experienced", result={"response": "x" * 17_000})
    assert [lrs.send("POST", "statements", long | {"id": str(uuid4())}).status_code for _ in "ab"] == [200, 413]
    monkeypatch.setattr("coplearn.xapi.service.quotas.MOST_STATEMENTS", 2)
    assert [lrs.send("POST", "statements", launch.said("experienced")).status_code for _ in "ab"] == [200, 413]
    lrs_with(launch.app).store(*(statement() for _ in range(3)))


def test_statements_come_to_what_they_say(launch: Launch) -> None:
    """Each word when it was said first, the best score; nothing of another activity, nor of what does not say it is of cmi5."""
    said = [
        launch.said("initialized", timestamp="2026-11-30T10:00:00Z"),
        launch.said("failed", result={"score": {"scaled": 0.4}}),
        launch.said("passed", result={"score": {"scaled": 0.9}}, timestamp="2026-11-30T10:05:00Z"),
        launch.said("passed", result={"score": {"scaled": 0.8}}, timestamp="2026-11-30T10:09:00Z"),
        launch.said("completed", cmi5=False),
        launch.said("terminated", object={"id": "http://example.org/other"}),
    ]
    launch.lrs.store(*said)
    with launch.app.app_context():
        database = current_session(launch.app)
        launched = launch.said("launched")
        tell(database, launch.opened.learner_id, [launched], HOME, utcnow())
        found = outcomes_of(database, ACTIVITY, launch.opened.registration)
        loose = outcomes_of(database, ACTIVITY, launch.opened.registration, cmi5=False)
        none = outcomes_of(database, ACTIVITY, str(uuid4()))
    assert set(found.first) == {"initialized", "failed", "passed", "launched"} and found.scaled == 0.9
    assert found.first["passed"].isoformat() == "2026-11-30T10:05:00+00:00"
    assert loose.has("completed") and not loose.has("terminated") and none.first == {} and none.scaled is None


def test_everything_of_a_package_is_gone_with_its_learner(launch: Launch) -> None:
    """Statements, states, files and the name; what another program sent stays."""
    opened, owner = launch.opened, lrs_with(launch.app)
    launch.lrs.store(launch.said("initialized"))
    owner.store(statement())
    with launch.app.app_context():
        database = current_session(launch.app)
        erase_learner(database, opened.learner_id)
        database.commit()
        tables = ("xapi_statement", "xapi_mark", "xapi_document", "xapi_session", "xapi_alias")
        kept = str([database.execute(text(f"SELECT * FROM {table}")).all() for table in tables])
    assert opened.actor["account"]["name"] not in kept and opened.registration not in kept
    assert len(owner.found()) == 1
