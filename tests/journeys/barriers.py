"""What a program can find of barriers on an open page, light and dark, and room on the smallest screen."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.journeys.browser import DESK, Visitor

SMALLEST = (320, 700)
_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth, all = [...document.querySelectorAll("body *")];
  if (document.documentElement.scrollWidth <= width) return [];
  return all.filter(e => { const box = e.getBoundingClientRect(); return box.right > width + 1 || box.left < -1; })
    .slice(0, 5).map(e => `${e.tagName.toLowerCase()}.${e.className}`);
}"""
# A link inside a sentence is as high as its line (the exception of WCAG 2.5.8); all else is a target of its own.
_TOO_SMALL = """() => [...document.querySelectorAll("a, button, summary, select, textarea, input:not([type=hidden])")]
  .filter(e => e.checkVisibility() && !e.closest("[aria-hidden=true]") && !e.matches(".skip, .out-of-sight"))
  .map(e => e.closest("label") ?? e)
  .filter(e => {
    const text = e.parentElement.textContent.trim().length > e.textContent.trim().length + 1;
    if (e.tagName === "A" && getComputedStyle(e).display === "inline" && text) return false;
    const box = e.getBoundingClientRect();
    return box.width < 23.9 || box.height < 23.9;
  }).map(e => `${e.tagName.toLowerCase()}.${e.className} "${e.textContent.trim().slice(0, 30)}"`)"""


def bring_axe(visitor: Visitor) -> None:
    """Have the program stand in every page that the visitor opens from now on, which is quicker than bringing it to each."""
    visitor.context.add_init_script(AXE_SCRIPT)


def look(page: Page, what: object) -> list[str]:
    """What axe finds on the open page; ``what`` is its runOnly."""
    options = json.dumps({"resultTypes": ["violations"], "runOnly": what, "preload": False, "selectors": False})
    found: list[dict[str, Any]] = page.evaluate(f"axe.run({options}).then(results => results.violations)")
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def too_tight(visitor: Visitor) -> list[str]:
    """What is wider than the smallest telephone on the open page, and what is too small for a finger."""
    page = visitor.page
    page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    # What a page in the middle of its way hides below its head is no barrier.
    page.evaluate("window.scrollTo(0, 0)")
    found = [f"wider than 320 px: {one}" for one in page.evaluate(_TOO_WIDE)]
    return found + [f"smaller than 24 px: {one}" for one in page.evaluate(_TOO_SMALL)]


def barriers(visitor: Visitor, *, wide: bool = False, dark: bool = False) -> list[str]:
    """What is wrong with the open page on the smallest telephone; with ``wide`` also on a desk, with ``dark`` also at night."""
    page = visitor.page
    found = too_tight(visitor)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found += _looks(page, dark)
    if wide:
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        found += [f"on a desk: {one}" for one in _looks(page, dark)]
        page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    return found


def _looks(page: Page, dark: bool) -> list[str]:
    found = look(page, _ALL)
    if dark:
        page.emulate_media(color_scheme="dark")
        found += [f"dark {one}" for one in look(page, _COLOURS)]
        page.emulate_media(color_scheme="light")
    return found
