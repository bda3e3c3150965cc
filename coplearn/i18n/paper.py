"""Typeset papers (certificates, registers, cards) as accessible PDF, in every script and direction, from plain text alone."""

from __future__ import annotations

import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal

import typst

INK: Final = "#12343b"
LONGEST_ADDRESS: Final = 300

_NEEDED: Final = {
    "Noto Sans": "fontpkg-noto-sans",
    "IBM Plex Sans Arabic": "fontpkg-ibm-plex-sans-arabic",
    "Noto Sans Arabic": "fontpkg-noto-sans-arabic",
    "Noto Sans CJK SC": "manimgx-fonts-cjk",
    "New Computer Modern": "typst",
}
"""Font family and the package that brings it; the last is built into typst and is the one with Armenian."""

_HAN: Final = {"hant": "TC", "tw": "TC", "hk": "HK", "ja": "JP", "ko": "KR"}
_ISOLATES: Final = "\u2066\u2067\u2068"
_ISOLATE_END: Final = "\u2069"
_JOINERS: Final = "\u200c\u200d"
_UNBROKEN: Final = re.compile(r"\S{32}(?=\S)")
"""A run nobody could set on a line; a real name is never this long without a space."""

_AS_IT_IS: Final = frozenset({"code", "credential"})
"""Words that are no text to print: a drawing, and what is attached."""
_font_lock = Lock()


class PaperError(Exception):
    """The paper cannot be typeset: a field is unusable or a font package is missing."""


def typeset(template: bytes, words: Mapping[str, object], made: date) -> bytes:
    """A PDF/UA-1 of that typst template, the same bytes for the same words.

    ``template`` is put behind ``templates/paper.typ``, which sets fonts and directions from ``words`` (see
    :func:`common`) and lends it ``data``. ``made`` is the document's date. Safe to call from several threads. A
    character no font can show is left out (a symbol) or shown as U+FFFD (a letter); what the words call ``code``, a
    drawing, or ``credential``, which is attached, is left as it is. Raises `PaperError`.
    """
    try:
        return _compile(template, words, made)
    except typst.TypstError:
        shown = _printed(words)
    try:
        return _compile(template, shown, made)
    except typst.TypstError as error:
        raise PaperError(f"The paper could not be typeset: {error.message}") from error


def draw(template: bytes, words: Mapping[str, object], made: date, ppi: float) -> bytes:
    """A PNG of the one page that such a template makes, with so many pixels an inch; what cannot be shown as in :func:`typeset`.

    Raises `PaperError`.
    """
    try:
        try:
            _compile(
                template, words, made
            )  # a picture would show a box for a character that no font has, and say nothing
        except typst.TypstError:
            words = _printed(words)
        return _compile(template, words, made, ppi)
    except typst.TypstError as error:
        raise PaperError(f"The picture could not be made: {error.message}") from error


def draw_svg(template: bytes, words: Mapping[str, object], made: date) -> bytes:
    """The same page as SVG, its letters as outlines; what cannot be shown as in :func:`typeset`. Raises `PaperError`."""
    try:
        try:
            _compile(template, words, made)
        except typst.TypstError:
            words = _printed(words)
        return _compile(template, words, made, svg=True)
    except typst.TypstError as error:
        raise PaperError(f"The picture could not be made: {error.message}") from error


def common(*, language: str, direction: Literal["ltr", "rtl"], title: str, made: date) -> dict[str, object]:
    """The words that ``templates/paper.typ`` asks of every paper; ``language`` is a BCP 47 tag."""
    code, region, han = _language_parts(language)
    return {
        "document_title": within(title, 600),
        "dir": direction,
        "lang": code,
        "region": region,
        "han": han,
        "issued": [made.year, made.month, made.day],
    }


def within(text: str, longest: int) -> str:
    """The cleaned text, cut with an ellipsis where its place on the page could not hold it."""
    return clean(text if len(text) <= longest else text[: longest - 1] + "…")


def name_on_paper(name: str, longest: int = 200) -> str:
    """A person's name as it can be set: one line, no control characters, breakable where it would never end; "—" for none."""
    return _UNBROKEN.sub("\\g<0>\u200b", clean(name[:longest], isolates=False) or "—")


def clean(text: str, *, isolates: bool = True) -> str:
    """``text`` on one line, without control, formatting, private or unassigned characters.

    Joiners stay, because Persian and Indic words need them. With ``isolates`` the direction isolates stay too and
    are balanced, so that a sentence cannot turn the text after it.
    """
    kept: list[str] = []
    depth = 0
    for char in unicodedata.normalize("NFC", text):
        if isolates and char in _ISOLATES:
            depth += 1
        elif char == _ISOLATE_END:
            if not (isolates and depth):
                continue
            depth -= 1
        elif char.isspace():
            char = " " if char != "\u00a0" else char
        elif unicodedata.category(char)[0] == "C" and char not in _JOINERS:
            continue
        kept.append(char)
    return re.sub(" {2,}", " ", "".join(kept)).strip() + _ISOLATE_END * depth


