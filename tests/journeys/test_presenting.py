"""A module in a hall: one page presents, the speaker's phone steers it, three phones vote, and the bars are right."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page, expect

from coplearn.app import create_app
from coplearn.settings import Settings
from coplearn.storage.database import current_session, engine_of
from tests.cohorts.worlds import put_cohort, put_staff
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.site import Site
from tests.journeys.walk import Quick

READY = "html[data-deck='ready']"


def make_trainer(site: Site, email: str) -> None:
    """Let somebody lead groups."""
    app: Flask = create_app(Settings(instance_path=Path(site.instance), secret_key="k" * 40, log_level="CRITICAL"))
    with app.app_context():
        session = current_session(app)
        put_staff(session, put_cohort(session), email, "trainer")
        session.commit()
        engine_of(app).dispose()


def shown(page: Page) -> str:
    """The id of the slide that fills the screen."""
    found: str = page.evaluate("[...document.querySelectorAll('.slide')].find((one) => !one.hidden).id")
    return found


def test_three_phones_vote_and_the_bars_are_right(chromium: Browser, site: Site) -> None:
    """Steered from the speaker's phone; no bar before it is asked for; then hands without a network, and the story goes on."""
    trainer = new_visitor(chromium, site, reduced_motion="reduce")
    Quick(site, trainer.context.request).join("hall@example.org")
    make_trainer(site, "hall@example.org")
    page = trainer.page
    trainer.open("presentations/")
    trainer.press("section.card .rows a")
    trainer.press("form .button--quiet >> text=Begin")
    page.wait_for_selector(READY)
    code = page.locator(".door__code").first.inner_text()
    page.get_by_role("button", name="Show the slides").click()
    speaker = trainer.context.new_page()
    speaker.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    speaker.goto(f"{page.url}/speaker")
    speaker.wait_for_selector(READY)
    while not page.locator(f'[id="{shown(page)}"]').get_attribute("data-question"):
        before = shown(page)
        speaker.get_by_role("button", name="Next").click()
        page.wait_for_function("id => document.getElementById(id).hidden", arg=before)

    slide = page.locator(f'[id="{shown(page)}"]')
    phones = [new_visitor(chromium, site, size=PHONE) for _ in range(3)]
    for phone, choice in zip(phones, (0, 1, 1), strict=True):
        phone.open("room/")
        phone.page.get_by_label("The code of today").fill(code)
        phone.press("main form button")
        phone.page.locator("input[name=choice]").nth(choice).check(force=True)
        phone.press("main form button")
        expect(phone.page.locator("#hall .feedback")).to_contain_text("Your vote is counted")
    assert slide.locator(".slide__votes:visible").count() == 0
    page.keyboard.press("ArrowRight")
    expect(slide.locator(".slide__count").nth(0)).to_have_text("1")
    expect(slide.locator(".slide__count").nth(1)).to_have_text("2")
    widths = slide.locator(".slide__fill").evaluate_all("all => all.map((one) => one.style.inlineSize)")
    assert widths[:2] == ["50%", "100%"]
    expect(phones[0].page.locator("#hall")).to_contain_text("This vote is closed")

    trainer.context.set_offline(True)
    page.keyboard.press("h")
    hands = slide.locator("[data-hands]").nth(0)
    hands.fill("6000")
    slide.focus()
    expect(slide.locator("[role=alert]")).to_contain_text("Type a whole number from 0 to")
    # What cannot be counted is not, and stays as it was typed.
    assert (slide.locator(".slide__count").nth(0).inner_text(), hands.input_value()) == ("1", "6000")
    hands.fill("٣٠")
    expect(slide.locator(".slide__count").nth(0)).to_have_text("31")
    expect(slide.locator("[role=alert]")).to_have_count(0)
    slide.focus()
    page.keyboard.press("ArrowRight")
    assert shown(page) != slide.get_attribute("id")
    # The hall's network answers in the site's place at first: what waits is not sent by that.
    ours = re.compile(r"/(state|hands)$")
    page.route(ours, lambda route: route.fulfill(json={}))
    with page.expect_response(ours):
        trainer.context.set_offline(False)
    for _ in range(2):
        with page.expect_response(ours):
            pass
    assert page.evaluate("localStorage.length") == 1
    page.unroute(ours)
    page.wait_for_function("() => localStorage.length === 0")
    # Ended in another window: the site's own sentence, and not that the network is away.
    speaker.locator("form[action$='/end'] button").click()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".deck__lost")).to_contain_text("This presentation has ended.")
    # Not by open(): a browser without a network says so in its console.
    page.goto(f"{page.url}/results")
    expect(page.locator(".votes__line b").first).to_have_text("31")
    for visitor in (trainer, *phones):
        visitor.context.close()
