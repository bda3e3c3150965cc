"""What a reader sees: translations, fallbacks, stale texts, groups, drawings; live without a restart."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from coplearn.authoring.problems import Place, Problems
from coplearn.courses import catalogs
from coplearn.courses.course import Course, opaque_code
from coplearn.courses.library import load_library
from coplearn.courses.live_library import LiveLibrary
from coplearn.courses.pages import CoursePage, PageHelpers, RenderCache, rendered_key
from coplearn.courses.plugin import Message, View
from coplearn.courses.texts import Catalog, CatalogEntry, Texts, completeness
from coplearn.i18n import po
from tests.courses.makecourse import DRAWING, LESSON, LOCALES, STORY, Folder, make_course

EN, FR, AR = LOCALES.get("en"), LOCALES.get("fr"), LOCALES.get("ar")


def message(context: str, text: str = "Two words", group: str | None = None, *, critical: bool = False) -> Message:
    """A message of a page."""
    return Message(context, text, Place("a.md"), group=group, critical=critical)


def texts(messages: list[Message], entries: dict[str, CatalogEntry]) -> Texts:
    """The French reader's words."""
    return Texts(messages, EN, [(FR, Catalog("fr", entries, "1"))])


OK = CatalogEntry("Deux mots", "Two words")
STALE = CatalogEntry("Un mot", "One word", fuzzy=True)


@pytest.mark.parametrize(
    ("entry", "critical", "text", "fallback", "stale"),
    [
        (OK, False, "Deux mots", False, False),
        (None, False, "Two words", True, False),
        (CatalogEntry("", "Two words"), False, "Two words", True, False),
        (STALE, False, "Un mot", False, True),
        (STALE, True, "Two words", True, False),
        (CatalogEntry("Un mot", "One word"), False, "Un mot", False, True),
        (CatalogEntry("<b>Deux</b>", "Two words"), False, "Two words", True, False),
        (CatalogEntry("Deux [mots](help:)", "Two words"), False, "Two words", True, False),
    ],
)
def test_text_shown(entry: CatalogEntry | None, critical: bool, text: str, fallback: bool, stale: bool) -> None:
    """The translation where it may be shown; else the source, with its language and direction."""
    found = texts([message("p#a", critical=critical)], {"p#a": entry} if entry else {}).get("p#a")
    assert (found.text, found.fallback, found.stale) == (text, fallback, stale)
    assert (found.lang, found.dir) == (("en", "ltr") if fallback else ("fr", "ltr"))


@pytest.mark.parametrize("spoilt", [None, CatalogEntry("", ""), STALE, CatalogEntry("a\u202e", "Two words")])
def test_text_group_is_shown_whole_or_not_at_all(spoilt: CatalogEntry | None) -> None:
    """A quiz question never mixes languages, nor an old stem with new answers."""
    messages = [message(f"q#{name}", group="q#1") for name in "abc"] + [message("q#alone")]
    entries = dict.fromkeys(("q#a", "q#b", "q#c", "q#alone"), OK)
    assert not any(texts(messages, entries).get(one.context).fallback for one in messages)
    entries.pop("q#b")
    if spoilt is not None:
        entries["q#b"] = spoilt
    shown = texts(messages, entries)
    assert [shown.get(one.context).fallback for one in messages] == [True, True, True, False]


@pytest.mark.parametrize(
    ("source", "target"), [("Never send such a picture", "Envoyez cette image"), ("Wait for 24 hours", "Attendez")]
)
def test_question_that_lost_a_never_or_a_number_is_shown_in_the_source(source: str, target: str) -> None:
    """No author has to mark the options of a check: a learner is never asked whether to do what must not be done."""
    lost = {"q#a": OK, "q#b": CatalogEntry(target, source)}
    asked = texts([message("q#a", group="q#1"), message("q#b", source, group="q#1")], lost)
    assert [asked.get(context).text for context in lost] == ["Two words", source]
    told = texts([message("q#a"), message("q#b", source)], lost)
    assert [told.get(context).text for context in lost] == ["Deux mots", target]


