"""An exercise in a room: a facilitator and a player on two devices, and a connection that drops in the middle."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, StorageState
from sqlalchemy import select

from coplearn.app import create_app
from coplearn.drills.models import DrillEntry, DrillRun
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import put_cohort, put_staff
from tests.journeys.barriers import SMALLEST, barriers, bring_axe
from tests.journeys.browser import PHONE, Visitor, new_visitor, until
from tests.journeys.site import Site, serving
from tests.journeys.walk import Quick
from tests.journeys.wire import wired

pytestmark = pytest.mark.whole

READY = "html[data-register='ready']"


def waiting(page: Page) -> int:
    """How many entries wait on the facilitator's device."""
    return int(page.locator("#outbox").get_attribute("data-count") or 0)


def choose(page: Page, key: str, value: str) -> None:
    """Choose on the facilitator's page, opening what the row is folded into."""
    row = page.locator(f'[data-member="{key}"]')
    row.evaluate(
        "row => { for (let up = row; up; up = up.parentElement) if (up.tagName === 'DETAILS') up.open = true; }"
    )
    row.locator(f'input[value="{value}"]').check(force=True)


@dataclass(frozen=True)
class Hall:
    """A running site with a trainer who is signed in."""

    site: Site
    app: Flask
    chromium: Browser
    state: StorageState

    def enter(self, page: Page, code: str, role: str) -> None:
        """Come in as a player, by the code on the wall, and take a role."""
        page.goto(f"{self.site.url}/en/room/")
        page.get_by_label("The code of today").fill(code.lower())
        page.get_by_role("button", name="Go in").click()
        page.locator(f'button[value="{role}"]').click()
        page.locator("#live-table").wait_for()


@pytest.fixture(scope="module")
def hall(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """One server for both tests."""
    with serving(tmp_path_factory.mktemp("hall")) as site:
        visitor = new_visitor(chromium, site)
        Quick(site, visitor.context.request).join("ani@example.org")
        state = visitor.context.storage_state()
        visitor.context.close()
        app = create_app(Settings(instance_path=Path(site.instance), secret_key="k" * 40, log_level="CRITICAL"))
        with app.app_context():
            session = current_session(app)
            put_staff(session, put_cohort(session), "ani@example.org", "trainer")
            session.commit()
        yield Hall(site, app, chromium, state)
        with app.app_context():
            engine_of(app).dispose()


def test_exercise_goes_on_when_the_connection_drops(hall: Hall) -> None:
    """Messages revealed without a network, a fix typed, the tab closed and opened: all of it arrives, and the player sees it."""
    with wired(hall.site.url) as wire:
        trainer = new_visitor(hall.chromium, hall.site, storage_state=hall.state).context
        page = trainer.new_page()
        page.goto(f"{wire.url}/en/drills/")
        page.get_by_role("button", name="Open the exercise").click()
        page.wait_for_selector("html[data-kept='yes']")
        page_of_run, code = page.url, page.locator(".door__code").inner_text()
        player = new_visitor(hall.chromium, hall.site, size=PHONE, has_touch=True).context.new_page()
        hall.enter(player, code, "helpline")
        player.get_by_text("Nothing yet.").wait_for()
        assert "Your chat is full" in player.content() and "decisions wanted" not in player.content()

        choose(page, "clock", "running")
        choose(page, "inject.first-call", "revealed")
        until(page, lambda: waiting(page) == 0 and "saved" in page.locator("#outbox").inner_text(), "it is sent")
        player.get_by_text("The counsellor of Lina").wait_for(timeout=40_000)

        wire.cut()
        choose(page, "inject.parent-chat", "revealed")
        choose(page, "turn.parent-chat.sting", "yes")
        page.locator('[id="fix.1.what"]').fill("The duty line is answered on weekends")
        page.locator('[id="fix.1.what"]').blur()
        until(page, lambda: waiting(page) == 3, "three entries wait")
        until(page, lambda: "No network" in page.locator("#outbox").inner_text(), "it is said")
        page.close()
        page = trainer.new_page()
        page.goto(page_of_run)
        page.wait_for_selector(READY)
        until(page, lambda: waiting(page) == 3, "the page opens without a network and knows of them")
        assert page.locator('[id="fix.1.what"]').input_value() == "The duty line is answered on weekends"
        assert page.locator('[data-member="inject.first-call"] input:checked').get_attribute("value") == "revealed"
        assert re.match(r"Minute \d", page.locator("#drill-clock").inner_text())
        assert "Her father" not in player.locator("#live-table").inner_text()

        wire.mend()
        page.evaluate("dispatchEvent(new Event('online'))")
        until(page, lambda: waiting(page) == 0, "all are sent when the network is back")
        player.get_by_text("14:30. Lina").wait_for(timeout=40_000)
        player.get_by_text("You're not her.").wait_for()
        page.reload()
        page.get_by_role("link", name="Results").click()
        assert "The duty line is answered on weekends" in page.locator("main").inner_text()
        with hall.app.app_context():
            ours = select(DrillRun.id).where(DrillRun.public_id == page_of_run.rpartition("/")[2])
            chosen = select(DrillEntry).where(DrillEntry.run_id.in_(ours))
            entries = current_session(hall.app).scalars(chosen).all()
            assert sorted(one.key for one in entries) == [
                "clock", "fix.1.what", "inject.first-call", "inject.parent-chat", "turn.parent-chat.sting",
            ]  # fmt: skip
            assert all(one.stands for one in entries)
        trainer.close()
        player.context.close()


def test_exercise_pages_have_no_barrier(hall: Hall) -> None:
    """On the smallest phone, in English and in Arabic: the list, the page_of_run, results, the pack, the door and the table."""
    trainer = new_visitor(hall.chromium, hall.site, size=SMALLEST, storage_state=hall.state, reduced_motion="reduce")
    trainer.open("drills/")
    trainer.press("main form .button--primary")
    run = trainer.path.partition("/en/")[2]
    player = new_visitor(hall.chromium, hall.site, size=SMALLEST, reduced_motion="reduce")
    hall.enter(player.page, trainer.page.locator(".door__code").inner_text(), "school")
    choose(trainer.page, "inject.first-call", "revealed")
    choose(trainer.page, "fail.left-alone", "yes")
    until(trainer.page, lambda: "saved" in trainer.page.locator("#outbox").inner_text(), "it is sent")
    table = player.path.partition("/en/")[2]
    pack = "drills/cop-cyberdrill-grooming/a-report-of-grooming/pack"
    found: list[str] = []
    for visitor, addresses in ((trainer, ("drills/", run, f"{run}/results", pack)), (player, ("room/", table))):
        bring_axe(visitor)
        for lang in ("en", "ar"):
            visitor.lang = lang
            for address in addresses:
                found += [f"{lang} {address}: {one}" for one in _judged(visitor, address)]
        visitor.context.close()
    assert not found, "\n".join(found)


def _judged(visitor: Visitor, address: str) -> list[str]:
    assert visitor.open(address) == 200, address
    return barriers(visitor, dark=visitor.lang == "en")
