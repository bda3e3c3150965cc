"""A passkey and an app in a real browser: set up, and signed in with; and a session that somebody stole is ended."""

from __future__ import annotations

import time
from base64 import b32decode

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext

from coplearn.second_factors.rules import STEP_SECONDS, app_code
from tests.accounts.persona import PASSWORD
from tests.journeys.browser import PHONE, new_visitor
from tests.journeys.learner import new_address
from tests.journeys.site import Site
from tests.journeys.walk import Quick
from tests.once import SECRET_KEY

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SUBMIT = "main form button[type=submit]"


def _typed_long_ago(browser: BrowserContext) -> None:
    """Make the session one whose password was typed hours ago."""
    maker = Flask(__name__)
    maker.secret_key = SECRET_KEY
    seal = SecureCookieSessionInterface().get_signing_serializer(maker)
    assert seal is not None
    cookie = next(one for one in browser.cookies() if one.get("name") == "session")
    kept = seal.dumps(seal.loads(cookie.get("value", "")) | {"fs_paa": 0})
    browser.add_cookies([{"name": "session", "value": str(kept), "domain": cookie.get("domain", ""), "path": "/"}])


def test_passkey_and_app_sign_in(chromium: Browser, site: Site) -> None:
    """By the passkey alone, and by password and the app's number; the browser keeps passkeys for names, not for numbers."""
    here, address = site.url.replace("127.0.0.1", "localhost"), new_address()
    page = chromium.new_context().new_page()
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})

    def sign_out() -> None:
        page.goto(f"{here}/en/me/")
        page.locator("form[data-signs-out] button").click()
        page.wait_for_url(f"{here}/en/")
        page.goto(f"{here}/en/sign-in")

    def fill_in_and_send() -> None:
        page.fill("[name=email]", address)
        page.fill("[name=password]", PASSWORD)
        page.locator(SUBMIT).first.click()

    page.goto(f"{here}/en/sign-up")
    fill_in_and_send()
    page.goto(site.link_to(address).replace("127.0.0.1", "localhost"))
    page.goto(f"{here}/en/me/signing-in/passkeys")
    page.locator("form[data-makes] button").click()
    page.wait_for_selector(".codes")
    page.goto(f"{here}/en/me/signing-in/app")
    secret = b32decode(page.inner_text(".key").replace(" ", ""))
    # The half minute before, or this one in its second half: either is taken for fifteen seconds more at the least.
    shown = int(time.time() + STEP_SECONDS / 2) // STEP_SECONDS - 1
    page.fill("[name=code]", app_code(secret, shown))
    page.fill("[name=password]", PASSWORD)
    page.locator(SUBMIT).first.click()
    page.wait_for_selector(".codes")
    sign_out()
    page.locator("form[data-passkey] button").click()
    page.wait_for_url(f"{here}/en/me/")
    sign_out()
    fill_in_and_send()
    page.wait_for_url(f"{here}/en/sign-in/code")
    page.fill("[name=code]", app_code(secret, max(int(time.time()) // STEP_SECONDS, shown + 1)))
    page.locator(SUBMIT).first.click()
    page.wait_for_url(f"{here}/en/me/")
    assert page.locator("form[data-signs-out]").count() == 1
    # Too long after the password, what was sent waits on the page that asks for it, and goes on with the one press.
    page.goto(f"{here}/en/me/signing-in/")
    _typed_long_ago(page.context)
    page.locator("form[action$='/remove'] button").click()
    page.fill("[name=again-proof]", PASSWORD)
    page.locator(SUBMIT).first.click()
    page.wait_for_url(f"{here}/en/me/signing-in/")
    assert page.locator("form[action$='/remove']").count() == 0
    page.context.close()


def test_learner_ends_a_stolen_session(chromium: Browser, site: Site) -> None:
    """Who has the session's cookie is the learner, until the learner finds the device in the list and signs it out there."""
    address = new_address()
    learner = new_visitor(chromium, site, "ar", PHONE)
    Quick(site, learner.context.request, "ar").join(address)
    thief = new_visitor(chromium, site, "ar", user_agent="Mozilla/5.0 (Windows NT 10.0) Firefox/145.0")
    Quick(site, thief.context.request, "ar").sign_in(address)
    assert thief.open("me/signing-in/") == 200
    assert learner.open("me/") == 200
    learner.press("main a[href$='/me/signing-in/']")
    other = learner.page.locator("li", has_text="Firefox")
    assert other.count() == 1
    learner.press("li:has-text('Firefox') form button")
    assert learner.page.locator("li", has_text="Firefox").count() == 0
    thief.open("me/signing-in/")
    assert thief.path == "/ar/sign-in"
    assert learner.open("me/signing-in/") == 200
    assert learner.path == "/ar/me/signing-in/"
    for visitor in (learner, thief):
        visitor.context.close()