def direction_of(name: str, otherwise: str) -> str:
    """The direction of the first letter that has one: a name keeps its own inside any page."""
    for char in name:
        kind = unicodedata.bidirectional(char)
        if kind == "L":
            return "ltr"
        if kind in {"R", "AL"}:
            return "rtl"
    return otherwise


def _language_parts(bcp47: str) -> tuple[str, str | None, str]:
    """Language, region and the cut of Han characters ("SC", "TC", …) of a BCP 47 tag."""
    parts = [part.lower() for part in re.split("[-_]", bcp47)]
    if not re.fullmatch("[a-z]{2,3}", parts[0]):
        raise PaperError(f"“{bcp47}” is not a language tag.")
    region = next((part.upper() for part in parts[1:] if re.fullmatch("[a-z]{2}", part)), None)
    if parts[0] == "zh" and region is None:
        region = "TW" if "hant" in parts else "CN"
    han = next((cut for part, cut in _HAN.items() if part in [*parts, (region or "").lower()]), "SC")
    return parts[0], region, han


def checked_address(address: str) -> str:
    """The address itself. Raises PaperError unless it is http(s), ASCII and at most 300 long."""
    if not re.fullmatch(r"https?://[!-~]+", address) or len(address) > LONGEST_ADDRESS:
        raise PaperError(f"The address must begin with http:// or https:// and be ASCII of at most {LONGEST_ADDRESS}.")
    return address


@lru_cache(maxsize=64)
def code_svg(address: str) -> str:
    """The QR code of ``address`` as SVG, with the quiet zone scanners need."""
    # Here and not above: it takes a while to load, and few papers need it.
    import segno

    out = io.BytesIO()
    segno.make_qr(address, error="m").save(out, kind="svg", border=4, dark=INK, light="#ffffff", xmldecl=False)
    return out.getvalue().decode("utf-8")


def _compile(
    template: bytes, words: Mapping[str, object], made: date, ppi: float | None = None, *, svg: bool = False
) -> bytes:
    form: dict[str, Any] = {"pdf_standards": ["ua-1"]} if ppi is None else {"format": "png", "ppi": ppi}
    form = {"format": "svg"} if svg else form
    made_at = datetime(made.year, made.month, made.day, tzinfo=UTC)
    inputs = {"paper": json.dumps(words, ensure_ascii=False)}
    file: bytes = typst.compile(
        _prelude() + template,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
        timestamp=made_at,
        **form,
    )
    return file


def _printed(words: Any, key: str = "") -> Any:
    """The same words with what can be printed of each; an emptied one becomes a dash."""
    if isinstance(words, Mapping):
        return {key: _printed(value, key) for key, value in words.items()}
    if isinstance(words, list):
        return [_printed(value, key) for value in words]
    if not isinstance(words, str) or not words or key in _AS_IT_IS:
        return words
    shown = re.sub(" {2,}", " ", "".join(_printable(char) for char in words))
    return shown if shown.strip() or words.isspace() else "—"


@lru_cache(maxsize=4096)
def _printable(char: str) -> str:
    """``char``, or what stands for it when no font has it; asked of typst itself, a millisecond each, once."""
    if char.isascii() or char in _ISOLATES + _ISOLATE_END + _JOINERS + "\u200b":
        return char
    probe = b'#set document(title: "-")\n#set text(font: ("Noto Sans", "Noto Sans Arabic"))\n#sys.inputs.char'
    try:
        typst.compile(
            probe, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs={"char": char}, pdf_standards=["ua-1"]
        )
    except typst.TypstError:
        return "\ufffd" if char.isalnum() else ""
    return char


@lru_cache(maxsize=1)
def _prelude() -> bytes:
    return files("coplearn.i18n").joinpath("templates/paper.typ").read_bytes()


def _font_folders() -> Iterator[Path]:
    """The folders of the installed font packages: the one place that knows how they are packed.

    Every package of the ``fontpkg.family`` group counts, so installing one more (Thai, Khmer) lets names in that
    script print. Changing to other font packages means changing this function and `_NEEDED`.
    """
    for family in sorted(entry_points(group="fontpkg.family"), key=lambda entry: entry.name):
        yield Path(str(files(family.value).joinpath("files")))
    yield Path(str(files("manimgx_fonts_cjk")))


def _fonts() -> typst.Fonts:
    with _font_lock:
        return _load_fonts()


@lru_cache(maxsize=1)
def _load_fonts() -> typst.Fonts:
    try:
        fonts = typst.Fonts(font_paths=list(_font_folders()), include_system_fonts=False, include_embedded_fonts=True)
    except ModuleNotFoundError as error:
        raise PaperError(f"A font package is missing: {error.name}.") from error
    missing = [package for family, package in _NEEDED.items() if family not in fonts.families()]
    if missing:
        raise PaperError(f"Install the font packages {', '.join(missing)} to print papers.")
    return fonts
