"""The first lines of a list on a phone: each word is whole, and what is wide is looked at by moving the table alone."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import Browser

from coplearn.settings import HOME

pytestmark = pytest.mark.whole

STATIC: Final = HOME / "coplearn" / "web" / "static" / "css"
LINES: Final = (
    ("Full name", "Organisation", "Preferred language", "Telephone"),
    ("Ahmed Ben Ali", "École fondamentale Jean-Moulin", "Arabic", "+212612345678"),
    ("Мария Константинопольская", "Администрация", "русский", "maria@school.example.org"),
    ("أحمد بن علي", "مدرسة النور", "العربية", "x" * 300),
)
BROKEN: Final = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll('.sample :is(th, td)')) {
    const text = cell.firstChild;
    for (const word of text.data.matchAll(/[^\\s-]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(one => Math.round(one.top))).size > 1) broken.push(word[0].slice(0, 9));
    }
  }
  return [broken, document.documentElement.scrollWidth];
}"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_sample_of_a_list_breaks_no_word_on_a_phone(chromium: Browser, direction: str) -> None:
    """But one that nobody could read in a line, and the page itself is no wider than the phone."""
    css = "".join(
        f"<style>{(STATIC / name).read_text(encoding='utf-8')}</style>"
        for name in ("coplearn.css", "pieces.css", "cohorts.css")
    )
    rows = "".join(f"<tr><th>{number}</th>{_cells(line)}</tr>" for number, line in enumerate(LINES, 1))
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.set_content(
        f'<!doctype html><html dir="{direction}"><meta name="viewport" content="width=device-width">{css}'
        f'<main class="layout__main"><div class="table sample"><table><tbody>{rows}</tbody></table></div></main></html>'
    )
    assert page.evaluate(BROKEN) == [["x" * 9], 390]
    page.close()


def _cells(line: tuple[str, ...]) -> str:
    return "".join(f"<td>{cell}</td>" for cell in line)
