"""Lessons: their tree, their ids, and the harmlessness of whatever a translator writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.authoring.problems import Problems
from coplearn.courses.blocks import new_id, stamp_file
from coplearn.courses.inline import inline_html
from coplearn.courses.markdown import parse_body
from coplearn.courses.plugin import SourceFile
from coplearn.courses.tree import Body, Callout, Heading, ListBlock, Paragraph, Picture, Quote, Table
from coplearn.i18n.inline_marks import link_targets, plain_text
from tests.sizes import examples

ALLOWED = {"strong", "em", "code", "a"}
HREFS = {"ref:un": "https://example.org/un", "item:x": "/en/c/x", "help:": "/en/help"}


def body_of(text: str) -> tuple[Body, set[str]]:
    """The tree of a body, and the codes of its problems but the missing ids."""
    problems = Problems()
    body = parse_body(SourceFile("a.md", {}, {}, text, 1), problems)
    return body, {problem.code for problem in problems} - {"block-id-missing"}


def test_markdown_each_block_is_a_message_with_its_id() -> None:
    """Headings, paragraphs, items, table rows by cell, call-outs and pictures all have stable keys."""
    body, codes = body_of(
        "## Head {#head-one}\n\nWrapped\nwords here. {#b000001 .critical}\n\n- one {#b000002}\n- two {#b000003}\n\n"
        "> Said. {#b000004}\n\n| a | b | {#b000005}\n|---|--:|\n| 1 | 2 | {#b000006}\n\n"
        ":::try\nWords. {#b000007}\n\n1. first {#b000008}\n:::\n\n![What it\nshows.](media:pic) {#b000009}\n"
    )
    assert not codes
    assert [(text.key, text.source) for text in body.texts] == [
        ("head-one", "Head"),
        ("b000001", "Wrapped words here."),
        ("b000002", "one"),
        ("b000003", "two"),
        ("b000004", "Said."),
        ("b000005.c1", "a"),
        ("b000005.c2", "b"),
        ("b000006.c1", "1"),
        ("b000006.c2", "2"),
        ("b000007", "Words."),
        ("b000008", "first"),
        ("b000009.alt", "What it shows."),
    ]
    kinds = (Heading, Paragraph, ListBlock, Quote, Table, Callout, Picture)
    assert tuple(type(block) for block in body.blocks) == kinds
    assert [text.key for text in body.texts if text.critical] == ["b000001"]
    assert isinstance(body.blocks[4], Table)
    assert body.blocks[4].align == ("start", "end")


def test_markdown_rewrapping_changes_no_message() -> None:
    """Joined by a space; between two Han characters by nothing."""
    assert body_of("你好，\n世界 and\nmore {#b000001}")[0].texts[0].source == "你好，世界 and more"


def test_markdown_notes_and_untranslated_ranges() -> None:
    """A note goes with the next block; a fenced range is nobody's message and needs no id."""
    body, codes = body_of(
        "First. {#b000001}\n\n<!-- translators: a desk is a person -->\nAsk the desk. {#b000002}\n\n"
        "<!-- notranslate -->\nMODEL-7\n<!-- /notranslate -->\n\n```\ncode {#not-an-id}\n```\n\nLast. {#b000003}\n"
    )
    assert not codes
    assert [(text.source, text.notes) for text in body.texts if text.translate] == [
        ("First.", ()),
        ("Ask the desk.", ("a desk is a person",)),
        ("Last.", ()),
    ]
    assert [stamp.id for stamp in body.stamps] == ["b000001", "b000002", "b000003"]


class Seen(HTMLParser):
    """What a browser would make of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def assert_inert(text: str) -> Seen:
    """Only the four marks, and links to where we lead."""
    seen = Seen()
    seen.feed(inline_html(text, HREFS.get))
    seen.close()
    assert set(seen.tags) <= ALLOWED
    for name, value in seen.attributes:
        assert (name == "href" and value in HREFS.values()) or (name == "class" and value == "ref")
    return seen


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x](//evil.example)",
    "[x](https://evil.example)",
    "[x](/\\evil.example)",
    '[x](help: "onmouseover=alert(1)")',
    '[x](ref:un"onclick="alert(1))',
    "[x](<ref:un onclick=alert(1)>)",
    "<https://evil.example>",
    "<javascript:alert(1)>",
    "https://evil.example",
    "![x](media:pic)",
    "![x](https://evil.example/beacon.png)",
    "[![x](javascript:alert(1))](help:)",
    "`<script>`",
    "**<b onload=alert(1)>**",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "# Heading\n\n- list\n\n> quote\n\n| a |\n|---|",
    "```\n<script>\n```",
    "<!-- --><script>alert(1)</script>",
    "[x]: javascript:alert(1)\n\n[x]",
    "\x00<script>",
    "[a](ref:un)[b](item:x)[c](help:)",
    "*" * 5000,
    "[" * 3000,
    "[a](" * 500,
    "`" * 999 + "<b>",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_inline_hostile_translation_is_inert(text: str) -> None:
    """No tag, no handler and no address of a translator's own reaches the page."""
    assert_inert(text)


