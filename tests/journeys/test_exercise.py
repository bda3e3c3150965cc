"""An exercise in a room: a facilitator and a player on two devices, and a connection that drops in the middle."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from coplearn.app import create_app
from coplearn.drills.models import DrillEntry
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import put_cohort, put_staff
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.site import serving
from tests.journeys.walk import Quick
from tests.journeys.wire import wired

READY = "html[data-register='ready']"


def until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Ask again and again until it holds."""
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end, what
        page.wait_for_timeout(200)


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


def test_exercise_goes_on_when_the_connection_drops(chromium: Browser, tmp_path: Path) -> None:
    """Messages revealed without a network, a fix typed, the tab closed and opened: all of it arrives, and the player sees it."""
    with serving(tmp_path) as site, wired(site.url) as wire:
        visitor = new_visitor(chromium, site)
        Quick(site, visitor.context.request).join("ani@example.org")
        state = visitor.context.storage_state()
        visitor.context.close()
        app = create_app(Settings(instance_path=Path(site.instance), secret_key="k" * 40, log_level="CRITICAL"))
        with app.app_context():
            session = current_session(app)
            put_staff(session, put_cohort(session), "ani@example.org", "trainer")
            session.commit()
        trainer = new_visitor(chromium, site, storage_state=state).context
        page = trainer.new_page()
        page.goto(f"{wire.url}/en/drills/")
        page.get_by_role("button", name="Open the exercise").click()
        page.wait_for_selector("html[data-kept='yes']")
        desk, code = page.url, page.locator(".door__code").inner_text()

        player = new_visitor(chromium, site, size=PHONE, has_touch=True).context.new_page()
        player.goto(f"{site.url}/en/room/")
        player.get_by_label("The code of today").fill(code.lower())
        player.get_by_role("button", name="Go in").click()
        player.locator('button[value="helpline"]').click()
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
        page.goto(desk)
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
        with app.app_context():
            entries = current_session(app).scalars(select(DrillEntry).order_by(DrillEntry.id)).all()
            assert sorted(one.key for one in entries) == [
                "clock", "fix.1.what", "inject.first-call", "inject.parent-chat", "turn.parent-chat.sting",
            ]  # fmt: skip
            assert all(one.stands for one in entries)
            engine_of(app).dispose()
