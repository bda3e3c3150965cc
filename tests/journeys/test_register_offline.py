"""A register in a room without a network: nothing is lost, nothing is counted twice, and forty people take forty keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Route, StorageState
from sqlalchemy import func, select, update

from coplearn.app import create_app
from coplearn.cohorts.common.models.meeting import Attendance, Mark, Meeting
from coplearn.kernel.clock import utcnow
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import put_cohort, put_meeting, put_member, put_staff
from tests.journeys.browser import PHONE, new_visitor, until
from tests.journeys.keys import WHOLLY_HIDDEN
from tests.journeys.learner import new_address
from tests.journeys.site import Site
from tests.journeys.walk import Quick
from tests.journeys.wire import wired
from tests.once import SECRET_KEY

READY = "html[data-register='ready']"


@dataclass(frozen=True)
class Scene:
    """The running site with a cohort of forty, five meetings that are on, and three trainers signed in."""

    site: Site
    app: Flask
    chromium: Browser
    states: Mapping[str, StorageState]
    registers: tuple[str, ...]

    def open(self, who: str = "ani", **more: Any) -> BrowserContext:
        """A browser of one of the trainers."""
        return new_visitor(self.chromium, self.site, storage_state=self.states[who], **more).context

    def marks(self, register: str) -> list[tuple[str, str, bool]]:
        """What the server has of that register: way, status, and whether it stands."""
        public_id = register.split("/")[-2]
        with self.app.app_context():
            found = current_session(self.app).execute(
                select(Mark.via, Mark.status, Mark.stands)
                .join(Meeting, Meeting.id == Mark.meeting_id)
                .where(Meeting.public_id == public_id)
                .order_by(Mark.id)
            )
            return [(row[0], row[1], row[2]) for row in found]


@pytest.fixture(scope="module")
def scene(chromium: Browser, site: Site) -> Iterator[Scene]:
    """One cohort and its trainers for all tests of this file."""
    states, addresses = {}, {who: f"{who}-{new_address()}" for who in ("ani", "sam", "eva")}
    for who, address in addresses.items():
        visitor = new_visitor(chromium, site)
        quick = Quick(site, visitor.context.request)
        quick.join(address)
        quick.greeted()
        states[who] = visitor.context.storage_state()
        visitor.context.close()
    app = create_app(Settings(instance_path=site.instance, secret_key=SECRET_KEY, log_level="CRITICAL"))
    with app.app_context():
        session, now = current_session(app), utcnow()
        cohort = put_cohort(session)
        for address in addresses.values():
            put_staff(session, cohort, address, "trainer")
        for number in range(40):
            put_member(session, cohort, None, name=f"Person {number:02}")
        meetings = [put_meeting(session, cohort, now - timedelta(minutes=5), title=f"Day {one}") for one in range(1, 6)]
        paths = [f"{site.url}/en/cohorts/{cohort.public_id}/meetings/{one.public_id}/register" for one in meetings]
        session.commit()
    yield Scene(site, app, chromium, states, tuple(paths))
    with app.app_context():
        engine_of(app).dispose()


def told(page: Page, words: str) -> bool:
    """Whether the page says that about marks which wait."""
    return words in page.locator("#outbox").inner_text()


def tap(page: Page, number: int, words: str) -> None:
    """Choose a status of one person by thumb."""
    page.locator(".register__row").nth(number).get_by_role("radio", name=words, exact=True).click()


def waiting(page: Page) -> int:
    """How many marks wait on the device, as the page knows."""
    return int(page.locator("#outbox").get_attribute("data-count") or 0)


def test_marks_without_network_arrive_once_when_it_is_back(scene: Scene) -> None:
    """The network goes, three are marked, the tab is closed and opened again without network, and then it is back."""
    context = scene.open("ani", size=PHONE, has_touch=True)
    with wired(scene.site.url) as wire:
        register = scene.registers[3].replace(scene.site.url, wire.url)
        page = context.new_page()
        page.goto(register)
        page.wait_for_selector("html[data-kept='yes']")
        tap(page, 0, "Present")
        until(page, lambda: len(scene.marks(register)) == 1 and waiting(page) == 0, "with network it is sent by itself")

        wire.cut()
        for number, words in ((1, "Late"), (2, "Absent"), (3, "Left early")):
            tap(page, number, words)
        until(page, lambda: waiting(page) == 3, "three marks wait")
        until(page, lambda: told(page, "3 marks wait on this device."), "it is said")
        assert page.locator("#marked").inner_text() == "4 of 40 marked"
        page.close()

        page = context.new_page()
        page.goto(register)
        page.wait_for_selector(READY)
        until(page, lambda: told(page, "3 marks wait on this device."), "the new tab knows of them")
        rows = page.locator(".register__row")
        assert [rows.nth(number).locator("input:checked").get_attribute("value") for number in range(4)] == [
            "present", "late", "absent", "left-early",
        ]  # fmt: skip
        tap(page, 4, "Present")
        until(page, lambda: waiting(page) == 4, "marking goes on in the page's own copy")
        assert page.locator("#marked").inner_text() == "5 of 40 marked"
        assert len(scene.marks(register)) == 1

        wire.mend()
        # As a telephone tells the page; without that it tries again by the clock.
        page.evaluate("dispatchEvent(new Event('online'))")
        until(page, lambda: waiting(page) == 0, "all are sent when the network is back")
        page.reload()
        page.wait_for_selector(READY)
        found = scene.marks(register)
        assert page.locator("#marked").inner_text() == "5 of 40 marked"
        assert sorted(status for _, status, _ in found) == ["absent", "late", "left-early", "present", "present"]
        assert all(stands for *_, stands in found)
        assert {way for way, *_ in found} == {"register", "offline"}
        context.close()


@pytest.mark.whole
def test_two_trainers_and_a_lost_network_are_both_told(scene: Scene) -> None:
    """Sam marks with network what Ani had marked without: both are kept, and Ani's page asks."""
    register = scene.registers[0]
    ani, sam = scene.open("ani"), scene.open("sam")
    here, there = ani.new_page(), sam.new_page()
    for page in (here, there):
        page.goto(register)
        page.wait_for_selector(READY)
    ani.set_offline(True)
    tap(here, 30, "Late")
    until(here, lambda: "No network" in here.locator("#outbox").inner_text(), "Ani is told that it waits")
    before = len(scene.marks(register))
    tap(there, 30, "Present")
    until(there, lambda: len(scene.marks(register)) == before + 1, "Sam's mark is there")
    ani.set_offline(False)
    until(here, lambda: waiting(here) == 0, "Ani's mark arrives")
    assert scene.marks(register)[-1] == ("offline", "late", False)
    here.reload()
    clash = here.locator(".clash")
    assert "Ani" in clash.inner_text() or "ani" in clash.inner_text()
    with here.expect_navigation():
        clash.get_by_role("button", name="It is “Late”").click()
    assert here.locator(".clash").count() == 0
    assert scene.marks(register)[-1][1:] == ("late", True)
    ani.close()
    sam.close()


