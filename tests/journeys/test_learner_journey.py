"""From the first page to a certificate that a stranger believes, as people go who do not know the site."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.credentials.test_badges import FORMS, verify
from tests.journeys.browser import DESKTOP, PHONE, Visitor
from tests.journeys.conftest import Meet
from tests.journeys.learner import do_item, item_path, new_address, open_item, sign_up
from tests.journeys.site import said, the_course
from tests.journeys.walk import Quick
from tests.sizes import whole_only


@dataclass(frozen=True)
class Way:
    """One learner: the language, the screen, the name on the certificate and its correction, and the modules.

    ``modules`` are the numbers of those that are gone through page by page, the last among them; the forms of the others are
    sent without one.
    """

    lang: str
    size: tuple[int, int]
    name: str
    corrected: str
    modules: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)


WAYS = {
    "english-module": Way("en", DESKTOP, "Anahit Karapetian", "Anahit Karapetyan", (6,)),
    "arabic-module-without-javascript": Way(
        "ar", PHONE, "Sami Haddad", "سامي حداد", (6,), {"java_script_enabled": False}
    ),
}
WHOLE_WAYS = {
    "english": Way("en", DESKTOP, "Anahit Karapetian", "Anahit Karapetyan", (1, 2, 3, 4, 5, 6)),
    "arabic": Way("ar", DESKTOP, "ليلى حسن", "ليلى الحسن", (1, 2, 6)),
    "chinese-phone": Way("zh", PHONE, "王小名", "王小明", (3, 4, 6), {"has_touch": True}),
    "arabic-without-javascript": Way("ar", PHONE, "Sami Haddad", "سامي حداد", (5, 6), {"java_script_enabled": False}),
}


@pytest.mark.parametrize(
    "way",
    [*WAYS.values(), *(pytest.param(way, marks=whole_only) for way in WHOLE_WAYS.values())],
    ids=[*WAYS, *WHOLE_WAYS],
)
def test_learner_goes_from_first_page_to_certificate(way: Way, meet: Meet, tmp_path: Path) -> None:
    """A parent picks a language, learns the course without an account, then gets certificates that hold."""
    learner = meet(way.lang, way.size, **way.options)
    choose_course(learner)
    learn(learner, way)
    join_and_find_progress(learner)
    numbers = make_certificates(learner, way.name)
    pdf = download(learner, tmp_path / "first.pdf")
    assert carries(pdf, way.name)
    take_badges(learner, way, pdf, tmp_path)
    stranger = meet(way.lang, way.size, **way.options)
    stranger_checks(stranger, way, numbers, tmp_path / "first.pdf")
    correct_name(learner, way, numbers)
    stranger.open(f"check/{numbers[0]}")
    assert way.corrected in facts(stranger)
    send_file(stranger, tmp_path / "first.pdf")
    assert stranger.heading == said(way.lang, "This file is genuine and unchanged")
    assert way.name in stranger.page.locator("main").inner_text(), "the older spelling is told"


def choose_course(learner: Visitor) -> None:
    """From the bare address to the first item."""
    learner.page.goto(f"{learner.site.url}/")
    assert learner.path == "/en/"
    learner.page.locator("header details.menu:not(.menu--seek) summary").click()
    with learner.page.expect_navigation():
        learner.page.locator(f'.menu__list a[href="/{learner.lang}/"]').click()
    learner.look()
    learner.press("button[name=audience][value=parents]")
    assert learner.path == f"/{learner.lang}/courses"
    learner.press(".card__link")
    assert learner.path == f"/{learner.lang}/c/{the_course().code}/"
    learner.press("main .actions .button--primary")


def learn(learner: Visitor, way: Way) -> None:
    """Do every item, in the order of the course."""
    quick = Quick(learner.site, learner.context.request, way.lang)
    for number, module in enumerate(the_course().modules, 1):
        if number not in way.modules:
            for item in (the_course().items[one] for one in module.item_ids):
                quick.do(item)
            continue
        if learner.path != item_path(way.lang, the_course().items[module.item_ids[0]]):
            open_item(learner, the_course().items[module.item_ids[0]])
        for item in (the_course().items[one] for one in module.item_ids):
            do_item(learner, item)


def join_and_find_progress(learner: Visitor) -> None:
    """The certificate asks for an account; after joining, everything is still done."""
    course_page = f"/{learner.lang}/c/{the_course().code}/certificate"
    assert learner.path == course_page
    done = learner.page.locator(".progress__label").all_inner_texts()
    assert learner.page.locator("input[name=name]").count() == 0
    learner.press("main .callout .button--primary")
    sign_up(learner, new_address())
    assert learner.path == course_page
    assert learner.page.locator(".progress__label").all_inner_texts() == done
    assert not learner.context.cookies(f"{learner.site.url}/") or "visitor" not in {
        cookie.get("name") for cookie in learner.context.cookies()
    }


def make_certificates(learner: Visitor, name: str) -> list[str]:
    """Type the name; the number of the one certificate, which has the seal for the checks."""
    learner.page.locator("input[name=name]").fill(name)
    learner.press("main form.stack .button--primary")
    kinds = learner.page.locator(".certificate__title").all_inner_texts()
    assert kinds == [said(learner.lang, "Certificate of achievement")]
    assert learner.page.locator(".certificate__name").all_inner_texts() == [name]
    assert learner.page.locator(".seal").is_visible()
    return learner.page.locator(".certificate__facts span:last-child bdi").all_inner_texts()


def download(learner: Visitor, path: Path) -> bytes:
    """Press the first certificate's button; the PDF."""
    with learner.page.expect_download() as waiting:
        learner.page.locator("main form.actions .button--primary").first.click()
    waiting.value.save_as(path)
    learner.look()
    return path.read_bytes()


