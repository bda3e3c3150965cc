"""Documents: states and profiles are put, merged, read and deleted by whoever saw what they change."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from coplearn.kernel.clock import utcnow
from coplearn.storage.database import engine_of
from tests.conftest import MakeSite
from tests.xapi.lrs import ACTIVITY, AGENT, Lrs, lrs_with

STATE = {"activityId": ACTIVITY, "agent": AGENT, "stateId": "place"}
PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "state": ("activities/state", STATE),
    "activity": ("activities/profile", {"activityId": ACTIVITY, "profileId": "place"}),
    "agent": ("agents/profile", {"agent": AGENT, "profileId": "place"}),
}
NEW = {"If-None-Match": "*"}


def etag(data: bytes) -> str:
    """The ETag that the standard wants of those bytes."""
    return f'"{hashlib.sha1(data).hexdigest()}"'


@pytest.mark.parametrize("place", PLACES)
def test_document_is_kept_byte_for_byte_with_its_type_and_tag(lrs: Lrs, place: str) -> None:
    """Of agents and activities that nobody spoke of; any type; the tag is the SHA-1 in small letters; HEAD has no body."""
    resource, params = PLACES[place]
    body = bytes(range(256))
    put = lrs.send("PUT", resource, body, params=params, headers=NEW, content_type="application/octet-stream")
    assert put.status_code == 204 and not put.data
    lrs.more["Accept-Encoding"] = "gzip, br"
    told, head = lrs.send("GET", resource, params=params), lrs.send("HEAD", resource, params=params)
    assert "Content-Encoding" not in told.headers
    assert (told.status_code, told.data, told.mimetype) == (200, body, "application/octet-stream")
    assert told.headers["ETag"] == head.headers["ETag"] == etag(body) and head.data == b""
    assert abs((parsedate_to_datetime(told.headers["Last-Modified"]) - utcnow()).total_seconds()) < 60
    assert lrs.send("DELETE", resource, params=params).status_code == 204
    assert lrs.send("GET", resource, params=params).status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_posted_object_is_merged_at_its_top_alone(lrs: Lrs, place: str) -> None:
    """204; a new one is stored; no JSON, no object, and an old one that is none are 400 and change nothing."""
    resource, params = PLACES[place]
    assert lrs.send("POST", resource, {"x": {"a": 1, "b": 2}, "y": "bar"}, params=params).status_code == 204
    assert lrs.send("POST", resource, {"x": {"a": 3}, "z": [1]}, params=params).status_code == 204
    told = lrs.send("GET", resource, params=params)
    assert told.json == {"x": {"a": 3}, "y": "bar", "z": [1]} and told.headers["ETag"] == etag(told.data)
    for body, kind in ((b"[1]", "application/json"), (b"{", "application/json"), (b"{}", "text/plain")):
        assert lrs.send("POST", resource, body, params=params, content_type=kind).status_code == 400
    assert lrs.send("GET", resource, params=params).data == told.data
    other = params | {next(name for name in params if name.endswith("Id") and name != "activityId"): "text"}
    lrs.send("PUT", resource, b"words", params=other, headers=NEW, content_type="text/plain")
    assert lrs.send("POST", resource, {"x": 1}, params=other).status_code == 400
    assert lrs.send("GET", resource, params=other).data == b"words"


@pytest.mark.parametrize("place", PLACES)
def test_whoever_has_not_seen_the_newest_changes_nothing(lrs: Lrs, place: str) -> None:
    """If-Match of another, If-None-Match of one that is there: 412, for each method; a profile put blindly: 409, with a way on."""
    resource, params = PLACES[place]
    assert lrs.send("PUT", resource, {"a": 1}, params=params, headers={"If-Match": '"x"'}).status_code == 412
    assert lrs.send("PUT", resource, {"a": 1}, params=params, headers=NEW).status_code == 204
    tag = lrs.send("GET", resource, params=params).headers["ETag"]
    for method in ("PUT", "POST", "DELETE"):
        assert lrs.send(method, resource, {"a": 2}, params=params, headers={"If-Match": '"x"'}).status_code == 412
    for method in ("PUT", "POST"):
        assert lrs.send(method, resource, {"a": 2}, params=params, headers=NEW).status_code == 412
    blind = lrs.send("PUT", resource, {"a": 2}, params=params)
    if place == "state":
        assert blind.status_code == 204
    else:
        said = (blind.json or {})["error"]
        assert blind.status_code == 409 and "current state of the resource" in said and "If-Match" in said
        assert lrs.send("GET", resource, params=params).json == {"a": 1}
        assert lrs.send("PUT", resource, {"a": 3}, params=params, headers={"If-Match": tag}).status_code == 204
    now = lrs.send("GET", resource, params=params).headers["ETag"]
    assert lrs.send("POST", resource, {"b": 1}, params=params, headers={"If-Match": now}).status_code == 204
    assert lrs.send("DELETE", resource, params=params, headers={"If-Match": f'{now}, "x"'}).status_code == 412
    last = lrs.send("GET", resource, params=params).headers["ETag"]
    assert lrs.send("DELETE", resource, params=params, headers={"If-Match": last}).status_code == 204


def test_ids_are_listed_and_states_deleted_together(lrs: Lrs) -> None:
    """Of a registration or of all; since a time; one agent's states never with another's."""
    registration, other = str(uuid4()), {"mbox": "mailto:bela@example.org"}
    context = {"activityId": ACTIVITY, "agent": AGENT}
    for state, more in (("a", {}), ("b", {"registration": registration}), ("c", {"registration": registration})):
        lrs.send("PUT", "activities/state", {"of": state}, params=context | {"stateId": state, **more})
    lrs.send("PUT", "activities/state", {}, params=context | {"agent": other, "stateId": "z"})
    listed = lrs.send("GET", "activities/state", params=context)
    assert listed.json == ["a", "b", "c"] and "Last-Modified" in listed.headers and "ETag" in listed.headers
    of_one = context | {"registration": registration.upper()}
    assert lrs.send("GET", "activities/state", params=of_one).json == ["b", "c"]
    assert lrs.send("GET", "activities/state", params=context | {"since": "2099-01-01T00:00:00Z"}).json == []
    assert lrs.send("GET", "activities/state", params=context | {"since": "2020-01-01T00:00:00Z"}).json == [
        "a",
        "b",
        "c",
    ]
    assert lrs.send("GET", "activities/state", params=context | {"stateId": "b"}).status_code == 404
    assert lrs.send("DELETE", "activities/state", params=of_one).status_code == 204
    assert lrs.send("GET", "activities/state", params=context).json == ["a"]
    assert lrs.send("DELETE", "activities/state", params=context).status_code == 204
    assert lrs.send("GET", "activities/state", params=context).json == []
    assert lrs.send("GET", "activities/state", params=context | {"agent": other}).json == ["z"]
    for resource, params in (PLACES["activity"], PLACES["agent"]):
        lrs.send("POST", resource, {"a": 1}, params=params)
        named = {name: value for name, value in params.items() if name != "profileId"}
        assert lrs.send("GET", resource, params=named).json == ["place"]
        assert lrs.send("GET", resource, params=named | {"since": "2099-01-01T00:00:00Z"}).json == []
        assert lrs.send("DELETE", resource, params=named).status_code == 400


def test_requests_for_documents_are_held_to_the_standard(lrs: Lrs) -> None:
    """What lacks, what is of the wrong sort, what is not known there: 400, in JSON, with the parameter."""
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("activities/state", {"agent": AGENT, "stateId": "x"}, "activityId"),
        ("activities/state", {"activityId": ACTIVITY, "stateId": "x"}, "agent"),
        ("activities/state", STATE | {"activityId": "x"}, "activityId"),
        ("activities/state", STATE | {"agent": {"mbox": "x"}}, "agent"),
        ("activities/state", STATE | {"agent": {"objectType": "Group", **AGENT}}, "agent"),
        ("activities/state", STATE | {"registration": "x"}, "registration"),
        ("activities/state", STATE | {"profileId": "x"}, "profileId"),
        ("activities/state", STATE | {"since": "2020-01-01T00:00:00Z"}, "since"),
        ("activities/state", {**STATE, "stateid": "x"}, "stateid"),
        ("activities/profile", {"profileId": "x"}, "activityId"),
        ("activities/profile", {"activityId": ACTIVITY, "since": "x"}, "since"),
        ("agents/profile", {"profileId": "x"}, "agent"),
        ("agents/profile", {"agent": AGENT, "profileId": ""}, "profileId"),
        ("agents", {}, "agent"),
        ("agents", {"agent": {}}, "agent"),
        ("activities", {"activityId": "x"}, "activityId"),
    ]
    for resource, params, place in wrong:
        answer = lrs.send("GET", resource, params=params)
        assert answer.status_code == 400 and place in (answer.json or {})["error"], (resource, params)
    assert lrs.send("PUT", "activities/state", {}, params={"activityId": ACTIVITY, "agent": AGENT}).status_code == 400
    assert lrs.send("PUT", "activities/state", b"{", params=STATE).status_code == 400
    lrs.send("PUT", "activities/state", b"7", params=STATE)
    patched = lrs.send("PATCH", "activities/state", b"8", params=STATE)
    assert patched.status_code == 405 and "documents are read" in (patched.json or {})["error"]
    assert lrs.send("GET", "activities/state", params=STATE).data == b"7"
    assert lrs.send("POST", "agents", {}, params={"agent": AGENT}).status_code == 405


def test_agent_is_a_person_of_whom_nothing_else_is_known(lrs: Lrs) -> None:
    """Each property once, as a list; never another name of the same person."""
    told = lrs.send("GET", "agents", params={"agent": {"name": "Ani", **AGENT}})
    assert told.json == {"objectType": "Person", "name": ["Ani"], "mbox": [AGENT["mbox"]]} and "ETag" in told.headers
    account = {"homePage": "http://example.org", "name": "7"}
    assert (lrs.send("GET", "agents", params={"agent": {"account": account}}).json or {})["account"] == [account]


def test_documents_need_their_scope(app: Flask) -> None:
    """States one, profiles another; who reads all writes none."""
    state, reader = lrs_with(app, "state"), lrs_with(app, "all/read")
    assert state.send("PUT", "activities/state", {}, params=STATE).status_code == 204
    assert state.send("PUT", *PLACES["agent"][:1], {}, params=PLACES["agent"][1], headers=NEW).status_code == 403
    assert reader.send("GET", "activities/state", params=STATE).status_code == 200
    assert reader.send("DELETE", "activities/state", params=STATE).status_code == 403


def test_document_that_two_put_at_once_is_one_of_theirs(make_app: MakeSite, postgresql_url: str) -> None:
    """PostgreSQL lets both look: who stores second is told to look again, and what the first one stored stays."""
    app = make_app(database_url=postgresql_url)
    first, second = lrs_with(app), lrs_with(app)
    begun: list[None] = []
    told: list[TestResponse] = []
    with app.app_context():
        engine = engine_of(app)

    @event.listens_for(engine, "before_cursor_execute")
    def meanwhile(_c: object, _k: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO xapi_document") and not begun:
            begun.append(None)
            with ThreadPoolExecutor(1) as pool:
                told.append(pool.submit(second.send, "PUT", "activities/state", {"by": 2}, params=STATE).result())

    late = first.send("PUT", "activities/state", {"by": 1}, params=STATE)
    assert [one.status_code for one in (*told, late)] == [204, 409]
    assert "Check the current state of the resource" in (late.json or {})["error"]
    assert first.send("GET", "activities/state", params=STATE).json == {"by": 2}
