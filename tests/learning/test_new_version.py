"""A course that changes while people learn: what they earned stands, what they hold keeps its words, and they are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from coplearn.courses.course import Course
from coplearn.courses.plugin import Item
from coplearn.learning.rules import Edition, News, news
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, hidden_fields
from tests.conftest import MakeSite
from tests.courses.makecourse import CHECK, LESSON, Folder, make_course
from tests.journeys.walk import right_form, way_through, wrong_form

ARABIC = """msgid ""
msgstr ""
"Language: ar\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgctxt "course#title"
msgid "A first course"
msgstr "دورة أولى"
"""
KEY_TURNED = (
    ("With an order", "With an order\n        correct: true"),
    ("answer to\n        correct: true", "answer to"),
)


class Site:
    """A site with a scratch course that an author changes, and somebody who learns there."""

    def __init__(self, make_app: MakeSite, where: Path, database_url: str) -> None:
        self.folder: Folder = make_course(where / "more")
        self.folder.write("translations/ar.po", ARABIC)
        self.app = make_app(database_url=database_url, course_path=(self.folder.path.parent,))
        self.person = Visitor(self.app)

    @property
    def course(self) -> Course:
        return site_of(self.app).library.current().courses["my-course"]

    def release(self, version: str, *swaps: tuple[str, str, str]) -> None:
        """Change files of the course, raise its version, and let the site read it."""
        before = self.course.version
        for name, old, new in (*swaps, ("course.yaml", f"version: {before}", f"version: {version}")):
            self.folder.swap(name, old, new)
        library = site_of(self.app).library.reload()
        assert library.courses["my-course"].version == version, library.problems

    def path(self, item_id: str = "", lang: str = "en") -> str:
        code = self.course.items[item_id].code if item_id else ""
        return f"/{lang}/c/{self.course.code}/{code}"

    def read(self, address: str) -> str:
        """A page without the marks around numbers."""
        return self.person.get(address).text.replace("\u2068", "").replace("\u2069", "")

    def form(self, item_id: str) -> dict[str, str]:
        return hidden_fields(self.person.get(self.path(item_id)).text)

    def send(self, item_id: str, form: dict[str, Any]) -> TestResponse:
        return self.person.client.post(self.path(item_id), data=form)

    def answer(self, item_id: str, **form: Any) -> str:
        """Answer an item; where that leads."""
        sent = self.send(item_id, self.form(item_id) | form)
        assert sent.status_code == 303, sent.text
        return sent.location

    def do(self, item: Item[Any]) -> None:
        if item.kind == "scenario":
            for choice in way_through(item.content):
                self.answer(item.id, choice=choice)
        else:
            self.answer(item.id, **({"did": "done"} if item.kind == "action" else {}), **_right(item))

    def finish(self) -> None:
        for item in self.course.items.values():
            self.do(item)

    def asked(self, statement: str) -> Any:
        with self.app.app_context():
            session = current_session(self.app)
            return [tuple(row) for row in session.execute(text(statement))]

    def change(self, statement: str) -> None:
        with self.app.app_context():
            session = current_session(self.app)
            session.execute(text(statement))
            session.commit()


def _right(item: Item[Any]) -> dict[str, Any]:
    return dict(right_form(item)) if item.kind == "quiz" else {}


@pytest.fixture
def site(make_app: MakeSite, tmp_path: Path, migrated_url: str) -> Site:
    return Site(make_app, tmp_path, migrated_url)


def _turn_key() -> list[tuple[str, str, str]]:
    return [(CHECK, old, new) for old, new in KEY_TURNED]


def test_old_result_shows_what_was_earned_and_judges_nothing_anew(site: Site) -> None:
    """The author turns the key and raises the mark: who had all points has them still, and is told of the change."""
    check = site.course.items["first-check"]
    passed = site.answer(check.id, **right_form(check))
    failed = site.answer(check.id, **wrong_form(check))
    site.release("2.0.0", *_turn_key(), ("course.yaml", "pass_mark: 70", "pass_mark: 95"))
    page = site.read(passed)
    assert "You have 100 of 100 points. You have passed." in page
    assert "This check has changed since you answered it." in page
    assert "It is not the answer here" not in page and "you need" not in page
    assert page.count("so it says nothing about your answer") == 1, "the question that was changed, and no other"
    assert page.count("That is right.") == 1, "the other is judged as it was"
    page = site.person.get(failed).text
    assert "It was not enough to pass." in page
    assert "you need" not in page
    site.release("2.1.0", ("course.yaml", "pass_mark: 95", "pass_mark: 1"))
    assert "It was not enough to pass." in site.person.get(failed).text


def test_answer_to_a_question_that_was_changed_is_not_judged_before_the_rest(site: Site) -> None:
    """Whoever is told each answer at once, and has the check as it was open, is told to load it anew."""
    site.release("1.1.0", ("course.yaml", "pass_mark: 70", "pass_mark: 70\nanswers_at_once: true"))
    check = site.course.items["first-check"]
    form = site.form(check.id) | dict(right_form(check)) | {"question": "first-word"}
    piece = site.person.client.post(f"{site.path(check.id)}/one", data=form)
    assert piece.status_code == 200 and "That is right." in piece.text
    site.release("2.0.0", *_turn_key())
    late = site.person.client.post(f"{site.path(check.id)}/one", data=form)
    assert late.status_code == 409 and "That is right." not in late.text


def test_result_says_nothing_of_changes_elsewhere(site: Site) -> None:
    """Other pages, the check's title, a comment and the order of keys in its file: the check is what it was, and an open form
    is not old."""
    check = site.course.items["first-check"]
    result, form = site.answer(check.id, **right_form(check)), site.form(check.id)
    before = site.person.get(result).text
    site.folder.add(CHECK, "# a note of the author's\n")
    site.folder.swap(CHECK, "- id: first-word\n    kind: one", "- kind: one\n    id: first-word")
    site.release("1.0.0", (LESSON, "minutes: 2", "minutes: 4"), (CHECK, "title: Check yourself", "title: Now you"))
    page = site.person.get(result).text
    assert "has changed since" not in page
    assert page.count("That is right.") == before.count("That is right.") == 2
    assert site.send(check.id, form | dict(right_form(check))).status_code == 303


def test_result_whose_edition_was_never_kept_says_so(site: Site) -> None:
    """A record of the time before editions were kept: the score stands, no question is held against it."""
    check = site.course.items["first-check"]
    result = site.answer(check.id, **right_form(check))
    site.change("DELETE FROM course_edition")
    site.release("2.0.0", *_turn_key())
    page = site.read(result)
    assert "You have 100 of 100 points. You have passed." in page
    assert "perhaps the check with it" in page
    assert "It is not the answer here" not in page and "That is right." not in page


def test_answer_to_an_old_form_is_asked_again_with_what_was_given(site: Site) -> None:
    """The form was made before the key was turned: nothing is scored, all that was ticked and typed is there, and it counts
    when it is sent once more."""
    check = site.course.items["first-check"]
    form = site.form(check.id) | dict(right_form(check)) | {"my-question": "What was fun?"}
    unnamed = site.send(check.id, {name: given for name, given in form.items() if name != "made-of"})
    assert unnamed.status_code == 422 and "What was fun?" in unnamed.text, "of a release before"
    site.release("2.0.0", *_turn_key())
    refused = site.send(check.id, form)
    assert refused.status_code == 422
    assert "was changed while you had it open" in refused.text
    assert refused.text.count(" checked") == 3 and "What was fun?" in refused.text
    assert site.asked("SELECT count(*) FROM attempt") == [(0,)]
    again = site.send(
        check.id, hidden_fields(refused.text) | {k: v for k, v in form.items() if "-" in k and k != "made-of"}
    )
    assert again.status_code == 303
    assert site.asked("SELECT count(*) FROM attempt") == [(1,)]


def test_old_form_that_lacks_something_says_both(site: Site) -> None:
    """What is open is named, and that the check has changed; in another language without JavaScript as well."""
    form = site.form("first-check") | {"first-word": "question"}
    site.release("2.0.0", *_turn_key())
    page = site.send("first-check", form)
    assert page.status_code == 422
    assert "was changed while you had it open" in page.text and "Choose at least one answer." in page.text
    kept = site.person.client.post(site.path("first-check", "ar"), data=form | {"keep": "1"})
    assert kept.status_code == 200 and 'value="question" id=' in kept.text.replace("\n", "")
    one = site.person.client.post(f"{site.path('first-check')}/one", data=form | {"question": "first-word"})
    assert one.status_code in (404, 409)


def test_form_that_is_sent_twice_is_one_answer_across_the_change(site: Site) -> None:
    """The first press was before the change and counts; the second leads to the same result."""
    form = site.form("first-check") | dict(right_form(site.course.items["first-check"]))
    first = site.send("first-check", form)
    site.release("2.0.0", *_turn_key())
    assert site.send("first-check", form).location == first.location
    assert site.asked("SELECT count(*) FROM attempt") == [(1,)]


def test_certificate_keeps_title_and_version_of_its_day(site: Site) -> None:
    """The course is renamed and then taken away: page, public page and data say what it was, in each language it had."""
    site.person.join("ana@example.org")
    site.finish()
    address = f"{site.path()}certificate"
    site.person.send(address, name="Ana")
    number = site.asked("SELECT number FROM certificate ORDER BY id DESC")[0][0]
    site.release("2.0.0", ("course.yaml", "title: A first course", "title: Water wisdom"))
    public = site.person.get(f"/en/check/{number}").text
    assert "A first course" in public and "0.1.0" in public
    assert "Today the course is called" in public and "Water wisdom" in public
    assert "دورة أولى" in site.person.get(f"/ar/check/{number}").text
    french = site.person.get(f"/fr/check/{number}").text
    assert '<bdi lang="en" dir="ltr">A first course</bdi>' in french
    for page in (site.person.get(address).text, site.person.get("/en/me/").text):
        preview = page.split('class="certificate"', 1)[1].split("</article>", 1)[0]
        assert "A first course" in preview and "0.1.0" in preview
        assert "Water wisdom" not in preview
    site.folder.path.rename(site.folder.path.parent.parent / "gone")
    site_of(site.app).library.reload()
    assert "my-course" not in site_of(site.app).library.current().courses
    public = site.person.get(f"/en/check/{number}").text
    assert "A first course" in public and "my-course" not in public
    home = site.person.get("/en/me/").text
    assert "A first course" in home and "You have not begun a course yet" not in home
    pdf = site.person.send(f"/ar/certificates/{number}/pdf", page="/ar/me/")
    assert pdf.data.startswith(b"%PDF")


def test_certificate_of_before_says_what_was_not_kept(site: Site) -> None:
    """Made before titles were kept: while the course is as it was its title is known, and afterwards its page says so."""
    site.person.join("ana@example.org")
    site.finish()
    site.person.send(f"{site.path()}certificate", name="Ana")
    site.change("UPDATE certificate SET titles = NULL, course_locale = ''")
    number = site.asked("SELECT number FROM certificate ORDER BY id DESC")[0][0]
    assert "was not kept" not in site.person.get(f"/en/check/{number}").text
    site.release("2.0.0", ("course.yaml", "title: A first course", "title: Water wisdom"))
    public = site.person.get(f"/en/check/{number}").text
    assert "Water wisdom" in public and "was not kept" in public and "0.1.0" in public
    assert "this is its title of today" in site.person.get(f"{site.path()}certificate").text
    site.folder.path.rename(site.folder.path.parent.parent / "gone")
    site_of(site.app).library.reload()
    assert "is not on this site any more" in site.person.get(f"/en/check/{number}").text


def test_who_finished_before_the_change_has_earned_that_version(site: Site) -> None:
    """A step is added before the certificate was asked for: it is there, for the version that was finished."""
    site.person.join("ana@example.org")
    site.finish()
    site.folder.write("01-begin/05-more.md", site.folder.read(LESSON).replace("id: first-page", "id: more"))
    site.release("2.0.0", ("course.yaml", "title: A first course", "title: Water wisdom"))
    address = f"{site.path()}certificate"
    page = site.person.get(address).text
    assert "Make my certificate" in page and "A few steps are left" not in page
    assert "The course has changed since." in page and "4 of 5 steps done" in page
    assert site.person.send(address, name="Ana").status_code == 303
    found = site.asked("SELECT course_version, kind FROM certificate ORDER BY kind")
    assert found == [("0.1.0", "achievement"), ("0.1.0", "participation")]
    page = site.person.get(address).text
    assert "A first course" in page.split('class="certificate"', 1)[1]
    assert "A few steps are left" not in page and "Pass the checks that are left" not in page
    stranger = Visitor(site.app)
    assert "A few steps are left" in stranger.get(address).text


def test_link_to_a_retired_item_leads_to_the_course(site: Site) -> None:
    """From a bookmark, an old letter or a form that was open: the course's page with a sentence; a made-up address is none."""
    old, form = site.path("first-action"), site.form("first-action")
    site.folder.remove("01-begin/04-first-action.md")
    site.release("2.0.0", ("course.yaml", "retired: []", "retired: [first-action]"))
    for lang in ("en", "ar"):
        answer = site.person.get(old.replace("/en/", f"/{lang}/", 1))
        assert (answer.status_code, answer.location) == (303, site.path(lang=lang))
    assert "This step is not in the course any more." in site.person.get(site.path()).text
    sent = site.person.client.post(old, data=form | {"did": "plan"})
    assert (sent.status_code, sent.location) == (303, site.path())
    one = site.person.client.post(f"{old}/one", data=form | {"question": "first-word"})
    assert one.status_code == 404, "a page of the course is no feedback on an answer"
    assert site.person.get(f"{site.path()}aaaaaa").status_code == 404


