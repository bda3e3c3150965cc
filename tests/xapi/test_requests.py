"""Requests: versions, heads, the alternate syntax, keys, limits, and refusals that a program can read."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.xapi import guards
from coplearn.xapi.models import LrsKey
from tests.conftest import MakeSite
from tests.xapi.lrs import ACTIVITY, AGENT, Lrs, basic, lrs_with, statement

HEADED = "X-Experience-API-Version"


def test_versions_are_told_and_held(app: Flask, lrs: Lrs) -> None:
    """1.0 and every 1.0.x, and 2.0.x; none, earlier and later ones are 400; about is for anybody with any."""
    good, bad = (
        ("1.0", "1.0.0", "1.0.9", "2.0", "2.0.0"),
        ("", "0.9", "0.95", "1.1.0", "1.1", "3.0.0", "2.1.0", "x", "1.0.x"),
    )
    for version in good:
        lrs.version = version
        answer = lrs.send("GET", "statements")
        assert (answer.status_code, answer.headers[HEADED]) == (200, "2.0.0" if version[0] == "2" else "1.0.3")
    for version in bad:
        lrs.version = version
        answer = lrs.send("GET", "statements")
        assert (
            answer.status_code == 400 and HEADED in (answer.json or {})["error"] and answer.headers[HEADED] == "1.0.3"
        )
        about = Lrs(app.test_client(), version=version).send("GET", "about")
        assert about.status_code == 200 and about.json == {"version": ["1.0.3", "2.0.0"]} and HEADED in about.headers
    assert Lrs(app.test_client()).send("GET", "about", params={"x": "1"}).status_code == 400


def test_version_2_is_the_same_lrs(app: Flask) -> None:
    """Statements get its version and are read by either; its own parts are kept; the alternate syntax is gone."""
    old, new = lrs_with(app), lrs_with(app, version="2.0.0")
    around = {"contextAgents": [{"objectType": "contextAgent", "agent": {"mbox": "mailto:coach@example.org"}}]}
    (made,) = new.store(statement(context=around))
    assert old.one(made)["version"] == "2.0.0" and old.one(made)["context"] == around
    assert new.found(agent={"mbox": "mailto:coach@example.org"}, related_agents=True) == [made]
    assert new.one(old.store(statement())[0])["version"] == "1.0.0"
    form = urlencode({HEADED: "2.0.0", "Authorization": new.authorization}).encode()
    refused = new.send("POST", "statements?method=GET", form, content_type="application/x-www-form-urlencoded")
    assert refused.status_code == 400
    within = alternate(app, "GET", "statements", {HEADED: "2.0.0", "Authorization": new.authorization})
    assert within.status_code == 400 and "no alternate request syntax" in (within.json or {})["error"]


def test_head_is_get_without_a_body(lrs: Lrs) -> None:
    """On every resource, with the same status and headers."""
    lrs.store(statement())
    asked: dict[str, dict[str, Any]] = {
        "statements": {},
        "activities": {"activityId": ACTIVITY},
        "agents": {"agent": AGENT},
        "activities/state": {"activityId": ACTIVITY, "agent": AGENT},
        "activities/profile": {"activityId": ACTIVITY},
        "agents/profile": {"agent": AGENT},
        "about": {},
    }
    for resource, params in asked.items():
        full, head = lrs.send("GET", resource, params=params), lrs.send("HEAD", resource, params=params)
        assert head.status_code == full.status_code == 200 and head.data == b"" and full.data
        assert head.headers[HEADED] == full.headers[HEADED] and head.mimetype == full.mimetype
    assert lrs.send("HEAD", "statements", params={"x": "1"}).status_code == 400


def alternate(app: Flask, method: str, resource: str, form: dict[str, str], query: str = "") -> TestResponse:
    """A request as a browser sends it that can neither set headers nor name a method."""
    return app.test_client().post(
        f"/xapi/{resource}?method={method}{query}",
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
    )


def test_alternate_syntax_is_the_request_that_it_stands_for(app: Flask, lrs: Lrs) -> None:
    """Headers and parameters in the form, the body as UTF-8 in ``content``; anything else in the address is 400."""
    own = {HEADED: "1.0.3", "Authorization": lrs.authorization}
    sent = statement(result={"response": "مرحبا"})
    body = {
        "content": json.dumps(sent, ensure_ascii=False),
        "Content-Type": "application/json",
        "statementId": sent["id"],
    }
    assert alternate(app, "PUT", "statements", own | body).status_code == 204
    assert lrs.one(sent["id"])["result"] == sent["result"]
    got = alternate(app, "GET", "statements", own | {"agent": json.dumps(AGENT), "limit": "1"})
    assert [one["id"] for one in (got.json or {})["statements"]] == [sent["id"]]
    posted = alternate(app, "POST", "statements", own | {"content": json.dumps(statement())})
    assert posted.status_code == 200 and len(lrs.found()) == 2
    place = {"activityId": ACTIVITY, "profileId": "p"}
    put = own | place | {"content": '{"a":1}', "Content-Type": "application/json"}
    assert alternate(app, "PUT", "activities/profile", put | {"If-None-Match": "*"}).status_code == 204
    assert alternate(app, "PUT", "activities/profile", put | {"If-None-Match": "*"}).status_code == 412
    tag = lrs.send("GET", "activities/profile", params=place).headers["ETag"]
    assert alternate(app, "DELETE", "activities/profile", own | place | {"If-Match": tag}).status_code == 204
    assert alternate(app, "GET", "statements", own, "&limit=1").status_code == 400
    assert alternate(app, "PATCH", "statements", own).status_code == 400
    for twice in (
        lrs.send("GET", "statements?limit=1&limit=2"),
        alternate(app, "GET", "statements", own, "&method=GET"),
    ):
        assert twice.status_code == 400 and "stands more than once" in (twice.json or {})["error"]
    assert alternate(app, "GET", "statements", {HEADED: "1.0.3"}).status_code == 401
    assert app.test_client().post("/xapi/statements?method=GET", json={}).status_code == 400


def test_content_is_what_its_type_says(lrs: Lrs) -> None:
    """Statements as anything but JSON or multipart, JSON that is none, and bytes that are no UTF-8 are 400."""
    whole = json.dumps(statement()).encode()
    for body, kind in (
        (whole, "text/plain"),
        (whole, "application/x-www-form-urlencoded"),
        (whole, "multipart/mixed"),
        (whole, "multipart/mixed; boundary=x"),
        (b"{", "application/json"),
        (b'{"actor":"\xff"}', "application/json"),
        (b"7", "application/json"),
    ):
        answer = lrs.send("POST", "statements", body, content_type=kind)
        assert answer.status_code == 400 and answer.mimetype == "application/json", kind
    assert lrs.send("POST", "statements", whole, content_type="application/json; charset=utf-8").status_code == 200


def test_key_is_good_with_its_secret_until_its_day_or_its_end(app: Flask, lrs: Lrs) -> None:
    """A wrong secret, another scheme, an ended key and one whose day is over are 401; the day of its use is written down once."""
    key = lrs.authorization.removeprefix("Basic ")
    for header in (
        "",
        "Bearer x",
        "Basic x",
        f"Basic {b64encode(b'x:y').decode()}",
        f"Basic {key[:-4]}AAA=",
        basic("\0", ""),
    ):
        assert Lrs(app.test_client(), header).send("GET", "statements").status_code == 401, header
    assert lrs.send("GET", "statements").status_code == 200
    with app.app_context():
        database = current_session(app)
        assert database.scalar(text("SELECT count(*) FROM xapi_key WHERE used_on IS NOT NULL")) == 1
        assert lrs.authorization not in str(database.execute(text("SELECT * FROM xapi_key")).all())
        database.execute(update(LrsKey).values(ends_on=utcnow().date() - timedelta(days=1)))
        database.commit()
    assert lrs.send("GET", "statements").status_code == 401


def test_too_large_and_too_many_are_refused_with_words(make_app: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """413 and 429 in JSON, as the settings say; 0 is as many as come; wrong keys are slowed by address."""
    monkeypatch.setattr(guards, "_WRONG", 3)
    app = make_app(rate_limits=True, lrs_megabytes=1, lrs_requests=4, workers=2)
    lrs, other = lrs_with(app), lrs_with(app)
    large = lrs.send("POST", "statements", statement(result={"response": "x" * 1_000_001}))
    assert large.status_code == 413 and (large.json or {})["status"] == 413
    found = [lrs.send("GET", "statements").status_code for _ in range(4)]
    assert found[0] == 200 and found[-1] == 429 and other.send("GET", "statements").status_code == 200
    wrong = [Lrs(app.test_client(), basic("x", "y")).send("GET", "statements") for _ in range(4)]
    assert {one.status_code for one in wrong[:3]} == {401} and wrong[3].status_code == 429
    assert wrong[3].headers["Retry-After"] and (wrong[3].json or {})["error"]
    free = make_app(rate_limits=True, lrs_requests=0)
    assert {lrs_with(free).send("GET", "statements").status_code for _ in range(3)} == {200}


def test_pages_of_other_hosts_may_ask_and_no_cookie_counts(app: Flask, lrs: Lrs) -> None:
    """What a browser asks first is answered without a key; every answer may be read anywhere; nothing is set."""
    for resource in ("statements", "activities/state", "about"):
        first = app.test_client().options(
            f"/xapi/{resource}", headers={"Origin": "null", "Access-Control-Request-Method": "PUT"}
        )
        assert first.status_code == 204 and "PUT" in first.headers["Access-Control-Allow-Methods"]
        assert "Authorization" in first.headers["Access-Control-Allow-Headers"]
    answer = lrs.send("GET", "statements")
    assert (
        answer.headers["Access-Control-Allow-Origin"] == "*"
        and "ETag" in answer.headers["Access-Control-Expose-Headers"]
    )
    assert "Set-Cookie" not in answer.headers and "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_refusals_are_json_with_the_number_of_the_request(lrs: Lrs, method: str) -> None:
    """Also of a method that no resource has."""
    answer = lrs.send(method, "statements")
    told = answer.json or {}
    assert answer.status_code == 405 and told["error"] and told["request"] == answer.headers["X-Request-ID"]


def test_profile_of_ours_is_published_in_six_languages(app: Flask) -> None:
    """JSON-LD for anybody: the verbs and templates of our statements, each with words in the interface's languages."""
    answer = app.test_client().get("/xapi/profile")
    told = json.loads(answer.data)
    assert answer.status_code == 200 and answer.mimetype == "application/ld+json"
    assert told["type"] == "Profile" and told["@context"] == "https://w3id.org/xapi/profiles/context"
    assert {one["type"] for one in told["concepts"]} == {"Verb", "ActivityType"}
    verbs = {one["id"] for one in told["concepts"]}
    assert all(one["verb"] in verbs and one["rules"] for one in told["templates"])
    assert all("en" in one["prefLabel"] for one in told["concepts"])
