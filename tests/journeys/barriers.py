"""What a program can find of barriers on an open page, light, dark and in forced colours, and room on the smallest screen."""

from __future__ import annotations

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.journeys.browser import DESKTOP, Visitor

SMALLEST = (320, 700)
ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
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
# What is neat to no program, but plain to an eye: cards without a gap, a short word in a cell that goes on in the next line,
# and the words of a chart beyond the page.
_UNTIDY = """() => {
  const found = [], width = document.documentElement.clientWidth;
  const cards = new Set([...document.querySelectorAll(".card, .callout")].filter(e => e.checkVisibility()));
  for (const one of cards) {
    if (!cards.has(one.nextElementSibling)) continue;
    const box = one.getBoundingClientRect(), next = one.nextElementSibling.getBoundingClientRect();
    const gap = Math.max(next.top - box.bottom, next.left - box.right, box.left - next.right);
    if (gap < 4) found.push(`no gap below ${one.className}`);
  }
  const hidden = ".out-of-sight, details:not([open])";
  for (const cell of document.querySelectorAll("td, th")) {
    if (cell.closest("thead")?.getBoundingClientRect().width < 4) continue;  // the headings of a table of cards
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(hidden)) continue;
      if (/\\p{Script=Han}/u.test(walker.currentNode.data)) continue;  // written without blanks: a line may end anywhere
      for (const word of walker.currentNode.data.matchAll(/(?<![\\p{L}\\p{M}@.])[\\p{L}\\p{M}]{2,10}(?![\\p{L}\\p{M}@.])/gu)) {
        range.setStart(walker.currentNode, word.index);
        range.setEnd(walker.currentNode, word.index + word[0].length);
        const lines = new Set([...range.getClientRects()].filter(box => box.width > 1).map(box => Math.round(box.top)));
        if (lines.size > 1) found.push(`broken word "${word[0]}"`);
      }
    }
  }
  for (const one of document.querySelectorAll("main :is(p, li):not(:has(p, li))")) {
    const glued = one.textContent.match(/\\p{Ll}{2}[.!?]\\p{Lu}\\p{Ll}+/u);
    if (glued && one.checkVisibility()) found.push(`no space between sentences: "${glued[0]}"`);
  }
  for (const text of document.querySelectorAll("main svg text")) {
    const box = text.getBoundingClientRect();
    if (text.checkVisibility() && (box.left < -1 || box.right > width + 1)) found.push(`beyond the page: "${text.textContent}"`);
  }
  return [...new Set(found)].slice(0, 8);
}"""
# Where a reader chose all colours, a background says nothing: what is set off by one alone needs an edge.
_BOXES = """() => {
  const colour = e => e && getComputedStyle(e).backgroundColor, none = "rgba(0, 0, 0, 0)";
  const ground = e => { while (colour(e) === none) e = e.parentElement; return colour(e); };
  for (const e of document.querySelectorAll("main *")) {
    delete e.dataset.box;
    const style = getComputedStyle(e);
    const fills = colour(e) !== none && colour(e) !== ground(e.parentElement);
    if (fills && parseFloat(style.paddingInlineStart) && e.textContent.trim() && e.checkVisibility()) e.dataset.box = "";
  }
}"""
_EDGELESS = """() => [...new Set([...document.querySelectorAll("[data-box]")].filter(e => {
  const style = getComputedStyle(e);
  return style.forcedColorAdjust !== "none" && !parseFloat(style.borderTopWidth) && !parseFloat(style.borderBottomWidth);
}).map(e => `${e.tagName.toLowerCase()}.${e.className}`))]"""


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
    found += page.evaluate(_UNTIDY)
    return found + [f"smaller than 24 px: {one}" for one in page.evaluate(_TOO_SMALL)]


def barriers(visitor: Visitor, *, wide: bool = False, dark: bool = False) -> list[str]:
    """What is wrong with the open page on the smallest telephone; with ``wide`` also on a desk, with ``dark`` also at night."""
    page = visitor.page
    found = too_tight(visitor)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found += _looks(page, dark)
    if wide:
        page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        found += [f"on a desk: {one}" for one in _looks(page, dark)]
        page.set_viewport_size({"width": SMALLEST[0], "height": SMALLEST[1]})
    return found


def _looks(page: Page, dark: bool) -> list[str]:
    found = look(page, ALL)
    if dark:
        page.emulate_media(color_scheme="dark")
        found += [f"dark {one}" for one in look(page, _COLOURS)]
        page.emulate_media(color_scheme="light")
        page.evaluate(_BOXES)
        page.emulate_media(forced_colors="active")
        found += [f"no edge in forced colours: {one}" for one in page.evaluate(_EDGELESS)]
        page.emulate_media(forced_colors="none")
    return found