def test_learner_in_the_middle_is_told_what_is_new(site: Site) -> None:
    """What came, what says something else, what went; and nothing to somebody who begins now."""
    for item_id in ("first-page", "first-story", "first-action"):
        site.do(site.course.items[item_id])
    news_title = "This course has changed since you began it"
    assert news_title not in site.person.get(site.path()).text
    more = site.folder.read(LESSON).replace("id: first-page", "id: more").replace("title: ", "title: More of ")
    site.folder.write("01-begin/05-more.md", more)
    site.folder.remove("01-begin/04-first-action.md")
    site.folder.add(LESSON, "\nOne more thing. {#zzzzzzz}\n")
    site.release("1.0.0", ("course.yaml", "retired: []", "retired: [first-action]"))
    page = site.person.get(site.path()).text
    told = page.split(news_title, 1)[1].split("</aside>", 1)[0]
    assert "1 step is new:" in told and site.path("more") in told
    assert "1 step that you have done says something else now." in told and site.path("first-page") in told
    assert "1 step that you have done is not in the course any more." in told
    assert site.path("first-check") not in told and site.path("first-story") not in told
    assert news_title not in Visitor(site.app).get(site.path()).text
    later = Visitor(site.app)
    later.send(site.path("first-page"))
    assert news_title not in later.get(site.path()).text
    site.do(site.course.items["more"])
    site.do(site.course.items["first-page"])
    told = site.person.get(site.path()).text.split(news_title, 1)[1].split("</aside>", 1)[0]
    assert "is new" not in told and "something else" not in told


