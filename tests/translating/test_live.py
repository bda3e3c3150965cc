"""What one process publishes, every other shows: courses and the interface, on both engines, without a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polib
import pytest
from flask import Flask
from sqlalchemy import create_engine

from coplearn.app import create_app
from coplearn.courses.live_library import LiveLibrary
from coplearn.i18n import po
from coplearn.i18n.catalogs import Interface
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import Locale
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.catalogs.publishing import PublishedTexts
from coplearn.translating.editing import message_detail, queries
from coplearn.translating.store import edits, rules
from tests.courses.makecourse import HOME, Folder, make_course
from tests.translating.store import AR, FR, NOW, RU, message_id_of, statements

ANI = rules.Actor(None, "ani")
TITLE = "course#title"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A course outside the product's own folder."""
    (tmp_path / "more").mkdir()
    return make_course(tmp_path / "more")


@pytest.fixture
def other(each_app: Flask, folder: Folder) -> Iterator[Flask]:
    """A second process of the same site: it looks at every request, so that no test waits."""
    app = create_app(_settings(each_app, folder), poll=0)
    app.testing = True
    yield app
    engine_of(app).dispose()


def _settings(app: Flask, folder: Folder) -> Settings:
    settings = site_of(app).settings
    return replace(settings, course_path=(folder.path.parent,))


def opened(app: Flask, folder: Folder, locale: Locale) -> list[rules.SourceMessage]:
    """The course, opened in the store for that language."""
    course = folder.course()
    wanted = rules.sources_of_course(course)
    path = folder.path / "translations" / f"{locale.code}.po"
    file = po.read_po(path, by_context=True).file
    entries = rules.entries_of(file, course.id) if file is not None else {}
    sync.open_catalog(engine_of(app), course.id, wanted, locale, lambda: entries, NOW)
    return wanted


def published(app: Flask, domain: str, context: str, words: str, locale: Locale) -> int:
    """Translate a message and publish it; the catalog's version."""
    with app.app_context():
        session = current_session(app)
        number = message_id_of(session, domain, context)
        assert number is not None
        rev = message_detail.one_message(session, number, locale.code, None, NOW).translation.rev
        saved = edits.save(session, ANI, number, locale, [words], rev, NOW)
        version = publishing.publish_message(session, number, locale, saved.rev, NOW)
        session.commit()
        return version


def _live_library(app: Flask) -> LiveLibrary:
    return site_of(app).library


def test_a_published_lesson_is_read_in_the_other_process(each_app: Flask, other: Flask, folder: Folder) -> None:
    """A learner of another process reads the new words at the next request, and nothing before they are published."""
    wanted = opened(each_app, folder, AR)
    item = next(iter(folder.course().items.values()))
    block = next(
        one
        for one in wanted
        if one.item == item.id and one.kind == "text" and one.text.isascii() and not set(one.text) & set("[*'&`")
    )
    course = _live_library(other).current().courses["my-course"]
    address = f"/ar/c/{course.code}/{course.items[item.id].code}"
    client = other.test_client()
    assert block.text in client.get(address).text
    with each_app.app_context():
        session = current_session(each_app)
        number = message_id_of(session, "my-course", block.context)
        assert number is not None
        edits.save(session, ANI, number, AR, ["كلمات جديدة"], 0, NOW)
        session.commit()
    assert "كلمات جديدة" not in client.get(address).text
    published(each_app, "my-course", block.context, "كلمات جديدة تماماً", AR)
    page = client.get(address).text
    assert "كلمات جديدة تماماً" in page
    assert block.text not in page
    published(each_app, "my-course", block.context, "وأخرى", AR)
    assert "وأخرى" in client.get(address).text


def test_published_texts_stand_before_the_file_and_survive_its_change(
    each_app: Flask, other: Flask, folder: Folder
) -> None:
    """A file that a tool writes later does not hide what was published since."""
    folder.write("translations/ar.po", _po("من الملف"))
    opened(each_app, folder, AR)
    live_library = _live_library(other)
    first = live_library.current().courses["my-course"]
    assert live_library.texts(first, AR).get(TITLE).text == "من الملف"
    published(each_app, "my-course", TITLE, "من المحرر", AR)
    second = live_library.current().courses["my-course"]
    assert live_library.texts(second, AR).get(TITLE).text == "من المحرر"
    assert live_library.texts(second, AR).version != live_library.texts(first, AR).version
    folder.write("translations/ar.po", _po("من الملف مرة أخرى"))
    third = live_library.current().courses["my-course"]
    assert live_library.texts(third, AR).get(TITLE).text == "من المحرر"
    assert live_library.completeness(third, AR) >= live_library.completeness(first, AR)