@pytest.mark.whole
def test_forty_people_are_marked_by_keyboard(scene: Scene) -> None:
    """One key a person and no mouse, and every mark is on the server once."""
    register = scene.registers[1]
    context = scene.open("ani")
    page = context.new_page()
    page.goto(register)
    page.wait_for_selector(READY)
    page.get_by_role("radio").first.focus()
    for number in range(40):
        page.keyboard.press("l" if number % 8 == 3 else "p")
    until(page, lambda: len(scene.marks(register)) == 40, "all forty arrive")
    statuses = [status for _, status, _ in scene.marks(register)]
    assert (statuses.count("present"), statuses.count("late")) == (35, 5)
    page.locator(".register__row").nth(5).locator("input:checked").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("a")
    until(page, lambda: len(scene.marks(register)) == 41, "the row above is marked anew")
    with scene.app.app_context():
        here = select(Meeting.id).where(Meeting.public_id == register.split("/")[-2]).scalar_subquery()
        anew = (Attendance.meeting_id == here, Attendance.status == "absent", Attendance.rev == 2)
        counted = select(func.count()).select_from(Attendance).where(*anew)
        assert current_session(scene.app).scalar(counted) == 1
    context.close()


@pytest.mark.whole
def test_marks_the_site_refuses_stay_until_a_press_lets_go_of_them(scene: Scene) -> None:
    """The meeting was cancelled while the device had no network: the reason is told, and nothing vanishes by itself."""
    context = scene.open("sam")
    page = context.new_page()
    page.goto(scene.registers[2])
    page.wait_for_selector(READY)
    context.set_offline(True)
    tap(page, 0, "Late")
    until(page, lambda: "No network" in page.locator("#outbox").inner_text(), "it waits")
    with scene.app.app_context():
        session = current_session(scene.app)
        third = scene.registers[2].split("/")[-2]
        session.execute(update(Meeting).where(Meeting.public_id == third).values(state="cancelled"))
        session.commit()
    context.set_offline(False)
    until(page, lambda: "was cancelled" in page.locator("#outbox").inner_text(), "the reason is told")
    assert waiting(page) == 1
    with page.expect_navigation():
        page.get_by_role("button", name="Let go of these marks").click()
    assert scene.marks(scene.registers[2]) == []
    assert page.get_by_role("radio", checked=True).count() == 0
    context.close()