def test_mended_words_are_not_told(site: Site) -> None:
    """Only the last number of the version was raised: a comma is no news. Nor does a check that asks for more say otherwise."""
    site.do(site.course.items["first-page"])
    site.do(site.course.items["first-check"])
    site.folder.add(LESSON, "\nOne more thing. {#zzzzzzz}\n")
    site.release("0.1.1")
    assert "This course has changed" not in site.person.get(site.path()).text
    site.release("0.1.2", ("course.yaml", "pass_mark: 70", "pass_mark: 75"))
    site.do(site.course.items["first-page"])
    site.release("1.0.0")
    assert "This course has changed" not in site.person.get(site.path()).text


def test_pages_tell_the_pass_marks_there_are(site: Site) -> None:
    """One mark for all stands with the certificate; where checks differ each says its own, in the outline and on its page."""
    page = site.person.get(site.path()).text
    assert "every check is passed as well, with 70% or more." in page and "To pass: 70%" in page
    assert "To pass this check you need 70 of 100 points." in site.person.get(site.path("first-check")).text
    second = site.folder.read(CHECK).replace("id: first-check", "id: second-check\npass_mark: 90")
    site.folder.write("01-begin/05-second.yaml", second)
    site.release("2.0.0")
    page = site.person.get(site.path()).text
    assert "with 70% or more" not in page and "What a check asks for stands beside it." in page
    assert "To pass: 70%" in page and "To pass: 90%" in page
    assert "need 90 of" in site.person.get(site.path("second-check")).text


