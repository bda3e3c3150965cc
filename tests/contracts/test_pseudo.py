"""Every page in the made-up language: what stands outside its marks was never given to a translator."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import pytest
from babel import Locale as BabelLocale
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from coplearn.accounts.service import grant_role
from coplearn.i18n.locales import PSEUDO
from coplearn.i18n.pseudo import CLOSING, OPENING
from coplearn.i18n.time_zones import zone_choices
from coplearn.kernel.words import Role
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.translating.editing.presenters import TABS
from coplearn.translating.store.models import StoredMessage
from tests.accounts.persona import Visitor
from tests.conftest import MakeSite
from tests.contracts.access_table import TABLE
from tests.once import copy_database, opened_file
from tests.sizes import WHOLE, whole_only

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
)
_SILENT: Final = frozenset({"script", "style", "template", "noscript"})
_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "button", "cite", "code", "em", "i", "kbd", "mark", "small", "span", "strong"}
    | {"sub", "sup", "time", "u"}
)
_FREE: Final = frozenset({"bdi", "code", "kbd"})
"""Names, addresses and code: no translator's business."""
_SAID: Final = ("alt", "title", "aria-label", "placeholder", "data-wait")
_RUN: Final = re.compile(rf"{re.escape(OPENING)}((?:(?!{re.escape(OPENING)}).)*?){re.escape(CLOSING)}", re.DOTALL)
_GLUED: Final = re.compile(rf"{re.escape(CLOSING)}[\s,;:–—-]*{re.escape(OPENING)}")
_LICENCE: Final = re.compile(r"\bCC BY(?:-[A-Z]{2})* \d\.\d\b")
_EN: Final = BabelLocale("en")
_CLDR: Final = {*_EN.territories.values(), *_EN.languages.values(), *(words for _, words in zone_choices(PSEUDO[0]))}
"""Names that come from CLDR, in every language but the made-up ones."""
_CODE: Final = re.compile(r"[a-z]{2,3}(?:_[A-Za-z]+)*")
"""A language's own code, where CLDR has no name for it in the page's language."""
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")


def _is_inline(name: str) -> bool:
    return name in _INLINE or name.startswith("svg ")


@dataclass
class _Block:
    """What one block element says by itself, its inline parts within."""

    tag: str
    free: bool
    text: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects the texts of blocks, the attributes that are read out, and text nodes with two sentences in one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, bool]] = []
        self.blocks: list[_Block] = [_Block("html", free=False)]
        self.unmarked: list[str] = []
        self.glued: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        lang = given.get("lang")
        free = tag in _FREE or tag in _SILENT or (lang not in (None, "en-XA") and tag != "html") or self._is_free()
        if not free:
            for name in _SAID:
                self._judge(given.get(name) or "")
            if tag == "input" and given.get("type") in ("submit", "button"):
                self._judge(given.get("value") or "")
        if tag in _VOID:
            return
        # A drawing's words stand on several lines, each an element of its own; together they are one sentence.
        drawn = any(name == "svg" for name, _ in self.open)
        self.open.append((f"svg {tag}" if drawn else tag, free))
        if not _is_inline(self.open[-1][0]):
            self.blocks.append(_Block(tag, free))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, _ = self.open.pop()
            if name in ("a", "button"):  # two of them are pressed one by one
                self.blocks[-1].text.append(" ")
            if not _is_inline(name):
                block = self.blocks.pop()
                said = "".join(block.text)
                if CLOSING + OPENING in said and not name.startswith("svg"):
                    self.glued.append(said.strip()[:120])
                self._judge(said)
            if name.removeprefix("svg ") == tag:
                return

    def handle_data(self, data: str) -> None:
        if self._is_free():
            return
        if _GLUED.search(data) and not any(tag in ("ul", "ol", "dd", "td") for tag, _ in self.open):
            self.glued.append(data.strip()[:120])
        self.blocks[-1].text.append(data)

    def _is_free(self) -> bool:
        return bool(self.open) and self.open[-1][1]

    def _judge(self, text: str) -> None:
        left = _LICENCE.sub(" ", text)
        for _ in range(4):  # a value that is a sentence itself stands inside another
            left = _RUN.sub(" ", left)
        if _LETTERS.search(left) and left.strip() not in _CLDR and not _CODE.fullmatch(left.strip()):
            self.unmarked.append(" ".join(left.split())[:120])


