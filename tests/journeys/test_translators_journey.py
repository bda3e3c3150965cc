"""A translator's days in a real browser, on two servers over one database: nothing is lost, and all is live at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polib
import pytest
from playwright.sync_api import Browser, expect

from coplearn.i18n.po import INTERFACE
from coplearn.translating.editing import presenters
from tests.journeys.barriers import barriers
from tests.journeys.browser import PHONE, Visitor, until
from tests.journeys.site import locales
from tests.journeys.translators import (
    ANI,
    BOSS,
    LEARNER,
    MIRA,
    NINO,
    RITA,
    SAMI,
    Twins,
    address_of,
    fetch,
    field,
    fill_by_file,
    in_file,
    lesson_address,
    open_list,
    open_message,
    press,
    seconds_until_live,
    tab,
    toast,
    twin_sites,
)
from tests.sizes import whole_only

COURSE = "cop-parents"
LESSON, CHANGED = "what-children-do", "what-children-do#bgf63va"
OLD_WORDS, NEW_WORDS = "you have not failed", "you have done nothing wrong"
OLD_ARABIC, NEW_ARABIC = "فأنتم لم تقصّروا", "فأنتم لم ترتكبوا أي خطأ"
KEPT_BACK = "Kept, but not published: a check found something. It is told beside the text."
LIVE = "Saved and published. Every learner sees it within seconds."


@pytest.fixture(scope="module")
def twins(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Two servers over one database and a copy of the texts, so that a source can be changed on disk."""
    with twin_sites(chromium, tmp_path_factory.mktemp("twins")) as running:
        yield running


Enter = Callable[..., Visitor]


@pytest.fixture
def enter(twins: Twins) -> Iterator[Enter]:
    """Somebody with a browser of their own, as :meth:`Twins.meet`; closed at the end."""
    met: list[Visitor] = []

    def come(*words: str, **options: Any) -> Visitor:
        met.append(twins.meet(*words, **options))
        return met[-1]

    yield come
    for visitor in met:
        visitor.context.close()


def change_source(twins: Twins) -> None:
    """An author changes a paragraph of the parents' course and brings the catalogs up to it."""
    path = twins.home / "courses" / COURSE / "01-online-life" / "01-what-children-do.md"
    text = path.read_text(encoding="utf-8")
    # The paragraph; above it stand the words that are read aloud.
    spoken, written = text.rsplit(OLD_WORDS, 1)
    assert CHANGED.partition("#")[2] in written.partition("\n")[0]
    path.write_text(spoken + NEW_WORDS + written, encoding="utf-8")
    for command in ("extract", "update"):
        twins.run("i18n", command, "--home", str(twins.home), "--only", "courses")


def lists_one_old(visitor: Visitor, target: str) -> bool:
    """Whether just one message of the course is old in that language."""
    assert open_list(visitor, target, "?filter=stale") == 200
    return visitor.page.locator("a.line__source").count() == 1


def told_changes(visitor: Visitor) -> tuple[str, str, str]:
    """The word diff of the open message: what is gone, what is new, and the old source whole."""
    part = visitor.page.locator(".source--changes")
    whole: str = part.evaluate("""part => {
        const copy = part.cloneNode(true);
        copy.querySelectorAll("ins, .out-of-sight").forEach(one => one.remove());
        return copy.textContent;
    }""")
    gone, new = (" ".join(part.locator(name).all_inner_texts()) for name in ("del", "ins"))
    return gone, new, whole


