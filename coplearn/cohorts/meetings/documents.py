"""Typeset the register of a meeting, to be ticked by hand in a room without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from coplearn.i18n.paper import checked_address, code_svg, common, direction_of, name_on_paper, typeset, within


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """One line: a name, what stands under it, and the address that its square code opens."""

    name: str
    note: str
    address: str


@dataclass(frozen=True, slots=True)
class RegisterText:
    """Everything a paper register says; sentences are translated by the caller, and no field is read as markup."""

    title: str
    cohort: str
    when: str
    how: str
    code_alt: str
    name_heading: str
    statuses: Sequence[str]
    """Five column headings."""
    signed: str
    people: Sequence[RegisterPerson]
    first: int
    """The number of the first person."""
    language: str
    dir: Literal["ltr", "rtl"]
    made: date


def typeset_register(text: RegisterText) -> bytes:
    """The register as PDF/UA-1 bytes, A4, the heading on every page, the same bytes for the same text."""
    words: dict[str, object] = {
        "title": within(text.title, 200),
        "cohort": within(text.cohort, 200),
        "when": within(text.when, 200),
        "how": within(text.how, 400),
        "name_heading": within(text.name_heading, 60),
        "statuses": [within(one, 40) for one in text.statuses],
        "signed": within(text.signed, 120),
        "first": text.first,
        "code_alt": within(text.code_alt, 200),
        "people": [_line(person, text.dir) for person in text.people],
    }
    words |= common(language=text.language, direction=text.dir, title=text.title, made=text.made)
    return typeset(_template(), words, text.made)


def _line(person: RegisterPerson, otherwise: str) -> dict[str, object]:
    name = name_on_paper(person.name)
    return {
        "name": name,
        "name_dir": direction_of(name, otherwise),
        "note": within(person.note, 100),
        "code": code_svg(checked_address(person.address)),
    }


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.cohorts").joinpath("templates/register.typ").read_bytes()
