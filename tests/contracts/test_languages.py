"""Every page answers in every language, and nothing is left in English by accident."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import polib
import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.authoring.problems import Problems
from coplearn.courses.catalog_layers import CatalogLayers
from coplearn.courses.craft import check_all
from coplearn.i18n import formats, po
from coplearn.i18n.checks.files import catalog_findings
from coplearn.i18n.gate import UNREAD
from coplearn.i18n.glossary import glossary_path, read_glossary
from coplearn.i18n.live import PublishedEntry
from coplearn.i18n.locales import Locale, read_locales
from coplearn.site import site_of
from coplearn.web.render import DRAFT
from tests.sizes import WHOLE, some_of

ROOT = Path(__file__).resolve().parents[2]
LOCALES = read_locales(ROOT / "translations" / "locales.toml")
TRANSLATED = [locale for locale in LOCALES.live if locale.code != "en"]
DRAFTS = [LOCALES.get("hy")]
"""Drafts of a language that are shipped: of the interface and the parents' course."""
SAME_OK = {"Code", "Contact", "Date", "Message", "Messages", "Notes", "Police", "Sources"}
SAME_OK |= {"Cascade", "Invitation", "Organisation", "Participation"}
SAME_OK |= {"%(num)s minute", "%(num)s module", "WhatsApp %(number)s"}
SAME_OK |= {
    "%(num)s question",
    "Minute",
    "Minute %(minute)s",
    "Minutes",
    "Points",
    "Question",
    "Questions",
    "Marketing",
}
SAME_OK |= {"Format", "Module", "Secret"}
SAME_OK |= {"Estimation", "Instrument", "Justice", "Parents", "Phase", "Service", "Elena", "Omar"}
SAME_OK |= {"[NCMEC, 2025](ref:ncmec-2025)", "[Thorn, 2025](ref:thorn-2025)"}
SAME_OK |= {"Take It Down", "Report Remove", "StopNCII"}
SAME_OK |= {"Guide", "Norvia", "Talania"}
SAME_OK |= {"Archive", "Consultation", "Consultations", "Experts", "Film", "Licence", "Organisation %(number)s"}
SAME_OK |= {"Organisations", "Programme", "Programmes", "Sessions", "Signature", "Signatures", "Source", "Tables"}
SAME_OK |= {"Version %(number)s", "Version %(number)s, %(day)s", "Versions"}
"""Words that are the same in French (WhatsApp in Spanish too), names of services and of made-up countries; whatever else
equals the English was left by accident."""
SHIPPED = frozenset({"cop-cyberdrill-grooming", "cop-educators", "cop-industry", "cop-parents", "cop-policymakers"})
SHIPPED |= {"cop-training-of-trainers", "cop-workshop-pack"}
NOT_WHOLE: Mapping[str, frozenset[str]] = {}
"""Courses that are not wholly translated yet, by language: their pages say so, and English stands in its place, marked."""
CATALOGS = sorted([*ROOT.glob("translations/*/LC_MESSAGES/*.po"), *ROOT.glob("courses/*/translations/*.po")])
PUBLIC = (
    "pages.home",
    "pages.help_now",
    "pages.about",
    "pages.accessibility",
    "pages.privacy",
    "learning.catalogue",
    "certificates.check",
    "profile.home",
    "profile.ask_erase",
    "security.login",
    "security.register",
    "security.forgot_password",
    "security.send_confirmation",
)


@pytest.mark.parametrize("locale", some_of(LOCALES.live, 2), ids=lambda locale: locale.url)
@pytest.mark.parametrize("endpoint", PUBLIC)
def test_page_answers_in_its_language(shared_app: Flask, reader: FlaskClient, endpoint: str, locale: object) -> None:
    """Each page says its language and direction, and offers every other language at the same place."""
    found = next(one for one in LOCALES.live if one is locale)
    with shared_app.test_request_context(f"/{found.url}/"):
        address = shared_app.url_for(endpoint, lang=found.url)
    answer = reader.get(address)
    assert answer.status_code == 200
    assert f'<html lang="{found.bcp47}" dir="{found.dir}">' in answer.text
    for other in LOCALES.live:
        assert f'href="{address.replace(f"/{found.url}/", f"/{other.url}/", 1)}' in answer.text