@pytest.mark.whole
def test_changed_source_is_told_translated_and_live_on_the_other_server(
    twins: Twins, enter: Enter, record_property: Callable[[str, object], None]
) -> None:
    """From the author's change to the learner's page elsewhere: old in five languages, refused, mended, seen, live."""
    ani, boss, learner = enter(ANI), enter(BOSS), enter(there=True, lang="ar")
    address = lesson_address(twins.there, "ar", LESSON)
    before = in_file(twins.home, "ar", CHANGED)
    source, arabic = before.msgid, before.msgstr
    # One language was opened before the change, the others come from their files after it.
    assert open_list(ani, "ar", "?filter=stale") == 200
    assert ani.page.locator("a.line__source").count() == 0
    learner.open(address)
    assert OLD_ARABIC in learner.page.locator("article").first.inner_text()
    change_source(twins)
    for locale in locales().live:
        if locale.code == "en":
            continue
        until(boss.page, partial(lists_one_old, boss, locale.url), f"old in {locale.code}")
        boss.press("a.line__source")
        assert boss.page.get_by_text("Old: the source has changed").is_visible()
        gone, new, whole = told_changes(boss)
        assert "failed" in gone
        assert "wrong" in new
        assert whole == source, locale.code
        assert field(boss).input_value() == in_file(twins.home, locale.code, CHANGED).msgstr
    # A broken reference is refused with its reason; the text is kept, and learners see what they saw.
    open_message(ani, "ar", CHANGED)
    right = arabic.replace(OLD_ARABIC, NEW_ARABIC)
    broken = right.replace("ref:itu-2025", "ref:itu-2052")
    assert arabic not in (right, broken)
    assert right != broken
    field(ani).fill(broken)
    press(ani, "Save and publish")
    assert toast(ani) == KEPT_BACK
    assert "Keeps it from being published:" in ani.page.locator("#findings").inner_text()
    assert field(ani).input_value() == broken
    assert told_changes(ani)[2] == source
    ani.page.wait_for_timeout(2500)
    learner.open(address)
    assert OLD_ARABIC in learner.page.locator("article").first.inner_text()
    # Then rightly: the preview follows what is typed, in its lesson.
    field(ani).fill(right)
    expect(ani.page.locator("#preview #here")).to_contain_text(NEW_ARABIC)
    expect(ani.page.locator("#findings")).not_to_contain_text("Keeps it from being published:")
    assert ani.page.locator("#preview .preview__page").get_attribute("dir") == "rtl"
    began = time.monotonic()
    press(ani, "Save and publish")
    assert toast(ani) == LIVE
    assert ani.page.locator(".source--changes").count() == 0
    seconds = seconds_until_live(learner.page, address, NEW_ARABIC, began)
    record_property("seconds_to_live", round(seconds, 2))
    print(f"\nlive on the other server after {seconds:.2f} s")
    learner.open(address)
    text = learner.page.locator("article").first.inner_text()
    assert NEW_ARABIC in text
    assert OLD_ARABIC not in text


@pytest.mark.whole
def test_two_translators_who_save_at_once_lose_nothing(twins: Twins, enter: Enter) -> None:
    """Each on a server of their own: the first text stands, the second is kept as a suggestion, and both are shown."""
    ani, mira, context = enter(ANI), enter(MIRA, there=True), "what-children-do#bu5joev"
    for one in (ani, mira):
        open_message(one, "ar", context)
    first = field(ani).input_value()
    field(ani).fill("نص آني عن الهاتف والطفل.")
    field(mira).fill("نص ميرا عن الهاتف والطفل.")
    press(ani, "Save")
    assert toast(ani) == "Saved."
    press(mira, "Save and next")
    assert toast(mira) == "Somebody saved before you. Both texts are kept: see below."
    told = mira.page.get_by_role("region", name="Two people saved at once").inner_text()
    assert "نص آني عن الهاتف والطفل." in told
    assert "نص ميرا عن الهاتف والطفل." in told
    offer = ani.page.get_by_role("article", name="A suggestion")
    ani.page.reload()
    assert field(ani).input_value() == "نص آني عن الهاتف والطفل."
    assert "نص ميرا عن الهاتف والطفل." in offer.inner_text()
    assert "Kept from a save that came second" in offer.inner_text()
    # Taken on, it is the text, and the history has all three.
    press(ani, "Accept")
    assert field(ani).input_value() == "نص ميرا عن الهاتف والطفل."
    history = tab(ani, "History")
    for text in (first, "نص آني عن الهاتف والطفل.", "نص ميرا عن الهاتف والطفل."):
        assert text in history


@pytest.mark.whole
def test_file_goes_out_and_comes_back_with_a_conflict(twins: Twins, enter: Enter, tmp_path: Path) -> None:
    """Two entries edited outside, one of them meanwhile also here: one is taken, the other is kept as a suggestion."""
    ani, alone, both = enter(ANI), "what-children-do#bl4lsmk", "rights-grow-with-age#bext3gc"
    assert ani.open(f"translate/ar/{COURSE}/files") == 200
    with ani.page.expect_download() as download:
        ani.page.get_by_role("link", name="A catalog for Poedit, OmegaT or Weblate").click()
    path = tmp_path / "mine.po"
    download.value.save_as(path)
    catalog = polib.pofile(str(path))
    outside = {entry.msgctxt: entry for entry in catalog if entry.msgctxt in (alone, both)}
    outside[alone].msgstr = outside[alone].msgstr.replace("هذه مكاسب حقيقية.", "هذه مكاسب حقيقية فعلاً.")
    outside[both].msgstr = outside[both].msgstr.replace("مزيد من الحرية", "المزيد من الحرية")
    catalog.save()
    open_message(ani, "ar", both)
    here = field(ani).input_value().replace("حماية أقل", "رعاية أقل")
    field(ani).fill(here)
    press(ani, "Save")
    assert ani.open(f"translate/ar/{COURSE}/files") == 200
    ani.page.get_by_label("The file").set_input_files(path)
    press(ani, "Look at the file")
    counted = dict(zip(ani.page.locator("dt").all_inner_texts(), ani.page.locator("dd").all_inner_texts(), strict=True))
    assert (counted["Taken"], counted["Changed here as well"], counted["Refused"]) == ("1", "1", "0")
    rows = ani.page.locator("tbody tr").all_inner_texts()
    assert len(rows) == 2
    assert any(both in row and "Changed here as well" in row for row in rows)
    # Nothing is taken in before it is said.
    assert "فعلاً" not in ani.context.request.get(f"{twins.here.url}/en/translate/ar/{COURSE}/?q={alone[-7:]}").text()
    press(ani, "Take it in")
    assert ani.heading == "The file was taken in"
    open_message(ani, "ar", alone)
    assert field(ani).input_value() == outside[alone].msgstr
    open_message(ani, "ar", both)
    assert field(ani).input_value() == here
    offer = ani.page.get_by_role("article", name="A suggestion").inner_text()
    assert outside[both].msgstr in offer
    assert "Kept from an uploaded file" in offer


