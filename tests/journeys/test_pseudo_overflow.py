"""In two made-up languages, one long and one from right to left, nothing is wider than the page and no button is cut."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.site import Site, serving, the_course

pytestmark = pytest.mark.whole

TOO_WIDE = """() => {
  const found = [], root = document.documentElement, limit = root.clientWidth;
  if (root.scrollWidth > limit + 1) found.push("page: " + root.scrollWidth + " > " + limit);
  const scrolls = (one) => { for (let at = one; at; at = at.parentElement)
    if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true; return false; };
  for (const one of document.querySelectorAll("main *, header *, footer *, nav *")) {
    const box = one.getBoundingClientRect();
    if (!box.width || !box.height || one.closest("svg, .out-of-sight, .skip, [hidden]")) continue;
    const folded = one.closest("details:not([open])");
    if (folded && one.closest("summary")?.parentElement !== folded) continue;
    if ((box.right > limit + 1 || box.left < -1) && !scrolls(one)) found.push("beyond: " + told(one));
    if (one.matches("button, .button, .tab, label.choice, summary") && spills(one, box)) found.push("cut: " + told(one));
  }
  function spills(one, box) {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (walker.nextNode()) {
      if (walker.currentNode.parentElement.closest(".out-of-sight, svg") || !walker.currentNode.data.trim()) continue;
      range.selectNodeContents(walker.currentNode);
      for (const line of range.getClientRects())
        if (line.right > box.right + 1 || line.left < box.left - 1 || line.bottom > box.bottom + 4) return true;
    }
    return false;
  }
  function told(one) { return one.tagName + "." + one.className + " " + one.textContent.trim().slice(0, 40); }
  return [...new Set(found)];
}"""


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The production server, answering in the made-up languages as well."""
    with serving(tmp_path_factory.mktemp("pseudo"), {"COPLEARN_PSEUDO_LOCALES": "1"}) as running:
        yield running


def _addresses() -> list[str]:
    course = the_course()
    first: dict[str, str] = {}
    for item in course.items.values():
        first.setdefault(item.kind, f"c/{course.code}/{item.code}")
    return ["", "courses", "help", "about", "privacy", "accessibility", "sign-in", "sign-up", "me", "check"] + [
        f"c/{course.code}/",
        *first.values(),
    ]


def _faults(page: Page, site: Site, lang: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in _addresses():
        answer = page.goto(f"{site.url}/{lang}/{path}")
        if answer is not None and answer.status == 200:
            told = page.evaluate(TOO_WIDE)
            if told:
                found[path] = told[:4]
    return found


@pytest.mark.parametrize("lang", ["xa", "xb"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_page(chromium: Browser, pseudo: Site, lang: str, width: int) -> None:
    """Each kind of page, on the smallest phone and on a desk."""
    context = chromium.new_context(viewport={"width": width, "height": 800})
    try:
        assert _faults(context.new_page(), pseudo, lang) == {}
    finally:
        context.close()