def test_text_goes_through_the_registrys_fallback() -> None:
    """A language may name another to try before the source, and the reader is told which it is."""
    chain = [(AR, None), (FR, Catalog("fr", {"p#a": OK}, "1"))]
    shown = Texts([message("p#a"), message("p#b")], EN, chain)
    assert [(shown.get(name).lang, shown.get(name).fallback) for name in ("p#a", "p#b")] == [("fr", True), ("en", True)]
    source = Texts([message("p#a")], EN, [(EN, None)]).get("p#a")
    assert (source.text, source.fallback) == ("Two words", False)


def test_completeness_counts_stale_and_blocked_as_not_done() -> None:
    """Nobody reads 100 % while a text still waits."""
    messages = [message(f"p#{name}") for name in "abc"]
    assert completeness(messages, None) == 0
    assert (
        completeness(messages, Catalog("fr", {"p#a": OK, "p#b": STALE, "p#c": CatalogEntry("<b>", "Two words")}, "1"))
        == 33
    )
    assert completeness(messages, Catalog("fr", dict.fromkeys(("p#a", "p#b", "p#c"), OK), "1")) == 100


def _say(text: str, **params: object) -> str:
    return f"<{text}>"


def page(course: Course, shown: Texts, item: str = "first-page") -> CoursePage:
    """The page of an item as the site would make it."""
    site = PageHelpers(
        say=_say,
        item_url=lambda item: f"/c/{item.code}",
        help_url=lambda: "/help",
        number=str,
        say_phrase=lambda phrase: _say(phrase.text, **phrase.params),
        fill=lambda translated, phrase: translated % phrase.params,
        words=lambda domain: None,
        asset_url=lambda address: f"/static/plugins/{address}",
    )
    return CoursePage(course, course.items[item], shown, EN, site)


def html_of(course: Course, shown: Texts, item: str = "first-page") -> str:
    """The item as this reader gets it."""
    found = course.items[item]
    return str(course.kinds[found.kind].render(found, page(course, shown, item), View()))


def translate(folder: Folder, code: str, words: dict[str, str]) -> None:
    """Bring the catalog up to date and write some translations into it."""
    course = folder.course()
    catalogs.update(course, LOCALES.get(code), Problems())
    path = catalogs.catalog_path(folder.path, code)
    file = po.read_po(path, by_context=True).file
    assert file is not None
    for entry in file:
        entry.msgstr = words.get(entry.msgctxt or "", entry.msgstr)
    po.write_po(file, path)


def test_lesson_shows_each_block_in_its_language_with_structure_from_the_source(tmp_path: Path) -> None:
    """Translated blocks stand as they are; the others say their language and direction; the tree is the source's."""
    folder = make_course(tmp_path)
    translate(folder, "ar", {"first-page#bfcix4d": "\u0645\u0627 **\u064a\u0633\u0627\u0639\u062f**"})
    live_library = LiveLibrary([tmp_path], frozenset(), LOCALES, installed=False)
    course = live_library.current().courses["my-course"]
    html = html_of(course, live_library.texts(course, AR))
    assert "<h2>\u0645\u0627 <strong>" in html
    assert '<li lang="en" dir="ltr" class="untranslated"><strong>Sit beside your child.</strong>' in html
    assert "<span" not in html
    assert '<th scope="col" lang="en" dir="ltr" class="align-start untranslated">When</th>' in html
    assert '<aside class="callout callout--try"><p class="callout__title">&lt;Try this&gt;</p>' in html
    assert f'<a href="/c/{course.items["first-story"].code}">the story</a>' in html
    assert '<a href="/help">' in html
    assert '<section class="sources">' in html
    assert '<bdi lang="en" dir="ltr">General comment' in html
    assert "style=" not in html


