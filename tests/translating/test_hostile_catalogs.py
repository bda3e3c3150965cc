"""Catalogs that were made to do harm: refused with the line at fault, or taken and every page as whole as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from coplearn.i18n import hazards
from coplearn.settings import Settings
from coplearn.site import site_of
from coplearn.storage.database import current_session, engine_of
from coplearn.translating.catalogs import publishing, sync
from coplearn.translating.exchange.import_formats import read_upload
from coplearn.translating.exchange.imports import ImportPlan, plan_import, run_import
from coplearn.translating.store import catalog_store, rules
from tests.sizes import whole_only
from tests.translating.homes import make_home, make_site
from tests.translating.hostile_catalogs import BASE, HostileCatalog, Message, good_catalog, hostile_catalogs
from tests.translating.store import AR, DOMAIN, NOW

TARGETS: Final = ("course#title", "first-page#bcheaqg", "first-page#b2tysj3")
"""A title, a paragraph with a link and a line of a list."""
_KEPT: Final = re.compile(r"\]\([^)]*\)|%\(\w+\)s")
_LETTERS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنه")
_VOID: Final = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_INLINE: Final = frozenset(["em", "strong", "code", "br", "s"])


def good_text(source: str) -> str:
    """A text in Arabic letters with all that a translation has to keep."""
    parts = zip(_KEPT.split(source), [*_KEPT.findall(source), ""], strict=True)
    return "".join(words.lower().translate(_LETTERS) + kept for words, kept in parts)


class PageShape(HTMLParser):
    """The elements of a page with the names of their attributes and where links lead; what runs of text hold is left out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shape: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what is opened."""
        if tag not in _VOID:
            self.open.append(tag)
        if tag not in _INLINE:
            led = [value for name, value in attrs if name in ("href", "src", "action", "srcdoc", "http-equiv")]
            self.shape.append(f"{tag} {[name for name, _ in attrs]} {led}")

    def handle_endtag(self, tag: str) -> None:
        """Hold that what is closed is what was opened last."""
        if tag in _VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


class Course:
    """A site with one course that is whole in Arabic letters, and what its pages are like then."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            session = current_session(app)
            course = site_of(app).library.current().courses[DOMAIN]
            wanted = rules.sources_of_course(course)
            sync.sync(session, DOMAIN, wanted, NOW)
            sync.adopt(session, DOMAIN, AR, {}, NOW)
            self.messages = [Message(one.context, one.text, good_text(one.text)) for one in wanted if not one.plural]
            plan = self.planned(session, HostileCatalog("good", "ar.po", good_catalog(self.messages)))
            hard = {one.name for one in plan.of("refused")}
            assert len(hard) < len(wanted) / 5, plan.of("refused")
            self.messages = [one for one in self.messages if one.context not in hard]
            steps = [f"/ar/c/{course.code}/{item.code}" for item in course.items.values()]
            self.addresses = ["/ar/", "/ar/courses", f"/ar/c/{course.code}", *steps]
            self.restore(session)
        self.client = app.test_client()
        self.shapes = [PageShape(page).shape for page in self.pages()]

    def pages(self) -> list[str]:
        """Every page of the course, each answered."""
        answers = [self.client.get(address, follow_redirects=True) for address in self.addresses]
        assert [answer.status_code for answer in answers] == [200] * len(self.addresses)
        return [answer.text for answer in answers]

    def planned(self, session: Session, catalog: HostileCatalog) -> ImportPlan:
        """What taking the catalog in would do."""
        base = str(catalog_store.last_edit_id(session, DOMAIN, "ar")).encode()
        return plan_import(session, AR, read_upload(catalog.file, catalog.raw.replace(BASE.encode(), base), AR, DOMAIN))

    def take(self, session: Session, plan: ImportPlan) -> None:
        """Take in what is planned, and show it."""
        run_import(session, rules.COMMAND_LINE, plan, NOW)
        publishing.publish_ready(session, DOMAIN, AR, NOW)
        session.commit()

    def restore(self, session: Session) -> None:
        """Put the good texts back."""
        plan = self.planned(session, HostileCatalog("good", "ar.po", good_catalog(self.messages)))
        self.take(session, plan)

    def judged(self, catalog: HostileCatalog) -> str:
        """Take a catalog in as far as it is taken: "refused" with its line, or "taken" and the pages are whole."""
        with self.app.app_context():
            session = current_session(self.app)
            plan = self.planned(session, catalog)
            refused = [one for one in plan.of("refused") if catalog.lines[0] <= one.line <= catalog.lines[1]]
            assert refused == plan.of("refused"), (catalog.name, catalog.lines, plan.of("refused")[0])
            assert all(one.reason is not None for one in refused)
            taken = plan.of("applied", "stale")
            assert refused or not catalog.must_be_refused, (catalog.name, plan.counts)
            if not taken:
                return "refused" if refused else "nothing new"
            self.take(session, plan)
        for page, shape in zip(self.pages(), self.shapes, strict=True):
            found = PageShape(page)
            assert found.shape == shape, (catalog.name, [one for one in found.shape if one not in shape])
            assert (found.faults, found.open) == ([], []), catalog.name
            assert not hazards.has_override(page), catalog.name
            assert not hazards.has_control(page), catalog.name
            assert all(hazards.isolates_balanced(line) for line in page.split("\n")), catalog.name
        with self.app.app_context():
            self.restore(current_session(self.app))
        return "taken, but for a line" if refused else "taken"


@pytest.fixture
def course(settings: Settings, tmp_path: Path) -> Iterator[Course]:
    """A course of its own."""
    app = make_site(settings, make_home(tmp_path))
    yield Course(app)
    with app.app_context():
        engine_of(app).dispose()


def test_hostile_catalog_is_refused_with_its_line_or_leaves_pages_whole(course: Course) -> None:
    """One of forty that `make prove` tries; a good text is shown, so that the pages are those that it is tried on."""
    catalogs = hostile_catalogs(course.messages, TARGETS)
    told = [course.judged(one) for one in catalogs[::40]]
    assert (told.count("refused") > 5, told.count("taken") > 0) == (True, True), told
    assert good_text("Begin with a question") in "".join(course.pages())


@whole_only
def test_every_hostile_catalog_is_refused_with_its_line_or_leaves_pages_whole(course: Course) -> None:
    """More than a hundred are refused; no two are the same file."""
    catalogs = hostile_catalogs(course.messages, TARGETS)
    told = [course.judged(one) for one in catalogs]
    distinct, refused = len({one.raw for one in catalogs}), told.count("refused")
    print(
        f"{distinct} catalogs: {refused} refused, {told.count('taken')} taken, {told.count('nothing new')} with nothing new"
    )
    assert refused > 100
