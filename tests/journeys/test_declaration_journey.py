"""A declaration on a telephone: the third recommendation is told as done, and everybody reads it; pages without barriers."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.declarations.worlds import put_declared
from tests.journeys.barriers import barriers, bring_axe
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.conftest import Office
from tests.sizes import whole_only


@whole_only
def test_done_recommendation_is_read_by_everybody(office: Office, chromium: Browser) -> None:
    """Told on a telephone; in English, Arabic and Russian nothing stands in anybody's way."""
    site, app, state = office
    names = put_declared(app, "ani@example.org")
    staff = new_visitor(chromium, site, size=PHONE, storage_state=state)
    bring_axe(staff)
    page, told = staff.page, f"recommendations/{names['recommendation']}"
    page.goto(f"{site.url}/en/{told}")
    page.locator('label:has(input[value="done"])').click()
    page.locator("textarea").fill("Two seats in the council.")
    page.get_by_role("button", name="Send").click()
    page.locator(".reports").wait_for()
    public = f"declarations/{names['declaration']}"
    mine = (f"programme/{public}", f"programme/{public}/text/es", f"programme/{public}/adopt", told)
    for lang in ("en", "ar", "ru"):
        for address in (public, "declarations/", *mine, f"programme/campaigns/{names['campaign']}"):
            page.goto(f"{site.url}/{lang}/{address}")
            assert barriers(staff, dark=lang == "en") == [], (lang, address)
    reader = new_visitor(chromium, site, "ar", PHONE)
    reader.page.goto(f"{site.url}/ar/{public}")
    assert "Two seats in the council." in reader.page.locator("#r3").inner_text()
    assert reader.page.locator("h1").get_attribute("dir") == "ltr"
    for visitor in (staff, reader):
        visitor.context.close()
