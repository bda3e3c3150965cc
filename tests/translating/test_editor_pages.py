"""The translators' pages: who gets in, what is shown, and that no text is lost on the way."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.kernel.words import Role
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.store import rules
from coplearn.translating.store.models import StoredMessage, Suggestion, TextDraft, Translation
from tests.accounts.persona import Visitor, hidden_fields
from tests.counting import counted
from tests.translating.editor import COURSE, editor, first_text, send, translation, worker


@pytest.fixture
def app(opened_app: Flask) -> Flask:
    """The site, with what its translators have opened."""
    return opened_app


@pytest.fixture
def ani(app: Flask) -> Visitor:
    """A reviewer of Arabic, who may also translate."""
    return worker(app, "ani", Role.REVIEWER)


@pytest.fixture
def opened(app: Flask, ani: Visitor) -> tuple[int, str]:
    """A message of the course, opened for Arabic: its id and its source."""
    assert ani.get(f"/en/translate/ar/{COURSE}/").status_code == 200
    return first_text(app)


def test_pages_are_for_the_languages_of_the_grant(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A reviewer of Arabic finds no page of French; a learner finds none at all, and a visitor is asked to sign in."""
    learner = Visitor(app)
    learner.join("learner@example.org")
    for path in ("", "guide", "ar/", f"ar/{COURSE}/", f"ar/{COURSE}/{opened[0]}", "languages", "here?at=/ar/"):
        assert learner.get(f"/en/translate/{path}").status_code == 404, path
        asked = Visitor(app).get(f"/en/translate/{path}")
        assert (asked.status_code, asked.location.partition("?")[0]) == (302, "/en/sign-in"), path
    for path in ("fr/", f"fr/{COURSE}/", f"fr/{COURSE}/{opened[0]}", "en/", "xx/", "ar/nothing/", "languages"):
        assert ani.get(f"/en/translate/{path}").status_code == 404, path
    assert ani.get(f"/en/translate/ar/interface/{opened[0]}").status_code == 404


def test_grant_for_a_course_does_not_open_the_interface(app: Flask) -> None:
    """Somebody trusted with one course works on that course alone."""
    person = worker(app, "mira", Role.TRANSLATOR, course=COURSE)
    assert person.get(f"/en/translate/ar/{COURSE}/").status_code == 200
    assert person.get("/en/translate/ar/interface/").status_code == 404
    assert "The site itself" not in person.get("/en/translate/ar/").text


def test_dashboard_says_what_to_do_next(fully_opened_app: Flask) -> None:
    """The language's page counts the four apart and names one step; the only language is opened at once."""
    ani = worker(fully_opened_app, "ani", Role.REVIEWER)
    page = ani.client.get("/en/translate/", follow_redirects=True).text
    assert "wait for a review: begin there" in page
    assert "finished texts are not published" in page
    assert "How far it is" in page


