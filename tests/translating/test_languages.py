"""A new language without code and without a restart, and the two made-up ones of the tests."""

from __future__ import annotations

from dataclasses import replace
from gettext import c2py
from pathlib import Path

import pytest
from babel import Locale as BabelLocale
from flask import Flask

from coplearn.accounts.service import grant_role
from coplearn.i18n import known_languages
from coplearn.i18n.locales import LiveLocales
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import domains, publishing
from coplearn.translating.catalogs.languages import register_language
from coplearn.translating.store import edits
from coplearn.translating.store.rules import SYSTEM
from tests.accounts.persona import Visitor
from tests.translating.homes import make_site, run
from tests.translating.store import NOW, message_id_of


def publish(app: Flask, domain: str, context: str, words: str, code: str = "ka") -> None:
    """Translate a message (into Georgian) and show it to learners."""
    with app.app_context():
        locale = site_of(app).locales.get(code)
        domains.open_domain(domain, locale)
        session = current_session(app)
        number = message_id_of(session, domain, context)
        assert number is not None
        saved = edits.save(session, SYSTEM, number, locale, [words], 0, NOW)
        publishing.publish_message(session, number, locale, saved.rev, NOW)
        session.commit()


def test_georgian_is_added_while_the_site_runs(site: Flask, other: Flask) -> None:
    """Another process answers in Georgian at once: what is translated is shown, the rest falls back and says so."""
    client = other.test_client()
    assert client.get("/ka/").status_code == 404
    assert run(site, "add-language", "ka").exit_code == 0
    publish(site, "my-course", "course#title", "ჩემი კურსი")
    course = next(iter(site_of(other).library.current().courses.values()))
    page = client.get(f"/ka/c/{course.code}/")
    assert page.status_code == 200
    assert '<html lang="ka" dir="ltr"' in page.text
    assert "ჩემი კურსი" in page.text
    lesson = client.get(f"/ka/c/{course.code}/{next(iter(course.items.values())).code}").text
    assert 'class="untranslated"' in lesson and 'lang="en" dir="ltr"' in lesson


def test_a_language_in_preparation_is_offered_when_it_is_ready(settings: Settings, home: Path) -> None:
    """Below the bar it has pages but no place in the menu; with the bar met it stands there, without a restart."""
    register_language(replace(settings, home=home), "ka")
    low = make_site(settings, home, language_bar=0)
    high = make_site(settings, home, language_bar=80)
    assert 'hreflang="ka"' in low.test_client().get("/en/").text
    assert 'hreflang="ka"' not in high.test_client().get("/en/").text
    assert high.test_client().get("/ka/").status_code == 200
    path = settings.own_translations / "locales.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"preparing"', '"live"'), encoding="utf-8")
    assert 'hreflang="ka"' in high.test_client().get("/en/").text
    for app in (low, high):
        with app.app_context():
            engine_of(app).dispose()


def test_a_broken_registry_changes_nothing(home: Path) -> None:
    """Half-saved, emptied, without English, or with a language whose files or pages would be somewhere else: the last good
    languages stay, and a mended file is read."""
    path = home / "translations" / "locales.toml"
    good = path.read_text(encoding="utf-8")
    locales = LiveLocales(path, poll=0)
    before = [locale.code for locale in locales]
    wrong = ("", "[ka", good.replace("[en]", "[xx]"), good.replace('dir = "rtl"', 'dir = "up"'), f"ka = 1\n{good}")
    paths = ("[ru]", '["../ru"]'), ('url = "ru"', 'url = "../ru"'), ('url = "ru"', 'url = ""')
    forms = good.replace("nplurals=", "plurals=", 1)
    for spoilt in (*wrong, *(good.replace(*swap) for swap in paths), forms):
        assert spoilt != good
        path.write_text(spoilt, encoding="utf-8")
        assert [locale.code for locale in locales] == before
    register = good + '\n[ka]\nurl="ka"\nbcp47="ka"\nname="ქ"\ndir="ltr"\nplural="nplurals=2; plural=(n != 1);"\n'
    path.write_text(register + 'digits="latn"\nquotes=["«","»","“","”"]\nstatus="preparing"\n', encoding="utf-8")
    assert "ka" in locales and locales.version >= 1


