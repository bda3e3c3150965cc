"""When somebody on 2G sees words: `python -m bench.first_views`.

The line and the phone of bar 38 of docs/security.md, as Chromium's own tools make them: 800 ms, 280 kbit/s down and 256 up, a
processor six times slower, an empty cache, over http. The tools count the 800 ms once for each request and not for a connection:
a real line costs as much again for TCP, and once more for TLS. No packet is lost.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from bench.site import Installation, install, serve_site
from tests.prepare import find_browser

LATENCY, DOWN, UP, SLOWER = 800, 280_000 / 8, 256_000 / 8, 6
BARS: Final = {"first text, s": 3.0, "largest, s": 5.0, "layout shift": 0.05, "KB": 100.0}
LANGUAGES: Final = ("en", "ar", "zh")
_WATCH = """
window.seen = { largest: 0, shift: 0 };
const watch = (type, tell) => new PerformanceObserver((list) => list.getEntries().forEach(tell)).observe({ type, buffered: true });
watch("largest-contentful-paint", (one) => { seen.largest = one.startTime; });
watch("layout-shift", (one) => { seen.shift += one.value; });
"""
_TOLD = """async () => {
  // A slow processor paints after the last byte has come.
  while (!seen.largest) await new Promise((done) => setTimeout(done, 20));
  const bytes = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  return [
    performance.getEntriesByName("first-contentful-paint")[0].startTime / 1000,
    seen.largest / 1000, seen.shift, bytes.reduce((sum, one) => sum + one.transferSize, 0) / 1000,
  ];
}"""


def paths(site: Installation, lang: str) -> dict[str, str]:
    """Pages that somebody may open first."""
    kinds = {kind: site.address(site.item(kind), lang) for kind in ("lesson", "scenario", "quiz")}
    return {"start": f"/{lang}/", "help": f"/{lang}/help", "course": site.address(None, lang), **kinds}


def look(browser: Browser, address: str) -> list[float]:
    """First text and largest paint in seconds, layout shift, and kilobytes of the page with all it loads."""
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        line = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
        session.send("Network.emulateNetworkConditions", line)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.add_init_script(_WATCH)
        page.goto(address, wait_until="networkidle", timeout=120_000)
        told: list[float] = page.evaluate(_TOLD)
        return told


def measure(rounds: int) -> dict[str, list[float]]:
    """Medians of those four, by page and language."""
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as place, sync_playwright() as playwright:
        site = install(Path(place) / "site")
        with serve_site(site, Path(place)) as ours:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
            found = {
                f"{name}, {lang}": [look(browser, ours.url + path) for _ in range(rounds)]
                for lang in LANGUAGES
                for name, path in paths(site, lang).items()
            }
            browser.close()
    return {name: [statistics.median(each) for each in zip(*times, strict=True)] for name, times in found.items()}


if __name__ == "__main__":
    print(" | ".join(["page", *(f"{name} (< {bar:g})" for name, bar in BARS.items())]))
    for name, told in measure(1 if "--quick" in sys.argv else 3).items():
        print(" | ".join([name, *(f"{value:.2f}" for value in told)]))