AGED = """async () => {
  const kept = await caches.open("register"), held = await kept.match(location.href, { ignoreVary: true });
  const headers = new Headers(held.headers);
  headers.set("date", new Date(Date.now() - 73 * 3600000).toUTCString());
  await kept.put(location.href, new Response(await held.blob(), { headers }));
}"""
"""Makes the copy of the open register three days and an hour old."""


def test_signing_out_takes_the_register_off_the_device(scene: Scene) -> None:
    """With marks that wait it asks first; afterwards the page does not open without network. An old copy shows no names."""
    register = scene.registers[1]
    context = scene.open("eva")
    page = context.new_page()
    page.goto(register)
    page.wait_for_selector("html[data-kept='yes']")
    names = page.locator(".register__row").all_inner_texts()
    page.evaluate(AGED)
    context.set_offline(True)
    page.goto(register)
    assert "This page shows names" in page.content()
    assert names and not any(name.split()[0] in page.content() for name in names)
    context.set_offline(False)
    page.goto(register)
    page.wait_for_selector("html[data-kept='yes']")
    page.goto(f"{scene.site.url}/en/me")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", answer)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign out").click()
    assert asked == []
    context.set_offline(True)
    page.goto(register)
    assert "Nothing is complete on this phone." in page.content()
    assert not any(name.split()[0] in page.content() for name in names)
    context.close()


@pytest.mark.whole
def test_a_phone_shows_six_people_at_once(scene: Scene) -> None:
    """On the first screen: no tabs and no hints for a keyboard, and nothing is wider than the page."""
    context = scene.open("ani", size=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(scene.registers[4])
    page.wait_for_selector(READY)
    foot = page.locator(".register__foot").bounding_box()
    assert foot is not None and foot["height"] <= 72
    boxes = [one.bounding_box() for one in page.locator(".register__row").all()[:10]]
    assert sum(box is not None and box["y"] + box["height"] <= foot["y"] for box in boxes) >= 6
    assert page.locator(".tabs").count() == 0
    assert not page.locator(".register__keys").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()


def without_has(route: Route) -> None:
    """A style sheet as a browser of before 2022 reads it, which knows no ``:has()``."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace(":has(", ":unknown("))


def test_marks_are_seen_in_a_browser_that_knows_no_has(scene: Scene) -> None:
    """What was pressed, and what has the focus, shows on the button itself where its box cannot tell."""
    context = scene.open(size=PHONE)
    context.route("**/*.css", without_has)
    page = context.new_page()
    page.goto(scene.registers[4])
    page.wait_for_selector(READY)
    one = page.locator(".tick input").first
    for prop, wanted in (("opacity", "1"), ("position", "static")):
        assert one.evaluate("(one, prop) => getComputedStyle(one)[prop]", prop) == wanted
    page.goto(f"{scene.site.url}/en/courses")
    card = page.locator(".card__link").first
    page.keyboard.press("Tab")
    card.focus()
    assert card.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
    context.close()


@pytest.mark.parametrize("size", [(1280, 720), PHONE, (320, 256)])
@pytest.mark.whole
def test_what_has_the_focus_is_never_hidden(scene: Scene, size: tuple[int, int]) -> None:
    """From the first control to the last, and back again: nothing ends wholly below the foot or the bar at the top."""
    context = scene.open("ani", size=size)
    page = context.new_page()
    page.goto(scene.registers[3])
    page.wait_for_selector(READY)
    hidden: list[str] = []
    for key, stops in (("Tab", 70), ("Shift+Tab", 70)):
        for _ in range(stops):
            page.keyboard.press(key)
            found = page.evaluate(WHOLLY_HIDDEN)
            if found:
                hidden.append(found)
    assert hidden == []
    context.close()
