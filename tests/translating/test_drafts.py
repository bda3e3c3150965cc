"""A language whose texts nobody has read who grew up with it: whoever works here is offered it, learners where somebody decides."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import polib
import pytest
from flask import Flask
from sqlalchemy import select

from coplearn.accounts.service import grant_role
from coplearn.i18n.locales import LiveLocales, read_locales
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import domains
from coplearn.translating.catalogs.domains import ask_for_readings
from coplearn.translating.catalogs.languages import register_language
from coplearn.translating.store.models import AuditEntry, StoredMessage, Translation
from coplearn.web.render import DRAFT
from tests.accounts.persona import Visitor
from tests.translating.homes import make_home, make_site, run

MARK = f'<span lang="en" dir="ltr">{DRAFT}</span>'
OFFERED = '<li><a href="/hy/'
SUPPORT, PLAIN = "first-page#bja5ts6", "course#title"
PAGE = "/en/translate/languages"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An installation's folder; the product's registry has Armenian as a draft, and a sentence of it."""
    home = make_home(tmp_path)
    template = home / "translations" / "messages.pot"
    with template.open("a", encoding="utf-8") as file:
        file.write(f'\n#: coplearn/web/render.py\nmsgid "{DRAFT}"\nmsgstr ""\n')
    folder = home / "translations" / "hy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: hy\\n"\n'
    (folder / "messages.po").write_text(f'{head}\nmsgid "{DRAFT}"\nmsgstr "Սևագիր"\n', encoding="utf-8")
    return home


def somebody(app: Flask, name: str, role: Role | None = None, locale: str = "") -> Visitor:
    """Somebody signed in, perhaps with a role."""
    person = Visitor(app)
    person.join(f"{name}@example.org")
    if role is not None:
        with app.app_context():
            grant_role(current_session(app), f"{name}@example.org", role, locale)
            current_session(app).commit()
        person.get("/en/work")
    return person


def lesson_of(app: Flask, url: str) -> str:
    """The address of the course's first lesson in that language."""
    course = next(iter(site_of(app).library.current().courses.values()))
    return f"/{url}/c/{course.code}/{next(iter(course.items.values())).code}"


def test_whoever_works_here_finds_a_draft_and_nobody_else(site: Flask) -> None:
    """In the menu, on every page, and again on the next visit; learners and search engines are shown no way to it."""
    visitor, learner = Visitor(site), somebody(site, "learner")
    translator = somebody(site, "ani", Role.TRANSLATOR, "hy")
    for path in ("/en/", lesson_of(site, "en"), "/en/help"):
        assert OFFERED not in visitor.get(path).text and OFFERED not in learner.get(path).text
        page = translator.get(path).text
        assert OFFERED in page and 'rel="alternate" hreflang="hy"' not in page
        assert MARK not in page
    for person in (visitor, translator):
        page = person.get("/hy/").text
        assert "Սևագիր · " in page and MARK in page and '<html lang="hy"' in page
    # What the browser asks for, or was shown by a link, does not bring a visitor back to it.
    assert visitor.client.get("/", headers={"Accept-Language": "hy-AM"}).location == "/en/"
    assert translator.client.get("/").location == "/hy/"


def test_every_page_of_a_draft_says_so_whoever_reads(site: Flask) -> None:
    """Lessons, forms, pages that are not there; and none in another language."""
    visitor = Visitor(site)
    for path in (lesson_of(site, "hy"), "/hy/courses", "/hy/sign-in", "/hy/nothing/here"):
        assert MARK in visitor.get(path).text, path
    for path in (lesson_of(site, "ar"), "/ar/courses", "/fr/nothing/here"):
        assert "Սևագիր" not in visitor.get(path).text and DRAFT not in visitor.get(path).text, path


