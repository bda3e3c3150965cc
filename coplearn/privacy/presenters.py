"""Sentences on what is kept and why, as the registry has it, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from coplearn.i18n import formats
from coplearn.kernel.text import N_, LabelledEnum
from coplearn.privacy.documents import ProcessingRecord
from coplearn.privacy.registry import RegistryRow, registry
from coplearn.privacy.rules import TERMS, KeptFor, Seen
from coplearn.settings import Settings
from coplearn.web.render import page_locale, say, say_phrase

_CONCERNED: Final = N_("Whom it tells of")
_WHAT: Final = N_("What is kept")
_WHY: Final = N_("Why it may be kept")
_ENDS: Final = N_("How long")
_SEEN: Final = N_("Who sees it")
_COLUMNS: Final = N_("Columns")


@dataclass(frozen=True, slots=True)
class KeptGroup:
    """Everything that is kept for one purpose; every text is in the reader's language."""

    title: str
    what: str
    concerned: tuple[str, ...]
    why: tuple[str, ...]
    ends: tuple[str, ...]
    seen: tuple[str, ...]
    columns: tuple[str, ...]
    """Names of the personal ones, as ``table.column``."""


def kept_groups(settings: Settings) -> list[KeptGroup]:
    """Groups of what is kept of people, one a purpose, in the order that people meet them."""
    rows = [row for row in registry() if row.is_personal]
    groups = [_group(purpose, [row for row in rows if row.purpose is purpose], settings) for purpose in KeptFor]
    return [group for group in groups if group.columns]


def _group(purpose: KeptFor, rows: list[RegistryRow], settings: Settings) -> KeptGroup:
    ends = [name for name in TERMS if any(name in row.until for row in rows)]
    return KeptGroup(
        title=say(purpose.label),
        what=say(purpose.what),
        concerned=_labels(row.about for row in rows),
        why=_labels(row.basis for row in rows),
        ends=tuple(say_phrase(TERMS[name].phrase(settings)) for name in ends if TERMS[name].is_reached(settings)),
        seen=_labels(seen for row in rows for seen in row.seen if seen is not Seen.MACHINE)
        or (say(Seen.MACHINE.label),),
        columns=tuple(f"{row.table}.{row.column}" for row in rows),
    )


def _labels(words: Iterable[LabelledEnum]) -> tuple[str, ...]:
    found = set(words)
    kinds = {type(word) for word in found}
    return tuple(say(word.label) for kind in kinds for word in kind if word in found)


def processing_record(settings: Settings, made: date) -> ProcessingRecord:
    """The record of processing that whoever answers for the data shows an authority, in the reader's language."""
    locale = page_locale()
    facts = [
        (say(N_("Site")), f"{settings.site_name} ({settings.address})"),
        (say(N_("Who is responsible")), settings.responsible or settings.organisation or "—"),
        (say(N_("Where to write to")), settings.contact or "—"),
        (say(N_("Legal basis")), settings.legal_basis or "—"),
        (say(N_("Made on")), formats.day(made, locale)),
    ]
    return ProcessingRecord(
        title=say(N_("Record of processing")),
        facts=tuple(facts),
        groups=tuple(
            (
                group.title,
                (
                    (say(_WHAT), group.what),
                    (say(_CONCERNED), _joined(group.concerned)),
                    (say(_WHY), _joined(group.why)),
                    (say(_ENDS), _joined(group.ends)),
                    (say(_SEEN), _joined(group.seen)),
                ),
                group.columns,
            )
            for group in kept_groups(settings)
        ),
        columns_word=say(_COLUMNS),
        notes_title=say(N_("How it is kept safe, and who else gets it")),
        notes=(
            say(N_("Nobody else gets it: the site counts for nobody, and sends nothing but its messages.")),
            say(
                N_(
                    "A country may take its own part of this site to a server of its own. What is kept of its people goes"
                    " there then, and is forgotten here."
                )
            ),
            say(
                N_(
                    "Everybody may download what is kept about them and erase it. Whoever is erased is also taken out of a"
                    " backup that is brought back."
                )
            ),
            say(N_("Passwords and private addresses are kept as hashes. Children are counted and never named.")),
        ),
        language=locale.bcp47,
        direction=locale.dir,
        made=made,
    )


def _joined(parts: tuple[str, ...]) -> str:
    return " · ".join(parts)
