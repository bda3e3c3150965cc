"""Typeset a certificate as an accessible PDF in the learner's language."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

from coplearn.i18n.paper import checked_address, code_svg, common, direction_of, name_on_paper, typeset, within

LONGEST_TEXT: Final = 600
LONGEST_LINE: Final = 120

_PARAGRAPHS: Final = frozenset({"body", "statement", "code_alt"})


@dataclass(frozen=True, slots=True)
class CertificateText:
    """Everything one certificate says: each sentence is already translated and formatted by the caller.

    Sentences may hold Unicode isolates (U+2066 to U+2069) around inserted names; all other direction controls are
    dropped. No field is read as markup. ``issued`` is the document's date and makes equal input give equal bytes.
    """

    kind: str
    certifies: str
    name: str
    body: str
    date_line: str
    number_line: str
    check: str
    address: str
    statement: str
    document_title: str
    code_alt: str
    language: str
    dir: Literal["ltr", "rtl"]
    issued: date
    issuer: str = ""
    version_line: str = ""
    title_note: str = ""
    credential: str = ""
    """The same as a signed credential (JSON-LD), attached to the file."""


def typeset_certificate(text: CertificateText) -> bytes:
    """The certificate as PDF/UA-1 bytes: one A4 landscape page, the same bytes for the same text.

    Safe to call from several threads. A character no font can show is left out (a symbol) or shown as U+FFFD
    (a letter). Raises `PaperError` when the address is not an http address of at most 300 ASCII characters or a
    font package is missing.
    """
    return typeset(_template(), _fields_of(text), text.issued)


def _fields_of(text: CertificateText) -> dict[str, object]:
    plain = ("language", "dir", "issued", "address", "name", "document_title", "credential")
    words: dict[str, object] = {
        item.name: within(getattr(text, item.name), LONGEST_TEXT if item.name in _PARAGRAPHS else LONGEST_LINE)
        for item in fields(text)
        if item.name not in plain
    }
    name = name_on_paper(text.name)
    words |= common(language=text.language, direction=text.dir, title=text.document_title, made=text.issued)
    words |= {
        "name": name,
        "credential": text.credential,
        "name_dir": direction_of(name, text.dir),
        "address": checked_address(text.address),
        "address_shown": re.sub(r"\S{40}(?=\S{12})", "\\g<0>\u200b", text.address),
        "code": code_svg(text.address),
    }
    return words


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.certificates").joinpath("templates/certificate.typ").read_bytes()
