"""The questions before a course and after it: offered at the right time, never marked, and other ones the second time."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from coplearn.courses.assessment import pairs_of
from tests.accounts.persona import PASSWORD, Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.counting import counted
from tests.courses.makecourse import CHECK
from tests.learning.test_new_version import Site

ASSESSMENT = """assessment:
  id: before-and-after
  intro: Nobody is marked.
  questions: [first-check/first-word, first-check/what-helps]
"""
QUESTIONS = ("first-word", "what-helps")


def second_forms(site: Site) -> None:
    """Give each scored question of the check its second form."""
    data = yaml.safe_load(site.folder.read(CHECK))
    twins = [
        {**copy.deepcopy(one), "id": f"{one['id']}-b", "form_b_of": one["id"], "stem": f"Again: {one['stem']}"}
        for one in data["questions"]
        if one["kind"] != "reflection"
    ]
    site.folder.write(CHECK, yaml.safe_dump(data | {"questions": data["questions"] + twins}, allow_unicode=True))


class Learner:
    """Somebody who answers before the course and after it."""

    def __init__(self, site: Site, person: Visitor | None = None) -> None:
        self.site, self.person = site, person or site.person
        self.asked: list[str] = []
        """The form of each sitting."""

    def path(self, sitting: str) -> str:
        return f"/en/c/{self.site.course.code}/questions/{sitting}"

    def form(self, sitting: str) -> dict[str, Any]:
        return dict(hidden_fields(self.person.get(self.path(sitting)).text))

    def sit(self, sitting: str, *, right: bool = True, **more: Any) -> Any:
        form = self.form(sitting)
        self.asked.append(form["asked_form"])
        suffix = "-b" if form["asked_form"] == "b" else ""
        chosen = {
            f"first-word{suffix}": "question" if right else "order",
            f"what-helps{suffix}": ["wait", "beside"] if right else ["correcting"],
        }
        return self.person.client.post(self.path(sitting), data=form | chosen | more)


@pytest.fixture
def site(make_app: MakeSite, tmp_path: Path, migrated_url: str) -> Site:
    made = Site(make_app, tmp_path, migrated_url)
    second_forms(made)
    made.folder.add("course.yaml", ASSESSMENT)
    made.release("1.0.0")
    assert len(pairs_of(made.course)) == 2
    return made


@pytest.fixture
def learner(site: Site) -> Learner:
    return Learner(site)


OFFER, AGAIN = "Answer a few questions first", "Answer the questions after the course"


def test_way_from_before_to_after(site: Site, learner: Learner) -> None:
    """Offered at the start, kept without points, then out of the way; after the last step the other form, and the reasons."""
    assert OFFER in site.read(site.path())
    sent = learner.sit("before", right=False)
    assert sent.status_code == 303 and sent.location == site.path("first-page")
    page = site.read(sent.location)
    assert "Thank you. After the course" in page and "points" not in page.partition("<main")[2]
    assert OFFER not in site.read(site.path()) and AGAIN not in site.read(site.path())
    assert learner.person.get(learner.path("before")).status_code == 302, "asked once"
    assert learner.person.get(learner.path("after")).status_code == 302, "not yet"
    *steps, last = site.course.items.values()
    for item in steps:
        site.do(item)
    assert site.answer(last.id, did="done") == learner.path("after"), "offered before the certificate"
    assert AGAIN in site.read(site.path())
    assert learner.sit("after").location == learner.path("after")
    assert sorted(learner.asked) == ["a", "b"]
    reasons = site.read(learner.path("after"))
    assert "Interest invites an answer" in reasons or "Real interest invites an answer" in reasons
    assert "Again:" in reasons and not re.search(r"\d+ of 100", reasons)
    assert AGAIN not in site.read(site.path())


def test_records_are_kept_and_change_nothing_else(site: Site, learner: Learner) -> None:
    """Two attempts with their score and their form; the course is neither begun nor changed by them, and no news is told."""
    learner.sit("before", right=False)
    assert site.asked("SELECT count(*) FROM enrolment") == [(0,)]
    site.finish()
    learner.sit("after")
    rows = site.asked("SELECT item_id, score, passed, done FROM attempt WHERE item_id LIKE '%.%' ORDER BY id")
    assert [(row[0], row[1], row[2], bool(row[3])) for row in rows] == [
        ("before-and-after.before", 0, None, True),
        ("before-and-after.after", 100, None, True),
    ]
    assert len(site.asked("SELECT id FROM enrolment WHERE finished_at IS NOT NULL")) == 1
    page = site.read(site.path())
    assert "4 of 4 steps done" in page and "not in the course any more" not in page
    site.release("2.0.0", ("course.yaml", "title: A first course", "title: A better course"))
    assert "not in the course any more" not in site.read(site.path())


def test_who_left_the_first_out_is_not_asked_the_second(site: Site, learner: Learner) -> None:
    """Without a before there is no gain: nobody is asked for nothing."""
    site.finish()
    assert AGAIN not in site.read(site.path())
    assert learner.person.get(learner.path("after")).status_code == 302
    token = {"csrf_token": learner.person.token("/en/sign-in")}
    assert learner.person.client.post(learner.path("after"), data=token).status_code == 303


def test_what_lacks_an_answer_comes_back_filled(learner: Learner) -> None:
    """Nothing chosen is lost, in the form that was on the page, and each question that is open is named by its number."""
    form = learner.form("before")
    suffix = "-b" if form["asked_form"] == "b" else ""
    sent = learner.person.client.post(learner.path("before"), data=form | {f"first-word{suffix}": "order"})
    assert sent.status_code == 422
    page = sent.text.replace("\u2068", "").replace("\u2069", "")
    assert "Question 2 of 2 · Choose at least one answer." in page
    assert re.search(rf'value="order"[^>]*id="first-word{suffix}[^>]* checked', page)
    assert f'name="asked_form" value="{form["asked_form"]}"' in page


def test_questions_that_were_changed_meanwhile_are_not_judged(site: Site, learner: Learner) -> None:
    """What was chosen was chosen for other words: the page comes back with it, and says so."""
    form = learner.form("before")
    suffix = "-b" if form["asked_form"] == "b" else ""
    site.release(
        "1.1.0", (CHECK, "With an order", "With a strict order"), (CHECK, "With an order", "With a strict order")
    )
    chosen = {f"first-word{suffix}": "question", f"what-helps{suffix}": ["wait"]}
    sent = learner.person.client.post(learner.path("before"), data=form | chosen)
    assert sent.status_code == 422 and "were changed while you had them open" in sent.text
    assert site.asked("SELECT count(*) FROM attempt") == [(0,)]


def test_sent_twice_is_kept_once(site: Site, learner: Learner) -> None:
    """A press too many, and a page that was still open."""
    form = learner.form("before")
    suffix = "-b" if form["asked_form"] == "b" else ""
    chosen = form | {f"first-word{suffix}": "question", f"what-helps{suffix}": ["wait"]}
    sent = [learner.person.client.post(learner.path("before"), data=chosen) for _ in range(2)]
    assert [one.status_code for one in sent] == [303, 303]
    assert site.asked("SELECT count(*) FROM attempt") == [(1,)]


@pytest.mark.parametrize("sent", [{}, {"asked_form": ["a", "b"]}, {"asked_form": "\0"}, {"first-word": "\0"}])
def test_nonsense_is_asked_again(learner: Learner, sent: dict[str, Any]) -> None:
    """Whatever comes, a page comes back."""
    form = {"csrf_token": learner.form("before")["csrf_token"]}
    assert learner.person.client.post(learner.path("before"), data=form | sent).status_code == 422


def test_visitor_takes_them_along_into_the_account(site: Site, learner: Learner) -> None:
    """Answered before without an account: after joining one, the other form comes after the course, and both are kept."""
    learner.sit("before")
    learner.person.join("amina@example.org")
    site.finish()
    learner.sit("after")
    assert sorted(learner.asked) == ["a", "b"]
    data = learner.person.send("/en/me/data", password=PASSWORD).text
    assert "before-and-after.before" in data and "before-and-after.after" in data


def test_course_without_them_has_no_such_page(make_app: MakeSite, tmp_path: Path, database_url: str) -> None:
    """And offers nothing."""
    plain = Site(make_app, tmp_path, database_url)
    assert OFFER not in plain.read(plain.path())
    assert plain.person.get(f"/en/c/{plain.course.code}/questions/before").status_code == 404


def test_pages_take_few_statements(site: Site, learner: Learner) -> None:
    """One to show the questions, three more for the reasons."""
    learner.sit("before")
    site.finish()
    with counted(site.app) as sent:
        learner.form("after")
    assert len(sent) == 1
    learner.sit("after")
    with counted(site.app) as sent:
        assert learner.person.get(learner.path("after")).status_code == 200
    assert len(sent) <= 4