@pytest.mark.whole
def test_georgian_is_added_without_a_restart(twins: Twins, enter: Enter, tmp_path: Path) -> None:
    """From the form to the learners' language menu on both servers; what is not translated is marked as English."""
    boss, learner = enter(BOSS), enter(there=True)
    menu = 'header details.menu:not(.menu--seek) a[href^="/ka/"]'
    boss.open("translate/languages")
    assert boss.page.locator('#codes option[value="ka"]').count() == 1
    boss.page.get_by_label("The language").fill("ka")
    press(boss, "Add it")
    assert "is here now." in toast(boss)
    learner.open("")
    assert learner.page.locator(menu).count() == 0
    twins.run("people", "grant", address_of(NINO), "reviewer", "--locale", "ka")
    nino = enter(NINO)
    until(nino.page, lambda: open_list(nino, "ka") == 200, "the list of Georgian")
    # One in the editor, more by a file, and all of them shown to learners at once.
    one = "what-children-do#bl4lsmk"
    open_message(nino, "ka", one)
    field(nino).fill("ეს ნამდვილი სარგებელია.")
    press(nino, "Save and publish")
    assert toast(nino) == LIVE
    fill_by_file(twins, nino, COURSE, tmp_path)
    assert all('href="/ka/' not in fetch(f"{site.url}/en/") for site in (twins.here, twins.there))
    fill_by_file(twins, nino, INTERFACE, tmp_path)
    until(learner.page, lambda: all('href="/ka/' in fetch(f"{site.url}/en/") for site in (twins.here, twins.there) * 3),
          "Georgian in the language menu on both servers", 20)  # fmt: skip
    learner.open(lesson_address(twins.there, "en", LESSON))
    learner.page.locator("header details.menu:not(.menu--seek) summary").click()
    with learner.page.expect_navigation():
        learner.page.locator(menu).click()
    root = learner.page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ka", "ltr")
    ready = learner.page.get_by_text("ეს ნამდვილი სარგებელია.")
    assert ready.is_visible()
    assert ready.evaluate("e => e.closest('.untranslated')") is None
    left = learner.page.get_by_text("From outside, every child with a phone")
    marks = left.evaluate("e => { const m = e.closest('.untranslated'); return m && [m.lang, m.dir]; }")
    assert marks == ["en", "ltr"]
    assert learner.watch.faults == []


@pytest.mark.whole
def test_all_works_without_javascript(twins: Twins, enter: Enter) -> None:
    """Found, shown in context, saved and published with forms alone, and live for learners on the other server."""
    mira, context, text = enter(MIRA, java_script_enabled=False), "rights-grow-with-age#bew3m46", "العمر يساعد هنا حقاً"
    mira.open("translate/")
    assert mira.heading.startswith("Translating into")
    open_message(mira, "ar", context)
    changed = f"{text}. {field(mira).input_value()}"
    field(mira).fill(changed)
    press(mira, "Show in context")
    assert text in mira.page.locator("#here").inner_text()
    assert field(mira).input_value() == changed
    press(mira, "Save")
    assert toast(mira) == "Saved."
    address = lesson_address(twins.there, "ar", "rights-grow-with-age")
    assert text not in fetch(address)
    press(mira, "Save and publish")
    assert toast(mira) == LIVE
    seconds_until_live(mira.page, address, text, time.monotonic())
    mira.lang = "ar"
    mira.open(lesson_address(twins.here, "ar", "rights-grow-with-age"))
    mira.press('a[href*="translate/here"]')
    assert mira.path == f"/ar/translate/ar/{COURSE}/"
    assert mira.page.locator("a.line__source").count() > 5