def test_editor_shows_source_and_text_in_their_languages(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """The field is Arabic and right to left on an English page; the source is English and left to right."""
    page = ani.get(editor(opened[0])).text
    field = re.search(r"<textarea[^>]*>", page)
    assert field is not None
    assert 'lang="ar" dir="rtl"' in field[0]
    assert '<p class="source" lang="en" dir="ltr">' in page
    assert opened[1][:30] in page


def test_saving_keeps_the_text_and_publishing_shows_it(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A saved text waits; a published one is what learners get."""
    number, _ = opened
    assert "Saved." in send(ani, editor(number), editor(number), **{"form-0": "نص جديد تماما", "do": "save"})
    kept = translation(app, number)
    assert (kept.forms, kept.state) == (["نص جديد تماما"], "translated")
    assert kept.published_forms != kept.forms
    page = send(ani, editor(number), editor(number), **{"form-0": "نص جديد تماما", "do": "publish"})
    assert "Every learner sees it" in page
    assert translation(app, number).published_forms == ["نص جديد تماما"]


def test_text_that_breaks_the_page_is_kept_and_not_published(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A text with a tag is stored as work to do, with the reason beside it; what learners see stays."""
    number, _ = opened
    before = translation(app, number).published_forms
    page = send(ani, editor(number), editor(number), **{"form-0": "نص <script>alert(1)</script>", "do": "publish"})
    assert "Kept, but not published" in page
    assert "Keeps it from being published" in page
    assert "<script>alert" not in page
    kept = translation(app, number)
    assert (kept.forms[0][:2], kept.state, kept.published_forms) == ("نص", "needs-work", before)


def test_second_of_two_saves_is_kept_as_a_suggestion(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """Both began at one revision: the first stands, the second sees both, and theirs is an open suggestion."""
    number, _ = opened
    mira = worker(app, "mira", Role.TRANSLATOR)
    page = hidden_fields(mira.get(editor(number)).text)
    send(ani, editor(number), editor(number), **{"form-0": "نص آني", "do": "save"})
    kept = {name: page[name] for name in ("csrf_token", "rev", "based_on")}
    answer = mira.client.post(editor(number), data={**kept, "form-0": "نص ميرا", "do": "next"}, follow_redirects=True)
    assert "Two people saved at once" in answer.text
    assert "نص آني" in answer.text
    assert "نص ميرا" in answer.text
    assert translation(app, number).forms == ["نص آني"]
    with app.app_context():
        assert [one.forms for one in current_session(app).scalars(select(Suggestion))] == [["نص ميرا"]]


def test_suggester_suggests_and_a_translator_decides(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """Who may only suggest never changes the text; accepting makes it the text, rejecting wants a reason."""
    number, _ = opened
    sami = worker(app, "sami", Role.SUGGESTER)
    before = translation(app, number).forms
    page = send(sami, editor(number), editor(number), **{"form-0": "اقتراح سامي", "do": "save"})
    assert "Your suggestion is kept" in page
    assert translation(app, number).forms == before
    with app.app_context():
        offer = current_session(app).scalars(select(Suggestion.id)).one()
    address = editor(number, f"/suggestion/{offer}")
    assert sami.client.post(address, data={"csrf_token": sami.token(editor(number))}).status_code == 404
    assert "Say why" in send(ani, address, editor(number), decision="rejected", reason=" ")
    send(ani, address, editor(number), decision="accepted")
    assert translation(app, number).forms == ["اقتراح سامي"]


def test_draft_comes_back_until_it_is_thrown_away(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """What was typed and not saved stands in the field the next time, for that person alone."""
    number, _ = opened
    mira = worker(app, "mira", Role.TRANSLATOR)
    send(ani, editor(number, "/draft"), editor(number), **{"form-0": "مسودة لم تحفظ"})
    assert "مسودة لم تحفظ" in ani.get(editor(number)).text
    page = mira.get(editor(number)).text
    assert "مسودة لم تحفظ" not in page
    assert "has this open too" in page
    send(ani, editor(number, "/draft"), editor(number), drop="yes")
    assert "مسودة لم تحفظ" not in ani.get(editor(number)).text
    with app.app_context():
        assert current_session(app).scalars(select(TextDraft)).all() == []


def test_preview_is_the_learners_page_with_the_text_marked(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """The text stands in its lesson, marked and escaped, in its own direction; nothing is saved."""
    number, _ = opened
    before = translation(app, number).forms
    fields = {"form-0": "نص & **مهم**"}
    page = send(ani, editor(number, "/preview"), editor(number), **fields)
    assert re.search(r'class="shown" id="here"[^>]*>.*نص &amp; <strong>مهم</strong>', page, re.DOTALL)
    assert 'lang="ar" dir="rtl" disabled' in page
    assert translation(app, number).forms == before
    hostile = send(ani, editor(number, "/preview"), editor(number), **{"form-0": "<img src=x onerror=alert(1)>"})
    assert "<img" not in hostile
    assert "Learners still see the earlier translation" in hostile
    assert "نص &amp; <strong>مهم</strong>" in send(ani, editor(number), editor(number), **fields, do="show")


def test_preview_of_every_message_renders(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """Of each kind of message (a title, a question, a story's scene, a drawing's words, the interface) there is a preview."""
    with app.app_context():
        rows = (
            current_session(app)
            .execute(select(StoredMessage.domain, StoredMessage.kind, StoredMessage.id).order_by(StoredMessage.id))
            .all()
        )
    first = {(row[0], row[1]): row[2] for row in reversed(rows)}
    assert {kind for _, kind in first} >= {"title", "quiz", "story", "text", "alt"}
    for (domain, _), number in first.items():
        page = ani.get(f"/en/translate/ar/{domain}/{number}?show=1")
        assert page.status_code == 200
        assert 'id="here"' in page.text, (domain, number)


def test_list_finds_words_of_the_translation(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A search looks into the source, the context and the translation, whatever its script."""
    number, source = opened
    send(ani, editor(number), editor(number), **{"form-0": "كلمةنادرةجدا", "do": "save"})
    page = ani.get(f"/en/translate/ar/{COURSE}/?q=نادرةجدا").text
    assert source[:30] in page
    assert page.count('class="line ') == 1
    assert "No message is here" in ani.get(f"/en/translate/ar/{COURSE}/?q=zzqq").text


def test_list_pages_follow_each_other(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """25 messages a page; the next page begins where the first ends, and there is a way back."""
    page = ani.get(f"/en/translate/ar/{COURSE}/").text
    assert page.count('class="line ') == 25
    on = re.search(r'href="([^"]*after=[^"]*)"', page)
    assert on is not None
    following = ani.get(on[1].replace("&amp;", "&")).text
    shown = set(re.findall(r'class="line__source" href="([^"]+)"', page))
    assert not shown & set(re.findall(r'class="line__source" href="([^"]+)"', following))
    assert "before=" in following


def test_link_on_a_learners_page_leads_to_its_messages(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """From an Arabic lesson to the list of that lesson, from other pages to the interface; only for its translators."""
    course = site_of(app).library.current().courses[COURSE]
    item = next(iter(course.items.values()))
    lesson = f"/ar/c/{course.code}/{item.code}"
    assert f"translate/here?at={lesson}" in ani.get(lesson).text
    assert "translate/here" not in ani.get(lesson.replace("/ar/", "/fr/")).text
    assert "translate/here" not in Visitor(app).get(lesson).text
    assert ani.get(f"/ar/translate/here?at={lesson}").location.endswith(
        f"/ar/translate/ar/{COURSE}/?filter=item:{item.id}"
    )
    assert ani.get("/ar/translate/here?at=/ar/help").location.endswith("/ar/translate/ar/interface/")


def test_changed_source_is_shown_word_by_word(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """An old translation shows what is gone from its source and what is new, in words as well."""
    number, source = opened
    with app.app_context():
        session = current_session(app)
        row = session.scalars(select(Translation).where(Translation.message_id == number)).one()
        row.based_on = f"Formerly {source}"
        session.commit()
    page = ani.get(editor(number)).text
    assert re.search(r"<del>.*gone:.*Formerly ", page)
    assert "Old: the source has changed" in page


def test_history_brings_an_old_text_back(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """Going back is a new entry; nothing of the history goes."""
    number, _ = opened
    first = translation(app, number).forms
    send(ani, editor(number), editor(number), **{"form-0": "نص آخر", "do": "save"})
    page = ani.get(editor(number, "?tab=history")).text
    back = re.search(r'action="([^"]*/history/\d+)"', page)
    assert back is not None
    send(ani, back[1], editor(number))
    assert translation(app, number).forms == first
    assert "نص آخر" in ani.get(editor(number, "?tab=history")).text


def test_comment_is_kept_once_however_often_it_is_sent(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A second press of one form says nothing again; the same words from a page opened anew do."""
    number, _ = opened
    for presses in (2, 1):
        hidden = hidden_fields(ani.get(editor(number, "?tab=comments")).text)
        typed = {"text": "Formal?", "to": "here"} | {name: hidden[name] for name in ("csrf_token", "form_key")}
        pages = [ani.client.post(editor(number, "/comment"), data=typed, follow_redirects=True) for _ in range(presses)]
        assert ("done once" in pages[-1].text) == (presses == 2)
    assert "2 open comments" in ani.get(editor(number)).text


def test_comment_and_report_are_seen(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A comment stands in its tab and in the list's count; a report on the source is marked as one."""
    number, _ = opened
    page = send(ani, editor(number, "/comment"), editor(number), text="<b>Who</b> is meant?", to="here")
    assert "&lt;b&gt;Who&lt;/b&gt; is meant?" in page
    assert "The author will see it" in send(ani, editor(number, "/comment"), editor(number), text="A typo", to="source")
    assert "2 open comments" in ani.get(editor(number)).text


def test_publishing_all_needs_a_reviewer(fully_opened_app: Flask) -> None:
    """A reviewer publishes everything that is ready; a translator has no such button."""
    app = fully_opened_app
    ani, mira = worker(app, "ani", Role.REVIEWER), worker(app, "mira", Role.TRANSLATOR)
    number, _ = first_text(app)
    send(mira, editor(number), editor(number), **{"form-0": "نص للنشر", "do": "save"})
    address = f"/en/translate/ar/{COURSE}/publish"
    assert address not in mira.get("/en/translate/ar/").text
    token = mira.token(editor(number))
    assert mira.client.post(address, data={"csrf_token": token}).status_code == 404
    assert "One text is published" in send(ani, address, editor(number))
    assert translation(app, number).published_forms == ["نص للنشر"]


def test_interface_is_listed_without_items_to_choose(ani: Visitor) -> None:
    """The list of a course offers its items; the list of the site itself has messages, and no items."""
    assert 'value="item:' in ani.get(f"/en/translate/ar/{COURSE}/").text
    listed = ani.get("/en/translate/ar/interface/")
    assert listed.status_code == 200
    assert re.search(r'href="/en/translate/ar/interface/\d+', listed.text)
    assert 'value="item:' not in listed.text


def test_plural_message_has_a_field_for_each_form(app: Flask, ani: Visitor) -> None:
    """Six fields in Arabic, each saying for which numbers it is."""
    assert ani.get("/en/translate/ar/interface/").status_code == 200
    with app.app_context():
        number = current_session(app).scalars(select(StoredMessage.id).where(StoredMessage.plural != "")).first()
    page = ani.get(f"/en/translate/ar/interface/{number}").text
    assert page.count("<textarea") == 6
    assert "For 3, 4, 5, 6 and so on" in page.replace("\u2068", "").replace("\u2069", "")


def test_finding_is_set_aside_with_a_reason(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A warning goes when somebody says why it is wrong, and the reason stays to be read."""
    number, source = opened
    page = send(ani, editor(number), editor(number), **{"form-0": source, "do": "save"})
    assert "The translation is the same as the source" in page
    page = send(ani, editor(number, "/check"), editor(number), check="same", reason="It is a name")
    assert "The translation is the same as the source" not in page
    assert "It is a name" in page


def test_made_up_forms_are_refused(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A missing field, an unknown button and a number that is none are bad requests, and nothing changes."""
    number, _ = opened
    before = translation(app, number).forms
    token = ani.token(editor(number))
    for fields in ({"rev": "1"}, {"form-0": "x", "rev": "-1"}, {"form-0": "x", "rev": "1", "do": "explode"}):
        assert ani.client.post(editor(number), data={"csrf_token": token, **fields}).status_code == 400
    assert translation(app, number).forms == before


@pytest.mark.parametrize("tab", ["nearby", "memory", "terms", "others", "comments", "history"])
def test_pages_stay_small_and_ask_little(app: Flask, ani: Visitor, opened: tuple[int, str], tab: str) -> None:
    """The editor: at most 9 statements (one says where one is) and 60 KB, the preview included. A list: at most 5 statements."""
    address = editor(opened[0], f"?tab={tab}&show=1")
    ani.get(address)
    with counted(app) as sent:
        page = ani.get(address)
    # A worker looks for newly published texts every two seconds, whichever page is asked for then.
    own = [statement for statement in sent if not statement.startswith("SELECT catalog_version")]
    assert len(own) <= 9, own
    assert len(page.data) <= 60_000
    with counted(app) as sent:
        ani.get(f"/en/translate/ar/{COURSE}/")
    assert len(sent) <= 5, sent


def test_address_of_another_message_changes_nothing(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """A suggestion for one text is not decided about on the page of another, nor with a word that is no decision."""
    number, sami = opened[0], worker(app, "sami", Role.SUGGESTER)
    before = translation(app, number).forms
    send(sami, editor(number), editor(number), **{"form-0": "اقتراح سامي", "do": "save"})
    with app.app_context():
        offer = current_session(app).scalars(select(Suggestion.id)).one()
        other = (
            current_session(app)
            .scalars(select(StoredMessage.id).where(StoredMessage.domain == COURSE, StoredMessage.id != number))
            .first()
        )
    form = {"csrf_token": ani.token(editor(number)), "rev": "0", "reason": "Mine"}
    for place, decision, status in ((other or 0, "accepted", 404), (number, "perhaps", 400), (number, "", 400)):
        answer = ani.client.post(editor(place, f"/suggestion/{offer}"), data={**form, "decision": decision})
        assert answer.status_code == status
    with app.app_context():
        kept = current_session(app).scalars(select(Suggestion)).one()
        assert (kept.decision, kept.decided_at) == (None, None)
    assert translation(app, number).forms == before


def test_page_that_no_list_leads_to_is_not_there(app: Flask, ani: Visitor, opened: tuple[int, str]) -> None:
    """No place in a list, a message of another domain, and a text so long that no field takes it."""
    number, turn = opened[0], f"/en/translate/ar/{COURSE}/turn"
    assert ani.get(f"{turn}?after=0.0").status_code == 302
    assert [ani.get(f"{turn}{place}").status_code for place in ("", "?after=x.1", "?before=1")] == [404] * 3
    form = {"csrf_token": ani.token(editor(number)), "form-0": "نص", "rev": "0"}
    assert ani.client.post(editor(number, "/preview"), data=form).status_code == 200
    assert ani.get("/en/translate/ar/interface/").status_code == 200
    elsewhere = f"/en/translate/ar/interface/{number}/preview"
    assert ani.client.post(elsewhere, data=form).status_code == 404
    endless = {**form, "form-0": "ن" * (rules.MAX_FORM + 1)}
    assert ani.client.post(editor(number, "/preview"), data=endless).status_code == 400
