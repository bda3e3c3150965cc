"""What a module asks before it begins: once, with the reason at once, passed over with one press, and never a debt."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.counting import counted
from tests.practice.stage import RIGHT, Stage, question_on, send, stage_of

REASON = "Interest opens a door."


@pytest.fixture
def stage(make_app: MakeSite, tmp_path: Path) -> Stage:
    """A site with a course that asks."""
    return stage_of(make_app, tmp_path)


def test_question_comes_before_the_first_step_and_says_why(stage: Stage) -> None:
    """Whoever begins the course is asked first; nothing tells the answer before, and the reason comes at once."""
    client, course = stage.app.test_client(), stage.course
    page = client.get(f"/en/c/{course.code}/").text
    assert f'href="{stage.before(1)}"' in page
    assert client.get(f"/en/c/{course.code}/go").location == stage.before(1)
    asked = client.get(stage.before(1))
    assert asked.status_code == 200
    assert REASON not in asked.text
    assert "It counts for nothing." in asked.text
    sent = send(client, stage.before(1), **{"before-begin": "look"})
    assert (sent.status_code, sent.location) == (303, f"{stage.before(1)}?shown=1#answer")
    shown = client.get(sent.location).text
    assert REASON in shown
    assert "Not quite." in shown
    assert f'href="{stage.first(1)}"' in shown
    row = stage.rows()["before:begin"]
    assert (row.purpose, row.item_id, row.question_id, row.answer, row.is_right) == (
        "before", "module.begin", "before-begin", {"is": "look"}, False,
    )  # fmt: skip


def test_it_is_asked_once_and_changes_no_progress(stage: Stage) -> None:
    """Answered, the page leads on; no step is done by it, and a second answer changes nothing."""
    client, course = stage.app.test_client(), stage.course
    fields = hidden_fields(client.get(stage.before(1)).text)
    for option in ("ask", "look", "ask"):
        client.post(stage.before(1), data=fields | {"before-begin": option})
    row = stage.rows()["before:begin"]
    assert (row.answer, row.is_right) == ({"is": "ask"}, True)
    assert client.get(stage.before(1)).location == stage.first(1)
    assert "steps done" not in client.get(f"/en/c/{course.code}/").text.partition('class="card part"')[0]


def test_nothing_chosen_is_said_at_the_question(stage: Stage) -> None:
    """The page comes back, says what is missing, and keeps nothing."""
    client = stage.app.test_client()
    sent = send(client, stage.before(1))
    assert sent.status_code == 422
    assert 'href="#before-begin"' in sent.text
    assert not stage.rows()


def test_skip_is_one_press_and_is_never_asked_again(stage: Stage) -> None:
    """Nobody who passes it over finds it again as something left undone."""
    client = stage.app.test_client()
    sent = send(client, stage.before(1), skip="1")
    assert (sent.status_code, sent.location) == (303, stage.first(1))
    assert client.get(stage.before(1)).location == stage.first(1)
    row = stage.rows()["before:begin"]
    assert (row.answer, row.is_right, row.answered_at is not None) == ({}, None, True)


def test_changed_course_is_asked_anew(stage: Stage) -> None:
    """An answer to a page of before is not held against what is asked now; it is still filled in."""
    client = stage.app.test_client()
    fields = hidden_fields(client.get(stage.before(1)).text) | {"made-of": "another", "before-begin": "ask"}
    sent = client.post(stage.before(1), data=fields)
    assert sent.status_code == 422
    assert "changed while you had this page open" in sent.text
    assert "checked" in sent.text
    assert not stage.rows()


def test_two_questions_of_an_earlier_module_are_asked_again(each_app_stage: Stage) -> None:
    """Of its check, with the reason at once; of somebody who has not sent that check nothing is recalled."""
    stage = each_app_stage
    visitor = Visitor(stage.app)
    visitor.join("ana@example.org")
    assert visitor.get(stage.before(2)).location == stage.first(2)
    course = stage.course
    check = f"/en/c/{course.code}/{course.items['first-check'].code}"
    visitor.send(check, **{"first-word": "question", "what-helps": "wait", "my-question": "Why?"})
    asked = set()
    for number in (1, 2):
        page = visitor.get(stage.before(2)).text
        assert "Do you remember?" in page
        assert f"Question \u2068{number}\u2069 of" in page
        question = question_on(page)
        asked.add(question)
        sent = visitor.client.post(stage.before(2), data={**hidden_fields(page), question: RIGHT[question]})
        assert sent.location.endswith(f"?shown={number}#answer")
        assert "That is right." in visitor.get(sent.location).text
    assert asked == {"first-word", "what-helps"}
    assert visitor.get(stage.before(2)).location == stage.first(2)
    rows = stage.rows()
    assert {key: row.is_right for key, row in rows.items()} == {"recall:go-on:1": True, "recall:go-on:2": True}
    assert {row.item_id for row in rows.values()} == {"first-check"}


@pytest.fixture
def each_app_stage(make_app: MakeSite, tmp_path: Path, migrated_url: str) -> Stage:
    """The same on each kind of database."""
    return stage_of(make_app, tmp_path, database_url=migrated_url)


def test_somebody_in_the_module_is_led_to_their_step_and_pays_no_statement(stage: Stage) -> None:
    """Once a step of the module is done nobody is asked before it; a lesson takes one statement, as ever."""
    visitor = Visitor(stage.app)
    visitor.join("ana@example.org")
    visitor.send(stage.first(1))
    course = stage.course
    assert visitor.get(f"/en/c/{course.code}/go").location != stage.before(1)
    visitor.get(stage.first(1))
    with counted(stage.app) as sent:
        assert visitor.get(stage.first(1)).status_code == 200
    assert len(sent) == 1
    with counted(stage.app) as sent:
        assert visitor.get(stage.before(2)).status_code in (200, 302)
    assert len(sent) <= 3


def test_page_warns_where_the_module_does(make_app: MakeSite, tmp_path: Path) -> None:
    """A module that speaks of something hard says so before its question, with the way round it."""
    stage = stage_of(make_app, tmp_path)
    note = "content_note: It speaks of pressure.\n"
    folder = stage.course.folder
    (folder / "01-begin/module.yaml").write_text((folder / "01-begin/module.yaml").read_text() + note)
    app = make_app(course_path=(folder.parent,))
    page = app.test_client().get(stage.before(1)).text
    assert "It speaks of pressure." in page
    assert "Skip this module for now" in page


@pytest.mark.parametrize("lang", ["ar", "fr", "ru"])
def test_page_is_there_in_every_language(stage: Stage, lang: str) -> None:
    """What is not translated yet is shown in the course's language and marked."""
    page = stage.app.test_client().get(stage.before(1, lang))
    assert page.status_code == 200
    assert 'lang="en"' in page.text


