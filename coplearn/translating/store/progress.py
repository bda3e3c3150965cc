"""The progress of each language: numbers told apart, and counting them from the store or from the files alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from coplearn.i18n.second_readings import text_sha
from coplearn.settings import Reader
from coplearn.translating.store import rules
from coplearn.translating.store.rules import CatalogRow


@dataclass(frozen=True, slots=True)
class Progress:
    """The amounts in each state, told apart and never added up into one: together they are everything there is.

    ``reviewed`` was read a second time by a person, ``machine`` by a machine in a separate reading, ``draft`` by nobody.
    """

    missing: int
    stale: int
    draft: int
    reviewed: int
    machine: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.missing + self.stale + self.draft + self.reviewed + self.machine


@dataclass(frozen=True, slots=True)
class DomainProgress:
    """The progress of one domain in one language. ``ready`` messages may be published, ``unpublished`` of them are not yet.

    ``waiting`` are finished and wait for a second reader, ``unread`` are live since before second readings were asked for.
    ``items`` counts the course's items and ``items_ready`` those whose every message is ready; both 0 in the interface.
    Without ``adopted`` the language was never opened in the store, and all its messages count as missing here.
    """

    domain: str
    locale: str
    messages: Progress
    words: Progress
    ready: int
    unpublished: int
    items: int
    items_ready: int
    version: int
    adopted: bool
    waiting: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class KindProgress:
    """One kind of text (or all of them) in one domain and language, in messages and in words."""

    kind: str
    messages: Progress
    words: Progress


def of_rows(sources: Sequence[rules.SourceMessage], rows: Iterable[CatalogRow]) -> list[KindProgress]:
    """Amounts from the store's rows, beside the source as it is now: the store may not have seen it yet."""
    held = {row.key: row for row in rows}
    return _counted((source.kind, source.text, _standing(source, held.get(source.key))) for source in sources)


def _standing(source: rules.SourceMessage, row: CatalogRow | None) -> str:
    if row is None or row.state == "missing":
        return "missing"
    if row.based_on != rules.tidy(source.text):
        return "stale"
    return _READ[row.reader]


_READ: Final[Mapping[str, str]] = {"": "draft", "person": "reviewed", "machine": "machine"}


def of_files(
    sources: Sequence[rules.SourceMessage],
    entries: Mapping[str, rules.FileEntry],
    read: Mapping[str, Reader] = MappingProxyType({}),
) -> list[KindProgress]:
    """Amounts from a catalog's entries (``rules.entries_of``), where the store has none; ``read`` are its records by hash."""
    return _counted((source.kind, source.text, _in_file(source, entries.get(source.key), read)) for source in sources)


def _in_file(source: rules.SourceMessage, entry: rules.FileEntry | None, read: Mapping[str, Reader]) -> str:
    if entry is None or entry.obsolete or not rules.has_text(entry.forms):
        return "missing"
    if entry.based_on != source.text or entry.fuzzy:
        return "stale"
    return _READ[read.get(text_sha(entry.context, entry.based_on, entry.forms), "")]


def _counted(found: Iterable[tuple[str, str, str]]) -> list[KindProgress]:
    messages: dict[str, dict[str, int]] = {}
    words: dict[str, dict[str, int]] = {}
    for kind, text, standing in found:
        for name in (kind, "all"):
            held = messages.setdefault(name, {})
            held[standing] = held.get(standing, 0) + 1
            held = words.setdefault(name, {})
            held[standing] = held.get(standing, 0) + rules.word_count(text)
    return [KindProgress(kind, _amounts(messages[kind]), _amounts(words[kind])) for kind in sorted(messages)]


def _amounts(numbers: Mapping[str, int]) -> Progress:
    return Progress(*(numbers.get(name, 0) for name in ("missing", "stale", "draft", "reviewed", "machine")))


def total(several: Iterable[Progress]) -> Progress:
    """Amounts numbers of several domains, each with its like."""
    held = list(several)
    return Progress(
        sum(one.missing for one in held),
        sum(one.stale for one in held),
        sum(one.draft for one in held),
        sum(one.reviewed for one in held),
        sum(one.machine for one in held),
    )
