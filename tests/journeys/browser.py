"""A browser that can reach the tested site alone, and what somebody sees and does with it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, WebError

from tests.journeys.site import EXIT, Site, is_whole, locale_of

DESKTOP, PHONE = (1280, 800), (390, 844)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)
# A refused form and a missing page are logged by the browser, although the site meant them.
_MEANT = re.compile(r"Failed to load resource: the server responded with a status of 4")
_ENGLISH_LEFT = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const own = "[lang=en], bdi, .sources, script, style, [hidden]";
  const english = /[A-Za-z][A-Za-z'’-]*(?:[ ,.;:“”"]+[A-Za-z][A-Za-z'’-]*){3,}/;
  const names = /TAKE IT DOWN Act|Better Internet for Kids|UK Safer Internet Centre/g;  // their owners' own
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent || parent.closest(own) || !parent.getClientRects().length) continue;
    if (english.test(walker.currentNode.data.replace(names, ''))) found.push(walker.currentNode.data.trim().slice(0, 80));
  }
  return found;
}"""


@dataclass
class Watch:
    """What went wrong behind somebody's pages: script errors, breaches of the policy, other hosts, broken files."""

    origin: str
    faults: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of ``context``."""
        context.on("console", self._console)
        context.on("weberror", self._script)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not _MEANT.match(message.text):
            self.faults.append(f"console: {message.text} at {message.location.get('url')}")

    def _script(self, error: WebError) -> None:
        self.faults.append(f"script: {error.error}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.origin}/", "data:", EXIT)):
            self.faults.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type != "document"):
            self.faults.append(f"{response.status}: {response.url}")


@dataclass
class Visitor:
    """Somebody with a browser of their own: one context, one page, watched all the while."""

    site: Site
    context: BrowserContext
    page: Page
    watch: Watch
    lang: str = "en"

    @property
    def path(self) -> str:
        """The path of the open page."""
        return urlsplit(self.page.url).path

    @property
    def heading(self) -> str:
        """The open page's first heading."""
        return self.page.locator("h1").first.inner_text()

    def open(self, address: str) -> int:
        """Open an address, or a path below the language; the status."""
        whole = address if address.startswith("http") else f"{self.site.url}/{self.lang}/{address}"
        answer = self.page.goto(whole)
        assert answer is not None
        self.look()
        return answer.status

    def press(self, selector: str) -> None:
        """Press the first thing that ``selector`` finds, and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(selector).first.click()
        self.look()

    def look(self) -> None:
        """See that the open page has the right language and direction, no English left over, and no fault behind it."""
        locale, root = locale_of(self.lang), self.page.locator("html")
        assert (root.get_attribute("lang"), root.get_attribute("dir")) == (locale.bcp47, locale.dir), self.page.url
        assert self.watch.faults == [], (self.page.url, self.watch.faults)
        # The page for designers has sample words of its own.
        whole = self.lang in {"ar", "zh"} and is_whole(self.lang)
        if whole and not self.path.endswith("/style"):
            left = self.english_left()
            assert left == [], (self.page.url, left)

    def english_left(self) -> list[str]:
        """Visible texts with four or more Latin words in a row, where nothing says that they are English."""
        found: list[str] = self.page.evaluate(_ENGLISH_LEFT)
        return found


def new_visitor(
    chromium: Browser, site: Site, lang: str = "en", size: tuple[int, int] = DESKTOP, **more: Any
) -> Visitor:
    """Somebody who opens a browser for the first time; ``more`` is handed to Playwright's ``new_context``."""
    viewport = {"width": size[0], "height": size[1]}
    context = chromium.new_context(viewport=viewport, locale="en-GB", **more)  # type: ignore[arg-type] # a ViewportSize
    context.set_default_timeout(90_000)
    watch = Watch(site.url)
    watch.over(context)
    return Visitor(site, context, context.new_page(), watch, lang)


def until(page: Page, holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Ask again and again until it holds; only what fails waits so long."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        page.wait_for_timeout(100)