@pytest.mark.whole
def test_each_may_do_what_they_are_trusted_with(twins: Twins, enter: Enter) -> None:
    """Who is not signed in is asked to, for others the pages are not there; a suggester suggests; nobody vouches for themselves."""
    paths = ("", "guide", "languages", "ar/", f"ar/{COURSE}/", f"ar/{COURSE}/files", f"ar/{COURSE}/1")
    stranger, learner = enter(), enter(LEARNER)
    for path in paths:
        assert (stranger.open(f"translate/{path}"), stranger.path) == (200, "/en/sign-in"), path
    assert [learner.open(f"translate/{path}") for path in paths] == [404] * len(paths)
    for somebody in (stranger, learner):
        somebody.open("")
        assert somebody.page.get_by_role("link", name="Translate this page").count() == 0
    sami, rita = enter(SAMI), enter(RITA)
    assert [sami.open(f"translate/{path}") for path in ("fr/", "languages", f"ar/{COURSE}/files")] == [404] * 3
    open_message(sami, "ar", "first-questions#title")
    before = field(sami).input_value()
    for name in ("Save", "Save and publish", "Save as reviewed", "Suggest instead"):
        assert sami.page.get_by_role("button", name=name, exact=True).count() == 0
    field(sami).fill("أسئلة أولى جيدة")
    press(sami, "Suggest this text")
    assert "Your suggestion is kept" in toast(sami)
    assert field(sami).input_value() == before
    assert sami.page.get_by_role("button", name="Accept").count() == 0
    # Who sends the form of a button that is not there has made a suggestion, too.
    sami.page.locator("[name=do][value=suggest]").evaluate("button => { button.value = 'save'; }")
    field(sami).fill("أسئلة أولى ثانية")
    press(sami, "Suggest this text")
    assert field(sami).input_value() == before
    assert sami.page.get_by_role("article", name="A suggestion").count() == 2
    open_message(rita, "ar", "online-life-check#risk-harm.opt.nothing")
    field(rita).fill("هو مبتهج، إذن ليس هناك أي خطر.")
    press(rita, "Save as reviewed")
    assert "Somebody else has to review this text, because you wrote it." in rita.page.locator("main").inner_text()
    assert rita.page.get_by_text("Written, not reviewed").is_visible()
    assert field(rita).input_value() == "هو مبتهج، إذن ليس هناك أي خطر."


@pytest.mark.parametrize("lang", [pytest.param("en", marks=whole_only), "ar"])
@pytest.mark.whole
def test_translators_pages_have_nothing_axe_finds(lang: str, twins: Twins, enter: Enter, tmp_path: Path) -> None:
    """Every translators' page and state, in English light and dark, is clean and fits 320 px."""
    boss = enter(BOSS, lang=lang, size=PHONE, reduced_motion="reduce")
    found: list[str] = []
    context = {"en": "risk-is-not-harm#booamxs", "ar": "risk-is-not-harm#bs6vka3"}[lang]

    def look(name: str, *, wide: bool = False) -> None:
        found.extend(f"{name}: {one}" for one in barriers(boss, wide=wide, dark=lang == "en"))

    for name in (
        "",
        "guide",
        "languages",
        "ar/",
        f"ar/{COURSE}/",
        "ar/interface/?filter=missing",
        f"ar/{COURSE}/files",
    ):
        assert boss.open(f"translate/{name}") == 200
        for summary in boss.page.locator("main details > summary").all():
            summary.click()
        look(name, wide=name.endswith("ar/"))
    path = tmp_path / "wrong.po"
    path.write_bytes(boss.context.request.get(f"{twins.here.url}/en/translate/ar/{COURSE}/files/po").body())
    catalog = polib.pofile(str(path))
    catalog[5].msgstr = "<b>نص</b>"
    catalog[9].msgstr = "نص آخر"
    catalog.save()
    boss.open(f"translate/ar/{COURSE}/files")
    boss.page.locator("input[type=file]").set_input_files(path)
    boss.press("[name=do][value=look]")
    assert boss.page.locator("tbody tr").count() == 2
    look("report")
    boss.open(f"translate/ar/{COURSE}/?q={context.replace('#', '%23')}")
    boss.press("a.line__source")
    editor = boss.page.url
    for name in presenters.TABS if lang == "en" else ("nearby", "comments"):
        assert boss.open(f"{editor}?tab={name}") == 200
        look(f"editor, {name}", wide=name == "nearby")
    boss.page.locator("#form-0").fill("نص فيه <b>خطأ</b>")
    boss.press("[name=do][value=save]")
    assert boss.page.locator("#findings li").count() > 0
    look("editor, kept back")
    boss.page.locator("#form-0").fill("نص ثالث")
    boss.page.locator("#editor [name=rev]").evaluate("field => { field.value = '0'; }")
    boss.press("[name=do][value=save]")
    assert boss.page.locator("#conflict").is_visible()
    look("editor, two saved at once")
    assert not found, "\n".join(found)