@examples(60, 300)
@given(
    st.lists(
        st.sampled_from([*"<>[]()!`*_\\\"'&:/\n ", "a", "href", "javascript:", "ref:un", "help:", "<b>"]), max_size=40
    ).map("".join)
)
def test_inline_any_soup_is_inert(text: str) -> None:
    """The same for whatever mixture of marks."""
    assert_inert(text)


def test_inline_keeps_the_marks_and_links_of_honest_text() -> None:
    """What authors may write is shown."""
    html = inline_html("**a** *b* `c` [d](ref:un) [e](help:) f & g", HREFS.get)
    assert html == (
        '<strong>a</strong> <em>b</em> <code>c</code> <a class="ref" href="https://example.org/un">d</a> '
        '<a href="/en/help">e</a> f &amp; g'
    )
    assert plain_text("**a** [d](ref:un)") == "a d"
    assert link_targets("[d](ref:un) [e](help:)") == ["ref:un", "help:"]


TEXTS = [
    "Plain words.\n",
    "No newline at the end",
    "Windows\r\nlines\r\n\r\n- one\r\n- two\r\n",
    "## Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    ":::note\nWords.\n\n- item\n:::\n\n![alt](media:x)\n",
    "```\ncode\n```\n\n<!-- notranslate -->\nX\n<!-- /notranslate -->\n\n> quote\n> goes on\n",
    "- a\n\n- b\n\n1. c\n2. d\n\nTrailing spaces   \n",
    "Kept. {#b222222}\n\nNew.\n\nTwice. {#b222222 .critical}\n",
]


def _stamped(folder: Path, raw: bytes, make: Callable[[], str] = new_id) -> tuple[bytes, int]:
    (folder / "a.md").write_bytes(b"---\nid: page\n---\n" + raw)
    problems = Problems()
    made = stamp_file(folder, "a.md", problems, make)
    assert made is not None
    return made.text.encode(), made.added + made.renamed


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_stamp_twice_is_stamp_once_and_touches_nothing_else(text: str, tmp_path: Path) -> None:
    """Every block gets an id, a second run changes no byte, and without its ids the file is what it was."""
    once, added = _stamped(tmp_path, text.encode())
    assert added
    (tmp_path / "a.md").write_bytes(once)
    again = stamp_file(tmp_path, "a.md", Problems())
    assert again is not None
    assert (again.text.encode(), again.changed) == (once, False)
    problems = Problems()
    body = parse_body(SourceFile("a.md", {}, {}, once.decode().split("---\n", 2)[2].replace("\r\n", "\n"), 1), problems)
    assert not [problem for problem in problems if problem.code.startswith("block-id")]
    assert len({stamp.id for stamp in body.stamps}) == len(body.stamps)
    assert _without_ids(once) == _without_ids(b"---\nid: page\n---\n" + text.encode())


def _without_ids(raw: bytes) -> bytes:
    return re.sub(rb"[ ]*\{#[^}]*\}|[ ]+(?=\r?\n|$)", b"", raw)


def test_stamp_renames_the_second_use_and_keeps_its_class(tmp_path: Path) -> None:
    """A copied block gets its own id; the first keeps its translation."""
    numbers = count(1)
    raw, changed = _stamped(tmp_path, b"A. {#b222222}\n\nB. {#b222222 .critical}\n", lambda: f"b00000{next(numbers)}")
    assert changed == 1
    assert raw.endswith(b"A. {#b222222}\n\nB. {#b000001 .critical}\n")
    assert re.fullmatch(r"b[a-z2-7]{6}", new_id())


@examples(30, 120)
@given(st.text(alphabet="#-*|:`>![]()<{}. a1\n\\", max_size=200))
def test_markdown_any_text_is_read_without_an_exception(text: str) -> None:
    """The parser finds problems, never crashes; what it keeps has words."""
    body, _ = body_of(text)
    assert all(text.line >= 1 for text in body.texts)