def _po(words: str) -> str:
    title = make_title()
    return (
        f'msgid ""\nmsgstr "Language: ar\\nPlural-Forms: {AR.plural}\\n"\n\n'
        f'msgctxt "{TITLE}"\nmsgid "{title}"\nmsgstr "{words}"\n'
    )


def make_title() -> str:
    """The title of the template course."""
    line = next(
        line
        for line in (HOME / "courses" / "_template" / "course.yaml").read_text(encoding="utf-8").splitlines()
        if line.startswith("title:")
    )
    return line.removeprefix("title:").strip().strip("\"'")


def test_a_withdrawn_text_shows_the_source_again(each_app: Flask, other: Flask, folder: Folder) -> None:
    """Emptying a text and publishing that takes it off the page, even when the file still has it."""
    folder.write("translations/ar.po", _po("من الملف"))
    opened(each_app, folder, AR)
    live_library = _live_library(other)
    assert live_library.texts(live_library.current().courses["my-course"], AR).get(TITLE).text == "من الملف"
    published(each_app, "my-course", TITLE, "", AR)
    found = live_library.texts(live_library.current().courses["my-course"], AR).get(TITLE)
    assert (found.fallback, found.text) == (True, make_title())


def test_the_interface_is_live_with_its_plurals(each_app: Flask, other: Flask, folder: Folder) -> None:
    """A sentence and a counted one, translated in one process, are said by the other's catalogs."""
    wanted = [
        rules.SourceMessage(domain="interface", context="", text="Ask us.", kind="interface"),
        rules.SourceMessage(
            domain="interface", context="", text="%(num)s day", plural="%(num)s days", kind="interface"
        ),
        rules.SourceMessage(domain="interface", context="button", text="Open", kind="interface"),
    ]
    engine = engine_of(each_app)
    sync.open_catalog(engine, "interface", wanted, AR, dict, NOW)
    folder.write("ar/LC_MESSAGES/messages.po", 'msgid ""\nmsgstr ""\n\nmsgid "Known."\nmsgstr "معروف."\n')
    catalogs = LiveCatalogs(folder.path, published=PublishedTexts(engine_of(other), poll=0), poll=0)
    assert catalogs.translations(AR).gettext("Ask us.") == "Ask us."
    before = catalogs.version(AR)
    days = ["لا أيام", "يوم", "يومان", "%(num)s أيام", "%(num)s يوماً", "%(num)s يوم"]
    with each_app.app_context():
        session = current_session(each_app)
        for row, forms in zip(
            queries.message_list(session, "interface", "ar").rows, (["اسألونا."], days, ["افتحوا"]), strict=True
        ):
            edits.save(session, ANI, row.id, AR, forms, 0, NOW)
        assert publishing.publish_ready(session, "interface", AR, NOW) == 3
        session.commit()
    found = catalogs.translations(AR)
    assert catalogs.version(AR) != before
    assert found.gettext("Ask us.") == "اسألونا."
    assert [found.ngettext("%(num)s day", "%(num)s days", number) for number in (0, 1, 2, 3, 11, 100)] == days
    assert found.pgettext("button", "Open") == "افتحوا"
    assert found.gettext("Known.") == "معروف."
    # How far a language is counts both: what was published, and what only the file has.
    assert catalogs.texts(AR) - {""} == {"Known.", "Ask us.", "button\x04Open", "%(num)s day"}


def _interface_file(locale: Locale) -> polib.POFile:
    file = po.read_po(Interface(HOME).path(locale)).file
    assert file is not None
    return file