def files_of(folder: Path) -> dict[Path, bytes]:
    """Every file under the folder with its bytes."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def test_a_language_that_a_site_adds_is_kept_in_its_instance_folder(site: Flask, home: Path) -> None:
    """By the command, in the editor and by the export: no file of the product changes, and the course still speaks it."""
    before = files_of(home)
    own = site_of(site).settings.own_translations
    added = run(site, "add-language", "he")
    assert added.exit_code == 0 and str(own / "locales.toml") in added.output
    assert (own / "he" / "LC_MESSAGES" / "messages.po").is_file()
    publish(site, "my-course", "course#title", "הקורס שלי", "he")
    assert run(site, "export", "he").exit_code == 0
    file = own.parent / "courses" / "my-course" / "translations" / "he.po"
    assert "הקורס שלי" in file.read_text(encoding="utf-8")
    assert run(site, "stats", "he").exit_code == 0
    assert files_of(home) == before
    course = next(iter(site_of(site).library.current().courses.values()))
    assert "הקורס שלי" in site.test_client().get(f"/he/c/{course.code}/").text


def test_texts_written_into_an_added_languages_file_are_taken_in(site: Flask) -> None:
    """Its catalogs in the instance folder are as good as any: what stands there is shown, named by `stats` and imported."""
    assert run(site, "add-language", "he").exit_code == 0
    own = site_of(site).settings.own_translations
    file = own / "he" / "LC_MESSAGES" / "messages.po"
    words = file.read_text(encoding="utf-8")
    file.write_text(
        words.replace('msgid "Skip to the main part"\nmsgstr ""', 'msgid "Skip to the main part"\nmsgstr "דלגו לתוכן"'),
        encoding="utf-8",
    )
    assert "דלגו לתוכן" in site.test_client().get("/he/").text
    environment = {"COPLEARN_HOME": str(site_of(site).settings.home), "COPLEARN_INSTANCE_PATH": str(own.parent)}
    words_of = ("i18n", "check", "he", "--only", "interface", "--home", environment["COPLEARN_HOME"])
    found = site.test_cli_runner().invoke(args=words_of, env=environment)
    assert f"{file}: " in found.output


def test_the_product_gains_a_language_only_when_it_is_said(site: Flask, home: Path) -> None:
    """With ``--product`` its row and its catalogs are files to be released; a site that had it reads the product's from then on."""
    assert run(site, "add-language", "he").exit_code == 0
    registry = home / "translations" / "locales.toml"
    assert "[he]" not in registry.read_text(encoding="utf-8")
    assert run(site, "add-language", "--product", "sw").exit_code == 0
    assert "[sw]" in registry.read_text(encoding="utf-8")
    assert (home / "courses" / "my-course" / "translations" / "sw.po").is_file()
    locales = site_of(site).locales
    assert (locales.get("he").is_own, locales.get("sw").is_own) == (True, False)
    own = site_of(site).settings.own_translations / "locales.toml"
    with registry.open("a", encoding="utf-8") as file:
        file.write("\n" + own.read_text(encoding="utf-8"))
    assert not locales.get("he").is_own


ADDED = [
    "he",
    "ka",
    "ur",
    "sw",
    "fa",
    "uk",
    "dz",
    "ne",
    "km",
    "pt_BR",
    "sr_Latn",
    "zh_Hant",
    "pa_Arab",
    "cy",
    "ckb",
    "am",
]


@pytest.mark.parametrize("code", ADDED)
def test_every_known_language_can_be_added(settings: Settings, home: Path, code: str) -> None:
    """Its row reads back as it is in the table, and dates and plural rules are known for it."""
    from coplearn.i18n import formats
    from coplearn.i18n.locales import read_locales

    here = replace(settings, home=home)
    register_language(here, code)
    found = read_locales(here.registry, here.own_translations).get(code)
    assert found == known_languages.known(code) and found.is_own
    assert formats.day(NOW, found) and formats.number(1234, found)
    assert BabelLocale.parse(code).text_direction == found.dir


def test_language_whose_address_is_taken_is_refused(settings: Settings, home: Path) -> None:
    """Where whoever runs the site gave the address to another language, its pages keep it, and no registry is begun."""
    here = replace(settings, home=home)
    text = here.registry.read_text(encoding="utf-8")
    assert 'url = "ru"' in text
    here.registry.write_text(text.replace('url = "ru"', 'url = "ka"'), encoding="utf-8")
    with pytest.raises(Refused) as refused:
        register_language(here, "ka")
    assert str(refused.value) == "Another language has the address ka already."
    assert not (here.own_translations / "locales.toml").exists()


