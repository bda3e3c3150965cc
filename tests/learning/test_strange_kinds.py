"""Kinds that the site has never seen: a poll with a result and a count, and a step that fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from coplearn.learning.models import Attempt, Vote
from coplearn.learning.rules import told_votes
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.conftest import MakeSite
from tests.learning.strange import strange_course

Paths = Callable[[str], str]


@pytest.fixture
def site(tmp_path: Path, make_app: MakeSite, migrated_url: str) -> Flask:
    """A site with the strange course, on each database."""
    strange_course(tmp_path / "courses")
    return make_app(
        course_path=(tmp_path / "courses",),
        trusted_courses=("my-course",),
        database_url=migrated_url,
        log_level="ERROR",
    )


def address(site: Flask, item: str) -> str:
    course = site_of(site).library.current().courses["my-course"]
    return f"/en/c/{course.code}/{course.items[item].code}"


def send(client: FlaskClient, path: str, choice: str) -> Any:
    page = client.get(f"{path}?again=1")
    return client.post(path, data={**hidden_fields(page.text), "choice": choice})


def test_poll_shows_its_result_until_the_answer_is_changed(site: Flask) -> None:
    """Sent, it leads to its own result at its own place; opened again it still shows it; changed, one vote counts."""
    client, path = site.test_client(), address(site, "our-poll")
    assert "You chose" not in client.get(path).text
    sent = send(client, path, "sea")
    assert sent.status_code == 303
    assert sent.headers["Location"].split("?")[0].endswith(path)
    assert sent.headers["Location"].endswith("#votes")
    for shown in (client.get(sent.headers["Location"]).text, client.get(path).text):
        assert "You chose sea. " in shown
        assert "Change my answer" in shown
        assert "Try again" not in shown
    send(client, path, "lake")
    assert "You chose lake. " in client.get(path).text
    with site.app_context():
        assert current_session(site).scalars(select(Vote.key)).all() == ["lake"]


def test_poll_says_no_number_of_a_few(site: Flask) -> None:
    """Four people are too few to say, five and nine are five, and nobody is named."""
    path, clients = address(site, "our-poll"), [site.test_client() for _ in range(9)]
    told = []
    for client in clients:
        send(client, path, "sea")
        told.append(clients[0].get(path).text.partition("You chose sea. ")[2].partition("<")[0])
    assert told == ["sea: few; lake: few"] * 4 + ["sea: 5; lake: few"] * 5


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60)))
def test_told_votes_are_whole_fives_of_what_may_be_counted(counts: dict[str, int]) -> None:
    """Never more than there are, never fewer by five or more, and nothing under another key."""
    told = told_votes(counts, "abc")
    assert set(told) <= set("abc")
    for key in "abc":
        assert 0 <= counts.get(key, 0) - told.get(key, 0) < 5
        assert told.get(key, 5) % 5 == 0
        assert told.get(key, 5) >= 5


def told_faults(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("event") == "kind_failed"]


@pytest.mark.parametrize("how", ["exit", "recursion"])
def test_step_that_fails_is_told_kindly_and_the_rest_goes_on(
    how: str, tmp_path: Path, make_app: MakeSite, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its page leads on, its form keeps what was typed, the module can be printed, and the log says where; nothing is kept."""
    folder = strange_course(tmp_path / "courses")
    site = make_app(course_path=(tmp_path / "courses",), trusted_courses=("my-course",), log_level="ERROR")
    client, path = site.test_client(), address(site, "our-odd")
    page = client.get(path)
    folder.write("fails.txt", f"answer paper {how}")
    failed = client.post(path, data={**hidden_fields(page.text), "choice": "typed before"})
    assert failed.status_code == 500
    assert "typed: typed before" in failed.text
    assert "could not take your answer" in failed.text
    printed = client.get(f"{path.rpartition('/')[0]}/paper/1")
    assert printed.status_code == 200
    assert "cannot be printed at the moment" in printed.text
    folder.write("fails.txt", f"render answer {how}")
    for method in (client.get, client.post):
        broken = method(path, data=hidden_fields(page.text)) if method == client.post else method(path)
        assert broken.status_code == 500
        assert "This step cannot be shown at the moment." in broken.text
        assert address(site, "first-page") in broken.text
    assert client.get(f"{path.rpartition('/')[0]}/").status_code == 200
    assert client.get(address(site, "our-poll")).status_code == 200
    told = told_faults(capsys)
    assert {(one["course"], one["item"]) for one in told} == {("my-course", "our-odd")}
    assert {one["doing"] for one in told} == {"answer", "paper", "render"}
    assert "SECRET" not in str(told)
    assert "typed before" not in str(told)
    with site.app_context():
        assert current_session(site).scalars(select(Attempt.id)).all() == []


def test_outcome_that_breaks_the_rules_is_refused_with_the_rule_in_the_log(
    site: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing of it is kept, on either database."""
    client, path = site.test_client(), address(site, "our-odd")
    assert send(client, path, "nan").status_code == 500
    assert [one["rule"] for one in told_faults(capsys)] == ["answers holds a number that is too large or none"]
    with site.app_context():
        assert current_session(site).scalars(select(Attempt.id)).all() == []