def test_what_is_heard_in_place_of_a_text_is_in_its_language(tmp_path: Path) -> None:
    """A text that is said otherwise carries how, where that is known in the language it is shown in; its item stays what it was."""
    folder = make_course(tmp_path)
    before = folder.course()
    say = (
        {"bcheaqg": "It was in twenty twenty-one."},
        {"evening.text": "Sami & Noor.", "evening.choice.sit": "Sit."},
    )
    folder.swap(LESSON, "minutes: 2", f"minutes: 2\nsay: {say[0]}")
    folder.swap(STORY, "minutes: 2", f"minutes: 2\nsay: {say[1]}")
    course = folder.course()
    assert [item.digest for item in course.items.values()] == [item.digest for item in before.items.values()]
    english = Texts(course.messages, EN)
    assert '<p data-say="It was in twenty twenty-one.">A good talk' in html_of(course, english)
    story = html_of(course, english, "first-story")
    assert '<div data-say="Sami &amp; Noor."><p>' in story
    assert 'data-say="Sit." type="submit"' in story
    translate(folder, "fr", {"first-page#bcheaqg": "Une bonne conversation ([ONU, 2021](ref:un-gc25))."})
    course = folder.course()
    assert "data-say" not in html_of(course, Texts(course.messages, EN, [(FR, course.catalogs["fr"])]))
    translate(folder, "fr", {"first-page#bcheaqg.say": "En deux mille vingt et un."})
    course = folder.course()
    assert '<p data-say="En deux mille' in html_of(course, Texts(course.messages, EN, [(FR, course.catalogs["fr"])]))


def test_lesson_drawing_is_mirrored_and_its_labels_stand_upright(tmp_path: Path) -> None:
    """Shapes turn over in Arabic; words do not, and an untranslated label says its language."""
    folder = make_course(tmp_path)
    folder.swap(DRAWING, 'x="320"', 'x="200"')
    course = folder.course()
    english, arabic = (
        html_of(course, Texts(course.messages, EN)),
        html_of(course, Texts(course.messages, EN, [(AR, None)])),
    )
    assert '<tspan x="200"' in english
    assert "scale(-1 1)" not in english
    assert '<g transform="translate(640 0) scale(-1 1)">' in arabic
    assert '<tspan x="440"' in arabic
    assert 'lang="en" dir="ltr" direction="ltr"><tspan' in arabic
    assert '<figure class="figure"><svg role="img" viewBox="0 0 640 240"><title' in arabic


def test_lesson_drawing_label_is_wrapped_to_its_room(tmp_path: Path) -> None:
    """A longer language gets more lines, never a wider drawing; hostile words stay words."""
    folder = make_course(tmp_path)
    label = "media.two-chairs#side-by-side"
    words = "Assis c\u00f4te \u00e0 c\u00f4te & tranquillement, sans hâte ni crainte"
    translate(folder, "fr", {label: words})
    course = folder.course()
    html = html_of(course, Texts(course.messages, EN, [(FR, course.catalogs["fr"])]))
    assert html.count("<tspan") == 3
    assert "&amp;" in html


def test_catalog_save_is_live_without_a_restart(tmp_path: Path) -> None:
    """The next page after a save shows the text; a file broken by hand leaves the last good one in place."""
    folder = make_course(tmp_path)
    live_library = LiveLibrary([tmp_path], frozenset(), LOCALES, installed=False, poll=0)
    course = live_library.current().courses["my-course"]
    assert live_library.texts(course, FR).get("course#title").fallback
    before = rendered_key(course, course.items["first-page"], live_library.texts(course, FR))
    translate(folder, "fr", {"course#title": "Un premier cours"})
    course = live_library.current().courses["my-course"]
    assert live_library.texts(course, FR).get("course#title").text == "Un premier cours"
    assert live_library.completeness(course, FR) == 1
    assert rendered_key(course, course.items["first-page"], live_library.texts(course, FR)) != before
    folder.write("translations/fr.po", b"<<<<<<< ours\n")
    course = live_library.current().courses["my-course"]
    assert live_library.texts(course, FR).get("course#title").text == "Un premier cours"
    assert live_library.current() is live_library.current()


def test_one_changed_catalog_is_read_and_no_other(tmp_path: Path) -> None:
    """A translator's file comes, changes and goes while the site runs; the other languages are not read again."""
    folder = make_course(tmp_path)
    translate(folder, "fr", {"course#title": "Mon cours"})
    translate(folder, "es", {"course#title": "Mi curso"})
    live = LiveLibrary([tmp_path], frozenset(), LOCALES, installed=False, poll=0)
    before = live.current().courses["my-course"].catalogs
    translate(folder, "fr", {"course#title": "Notre cours"})
    after = live.current().courses["my-course"].catalogs
    assert after["fr"].entries["course#title"].text == "Notre cours"
    assert after["es"] is before["es"]
    (folder.path / "translations" / "es.po").unlink()
    gone = live.current().courses["my-course"].catalogs
    assert "es" not in gone
    assert gone["fr"] is after["fr"]


