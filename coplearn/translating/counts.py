"""How far each language is, told apart in numbers, from the store or from the files alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from coplearn.i18n.readings import text_sha
from coplearn.settings import Reader
from coplearn.translating import rules
from coplearn.translating.rows import Amounts, CatalogRow


@dataclass(frozen=True, slots=True)
class Counted:
    """One kind of text (or all of them) in one domain and language, in messages and in words."""

    kind: str
    messages: Amounts
    words: Amounts


def of_rows(sources: Sequence[rules.Source], rows: Iterable[CatalogRow]) -> list[Counted]:
    """From the store's rows, beside the source as it is now: the store may not have seen it yet."""
    held = {row.key: row for row in rows}
    return _counted((source.kind, source.text, _standing(source, held.get(source.key))) for source in sources)


def _standing(source: rules.Source, row: CatalogRow | None) -> str:
    if row is None or row.state == "missing":
        return "missing"
    if row.based_on != rules.tidy(source.text):
        return "stale"
    return _READ[row.reader]


_READ: Final[Mapping[str, str]] = {"": "draft", "person": "reviewed", "machine": "machine"}


def of_files(
    sources: Sequence[rules.Source],
    entries: Mapping[str, rules.FileEntry],
    read: Mapping[str, Reader] = MappingProxyType({}),
) -> list[Counted]:
    """From a catalog's entries (``rules.entries_of``), where the store has none; ``read`` are its records by hash."""
    return _counted((source.kind, source.text, _in_file(source, entries.get(source.key), read)) for source in sources)


def _in_file(source: rules.Source, entry: rules.FileEntry | None, read: Mapping[str, Reader]) -> str:
    if entry is None or entry.obsolete or not rules.has_text(entry.forms):
        return "missing"
    if entry.based_on != source.text or entry.fuzzy:
        return "stale"
    return _READ[read.get(text_sha(entry.context, entry.based_on, entry.forms), "")]


def _counted(found: Iterable[tuple[str, str, str]]) -> list[Counted]:
    messages: dict[str, dict[str, int]] = {}
    words: dict[str, dict[str, int]] = {}
    for kind, text, standing in found:
        for name in (kind, "all"):
            held = messages.setdefault(name, {})
            held[standing] = held.get(standing, 0) + 1
            held = words.setdefault(name, {})
            held[standing] = held.get(standing, 0) + rules.word_count(text)
    return [Counted(kind, _amounts(messages[kind]), _amounts(words[kind])) for kind in sorted(messages)]


def _amounts(numbers: Mapping[str, int]) -> Amounts:
    return Amounts(*(numbers.get(name, 0) for name in ("missing", "stale", "draft", "reviewed", "machine")))


def added(several: Iterable[Amounts]) -> Amounts:
    """Amounts numbers of several domains, each with its like."""
    held = list(several)
    return Amounts(
        sum(one.missing for one in held),
        sum(one.stale for one in held),
        sum(one.draft for one in held),
        sum(one.reviewed for one in held),
        sum(one.machine for one in held),
    )
