"""The pieces of the interface hold hostile text, missing text and both directions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coplearn.web.icons import draw_icon
from coplearn.web.render import isolated

PACKAGE = Path(__file__).parents[2] / "coplearn"
HOSTILE = "\"'><img src=x onerror=alert(1)>"
TEMPLATES = sorted(PACKAGE.glob("**/templates/**/*.html"))
CALLS = [
    'ui.button(h, href=h, icon="arrow", data_dialog=h)',
    "ui.button(h, name=h, value=h, kind=h)",
    "ui.pager((h, h), (h, h))",
    "ui.tabs(h, [(h, h, true)])",
    "ui.error_summary([(h, h), (h, h)])",
    "ui.choice_card(h, h, h, hint=h, id=h)",
    "ui.content_note(h, h, h)",
    "ui.toast(h, h)",
    "ui.badge(h, h)",
    "ui.empty_state(h, h)",
    "ui.progress_line(1, 2, h)",
    "ui.progress_ring(1, 2, h, h)",
    "ui.place(h)",
    "ui.item_row(h, h, h, h, done=true, kind_label=h, note=h)",
    "ui.module_card(h, h, h, h, (h, h), 1, 2, h)",
    "ui.stat(h, h, h)",
    "ui.data_table(h, (h, h), ((h, h), (h, h)), (1,))",
    'ui.timeline([{"when": h, "title": h, "text": h}, {"when": h, "title": h}])',
    'ui.tree([{"text": h, "href": h, "children": [{"text": h}]}])',
    "ui.certificate_preview(h, h, h, h, h)",
    "ui.bar_chart(h, h, h, [(h, 3, h), (h, 0, h)])",
    "ui.stacked_chart(h, h, (h, h), [(h, (1, 2), (h, h)), (h, (0, 0), (h, h))])",
    "ui.line_chart(h, h, h, [(h, 1, h), (h, 2, h)], h, h)",
]


@cache
def pieces(direction: str) -> Environment:
    """The macros with the site's own strictness and escaping."""
    environment = Environment(
        loader=FileSystemLoader(PACKAGE / "web" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    environment.filters["iso"] = isolated
    environment.globals |= {
        "draw_icon": draw_icon,
        "page_lang": lambda: SimpleNamespace(dir=direction),
        "note_refusal": str,
        "endonym": lambda text: "",
    }
    return environment


def draw(call: str, direction: str = "ltr") -> str:
    """What a macro call comes to."""
    template = pieces(direction).from_string('{% import "macros.html" as ui %}{{ ' + call + " }}")
    return template.render(h=HOSTILE)


@pytest.mark.parametrize("call", CALLS)
def test_piece_with_hostile_text_stays_text(call: str) -> None:
    """A name or a translation with markup in it is shown, never obeyed, in text and in attributes."""
    html = draw(call)
    assert "<img" not in html
    assert "onerror" in html
    assert not re.search(r"<[^>]*\"'>", html)


@pytest.mark.parametrize(
    "call", ["ui.bar_chart(h, h, h, [])", "ui.line_chart(h, h, h, [], h, h)", "ui.progress_line(0, 0, h)"]
)
def test_chart_without_data_is_still_drawn(call: str) -> None:
    """A new cohort has no numbers yet, and its page opens all the same."""
    assert "svg" in draw(call) or "table" in draw(call)


def test_line_chart_runs_from_the_right_in_arabic() -> None:
    """Time goes the way the reader reads."""
    call = 'ui.line_chart("c", h, h, [("old", 1, "1"), ("new", 2, "2")], h, h)'
    first = {way: re.search(r'<circle[^>]*cx="([\d.]+)"', draw(call, way)) for way in ("ltr", "rtl")}
    assert first["ltr"]
    assert first["rtl"]
    assert float(first["ltr"][1]) < 300 < float(first["rtl"][1])


def test_empty_error_summary_is_not_drawn() -> None:
    """No box frightens a person who made no mistake."""
    assert "summary" not in draw("ui.error_summary([])")


def test_no_template_has_inline_code_or_style() -> None:
    """The content security policy would silently drop it."""
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)")
    assert len(TEMPLATES) > 200
    assert [path.name for path in TEMPLATES if inline.search(path.read_text(encoding="utf-8"))] == []