@pytest.mark.parametrize("locale", LOCALES.live, ids=lambda locale: locale.url)
@pytest.mark.sampled
def test_every_item_renders_in_its_language(shared_app: Flask, reader: FlaskClient, locale: object) -> None:
    """Every item of every shipped course answers, and of what is whole nothing is marked as not translated."""
    found = next(one for one in LOCALES.live if one is locale)
    live_library = site_of(shared_app).library
    for course in live_library.current().courses.values():
        for item in course.items.values():
            # Of a language the suite opens each sixth, in another place each: all together they are every item once.
            if not WHOLE and crc32(item.id.encode()) % len(LOCALES.live) != LOCALES.live.index(found):
                continue
            answer = reader.get(f"/{found.url}/c/{course.code}/{item.code}")
            assert answer.status_code == 200, item.id
            if course.id in NOT_WHOLE.get(found.url, ()):
                continue
            assert "untranslated" not in answer.text, item.id
            assert 'class="stale' not in answer.text, item.id


@pytest.mark.parametrize("locale", TRANSLATED, ids=lambda locale: locale.url)
def test_interface_catalog_is_complete(locale: object) -> None:
    """Every sentence of the interface is translated, and none is the English one again."""
    found = next(one for one in TRANSLATED if one is locale)
    catalog = polib.pofile(str(ROOT / "translations" / found.code / "LC_MESSAGES" / "messages.po"))
    live = [entry for entry in catalog if not entry.obsolete]
    texts = [
        (entry.msgid, list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]) for entry in live
    ]
    assert [msgid for msgid, forms in texts if not all(forms)] == []
    assert [entry.msgid for entry in live if entry.fuzzy] == []
    assert [msgid for msgid, forms in texts if msgid in forms and _has_words(msgid) and msgid not in SAME_OK] == []


@pytest.mark.parametrize("locale", TRANSLATED, ids=lambda locale: locale.url)
def test_shipped_courses_are_whole_in_each_language(shared_app: Flask, locale: object) -> None:
    """Titles, lessons, quizzes, reasons, stories, drawings: 100 % of the messages, none stale, none the English again."""
    found = next(one for one in TRANSLATED if one is locale)
    live_library = site_of(shared_app).library
    courses = live_library.current().courses.values()
    assert {course.id for course in courses if course.completeness(found.code) < 100} == NOT_WHOLE.get(found.url, set())
    for course in courses:
        if course.id in NOT_WHOLE.get(found.url, ()):
            continue
        entries = course.catalogs[found.code].entries
        same = [
            message.context
            for message in course.messages
            if entries[message.context].text == message.text and _has_words(message.text)
        ]
        assert [context for context in same if entries[context].text not in SAME_OK] == []


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_msgfmt_accepts_every_catalog(path: Path, tmp_path: Path) -> None:
    """The reference tool finds no fault."""
    tool = shutil.which("msgfmt")
    assert tool is not None, "msgfmt is part of the gettext package, which tests/prepare.py installs"
    found = subprocess.run(
        [tool, "-c", "-o", str(tmp_path / "out.mo"), str(path)], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr


def test_shipped_courses_have_no_problem(shared_app: Flask) -> None:
    """Not even a warning, with the craft of their questions and whether each source says when it was read."""
    library = site_of(shared_app).library.current()
    assert library.problems == {}
    assert set(library.courses) >= SHIPPED == {folder.name for folder in (ROOT / "courses").glob("cop-*")}
    for course in (library.courses[name] for name in SHIPPED):
        problems, read = Problems(), [one.read for module in course.modules for one in module.sources.values()]
        # As on the day when they were read: what falls due later is told by the command.
        check_all(course, max(day for day in read if day is not None), problems)
        assert [str(problem) for problem in problems] == [], course.id


def test_unknown_language_and_course_are_a_page_in_the_visitors_language(shared_app: Flask) -> None:
    """A 404 speaks the language the visitor chose before, or the browser's."""
    locales = site_of(shared_app).locales
    reader = shared_app.test_client()
    for address in ("/xx/", "/xx/c/nothing/", "/nowhere"):
        answer = reader.get(address, headers={"Accept-Language": "ar,en;q=0.5"})
        assert (answer.status_code, f'<html lang="ar" dir="{locales.get("ar").dir}">' in answer.text) == (404, True)
    reader.set_cookie("lang", "fr")
    assert '<html lang="fr"' in reader.get("/xx/", headers={"Accept-Language": "ar"}).text
    assert reader.get("/ru/c/nothing/").status_code == 404
    assert '<html lang="ru"' in reader.get("/ru/c/nothing/").text


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("zh-CN", "zh"),
        ("zh-TW,en;q=0.5", "en"),
        ("zh-Hant", "en"),
        ("zh", "zh"),
        ("es-419", "es"),
        ("ar-EG", "ar"),
        ("fr-CA,en;q=0.9", "fr"),
        ("hy-AM,ru;q=0.8,en;q=0.1", "ru"),
        ("de,fr;q=0.0,ru;q=0.4", "ru"),
        ("*", "en"),
        ("x" * 10_000, "en"),
        ("", "en"),
    ],
)
def test_first_visit_is_in_the_browsers_language(reader: FlaskClient, header: str, wanted: str) -> None:
    """The start address leads to the best language on offer."""
    assert reader.get("/", headers={"Accept-Language": header}).headers["Location"] == f"/{wanted}/"