def read(page: str) -> _Reader:
    """The page's texts, judged."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


@pytest.fixture
def site(make_app: MakeSite, settings: Settings) -> Flask:
    """A site that answers in the made-up languages, under a name without letters; its translators have begun."""
    copy_database(settings.instance_path, opened_file())
    return make_app(pseudo_locales=True, site_name="7")


def test_the_reader_finds_what_it_is_for() -> None:
    """Unmarked words, marked ones in pieces, hidden ones in attributes; names and code are left alone."""
    found = read('<p>[!! å <b>ƀ</b> !!]</p><p>Oops</p><img alt="Plain"><bdi>Ani</bdi><p>[!! å !!] [!! ƀ !!]</p>')
    assert (found.unmarked, found.glued) == (["Oops", "Plain"], ["[!! å !!] [!! ƀ !!]"])


def _pages(app: Flask) -> list[str]:
    course = next(iter(site_of(app).library.current().courses.values()))
    with app.test_request_context("/xa/"):
        own = [
            app.url_for(row.endpoint, lang="xa")
            for row in TABLE
            if row.method == "GET" and not row.values and "lang" in _arguments(app, row.endpoint)
        ]
    items = [f"/xa/c/{course.code}/{item.code}" for item in course.items.values()]
    papers = [f"/xa/c/{course.code}/paper/{number}" for number in range(1, len(course.modules) + 1)]
    designers = {address for address in own if address.endswith("/style")}
    return [*(one for one in own if one not in designers), f"/xa/c/{course.code}/", *items, *papers]


def _arguments(app: Flask, endpoint: str) -> set[str]:
    return {name for rule in app.url_map.iter_rules(endpoint) for name in rule.arguments}


def _findings(client: FlaskClient, pages: list[str]) -> tuple[dict[str, list[str]], int]:
    found: dict[str, list[str]] = {}
    seen = 0
    for address in pages:
        answer = client.get(address)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            seen += 1
            reader = read(answer.text)
            for told in (*reader.unmarked, *(f"glued: {one}" for one in reader.glued)):
                found.setdefault(told, []).append(address)
    return found, seen


@pytest.mark.sampled
def test_no_page_says_what_no_translator_was_given(site: Flask) -> None:
    """Every public page and every lesson, as a visitor and as somebody signed in: all words stand between the marks."""
    # Of the lessons the suite reads every twelfth: what stands round them is the same.
    pages = [page for turn, page in enumerate(_pages(site)) if WHOLE or "/c/" not in page or turn % 12 == 0]
    found, seen = _findings(site.test_client(), pages)
    assert seen > len(site_of(site).library.current().courses["cop-parents"].items) // (1 if WHOLE else 12)
    person = Visitor(site)
    person.join("ani@example.org")
    signed_in, _ = _findings(person.client, [page for page in pages if "/c/" not in page])
    assert {told: where[:2] for told, where in (found | signed_in).items()} == {}


@whole_only
def test_translators_pages_speak_through_translators_too(site: Flask) -> None:
    """The desk of somebody who may do everything: lists, a message with each of its tabs, files, languages, the guide."""
    person = Visitor(site)
    person.join("boss@example.org")
    with site.app_context():
        grant_role(current_session(site), "boss@example.org", Role.COORDINATOR)
        current_session(site).commit()
    texts = "/xa/translate/ar/cop-parents/"
    assert person.client.get(texts).status_code == 200
    with site.app_context():
        number = current_session(site).scalar(
            select(StoredMessage.id).filter_by(domain="cop-parents", context="course#title")
        )
    tabs = [f"{texts}{number}?tab={tab}" for tab in TABS]
    pages = [
        "/xa/translate/",
        "/xa/translate/guide",
        "/xa/translate/languages",
        "/xa/translate/ar/",
        texts,
        f"{texts}files",
    ]
    found, seen = _findings(person.client, [*pages, *tabs])
    assert seen == len(pages) + len(tabs)
    # The language's own name, the course's and a day are in nobody's catalog of the interface.
    names = re.compile(r"العربية|Your child online, and you beside them|[A-Z][a-z]+ \d{1,2}, \d{4}")
    assert {told: where[:2] for told, where in found.items() if _LETTERS.search(names.sub("", told))} == {}
