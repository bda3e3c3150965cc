"""How far each language is, told apart in four numbers, from the store or from the files alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coplearn.translating import rules
from coplearn.translating.rows import CatalogRow, Four


@dataclass(frozen=True, slots=True)
class Counted:
    """One kind of text (or all of them) in one domain and language, in messages and in words."""

    kind: str
    messages: Four
    words: Four


def of_rows(rows: Iterable[CatalogRow]) -> list[Counted]:
    """From the store's rows; those that the source has lost do not count."""
    return _counted((row.kind, row.msgid, _standing(row)) for row in rows if not row.removed)


def _standing(row: CatalogRow) -> str:
    if row.state == "missing":
        return "missing"
    if row.based_on != row.msgid:
        return "stale"
    return "reviewed" if row.reviewed else "draft"


def of_files(
    sources: Sequence[rules.Source], entries: Mapping[str, rules.FileEntry], reviewed: frozenset[str] = frozenset()
) -> list[Counted]:
    """From a catalog's entries (``rules.entries_of``), where the store has none; ``reviewed`` are review hashes."""
    return _counted(
        (source.kind, source.text, _in_file(source, entries.get(source.key), reviewed)) for source in sources
    )


def _in_file(source: rules.Source, entry: rules.FileEntry | None, reviewed: frozenset[str]) -> str:
    if entry is None or entry.obsolete or not rules.has_text(entry.forms):
        return "missing"
    if entry.based_on != source.text:
        return "stale"
    return "reviewed" if rules.review_sha(source.text, entry.forms) in reviewed else "draft"


def _counted(found: Iterable[tuple[str, str, str]]) -> list[Counted]:
    messages: dict[str, dict[str, int]] = {}
    words: dict[str, dict[str, int]] = {}
    for kind, text, standing in found:
        for name in (kind, "all"):
            held = messages.setdefault(name, {})
            held[standing] = held.get(standing, 0) + 1
            held = words.setdefault(name, {})
            held[standing] = held.get(standing, 0) + rules.word_count(text)
    return [Counted(kind, _four(messages[kind]), _four(words[kind])) for kind in sorted(messages)]


def _four(numbers: Mapping[str, int]) -> Four:
    return Four(*(numbers.get(name, 0) for name in ("missing", "stale", "draft", "reviewed")))


def added(several: Iterable[Four]) -> Four:
    """Four numbers of several domains, each with its like."""
    held = list(several)
    return Four(
        sum(one.missing for one in held),
        sum(one.stale for one in held),
        sum(one.draft for one in held),
        sum(one.reviewed for one in held),
    )