def take_badges(learner: Visitor, way: Way, pdf: bytes, folder: Path) -> None:
    """Take the first certificate along as a badge in each form; each, and the PDF, is good without a network."""
    files = {"pdf": pdf}
    learner.page.locator("details.take-badge summary").first.click()
    for form in FORMS:
        with learner.page.expect_download() as waiting:
            learner.page.locator(f"details.take-badge button[value={form}]").first.click()
        assert waiting.value.suggested_filename.endswith(f".{form}")
        files[form] = Path(waiting.value.path()).read_bytes()
    learner.look()
    keys = learner.page.request.get(f"{learner.site.url}/.well-known/did.json").body()
    for form, data in files.items():
        good, words = verify(folder, data, keys)
        assert good and way.name in words, (form, words)


def stranger_checks(stranger: Visitor, way: Way, numbers: list[str], pdf: Path) -> None:
    """Somebody else sees name, course, date and kind, and is not deceived by a changed file or a made-up number."""
    stranger.open(f"check/{numbers[0].lower().replace('-', ' ')}")
    assert stranger.heading == said(way.lang, "This certificate is genuine")
    assert stranger.page.locator(".facts-list dd").count() == 6
    assert facts(stranger)[0] == way.name
    assert "@" not in stranger.page.locator("body").inner_text()
    send_file(stranger, pdf)
    assert stranger.heading == said(way.lang, "This file is genuine and unchanged")
    changed = bytearray(pdf.read_bytes())
    changed[len(changed) // 2] ^= 1
    (pdf.parent / "changed.pdf").write_bytes(changed)
    stranger.open("check/")
    send_file(stranger, pdf.parent / "changed.pdf")
    assert stranger.heading == said(way.lang, "This file is not valid")
    stranger.open("check/")
    stranger.page.locator("input[name=number]").fill("ABCDE-FGHJK-MNPQR-STVWX")
    stranger.press("main form[method=get] .button--primary")
    assert stranger.heading == said(way.lang, "This number is not valid")
    assert stranger.page.locator(".facts-list").count() == 0


def correct_name(learner: Visitor, way: Way, numbers: list[str]) -> None:
    """On My learning the name is corrected, and the numbers stay."""
    learner.open("me/")
    learner.page.locator("details.more:not(.take-badge) summary").click()
    learner.page.locator("details.more input[name=name]").fill(way.corrected)
    learner.press("details.more:not(.take-badge) button")
    assert learner.page.locator("[role=status]").first.inner_text()
    assert set(learner.page.locator(".certificate__name").all_inner_texts()) == {way.corrected}
    assert sorted(learner.page.locator(".certificate__facts span:last-child bdi").all_inner_texts()) == sorted(numbers)


def send_file(stranger: Visitor, path: Path) -> None:
    """Check a file."""
    stranger.page.locator("input[type=file]").set_input_files(path)
    stranger.press('form[enctype="multipart/form-data"] button')


def facts(stranger: Visitor) -> list[str]:
    """What the public page says of a certificate."""
    return stranger.page.locator(".facts-list dd").all_inner_texts()


def carries(pdf: bytes, name: str) -> bool:
    """Whether every word of the name can be read in the PDF; Arabic words may come out in the order they are drawn."""
    words = squeezed(PdfReader(io.BytesIO(pdf)).pages[0].extract_text())
    return all(squeezed(part) in words or squeezed(part)[::-1] in words for part in name.split())


def squeezed(text: str) -> str:
    """Without white space, presentation forms and direction marks."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(char for char in text if not char.isspace() and unicodedata.category(char) != "Cf")
