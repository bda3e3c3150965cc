"""Two running sites over one database and a copy of the texts, and the translators who work there."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import polib
from flask import Flask
from playwright.sync_api import Browser, Page, StorageState

from coplearn.app import create_app
from coplearn.commands import add_commands
from coplearn.kernel.words import Role
from coplearn.settings import HOME, Settings
from coplearn.storage.database import engine_of
from tests.journeys.browser import Visitor, new_visitor
from tests.journeys.site import Site, serving, the_course
from tests.journeys.walk import Quick

ANI, MIRA, SAMI, RITA, BOSS, NINO, LEARNER = "ani", "mira", "sami", "rita", "boss", "nino", "learner"
"""Two translators, a suggester and a reviewer of Arabic, who coordinates all, a reviewer of Georgian to be, and a learner."""
_ROLES: Mapping[str, tuple[Role, str]] = {
    ANI: (Role.TRANSLATOR, "ar"),
    MIRA: (Role.TRANSLATOR, "ar"),
    SAMI: (Role.SUGGESTER, "ar"),
    RITA: (Role.REVIEWER, "ar"),
    BOSS: (Role.COORDINATOR, ""),
}
LIVE_SECONDS = 60.0
"""How long a published text may take to be on every page of every server."""
_IN_A_ROW = 6


@dataclass(frozen=True)
class Twins:
    """Two sites, each with workers of its own, over one database; ``home`` is their copy of the texts."""

    here: Site
    there: Site
    home: Path
    commands: Flask
    states: Mapping[str, StorageState]
    chromium: Browser

    def run(self, *words: str) -> str:
        """One ``coplearn`` command on the copy; what it says."""
        result = self.commands.test_cli_runner().invoke(args=list(words))
        assert result.exit_code == 0, (words, result.output, result.exception)
        return result.output

    def meet(self, who: str = "", *, lang: str = "en", there: bool = False, **options: Any) -> Visitor:
        """Somebody with a new browser, on the first server or the other (``there``); nobody known without a name."""
        state = self.states.get(who)
        return new_visitor(self.chromium, self.there if there else self.here, lang, storage_state=state, **options)


@contextmanager
def twin_sites(chromium: Browser, folder: Path) -> Iterator[Twins]:
    """Both servers, and the people with their roles; a language needs one percent to be offered."""
    home, instance = folder / "home", folder / "instance"
    for name in ("courses", "translations"):
        shutil.copytree(HOME / name, home / name)
    for name in ("migrations", "coplearn"):
        (home / name).symlink_to(HOME / name)
    instance.mkdir()
    app = add_commands(create_app(Settings(instance_path=instance, home=home, log_level="WARNING"), poll=0))
    settings = {"COPLEARN_HOME": str(home), "COPLEARN_LANGUAGE_BAR": "1", "COPLEARN_WORKERS": "2"}
    with serving(folder, settings) as here, serving(folder, settings) as there:
        made = {name: new_visitor(chromium, here) for name in (*_ROLES, NINO, LEARNER)}
        twins = Twins(here, there, home, app, {}, chromium)
        for name, visitor in made.items():
            quick = Quick(here, visitor.context.request)
            quick.join(address_of(name))
            quick.greeted()
        for name, (role, code) in _ROLES.items():
            twins.run("people", "grant", address_of(name), role.value, *(("--locale", code) if code else ()))
        states = {name: visitor.context.storage_state() for name, visitor in made.items()}
        for visitor in made.values():
            visitor.context.close()
        yield Twins(here, there, home, app, states, chromium)
    with app.app_context():
        engine_of(app).dispose()


def address_of(who: str) -> str:
    """Their mail address."""
    return f"{who}@example.org"


def press(visitor: Visitor, name: str) -> None:
    """Press the button of that name and see the page that follows."""
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name=name, exact=True).click()
    visitor.look()


def open_list(visitor: Visitor, target: str, query: str = "") -> int:
    """Open a language's list of the course's messages; the status."""
    return visitor.open(f"translate/{target}/{the_course().id}/{query}")


def open_message(visitor: Visitor, target: str, context: str) -> None:
    """Find a message of the course by its context and open it."""
    assert open_list(visitor, target, f"?q={quote(context)}") == 200
    visitor.press("a.line__source")
    assert visitor.page.get_by_text(context, exact=True).is_visible()


def field(visitor: Visitor) -> Any:
    """The translation's field."""
    return visitor.page.get_by_label("Translation", exact=True)


def tab(visitor: Visitor, name: str) -> str:
    """Open what stands below the editor under that name; its words."""
    with visitor.page.expect_navigation():
        visitor.page.locator("#tab").get_by_role("link", name=name, exact=True).click()
    visitor.look()
    return visitor.page.locator("#tab").inner_text()


def toast(visitor: Visitor) -> str:
    """What the page says about what was just done."""
    return visitor.page.locator(".toast").inner_text()


def lesson_address(site: Site, lang: str, item: str) -> str:
    """The address of an item's page in that language."""
    return f"{site.url}/{lang}/c/{the_course().code}/{the_course().items[item].code}"


def fetch(address: str) -> str:
    """A page as somebody new gets it, on a connection of its own, so that any worker may answer."""
    with urlopen(address, timeout=60) as answer:
        return str(answer.read().decode())


def seconds_until_live(page: Page, address: str, text: str, since: float) -> float:
    """How long after ``since`` (monotonic) the page began to show ``text``, to several in a row; at most LIVE_SECONDS."""
    first, row = 0.0, 0
    while row < _IN_A_ROW:
        if text in fetch(address):
            first = time.monotonic() - since if row == 0 else first
            row += 1
        else:
            row = 0
            assert time.monotonic() - since < LIVE_SECONDS, f"still not live: {address}"
            page.wait_for_timeout(100)
    assert first < LIVE_SECONDS, first
    return first


def in_file(home: Path, code: str, context: str) -> polib.POEntry:
    """The entry of a message in a language's catalog of the course."""
    catalog = polib.pofile(str(home / "courses" / the_course().id / "translations" / f"{code}.po"))
    return next(entry for entry in catalog if entry.msgctxt == context)


def fill_by_file(twins: Twins, nino: Visitor, domain: str, folder: Path) -> None:
    """Translate sixty plain texts of the domain into Georgian, away from the site, and show them all to learners."""
    path = folder / f"{domain}.po"
    path.write_bytes(nino.context.request.get(f"{twins.here.url}/en/translate/ka/{domain}/files/po").body())
    catalog = polib.pofile(str(path))
    plain = [
        entry for entry in catalog if not entry.msgid_plural and entry.msgid.replace(" ", "").rstrip(".").isalpha()
    ]
    waiting = {message.context for message in the_course().messages if message.needs_second_reading}
    plain = [entry for entry in plain if entry.msgctxt not in waiting and not entry.msgstr][:60]
    for entry in plain:
        entry.msgstr = "სატესტო სიტყვა" + ("." if entry.msgid.endswith(".") else "")
    catalog.save()
    assert nino.open(f"translate/ka/{domain}/files") == 200
    nino.page.get_by_label("The file").set_input_files(path)
    press(nino, "Look at the file")
    press(nino, "Take it in")
    nino.open("translate/ka/")
    part = nino.page.locator(f'section[aria-labelledby="d-{domain}"]')
    part.locator("summary").click()
    with nino.page.expect_navigation():
        part.get_by_role("button", name=f"Publish {len(plain)} finished texts").click()
    assert toast(nino) == f"{len(plain)} texts are published. Every learner sees them within seconds."
