"""The picture of a badge, before a credential is put into it: drawn by typst as papers are, in every script."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

from coplearn.i18n.paper import common, draw, draw_svg, name_on_paper, within

_PIXELS_AN_INCH: Final = 96
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class BadgeText:
    """Everything that stands on the picture, in the reader's language already; nobody's name."""

    kind: str
    achievement: str
    issuer: str
    day: str
    number: str
    language: str
    dir: Literal["ltr", "rtl"]
    issued: date


def picture_svg(text: BadgeText) -> bytes:
    """The picture as SVG, with its letters as outlines. Raises PaperError."""
    return draw_svg(_template(), _words(text), text.issued)


def picture_png(text: BadgeText) -> bytes:
    """The picture as PNG. Raises PaperError."""
    return draw(_template(), _words(text), text.issued, _PIXELS_AN_INCH)


def _words(text: BadgeText) -> dict[str, object]:
    words = common(language=text.language, direction=text.dir, title=text.kind, made=text.issued)
    shown = {name: within(getattr(text, name), _LONGEST) for name in ("kind", "achievement", "issuer", "day")}
    return words | shown | {"number": name_on_paper(text.number)}


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.credentials").joinpath("templates/badge.typ").read_bytes()
