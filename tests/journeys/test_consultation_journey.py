"""A statement from its first draft over everybody's comments to the final text, and its pages without barriers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select, update

from coplearn.consultations.mail import make_token
from coplearn.consultations.models import AskedOrganisation, Consultation
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from tests.consultations.worlds import put_organisation
from tests.journeys.barriers import barriers, bring_axe
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.conftest import Office
from tests.sizes import whole_only

TEXT = "## Why\n\nEvery child is heard.\n\nCompanies answer for what they build."
LETTER = "desk@kite.example.org"


@pytest.fixture(scope="module")
def consulting(office: Office) -> Office:
    """The same, with an organisation to ask."""
    with office[1].app_context():
        put_organisation(current_session(office[1]), "Kite Games")
        current_session(office[1]).commit()
    return office


def press(page: Page, name: str) -> None:
    """Press the first button of that name, and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def say(page: Page, address: str, text: str, *, openly: bool) -> None:
    """Comment on the first paragraph, as somebody who has the address of the consultation does."""
    page.goto(address)
    page.locator("main a[href*='/on/']").nth(1).click()
    page.locator("textarea").fill(text)
    if openly:
        page.get_by_text("I am 18 or older.").click()
    press(page, "Send the comment")


@whole_only
def test_comments_lead_to_a_final_text(consulting: Office, chromium: Browser) -> None:
    """A visitor and an organisation comment on a telephone; each is answered, everybody reads it, and the text is fixed."""
    site, app, state = consulting
    staff, reader = new_visitor(chromium, site, storage_state=state), new_visitor(chromium, site, size=PHONE)
    for visitor in (staff, reader):
        bring_axe(visitor)
    page, phone = staff.page, reader.page
    page.goto(f"{site.url}/en/programme/statements/new")
    assert page.locator("#country").input_value() == "AM"
    page.fill("#title", "Words & <b>rights</b>")
    page.fill("#body", TEXT)
    press(page, "Save")
    statement = page.url
    page.goto(f"{site.url}/en/programme/statements/new")
    assert not page.locator("#body").input_value(), "what was saved is in no new form"
    page.goto(statement)
    press(page, "Make public")
    page.goto(f"{statement}/ask")
    page.locator("label:has([value=both])").click()
    page.fill("#closes_on", (utcnow() + timedelta(days=5)).date().isoformat())
    with page.expect_navigation():
        page.locator("main form button").last.click()
    consultation, public = page.url, f"{site.url}/en/statements/consultations/{page.url.rpartition('/')[2]}"
    page.fill("#lines", f"{LETTER}, Kite Games")
    press(page, "Ask them")
    assert "Kite Games" in page.locator("main").inner_text()

    say(phone, public, "=1+1 <script>alert(1)</script> Say how.", openly=True)
    phone.goto(public)
    assert "Say how." not in phone.content(), "it is read before it is shown"
    with app.app_context():
        token = make_token(app, current_session(app).scalars(select(AskedOrganisation.id)).one())
    say(phone, f"{site.url}/en/statements/answer/{token}", "We can do that.", openly=False)
    page.goto(f"{consultation}/remarks?which=waiting")
    page.locator("main a[href*='/remarks/']").first.click()
    press(page, "Show it")
    with app.app_context():
        over = (utcnow() - timedelta(days=3)).date()
        current_session(app).execute(update(Consultation).values(opens_on=over - timedelta(days=9), closes_on=over))
        current_session(app).commit()
    for outcome in ("accepted", "partly"):
        page.goto(f"{consultation}/remarks?which=unanswered")
        page.locator("main a[href*='/remarks/']").first.click()
        page.locator(f"label:has([value={outcome}])").click()
        page.fill("#reason", "It is said more plainly now.")
        press(page, "Save the answer")
    page.goto(consultation)
    page.fill("#summary", "Two comments, both for plainer words.")
    press(page, "Publish what was heard")
    page.goto(f"{statement}/write")
    page.locator("#body").fill(
        page.locator("#body").input_value().replace("is heard", "is heard, and told what came of it")
    )
    with page.expect_navigation():
        page.locator("main form button").last.click()
    page.goto(f"{statement}/agree")
    press(page, "Fix the final text")
    phone.goto(public)
    told = phone.locator("main").inner_text()
    assert "Two comments, both for plainer words." in told and "<script>alert(1)</script> Say how." in told
    assert told.count("It is said more plainly now.") == 2
    assert staff.watch.faults == reader.watch.faults == []
    where = statement.rpartition("/")[2]
    found = []
    for address in (f"statements/{where}", "statements/"):
        phone.goto(f"{site.url}/en/{address}")
        found += [f"{address}: {one}" for one in barriers(reader)]
    assert found == []
    for visitor in (staff, reader):
        visitor.context.close()
