"""Sentences of ours that a person will read, named before anybody knows the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self


def N_(text: str) -> str:  # noqa: N802 - the gettext tools' own name for "extract, translate later"
    """Mark ``text`` for extraction and return it unchanged; the edge translates it."""
    return text


@dataclass(frozen=True, slots=True)
class Phrase:
    """An English message and the values its ``%(name)s`` places take.

    ``text`` is the msgid, marked with :func:`N_` where it is written. ``params`` are plain values; the edge
    isolates them (``<bdi>``) when it renders. ``plural`` and ``number`` are given together for a counted message.
    """

    text: str
    params: Mapping[str, object] = field(default_factory=dict)
    plural: str | None = None
    number: int | None = None


def counted(one: str, many: str, number: int, **params: object) -> Phrase:
    """A message that counts: ``one`` and ``many`` are written out here and extracted together, as one entry with plural forms.

    ``%(num)s`` is the number; other places are filled from ``params``.
    """
    return Phrase(one, {"num": number, **params}, many, number)


class LabelledEnum(StrEnum):
    """A closed vocabulary whose members are stored by ``value`` and shown by ``label``, an English message.

    A member is written ``NAME = "stored", N_("Shown")``; the edge translates the label.
    """

    _value_: str
    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        """Make the member a plain string of its stored value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member
