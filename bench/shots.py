"""Take the pictures of the README and of the guides in docs from the running application: `make shots`."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Collection
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

from tests.packages.building import rise_shaped
from tests.prepare import find_browser

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SHOTS = (
    ("lesson-en-phone", "en", 390, "wbun7v"),
    ("lesson-ar-phone", "ar", 390, "wbun7v"),
    ("course-en-wide", "en", 1180, ""),
)
COHORTS = (
    ("open", "coordinator", "en", 1000, "/cohorts/new", ""),
    ("overview", "lead", "en", 1000, "", ""),
    ("people", "lead", "en", 1000, "people", ""),
    ("register", "lead", "en", 390, "meetings", "/register"),
    ("teach-back", "examiner", "en", 1000, "teach-backs", "/teach-backs/"),
    ("outcome", "lead", "en", 1000, "outcomes", "/outcomes/"),
    ("mine-ar", "trainee", "ar", 390, "", ""),
)
"""Pictures of docs/cohorts.md: name, who looks, language, width, page (of the site with a slash before it, else of the
cohort), and what the address of a link there holds that is pressed first."""

SYSTEMS = (
    ("lti-platforms", "admin", "/settings/platforms", ""),
    ("packages-report", "admin", "/packages/desk", ""),
    ("exports-choose", "admin", "/exports/", "/exports/"),
    ("records-manage", "admin", "/records", ""),
    ("badge-take", "trainer", "/cohorts/", "/mine"),
    ("programs-key", "finished", "/me/programs/new", ""),
)
"""Pictures of the guides on other systems, in WebP: name, who looks, page, and what the address of a link there holds that is
pressed first."""
_WEBP = """async (png) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/webp", quality: 0.75 })).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""
_HIGHEST, _ROOM = 760, 16


def main() -> None:
    """Serve a fresh site, open its pages, and write the images into docs/images; then the same with the demo's people."""
    browser = find_browser()
    IMAGES.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COPLEARN_INSTANCE_PATH": folder, "PORT": str(port), "COPLEARN_LOG_LEVEL": "ERROR"}
        demo = [sys.executable, "-m", "coplearn", "demo"]
        told = subprocess.run(demo, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
        password = told.partition("password: ")[2].strip()
        server = subprocess.Popen([sys.executable, "-m", "coplearn", "serve"], cwd=ROOT, env=environment)
        try:
            _wait(f"http://127.0.0.1:{port}/readyz")
            with sync_playwright() as playwright:
                chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
                for name, lang, width, item in SHOTS:
                    page = chromium.new_page(viewport={"width": width, "height": 844 if width < 600 else 900})
                    page.goto(f"http://127.0.0.1:{port}/{lang}/courses")
                    page.click(".card__link")
                    if item:
                        page.goto(f"{page.url}{item}")
                    page.screenshot(path=IMAGES / f"{name}.png")
                for picture in COHORTS:
                    _cohort(chromium, f"http://127.0.0.1:{port}", password, *picture)
                take_systems(chromium, f"http://127.0.0.1:{port}", password)
                chromium.close()
        finally:
            server.terminate()
            server.wait()


def _cohort(
    chromium: Browser, site: str, password: str, name: str, who: str, lang: str, width: int, path: str, link: str
) -> None:
    """Sign in as one of the demo's people and write one picture of their work."""
    page = chromium.new_page(viewport={"width": width, "height": 844 if width < 600 else 760})
    _sign_in(page, site, lang, who, password)
    if path.startswith("/"):
        page.goto(f"{site}/{lang}{path}")
    else:
        page.goto(f"{site}/{lang}/cohorts/")
        cohort = _address(page, "main table a, main .card a, main h3 a, main li a", "/cohorts/")
        page.goto(cohort if who == "trainee" else f"{cohort.rstrip('/')}/{path}")
    if link:
        page.goto(_address(page, "main a", link))
    page.screenshot(path=IMAGES / f"cohorts-{name}.png")
    page.close()


def take_systems(chromium: Browser, site: str, password: str, names: Collection[str] = ()) -> None:
    """Write the pictures of the guides on other systems, or those with ``names``; each as its part of a page is, up to a height."""
    for name, who, path, link in SYSTEMS:
        if names and name not in names:
            continue
        page = chromium.new_page(viewport={"width": 760, "height": 760})
        _sign_in(page, site, "en", who, password)
        page.goto(f"{site}/en{path}")
        if link:
            page.goto(_address(page, "main a", link))
        part = page.locator("main")
        if name == "packages-report":
            _bring(page)
        if name == "badge-take":
            part = page.locator("details.take-badge").first
            part.evaluate("part => part.open = true")
        png = base64.b64encode(page.screenshot(clip=_around(part), full_page=True)).decode()
        # A page of its own: those of the site let nothing in that is not theirs.
        page.goto("about:blank")
        (IMAGES / f"{name}.webp").write_bytes(base64.b64decode(page.evaluate(_WEBP, png)))
        page.close()


def _around(part: Locator) -> FloatRect:
    """A part of a page with some room around it."""
    box = part.bounding_box()
    assert box is not None
    x, y = max(0, box["x"] - _ROOM), max(0, box["y"] - _ROOM)
    return {"x": x, "y": y, "width": box["width"] + 2 * _ROOM, "height": min(box["height"] + 2 * _ROOM, _HIGHEST)}


def _bring(page: Page) -> None:
    """Bring a package in as Rise makes them, and wait until it was read."""
    made = rise_shaped("Safer online at work")
    page.set_input_files("input[type=file]", {"name": "safer-work.zip", "mimeType": "application/zip", "buffer": made})
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/packages/desk/*")
    while not page.locator("main dl.pairs").count():
        time.sleep(0.5)
        page.reload()


def _sign_in(page: Page, site: str, lang: str, who: str, password: str) -> None:
    page.goto(f"{site}/{lang}/sign-in")
    page.fill("input[name=email]", f"{who}@example.org")
    page.fill("input[name=password]", password)
    page.locator("form:has(input[name=password]) button[type=submit]").first.click()
    page.wait_for_url(lambda address: "sign-in" not in address, wait_until="commit")


def _address(page: Page, links: str, part: str) -> str:
    """Where the first of those links leads whose address holds ``part`` and is no page of planning or joining."""
    found: list[str] = page.eval_on_selector_all(links, "all => all.map(one => one.href)")
    return next(one for one in found if part in one and "/plan" not in one and "/join" not in one and "?" not in one)


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address)
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The site did not start.")


if __name__ == "__main__":
    main()
