"""How long somebody on a slow line waits for a lesson: `python -m bench.slow_line`, and a part of `make bench`.

Chromium behind a line of 400 ms and 50 kbit/s, as its own tools make one. A lesson is readable when it was painted and the whole
text is there. Beside it, in the same rounds, the barest page that says the same: the text of the lesson alone, without style,
script, menu or outline, packed by gzip.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.site import Installation, install, serve_site
from coplearn.web.packing import pack
from tests.prepare import find_browser

LATENCY, THROUGHPUT = 400, 50_000 / 8
BARS: Final = {"first": 4.0, "next": 1.5}
LANGUAGES: Final = ("en", "ar", "zh")
_WATCH = """
let ended;
const look = () => {
  // What follows the lesson's form is parsed once the whole of it is.
  const text = document.querySelector("article.step > form") ?? document.body;
  if (text?.nextElementSibling || (text && document.readyState !== "loading")) {
    // Laid out and painted in the frame that comes next.
    requestAnimationFrame(() => setTimeout(() => { ended = performance.now(); }));
    return;
  }
  setTimeout(look, 5);
};
look();
window.readable = () => new Promise((done) => {
  const ask = () => {
    const painted = performance.getEntriesByName("first-contentful-paint")[0];
    if (painted && ended) done(Math.max(painted.startTime, ended));
    else setTimeout(ask, 20);
  };
  ask();
});
"""
_TEXT = "() => document.querySelector('article.step > form').innerHTML"


class _Bare(BaseHTTPRequestHandler):
    def __init__(self, texts: dict[str, str], *rest: object) -> None:
        self._texts = texts
        super().__init__(*rest)  # type: ignore[arg-type] # what the server hands on

    def do_GET(self) -> None:
        """Answer with the text of that name."""
        body = pack(self._texts.get(self.path, "").encode(), "gzip", best=True)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_told: object) -> None:
        """Say nothing."""


@contextmanager
def _bare(texts: dict[str, str]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Bare, texts))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _slow(browser: Browser, packing: str) -> Page:
    """A page on such a line, with an empty cache, in a browser that takes that packing alone."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setExtraHTTPHeaders", {"headers": {"Accept-Encoding": packing}})
    line = {"offline": False, "latency": LATENCY, "downloadThroughput": THROUGHPUT, "uploadThroughput": THROUGHPUT}
    session.send("Network.emulateNetworkConditions", line)
    page.add_init_script(_WATCH)
    return page


def _seconds(page: Page, address: str) -> float:
    page.goto(address, wait_until="load", timeout=120_000)
    took: float = page.evaluate("readable()")
    return took / 1000


def measure(site: Installation, folder: Path, rounds: int) -> dict[str, float]:
    """Median seconds until a first and a next lesson are readable, by language and packing, and of the bare text."""
    lessons = site.item("lesson", 1), site.item("lesson", 2)
    with serve_site(site, folder) as ours:
        return wait(ours.url, {lang: [site.address(one, lang) for one in lessons] for lang in LANGUAGES}, rounds)


def wait(url: str, lessons: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The same at a running site, for the paths of two lessons in each language."""
    took: dict[str, list[float]] = {}
    texts: dict[str, str] = {}
    with _bare(texts) as bare, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for lang, paths in lessons.items():
            with browser.new_page() as page:
                for number, one in enumerate(paths):
                    page.goto(url + one)
                    texts[f"/{lang}/{number}"] = f'<!doctype html><html lang="{lang}">{page.evaluate(_TEXT)}'
            ours = [url + one for one in paths]
            ways = {"gzip": ours, "br": ours, "bare": [f"{bare}/{lang}/{number}" for number in (0, 1)]}
            for _ in range(rounds):
                for name, addresses in ways.items():
                    with _slow(browser, "gzip" if name == "bare" else name) as page:
                        for which, address in zip(("first", "next"), addresses, strict=True):
                            took.setdefault(f"{which} lesson, {lang}, {name}", []).append(_seconds(page, address))
        browser.close()
    return {name: statistics.median(times) for name, times in took.items()}


def rows(found: dict[str, float]) -> list[tuple[str, str, str]]:
    """Lines of a table: what, seconds, and what is promised."""
    return [
        (name, f"{seconds:.2f}", "" if name.endswith("bare") else f"< {BARS[name.partition(' ')[0]]:g}")
        for name, seconds in found.items()
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="coplearn-bench-") as place:
        for row in rows(measure(install(Path(place) / "site"), Path(place), 1 if "--quick" in sys.argv else 3)):
            print(" | ".join(row))