def test_an_administrator_offers_a_draft_and_takes_it_back(site: Flask, other: Flask) -> None:
    """On a page, for every process, logged; each page still says that it is a draft. Nobody else can, and only a draft."""
    boss, local = somebody(site, "boss", Role.ADMIN), somebody(site, "local", Role.COORDINATOR, "hy")
    learner, elsewhere = Visitor(site), Visitor(other)
    lesson = lesson_of(site, "en")
    assert OFFERED not in learner.get(lesson).text  # kept, and made anew once the menu is another
    assert "/languages/hy/offer" in boss.get(PAGE).text and "/languages/hy/offer" not in local.get(PAGE).text
    assert DRAFT in local.get(PAGE).text

    def press(who: Visitor, url: str, answer: str) -> int:
        form = {"csrf_token": who.token(), "offered": answer}
        return who.client.post(f"/en/translate/languages/{url}/offer", data=form).status_code

    assert (press(local, "hy", "yes"), press(Visitor(site), "hy", "yes"), press(boss, "ar", "yes")) == (404, 404, 404)
    assert OFFERED not in learner.get(lesson).text
    assert press(boss, "hy", "yes") == 303
    assert "Learners are offered" in boss.get(PAGE).text
    for person in (learner, elsewhere):
        page = person.get(lesson).text
        assert OFFERED in page and 'rel="alternate" hreflang="hy"' in page
        assert MARK in person.get("/hy/").text
        assert person.client.get("/", headers={"Accept-Language": "hy-AM"}).location == "/hy/"
    assert press(boss, "hy", "no") == 303
    assert OFFERED not in learner.get(lesson).text and OFFERED not in elsewhere.get("/en/").text
    with site.app_context():
        entries = current_session(site).scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(entry.kind, entry.locale, entry.actor_id is not None) for entry in entries] == [
            ("offer", "hy", True),
            ("no-offer", "hy", True),
        ]


def test_no_bar_offers_a_draft(settings: Settings, home: Path) -> None:
    """However much of it is there."""
    app = make_site(settings, home, language_bar=0)
    assert OFFERED not in app.test_client().get("/en/").text
    with app.app_context():
        engine_of(app).dispose()


def test_a_site_that_had_the_language_live_keeps_it_for_its_learners(settings: Settings, home: Path) -> None:
    """The product's draft comes with an upgrade: nothing leaves the menu, each page tells, and the site may decide otherwise."""
    registry = home / "translations" / "locales.toml"
    rows = registry.read_text(encoding="utf-8")
    registry.write_text(rows.partition("[hy]")[0], encoding="utf-8")
    here = replace(settings, home=home)
    register_language(here, "hy")
    own = here.own_translations / "locales.toml"
    preparing = own.read_text(encoding="utf-8")
    own.write_text(preparing.replace('"preparing"', '"live"'), encoding="utf-8")
    assert read_locales(registry, here.own_translations).get("hy").is_own
    registry.write_text(rows, encoding="utf-8")
    found = read_locales(registry, here.own_translations).get("hy")
    assert (found.is_own, found.is_draft, found.is_live) == (False, True, True)
    (here.own_translations / "drafts.toml").write_text("hy = false\n", encoding="utf-8")
    assert not read_locales(registry, here.own_translations).get("hy").is_live
    (here.own_translations / "drafts.toml").unlink()
    own.write_text(preparing, encoding="utf-8")
    assert not read_locales(registry, here.own_translations).get("hy").is_live


def test_a_decision_that_cannot_be_read_changes_nothing(home: Path, tmp_path: Path) -> None:
    """Half-saved or with another word than true or false: the last good one stays. A status that is none is refused as well."""
    own = tmp_path / "own"
    own.mkdir()
    file = own / "drafts.toml"
    locales = LiveLocales(home / "translations" / "locales.toml", own, poll=0)
    file.write_text("hy = true\nxx = true\n", encoding="utf-8")
    assert locales.get("hy").is_live
    version = locales.version
    for wrong in ("hy = ", 'hy = "no"', "[hy]"):
        file.write_text(wrong, encoding="utf-8")
        assert locales.get("hy").is_live
    file.write_text("hy = false\n", encoding="utf-8")
    assert not locales.get("hy").is_live
    assert locales.version == version, "no catalog is read anew for it"
    registry = home / "translations" / "locales.toml"
    registry.write_text(registry.read_text(encoding="utf-8").replace('"draft"', '"drafted"'), encoding="utf-8")
    with pytest.raises(ValueError, match="status"):
        read_locales(registry)