def _edition(digest: str, version: str, items: dict[str, str]) -> Edition:
    kept = {item_id: {"digest": said, "parts": {}, "check": False} for item_id, said in items.items()}
    return Edition("course", digest, version, "en", {"en": "Course"}, kept)


courses = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("xyz"), min_size=1)


@given(st.lists(courses, min_size=1, max_size=4), st.sets(st.sampled_from("abcdef")), st.data())
def test_news_are_of_steps_that_are_there_and_true(
    history: list[dict[str, str]], done: set[str], data: st.DataObject
) -> None:
    """Whatever a course was and is: new steps are not done and were not there, changed ones are done and differ, and somebody
    who knows the course as it is hears nothing."""
    editions = [_edition(f"d{number}", f"{number}.0.0", items) for number, items in enumerate(history)]
    now, before = editions[-1], {one.digest: one for one in editions}
    begun = data.draw(st.sampled_from(editions))
    last = {item_id: data.draw(st.sampled_from(editions)).digest for item_id in sorted(done)}
    told = news(now, begun.digest, data.draw(st.booleans()), last, before)
    assert set(told.new) == now.items.keys() - begun.items.keys() - done or begun.digest == now.digest
    assert all(item_id in done and not before[last[item_id]].has(item_id, now) for item_id in told.changed)
    assert told.gone == len(done - now.items.keys())
    assert not told.unknown
    assert news(now, now.digest, False, dict.fromkeys(done & now.items.keys(), now.digest), {}) == News()