def test_visitors_answer_joins_their_account(stage: Stage) -> None:
    """What was answered before signing in is not asked again after it, and stands among everything kept."""
    visitor = Visitor(stage.app)
    send(visitor.client, stage.before(1), **{"before-begin": "ask"})
    visitor.join("ana@example.org")
    assert visitor.get(stage.before(1)).location == stage.first(1)
    assert len(stage.rows()) == 1
    data = visitor.send("/en/me/data", password="seven quiet lanterns").text
    assert '"before:begin"' in data
    visitor.send("/en/me/erase", sure="yes", password="seven quiet lanterns")
    assert not stage.rows()


def test_no_such_module(stage: Stage) -> None:
    """An address that somebody made up."""
    for number in (0, 9, 10**30):
        assert stage.app.test_client().get(stage.before(number)).status_code == 404


def test_a_question_of_which_nothing_is_left_is_passed_over(stage: Stage) -> None:
    """A form that names something else than what is open leads on and keeps nothing."""
    client = stage.app.test_client()
    fields = hidden_fields(client.get(stage.before(1)).text) | {"asked": "recall:begin:1", "before-begin": "ask"}
    assert client.post(stage.before(1), data=fields).location == stage.before(1)
    assert not stage.rows()


def test_first_answer_of_two_devices_stands(stage: Stage) -> None:
    """Whoever answered with an account, and later as a visitor on another device, has answered once: as they did first."""
    first, second = Visitor(stage.app), Visitor(stage.app)
    first.join("ana@example.org")
    send(first.client, stage.before(1), **{"before-begin": "ask"})
    send(second.client, stage.before(1), **{"before-begin": "look"})
    second.sign_in("ana@example.org")
    assert second.is_signed_in
    row = stage.rows()["before:begin"]
    assert (row.answer, row.is_right) == ({"is": "ask"}, True)
    assert second.get(stage.before(1)).location == stage.first(1)


def test_question_stands_on_paper_before_the_module_without_its_answer(stage: Stage) -> None:
    """Who learns from paper thinks about it first as well; the guide of whoever leads a group has the answer."""
    page = stage.app.test_client().get(f"/en/c/{stage.course.code}/paper/1").text
    stem, lesson = page.index("Your child puts the phone away."), page.index("paper-part", page.index("paper-part") + 1)
    assert stem < lesson
    assert REASON not in page