def catalog(app: Flask, home: Path, code: str, words: str) -> None:
    """Write the course's catalog in that language with a title and a text that says where help is."""
    course = next(iter(site_of(app).library.current().courses.values()))
    texts = {message.context: message.text for message in course.messages}
    said = {PLAIN: TITLE, SUPPORT: words}
    entries = "".join(f'\nmsgctxt "{one}"\nmsgid "{texts[one]}"\nmsgstr "{text}"\n' for one, text in said.items())
    path = home / "courses" / "my-course" / "translations" / f"{code}.po"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'msgid ""\nmsgstr "Language: {code}\\n"\n{entries}', encoding="utf-8")


def shown(app: Flask, code: str) -> tuple[str, str]:
    """The title and the text that says where help is, as learners of that language read them."""
    course = next(iter(site_of(app).library.current().courses.values()))
    texts = site_of(app).library.texts(course, site_of(app).locales.get(code))
    return texts.get(PLAIN).text, texts.get(SUPPORT).text


TITLE = "Իմ դասընթացը"
WORDS = "Եթե զրույցից հետո անհանգիստ եք, դուք միայնակ չեք՝ [գտեք օգնություն](help:)։"
FRENCH = "Si un échange vous laisse inquiet, vous n’êtes pas seul\u00a0: [trouver de l’aide](help:)."


@pytest.mark.parametrize("is_new", [True, False], ids=["a new site", "an upgraded one"])
@pytest.mark.parametrize("is_opened", [False, True], ids=["files alone", "opened in the editor before"])
def test_critical_texts_of_a_draft_wait_for_a_second_reading(
    site: Flask, home: Path, *, is_new: bool, is_opened: bool
) -> None:
    """On the day that a site first asks for readings, what a live language shows stays; a draft was shown to nobody."""

    def ask() -> None:
        with site.app_context():
            ask_for_readings()
            current_session(site).commit()

    if not is_new:
        ask()
    catalog(site, home, "hy", WORDS)
    catalog(site, home, "fr", FRENCH)
    if is_opened:
        with site.app_context():
            domains.open_domain("my-course", site_of(site).locales.get("hy"))
            current_session(site).commit()
    ask()
    title, help_ = shown(site, "hy")
    assert title == TITLE and "help:" in help_ and help_ != WORDS
    assert (shown(site, "fr")[1] == FRENCH) is is_new
    with site.app_context():
        session = current_session(site)
        live = select(StoredMessage.context, Translation.published_forms).join(Translation)
        for context, forms in session.execute(live.where(Translation.locale == "hy", StoredMessage.context == SUPPORT)):
            assert forms is None, context
    reading = (
        "reviewed",
        "hy",
        SUPPORT,
        "--domain",
        "my-course",
        "--by",
        "machine",
        "--method",
        "in a separate reading",
    )
    assert run(site, *reading).exit_code == 0
    if is_opened:
        with site.app_context():
            domains.open_domain("my-course", site_of(site).locales.get("hy"))
            current_session(site).commit()
    assert is_opened or shown(site, "hy")[1] == WORDS


def test_a_language_is_offered_when_the_site_and_one_course_speak_it(settings: Settings, home: Path) -> None:
    """However many other courses there are, whose cards say how much is there; a course alone, or the site alone, is not enough."""
    second = home / "courses" / "second-course"
    shutil.copytree(home / "courses" / "my-course", second)
    head = second / "course.yaml"
    head.write_text(head.read_text(encoding="utf-8").replace("id: my-course", "id: second-course"), encoding="utf-8")
    register_language(replace(settings, home=home), "ka")
    app = make_site(settings, home, language_bar=80)
    assert len(site_of(app).library.current().courses) == 2
    menu = '<li><a href="/ka/'
    with app.app_context():
        domains.begin_catalogs(site_of(app).locales.get("ka"))
    own = settings.own_translations.parent
    interface = own / "translations" / "ka" / "LC_MESSAGES" / "messages.po"
    taught = own / "courses" / "my-course" / "translations" / "ka.po"
    assert menu not in app.test_client().get("/en/").text
    fill(taught)
    assert menu not in app.test_client().get("/en/").text
    fill(interface)
    assert menu in app.test_client().get("/en/").text
    assert app.test_client().get("/ka/courses").text.count("0%") == 1
    taught.unlink()
    assert menu not in app.test_client().get("/en/").text
    with app.app_context():
        engine_of(app).dispose()


def fill(path: Path) -> None:
    """Translate everything in a catalog."""
    file = polib.pofile(str(path))
    for entry in file:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        else:
            entry.msgstr = entry.msgid
    file.save()
