"""Kinds that the site has never seen: a poll with a result and a count, and a step that fails."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.service import erase_user
from coplearn.courses.plugin import Outcome
from coplearn.learning import joining, queries, service
from coplearn.learning.models import Attempt, Vote
from coplearn.learning.rules import told_votes
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.conftest import MakeSite
from tests.learning.strange import strange_course

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


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
        assert shown.count("Change my answer") == 1
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


def test_page_of_a_strangers_kind_is_kept_and_named_as_any_other(site: Flask) -> None:
    """Rendered once for all readers, with the kind's own place, icon and button; in lists by its label."""
    path = address(site, "our-still")
    first, second = (site.test_client().get(path).text for _ in range(2))
    rendered = re.findall(r"rendered \d+", first)
    assert rendered == re.findall(r"rendered \d+", second)
    assert "Stand 3 of 8, part 1 of 1" in first
    assert "Seen, go on" in first
    assert "Poll</span>" in site.test_client().get(f"{path.rpartition('/')[0]}/").text


def test_score_without_answers_is_never_one_of_another_question(site: Flask, tmp_path: Path) -> None:
    """A kind that keeps no answers is scored all the same: a form of the step as it was counts for nothing."""
    path, client = address(site, "our-recital"), site.test_client()
    form = hidden_fields(client.get(path).text)
    recital = next((tmp_path / "courses").rglob("00-4-recital.yaml"))
    recital.write_text(recital.read_text().replace("right: sea", "right: lake"))
    site_of(site).library.reload()
    sent = client.post(path, data={**form, "choice": "sea"})
    assert (sent.status_code, "This step was changed while you had it open" in sent.text) == (422, True)
    with site.app_context():
        assert not current_session(site).scalars(select(Attempt)).all()


def test_refusal_of_one_reader_is_never_kept_for_others(site: Flask) -> None:
    """A page that is the same for all is kept as it was asked for, and not as it came back from a form."""
    path, one = address(site, "our-still"), site.test_client()
    site.test_client().get(address(site, "our-poll"))
    form = {**hidden_fields(one.get(address(site, "our-poll")).text), "refuse": "1"}
    refused = one.post(path, data=form)
    assert (refused.status_code, "Refused for one." in refused.text) == (422, True)
    assert "Refused for one." not in site.test_client().get(path).text


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 60)))
def test_told_votes_are_whole_fives_of_what_may_be_counted(counts: dict[str, int]) -> None:
    """Never more than there are, never fewer by five or more, and nothing under another key."""
    told = told_votes(counts, "abc")
    assert set(told) <= set("abc")
    for key in "abc":
        assert 0 <= counts.get(key, 0) - told.get(key, 0) < 5
        assert told.get(key, 5) % 5 == 0
        assert told.get(key, 5) >= 5


@pytest.mark.parametrize("how", ["exit", "recursion"])
def test_step_that_fails_is_told_kindly_and_the_rest_goes_on(how: str, tmp_path: Path, make_app: MakeSite) -> None:
    """Its page leads on, its form keeps what was typed, the module can be printed, and the log says where; nothing is kept."""
    folder = strange_course(tmp_path / "courses")
    site = make_app(course_path=(tmp_path / "courses",), trusted_courses=("my-course",), log_level="ERROR")
    client, path = site.test_client(), address(site, "our-odd")
    page = client.get(path)
    with structlog.testing.capture_logs() as lines:
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
            assert address(site, "our-still") in broken.text
        assert client.get(f"{path.rpartition('/')[0]}/").status_code == 200
        assert client.get(address(site, "our-poll")).status_code == 200
    told = [line for line in lines if line["event"] == "kind_failed"]
    assert {(one["course"], one["item"]) for one in told} == {("my-course", "our-odd")}
    assert {one["doing"] for one in told} == {"answer", "paper", "render"}
    assert all("/my-course/plugin.py:" in one["place"] for one in told)
    assert "SECRET" not in str(told)
    assert "typed before" not in str(told)
    with site.app_context():
        assert current_session(site).scalars(select(Attempt.id)).all() == []


def test_outcome_that_breaks_the_rules_is_refused_with_the_rule_in_the_log(
    site: Flask,
) -> None:
    """Nothing of it is kept, on either database."""
    client, path = site.test_client(), address(site, "our-odd")
    with structlog.testing.capture_logs() as lines:
        assert send(client, path, "nan").status_code == 500
    assert [one["rule"] for one in lines if one["event"] == "kind_failed"] == [
        "answers holds a number that is too large or none"
    ]
    with site.app_context():
        assert current_session(site).scalars(select(Attempt.id)).all() == []


@pytest.mark.parametrize("later", ["visitor", "account"])
def test_votes_of_two_devices_join_to_the_later_one(session: Session, later: str) -> None:
    """Nobody is counted twice, whichever way they meet; a vote is in the download of its learner and goes with them."""
    user = User(email="ani@example.org", active=True, fs_uniquifier="ani", create_datetime=NOW, locale="en")
    session.add(user)
    session.flush()
    learner, token = service.start_visitor(session, NOW, NOW)
    own = service.learner_for_user(session, "ani", NOW)
    assert own is not None
    item = service.AnsweredItem("c", "1", "d" * 64, "poll", 0, ("poll",), counts_votes=True)
    for number, who in ((1, learner), (2, own)):
        at = NOW + timedelta(hours=3 if (who is own) == (later == "account") else number)
        outcome = Outcome(True, {}, votes=("sea", "both") if who is own else ("lake", "both"))
        service.answer_item(session, who.id, item, f"k{number}", "en", 1, outcome, at)
    joining.join_visitor(session, token, user.id, NOW + timedelta(days=1), {})
    assert queries.votes_of(session, "c", "poll") == {"both": 1, "sea" if later == "account" else "lake": 1}
    assert len(queries.export_of(session, own.id)["votes"]) == 2
    erase_user(session, user.id)
    assert queries.votes_of(session, "c", "poll") == {}