@pytest.mark.whole
def test_adopting_the_real_catalogs_changes_no_word(each_app: Flask, other: Flask, folder: Folder) -> None:
    """The parents' course and the interface say in the store exactly what their files say."""
    live_library = _live_library(each_app)
    course = live_library.current().courses["cop-parents"]
    file = po.read_po(course.folder / "translations" / "ar.po", by_context=True).file
    assert file is not None
    before = live_library.texts(course, AR)
    entries = rules.entries_of(file, course.id)
    wanted = rules.sources_of_course(course)
    sync.open_catalog(engine_of(each_app), course.id, wanted, AR, lambda: entries, NOW)
    interface = rules.sources_of_interface(Interface(HOME).templates())
    said = _interface_file(RU)
    sync.open_catalog(engine_of(each_app), "interface", interface, RU, lambda: rules.entries_of(said, "interface"), NOW)
    there = _live_library(other)
    live = there.current().courses["cop-parents"]
    after = there.texts(live, AR)
    assert PublishedTexts(engine_of(other), poll=0).version(course.id, "ar") == 1
    assert {m.context: after.get(m.context) for m in course.messages} == {
        m.context: before.get(m.context) for m in course.messages
    }
    files = LiveCatalogs(HOME / "translations").translations(RU)
    catalogs = LiveCatalogs(HOME / "translations", published=PublishedTexts(engine_of(other), poll=0))
    words = catalogs.translations(RU)
    singles = [entry.msgid for entry in said if not entry.obsolete and not entry.msgid_plural]
    assert {one: words.gettext(one) for one in singles} == {one: files.gettext(one) for one in singles}
    pairs = [(entry.msgid, entry.msgid_plural) for entry in said if entry.msgid_plural and not entry.obsolete]
    for one, many in pairs:
        assert [words.ngettext(one, many, n) for n in range(120)] == [files.ngettext(one, many, n) for n in range(120)]


def test_catalog_that_was_read_before_is_not_read_again(tmp_path: Path) -> None:
    """What one start kept the next one takes, for exactly the same file; a changed file, a damaged or a foreign one is read."""
    path, kept = tmp_path / "translations" / "fr" / "LC_MESSAGES" / "messages.po", tmp_path / "kept"
    path.parent.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    path.write_text(f'{head}\nmsgid "One"\nmsgstr "Un"\n', encoding="utf-8")

    def said() -> str:
        return LiveCatalogs(tmp_path / "translations", kept=kept).translations(FR).gettext("One")

    assert said() == "Un"
    (file,) = kept.iterdir()
    key, compiled = file.read_bytes()[:32], file.read_bytes()[64:].replace(b"Un\0", b"Eh\0")
    file.write_bytes(key + hashlib.sha256(compiled).digest() + compiled)
    assert said() == "Eh", "it is what was kept that is taken"
    path.write_text(f'{head}\nmsgid "One"\nmsgstr "Une"\n', encoding="utf-8")
    assert said() == "Une"
    whole = file.read_bytes()
    for damaged in (b"", whole[:20], whole[:80], whole.replace(b"Une", b"Eh!"), b"x" * 400):
        file.write_bytes(damaged)
        assert said() == "Une"
    file.unlink()
    kept.rmdir()
    kept.write_text("a file where the folder should be", encoding="utf-8")
    assert said() == "Une"


def test_looking_costs_one_statement_and_none_between_looks(each_app: Flask, folder: Folder) -> None:
    """A worker asks for the versions once in each beat, and for texts only when a version went up."""
    opened(each_app, folder, AR)
    # One beat that does not end, however slow the machine is.
    texts, eager = PublishedTexts(engine_of(each_app), poll=1e9), PublishedTexts(engine_of(each_app), poll=0)
    with each_app.app_context():
        session = current_session(each_app)
        with statements(session) as first:
            for _ in range(50):
                texts.version("my-course", "ar")
                texts.entries("my-course", "ar")
        eager.version("my-course", "ar")
        with statements(session) as again:
            eager.version("my-course", "ar")
    assert len(first) == 2
    assert len(again) == 1


def test_a_database_out_of_reach_leaves_the_texts_that_were_known(tmp_path: Path) -> None:
    """Without tables, or without a server, learners read the files; no page fails."""
    texts = PublishedTexts(create_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}"), poll=0)
    assert (texts.version("my-course", "ar"), texts.entries("my-course", "ar")) == (0, ())
    nowhere = create_engine(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.sqlite3'}")
    assert PublishedTexts(nowhere, poll=0).version("my-course", "ar") == 0