@pytest.mark.parametrize("locale", DRAFTS, ids=lambda locale: locale.url)
def test_what_a_draft_has_is_right(locale: Locale) -> None:
    """It need not be whole; but nothing in it is old, wrong or the English again, and its header says how it came about."""
    glossary = read_glossary(glossary_path(ROOT, locale.code), locale.code)
    interface = ROOT / "translations" / locale.code / "LC_MESSAGES" / "messages.po"
    for path in (interface, ROOT / "courses" / "cop-parents" / "translations" / f"{locale.code}.po"):
        file = po.read_po(path, locale, by_context=path != interface).file
        assert file is not None
        done = [entry for entry in file if not entry.obsolete and (entry.msgstr or any(entry.msgstr_plural.values()))]
        assert done, path
        assert [entry.msgid for entry in done if entry.fuzzy] == []
        same = [entry.msgid for entry in done if entry.msgid in (entry.msgstr, *entry.msgstr_plural.values())]
        assert [text for text in same if _has_words(text) and text not in SAME_OK] == []
        found = catalog_findings(file, locale, "interface" if path == interface else "course", glossary=glossary)
        assert [located for located in found if located.finding.severity == "E"] == []


@pytest.mark.parametrize("locale", DRAFTS, ids=lambda locale: locale.url)
def test_a_draft_is_reached_and_not_offered(shared_app: Flask, reader: FlaskClient, locale: Locale) -> None:
    """Each page and each item answers, says that it is a draft and how much of a course is there; no menu leads to it."""
    assert f'hreflang="{locale.bcp47}"' not in reader.get("/en/").text
    mark = f'<span lang="en" dir="ltr">{DRAFT}</span>'
    for endpoint in PUBLIC:
        with shared_app.test_request_context(f"/{locale.url}/"):
            address = shared_app.url_for(endpoint, lang=locale.url)
        answer = reader.get(address)
        assert (answer.status_code, mark in answer.text) == (200, True), endpoint
        assert mark not in reader.get(address.replace(f"/{locale.url}/", "/ar/", 1)).text
    library = site_of(shared_app).library
    for course in library.current().courses.values():
        page = reader.get(f"/{locale.url}/c/{course.code}/")
        assert page.status_code == 200 and mark in page.text
        share = library.completeness(course, locale)
        assert share == 100 or formats.percent(share / 100, locale) in page.text
    parents = library.current().courses["cop-parents"]
    for item in parents.items.values():
        assert mark in reader.get(f"/{locale.url}/c/{parents.code}/{item.code}").text, item.id


def _has_words(text: str) -> bool:
    return bool(re.search(r"[A-Za-z]{4,}", re.sub(r"%\(\w+\)s|\(\w+:[^)]*\)", "", text)))


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: str(path.relative_to(ROOT)))
def test_catalog_says_at_its_head_who_has_read_it(path: Path) -> None:
    """Machine and native, so that nobody takes a draft for more than it is."""
    head = path.read_text(encoding="utf-8").partition("msgid")[0].replace("#", "").strip().lower()
    assert ("machine" in head and "native" in head) or head == "nothing is translated yet."


class _AskedFromToday:
    """A site that asks for second readings from today on and has shown nothing before."""

    def version(self, domain: str, locale: str) -> int:
        return 0

    def versions(self) -> Mapping[tuple[str, str], int]:
        return {}

    def entries(self, domain: str, locale: str) -> Sequence[PublishedEntry]:
        return ()

    def carried(self, domain: str, locale: str) -> Collection[str]:
        return frozenset()


def test_texts_that_may_hurt_are_on_record_as_read_twice(shared_app: Flask) -> None:
    """No upgrade turns a check into English: what was changed since its second reading was read once more."""
    layers = CatalogLayers()
    library = layers.with_published(site_of(shared_app).library.current(), _AskedFromToday(), {})
    waiting = [
        (course.id, locale.code, context)
        for course in library.courses.values()
        for locale in TRANSLATED
        for context, checks in (course.catalogs[locale.code].held or {}).items()
        if UNREAD in checks
    ]
    assert waiting == []
