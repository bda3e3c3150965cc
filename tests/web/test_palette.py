"""The colours of the style sheet keep the contrast that tired eyes need, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SHEET = Path(__file__).parents[2] / "coplearn" / "web" / "static" / "css" / "coplearn.css"
TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6})\b")
TEXT_PAIRS = [
    *(
        (text, ground)
        for text in ("ink", "ink-soft")
        for ground in ("paper", "sheet", "sunk", "act-soft", "coral-soft")
    ),
    *((text, ground) for text in ("ink", "ink-soft") for ground in ("again-soft", "done-soft", "wrong-soft", "sand")),
    *(("act", ground) for ground in ("paper", "sheet", "sunk", "act-soft", "coral-soft", "again-soft", "done-soft")),
    *(("act-deep", ground) for ground in ("paper", "sheet", "act-soft")),
    *((word, ground) for word in ("done", "again", "wrong") for ground in ("paper", "sheet", f"{word}-soft")),
    *(("act-ink", ground) for ground in ("act", "act-deep")),
    *(("paper", ground) for ground in ("ink", "act-deep", "wrong")),
    *(("ink", ground) for ground in ("teal-soft", "draw-paper")),
]
CONTROL_PAIRS = [
    *((mark, ground) for mark in ("edge", "act", "done", "wrong") for ground in ("paper", "sheet")),
    *((part, "paper") for part in ("part-1", "part-2", "part-3", "part-4", "teal")),
    ("edge", "act-soft"),
]


def palette(block: str) -> dict[str, str]:
    """The colour tokens declared in one block of the sheet."""
    return dict(TOKEN.findall(block))


def blocks() -> dict[str, dict[str, str]]:
    """The light palette, and the two places where the dark one is written."""
    sheet = SHEET.read_text(encoding="utf-8")
    light = sheet.index("color-scheme: light;")
    media = sheet.index("color-scheme: dark;")
    forced = sheet.index("color-scheme: dark;", media + 1)
    return {
        "light": palette(sheet[light:media]),
        "dark": palette(sheet[media:forced]),
        "forced": palette(sheet[forced : sheet.index("--latin", forced)]),
    }


def luminance(colour: str) -> float:
    """WCAG's relative luminance of ``#rrggbb``."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_on_its_ground_is_readable(theme: str) -> None:
    """Every pair of text and ground that the sheet uses has at least 4.5:1."""
    colours = blocks()[theme]
    found = {(text, ground): contrast(colours[text], colours[ground]) for text, ground in TEXT_PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_controls_stand_out_from_their_ground(theme: str) -> None:
    """Borders of controls and parts of charts have at least 3:1."""
    colours = blocks()[theme]
    found = {(mark, ground): contrast(colours[mark], colours[ground]) for mark, ground in CONTROL_PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 3} == {}


def test_the_chosen_dark_theme_is_the_systems_dark_theme() -> None:
    """The dark palette is written twice for older phones, and both say the same."""
    assert blocks()["dark"] == blocks()["forced"]
    assert blocks()["dark"].keys() == blocks()["light"].keys()


def test_sheet_uses_logical_directions_only() -> None:
    """No rule names left or right, so that every page mirrors."""
    sheet = re.sub(r"/\*.*?\*/", "", SHEET.read_text(encoding="utf-8"), flags=re.DOTALL)
    physical = re.compile(
        r"(?:margin|padding|border|inset)-(?:left|right)|[;{]\s*(?:left|right)\s*:|:\s*(?:left|right)\b"
    )
    assert physical.findall(sheet) == []
