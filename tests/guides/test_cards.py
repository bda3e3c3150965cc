"""Cards to send on: short enough for a message, light enough for a telephone, in every script, and drawn once."""

from __future__ import annotations

import re
import struct
import zlib
from html import unescape
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from coplearn.guides.pictures import MOST_BYTES, with_palette
from coplearn.guides.rules import MOST_ON_CARD, MOST_TEXT, Line, fitted, lines_of, message_of, room_for
from coplearn.i18n.paper import PaperError
from coplearn.site import site_of
from tests.sizes import examples, whole_only

PARENTS = "cop-parents"
TEXT = re.compile(r'<p class="send-on__text"[^>]*>(.*?)</p>', re.DOTALL)
PICTURE = re.compile(r'<img src="([^"]+)"[^>]* alt="([^"]*)"')


def cards_of(app: Flask, lang: str, course: str = PARENTS) -> list[tuple[str, str, str]]:
    """Text, address of the picture and alternative text of each card of the page."""
    code = site_of(app).library.current().courses[course].code
    page = app.test_client().get(f"/{lang}/c/{code}/cards")
    assert page.status_code == 200
    texts, pictures = TEXT.findall(page.text), PICTURE.findall(page.text)
    return [(unescape(text), at, unescape(alt)) for text, (at, alt) in zip(texts, pictures, strict=True)]


def size_of(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_card_is_text_and_picture_with_its_source_and_way(app: Flask) -> None:
    """A card says what the lesson is to be remembered by, whose it is and where more is; its picture is drawn once."""
    client = app.test_client()
    for lang, words in (("en", "begin with what your child enjoys"), ("ar", "ثم أصغوا"), ("zh", "孩子")):
        cards = cards_of(app, lang)
        assert len(cards) > 20
        assert any(words in text for text, _, _ in cards), lang
        assert all(len(text) <= MOST_TEXT for text, _, _ in cards)
        assert all(text.partition("\n")[0] in alt for text, _, alt in cards)
        assert all(
            re.search(rf"/{lang}/c/[a-z0-9]+/[a-z0-9]+\b", text) and f"/{lang}/help" in text for text, _, _ in cards
        )
        assert not any(re.search("[\u2066-\u2069*_\\[]", text) for text, _, _ in cards)
        # The most words are the most bytes.
        picture = client.get(max(cards)[1])
        assert picture.mimetype == "image/png"
        assert size_of(picture.data) == (720, 720)
        assert len(picture.data) <= MOST_BYTES
    kept = list((site_of(app).settings.instance_path / "cache" / "cards").iterdir())
    at = cards[0][1]
    first = client.get(at)
    assert client.get(at, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert len(list((site_of(app).settings.instance_path / "cache" / "cards").iterdir())) <= len(kept) + 1


@whole_only
@pytest.mark.parametrize("lang", ["en", "ar", "es", "fr", "ru", "zh"])
def test_every_card_of_every_course_is_light(app: Flask, lang: str) -> None:
    """In every language no text passes 700 characters, nor the picture of one of the longest 60 KB."""
    client = app.test_client()
    for course in site_of(app).library.current().courses:
        cards = sorted(cards_of(app, lang, course), key=lambda card: len(card[0]))
        assert not cards or len(cards[-1][0]) <= MOST_TEXT
        for _, at, _ in cards[-4:]:
            picture = client.get(at)
            assert (picture.status_code, len(picture.data) <= MOST_BYTES) == (200, True), (at, len(picture.data))


WORDS = st.text("ab اب孩。. ", min_size=1, max_size=300).filter(str.strip)
LINES = st.lists(
    st.builds(lambda kind, words: Line(kind, ((words, False),)), st.sampled_from(["text", "entry", "label"]), WORDS)
)


@given(LINES, st.text("ab", max_size=120), st.lists(st.text("ab", max_size=150), max_size=2))
@examples(60, 3_000)
def test_message_is_never_too_long(lines: list[Line], title: str, ending: list[str]) -> None:
    """Whatever an author writes: what is kept are whole lines from the beginning, or a first line cut and marked so."""
    kept = fitted(lines, room_for(title, ending))
    assert len(message_of(title, kept, ending)) <= MOST_TEXT
    assert sum(len(line.words) for line in kept) <= MOST_ON_CARD
    assert not kept or kept[-1].kind != "label"
    if kept and kept != lines[: len(kept)]:
        assert kept[-1].words.endswith("…")


def test_only_words_come_onto_a_card() -> None:
    """Boxes are opened, lists stay lists, strong words stay strong; drawings and tables are left out."""
    blocks: list[dict[str, Any]] = [
        {"k": "drawing", "svg": "", "alt": "A room"},
        {
            "k": "p",
            "look": "",
            "c": [{"t": "b", "c": ["Ask."]}, " Then ", {"t": "a", "h": "https://a.example", "c": ["wait"]}],
        },
        {
            "k": "box",
            "look": "try",
            "c": [
                {"k": "p", "look": "strong", "c": ["Try"]},
                {"k": "list", "items": [[{"k": "p", "look": "", "c": ["One"]}]]},
            ],
        },
    ]
    assert list(lines_of(blocks)) == [
        Line("text", (("Ask.", True), (" Then ", False), ("wait", False))),
        Line("label", (("Try", False),)),
        Line("entry", (("One", False),)),
    ]


def made_png(rows: list[bytes], width: int) -> bytes:
    """A PNG of rows of full colour, each with its kind of filter before it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, len(rows), 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"".join(rows)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("head", [(16, 6, 0), (8, 2, 0), (8, 6, 1)])
def test_picture_of_another_form_is_not_guessed_at(head: tuple[int, int, int]) -> None:
    """Sixteen bits a channel, no opacity, or rows in another order: what came out would be noise."""
    depth, colour, interlaced = head
    png = made_png([b"\0" * 5], 1)
    spoilt = png[:24] + bytes((depth, colour, 0, 0, interlaced)) + png[29:]
    assert with_palette(png).startswith(png[:8])
    with pytest.raises(PaperError, match="another form than was expected"):
        with_palette(spoilt)


def test_picture_keeps_its_colours_whatever_its_rows_are_filtered_by() -> None:
    """All five filters of PNG are undone; the colours come back from the palette."""
    colours = [(255, 253, 249), (18, 52, 59), (31, 111, 120), (233, 169, 60)]
    plain = [b"".join(bytes((*colours[(at * row) % 4], 255)) for at in range(4)) for row in range(1, 6)]
    filtered = [b"\0" + plain[0]]
    for kind, (above, row) in zip((1, 2, 3, 4), pairwise(plain), strict=True):
        out = bytearray([kind])
        for at, value in enumerate(row):
            left, over, across = (row[at - 4], above[at], above[at - 4]) if at >= 4 else (0, above[at], 0)
            guess = left + over - across
            paeth = min((left, over, across), key=lambda one: abs(guess - one))
            out.append((value - (left, over, (left + over) // 2, paeth)[kind - 1]) & 255)
        filtered.append(bytes(out))
    png = with_palette(made_png(filtered, 4))
    size = int.from_bytes(png[33:37], "big")
    palette, at = png[41 : 41 + size], 41 + size + 4
    body = zlib.decompress(png[at + 8 : at + 8 + int.from_bytes(png[at : at + 4], "big")])
    shown = [
        [tuple(palette[3 * pixel : 3 * pixel + 3]) for pixel in body[row * 5 + 1 : row * 5 + 5]] for row in range(5)
    ]
    assert shown == [[tuple(row[at : at + 3]) for at in range(0, 16, 4)] for row in plain]
