"""A new site in real browsers: its first administrator, a coordinator who comes from a provider, and what the audit log tells."""

from __future__ import annotations

import re
import time
from base64 import b32decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from coplearn.audit.kinds import EventKind
from coplearn.second_factors.rules import STEP_SECONDS, app_code
from tests.accounts.persona import PASSWORD, mails_in
from tests.journeys.barriers import barriers
from tests.journeys.browser import PHONE, Visitor, new_visitor, until
from tests.journeys.cohort_steps import name_staff, open_cohort
from tests.journeys.scheme import COUNTRY
from tests.journeys.site import Site, serving
from tests.providers.provider import named, put_user, running_provider

pytestmark = pytest.mark.whole

SEND = "main form.stack button[type=submit]"
COORDINATOR, HIGHER = "naoual@ministry.example", "higher@example.org"
PAGES = (
    "people/",
    "people/1",
    "people/invite",
    "audit/",
    "overview/",
    "settings/",
    "me/signing-in/",
    "me/signing-in/app",
    "me/signing-in/passkeys",
    "sign-in/again",
    "staff/printed-codes",
    "privacy",
)
"""What no other journey opens, looked at with the program that finds barriers."""
TOLD = (
    EventKind.FIRST_ADMIN,
    EventKind.FACTOR_SET,
    EventKind.ACCOUNT_INVITED,
    EventKind.SIGNED_IN_BY_PROVIDER,
    EventKind.COHORT_OPENED,
    EventKind.STAFF_ASKED,
    EventKind.REFUSED,
)


@pytest.fixture
def issuer() -> Iterator[str]:
    """A provider of the ministry's."""
    with running_provider() as address:
        yield address


@pytest.fixture
def new_site(tmp_path: Path, issuer: str) -> Iterator[Site]:
    """A site on which nobody has an account, that the provider's people may come to."""
    with serving(tmp_path, {f"COPLEARN_OIDC_{name}": value for name, value in named(issuer)}) as site:
        yield site


def test_from_the_printed_link_to_the_audit_log(chromium: Browser, new_site: Site, issuer: str) -> None:
    """First admin, second step, an invitation, a provider, a trainer, a refusal above one's own, and the log shows it all."""
    put_user(issuer, "naoual", email=COORDINATOR, email_verified=True)
    admin = new_visitor(chromium, new_site)
    _begin(admin)
    _set_up_app(admin)
    admin.open("people/invite")
    admin.page.fill("[name=people]", f"Naoual {COORDINATOR}")
    admin.page.select_option("[name=role]", "coordinator")
    admin.page.select_option("[name=country]", COUNTRY)
    admin.press(SEND)
    until(admin.page, lambda: bool(_mails(new_site, COORDINATOR)), "the invitation is sent")
    invitation = urlsplit(new_site.link_to(COORDINATOR)).path

    coordinator = new_visitor(chromium, new_site, size=PHONE)
    _come_from_provider(coordinator)
    coordinator.open(f"{new_site.url}{invitation}")
    coordinator.press(SEND)
    coordinator.open("me/")
    coordinator.press("form[data-signs-out] button")
    _come_from_provider(coordinator)
    cohort = open_cohort(coordinator, "Tunis", "training-of-trainers", "parents", "ar")
    name_staff(coordinator, cohort, "trainer", "trainer")
    coordinator.open("people/invite")
    roles = coordinator.page.locator("[name=role] option").evaluate_all("all => all.map(one => one.value)")
    assert "coordinator" in roles and "admin" not in roles
    coordinator.page.fill("[name=people]", HIGHER)
    coordinator.page.locator("[name=role]").evaluate("one => one.add(new Option('admin', 'admin', true, true))")
    coordinator.press(SEND)
    assert coordinator.page.get_by_text("Choose one from the list.").first.is_visible()
    assert not _mails(new_site, HIGHER)
    assert coordinator.open("audit/") == 404

    admin.open("audit/")
    told = admin.page.locator("main table").inner_text()
    assert [kind for kind in TOLD if kind.label not in told] == []
    found: list[str] = []
    for admin.lang in ("ar", "en"):
        for address in PAGES:
            assert admin.open(address) == 200, address
            found += [f"{admin.lang} {address}: {one}" for one in barriers(admin, wide=True, dark=admin.lang == "en")]
    assert found == []
    for visitor in (admin, coordinator):
        visitor.context.close()


def _begin(admin: Visitor) -> None:
    """Make the first account by the link that the server printed."""
    (log,) = admin.site.instance.parent.glob("server-*.log")
    link = re.search(r"http\S+/invited/\S+", log.read_text(encoding="utf-8"))
    assert link is not None
    admin.open(f"{admin.site.url}{urlsplit(link[0]).path}")
    admin.page.fill("[name=email]", "first@example.org")
    admin.page.fill("[name=password]", PASSWORD)
    admin.press(SEND)


def _set_up_app(admin: Visitor) -> None:
    admin.open("me/signing-in/app")
    secret = b32decode(admin.page.inner_text(".key").replace(" ", ""))
    admin.page.fill("[name=code]", app_code(secret, int(time.time()) // STEP_SECONDS))
    if admin.page.locator("[name=password]").count():
        admin.page.fill("[name=password]", PASSWORD)
    admin.page.locator("main form button[type=submit]").first.click()
    admin.page.wait_for_selector(".codes")


def _come_from_provider(visitor: Visitor) -> None:
    visitor.open("sign-in")
    visitor.page.get_by_role("link", name="The Ministry").click()
    visitor.page.fill("[name=sub]", "naoual")
    visitor.page.get_by_role("button", name="Authorize").click()
    visitor.page.wait_for_url(f"{visitor.site.url}/**")
    # What the provider's own page asks for is not ours.
    visitor.watch.faults.clear()


def _mails(site: Site, address: str) -> list[object]:
    return [mail for mail in mails_in(site.instance / "mail") if str(mail["To"]) == address]