def test_shelf_serves_many_threads_one_library(tmp_path: Path) -> None:
    """Every thread that asks at the start gets the same, whole library."""
    make_course(tmp_path)
    live_library = LiveLibrary([tmp_path], frozenset(), LOCALES, installed=False)
    seen: list[object] = []
    threads = [threading.Thread(target=lambda: seen.append(live_library.current())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len({id(one) for one in seen}) == 1


def test_rendered_lessons_are_kept_by_what_they_depend_on(tmp_path: Path) -> None:
    """Markdown is rendered once, not for each request; the oldest page makes room."""
    store = RenderCache[object](size=2)
    made: list[str] = []
    course = make_course(tmp_path).course()
    shown = Texts(course.messages, EN)

    def render() -> object:
        made.append("x")
        return page(course, shown).blocks("course#summary")

    for key in (("a",), ("a",), ("b",), ("c",), ("a",)):
        store.get(key, render)
    assert len(made) == 4


def test_course_position_and_addresses(tmp_path: Path) -> None:
    """Where one is, what comes before and after; addresses that say nothing of the topic and never collide."""
    course = make_course(tmp_path).course()
    first, last = course.position("first-page"), course.position("first-action")
    assert (first.module_number, first.modules, first.item_number, first.items) == (1, 1, 1, 4)
    assert (first.previous, first.next, last.next) == (None, "first-story", None)
    assert course.checks == ("first-check",)
    assert course.item_by_code(course.items["first-check"].code) is course.items["first-check"]
    with pytest.raises(KeyError):
        course.position("nobody")
    code = opaque_code("my-course")
    assert course.code == code
    assert opaque_code("my-course", {code}) == opaque_code("my-course", {code})[:7]
    assert len(opaque_code("my-course", {code})) == 7


def test_course_digest_follows_content_and_not_translations(tmp_path: Path) -> None:
    """Records pin what was read; a new translation does not change it, a new word does."""
    folder = make_course(tmp_path)
    digest = folder.course().digest
    translate(folder, "fr", {"course#title": "Un cours"})
    catalogs.extract(folder.course())
    assert folder.course().digest == digest
    folder.swap(LESSON, "A good talk", "A fine talk")
    assert folder.course().digest != digest


def test_catalog_template_is_in_reading_order_and_stable(tmp_path: Path) -> None:
    """Two runs write the same bytes: no dates, no line numbers."""
    folder = make_course(tmp_path)
    course = folder.course()
    assert catalogs.extract(course)
    assert not catalogs.extract(folder.course())
    assert not catalogs.is_template_stale(folder.course())
    text = folder.read("course.pot")
    contexts = [line for line in text.split("\n") if line.startswith("msgctxt")]
    assert contexts[0] == 'msgctxt "course#title"'
    assert contexts.index('msgctxt "first-page#title"') < contexts.index('msgctxt "first-story#title"')
    assert "#. words that a parent can really say" in text
    assert "Date" not in text
    assert f"#: {LESSON}\n" in text
    folder.swap(LESSON, "A good talk", "A fine talk")
    assert catalogs.is_template_stale(folder.course())


def test_courses_for_one_reader_come_before_those_for_several(tmp_path: Path) -> None:
    """Who says that they teach is not led to a course for everybody first; folders' names say nothing of that."""
    for name, audiences in (
        ("a-drill", "[policymakers, educators]"),
        ("b-school", "[educators]"),
        ("c-home", "[parents]"),
    ):
        folder = make_course(tmp_path, name)
        folder.swap("course.yaml", "id: my-course", f"id: {name}")
        text = (folder.path / "course.yaml").read_text(encoding="utf-8")
        folder.write("course.yaml", re.sub(r"audiences: .*", f"audiences: {audiences}", text).encode())
    library = load_library([tmp_path], frozenset(), LOCALES, installed=False)
    assert list(library.courses) == ["c-home", "b-school", "a-drill"]