def test_a_script_and_a_region_are_languages_of_their_own(site: Flask) -> None:
    """Brazil's Portuguese, Serbian in Latin letters and traditional Chinese stand beside what is there, each with pages."""
    for typed, code, url in (
        ("pt-BR", "pt_BR", "pt-br"),
        ("sr_latn", "sr_Latn", "sr-latn"),
        ("zh-TW", "zh_Hant", "zh-hant"),
    ):
        assert f" {code} (" in run(site, "add-language", typed).output
        page = site.test_client().get(f"/{url}/")
        assert page.status_code == 200
        assert f'<html lang="{code.replace("_", "-")}" dir="ltr"' in page.text
    assert run(site, "add-language", "iw").exit_code == 0
    assert '<html lang="he" dir="rtl"' in site.test_client().get("/he/").text


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("he", {1: 0, 2: 1, 3: 2, 20: 2}),
        ("ar", {0: 0, 1: 1, 2: 2, 3: 3, 11: 4, 100: 5}),
        ("hy", {0: 0, 1: 0, 2: 1}),
        ("sr_Latn", {1: 0, 2: 1, 5: 2, 21: 0}),
        ("pl", {1: 0, 2: 1, 5: 2, 21: 2}),
        ("cy", {0: 0, 1: 1, 2: 2, 3: 3, 6: 4, 7: 5}),
        ("zh_Hant", {1: 0, 2: 0}),
        ("co", {1: 0, 2: 1}),
    ],
)
def test_plural_forms_are_those_of_the_language(code: str, forms: dict[int, int]) -> None:
    """CLDR's whole numbers; where it knows nothing, two forms and not one."""
    rule = c2py(known_languages.plural_of(code).split("plural=", 1)[1].split(";", 1)[0])
    assert {number: rule(number) for number in forms} == forms


def test_every_language_of_cldr_has_a_row_that_can_be_read(home: Path) -> None:
    """None of more than six hundred is refused for its numbers, its name or its digits, and forms follow CLDR's rules."""
    codes = known_languages.codes()
    assert {"he", "pt_BR", "sr_Latn", "zh_Hant", "mi", "qu"} <= codes and len(codes) > 500
    for code in codes:
        locale = known_languages.known(code)
        assert locale is not None and locale.name and len(code) <= 16 and locale.url not in ("me", "c", "static")
        rule = BabelLocale.parse(code).plural_form
        mine = c2py(locale.plural.split("plural=", 1)[1].split(";", 1)[0])
        pairs = {(rule(number), mine(number)) for number in (*range(120), 1000, 1001)}
        if len({name for name, _ in pairs}) > 1:
            assert len({name for name, _ in pairs}) == len(pairs) == locale.nplurals or code.startswith("br"), code


def test_an_administrator_adds_one_on_a_page(settings: Settings, home: Path) -> None:
    """The page offers what is known; a coordinator of one language cannot, and a made-up code adds nothing."""
    app = make_site(settings, home)
    boss, local = Visitor(app), Visitor(app)
    for person, name, locale in ((boss, "boss", ""), (local, "local", "ar")):
        person.join(f"{name}@example.org")
        with app.app_context():
            grant_role(current_session(app), f"{name}@example.org", Role.COORDINATOR, locale)
            current_session(app).commit()
    page = "/en/translate/languages"
    assert 'value="ka"' in boss.get(page).text
    assert 'value="ka"' not in local.get(page).text
    for person, code, status in ((local, "ka", 404), (boss, "../x", 303), (boss, "ka", 303)):
        assert person.client.post(page, data={"csrf_token": person.token(), "code": code}).status_code == status
    assert "ქართული" in boss.get(page).text
    assert (settings.instance_path / "courses" / "my-course" / "translations" / "ka.po").exists()
    with app.app_context():
        engine_of(app).dispose()


def test_made_up_languages_are_there_only_when_asked_for(settings: Settings, home: Path) -> None:
    """Off: no page. On: pages, but no place in a menu, no negotiation, and no catalog is asked for them."""
    off, on = make_site(settings, home), make_site(settings, home, pseudo_locales=True)
    assert off.test_client().get("/xa/").status_code == 404
    page = on.test_client().get("/xb/")
    assert '<html lang="en-XB" dir="rtl"' in page.text
    home_page = on.test_client().get("/en/", headers={"Accept-Language": "en-XA"}).text
    assert "/xa/" not in home_page and "Accented" not in home_page
    assert "xa" not in on.test_client().get("/", headers={"Cookie": "lang=xa"}).headers["Location"]
    assert "XA" not in run(on, "stats").output
    for app in (off, on):
        with app.app_context():
            engine_of(app).dispose()
