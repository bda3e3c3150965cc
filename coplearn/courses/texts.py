"""The words that a reader sees for each message: the translation where it may be shown, else the source, marked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from coplearn.courses.contract import Message
from coplearn.i18n.checks.base import Subject
from coplearn.i18n.gate import Candidate, Held, checks_of, refusals
from coplearn.i18n.glossary import Glossary
from coplearn.i18n.locales import Direction, Locale
from coplearn.i18n.packed import PackedTexts
from coplearn.settings import Reader

State = Literal["ok", "stale", "missing"]


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A translation: ``text`` and the source text it was made from; ``fuzzy`` when a person has to look at it again."""

    text: str
    based_on: str
    fuzzy: bool = False


class PackedEntries(Mapping[str, CatalogEntry]):
    """Translations by context that cannot be changed, as little in memory as they can be and shared by all processes."""

    __slots__ = ("_based_on", "_fuzzy", "_texts")

    def __init__(self, entries: Mapping[str, CatalogEntry]) -> None:
        self._texts = PackedTexts({context: entry.text for context, entry in entries.items()})
        self._based_on = _sources(tuple((context, entry.based_on) for context, entry in entries.items()))
        self._fuzzy = frozenset(context for context, entry in entries.items() if entry.fuzzy)

    def __getitem__(self, context: str) -> CatalogEntry:
        return CatalogEntry(self._texts[context], self._based_on[context], context in self._fuzzy)

    def __contains__(self, context: object) -> bool:
        return context in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@lru_cache(maxsize=16)
def _sources(texts: tuple[tuple[str, str], ...]) -> PackedTexts[str]:
    """The sources of a catalog; those of a course's other languages are nearly always the same."""
    return PackedTexts(dict(texts))


@dataclass(frozen=True, slots=True)
class Catalog:
    """A course's translations into one language, by context; ``version`` changes whenever what is shown of them does.

    ``held`` are the texts that the gate keeps back; None before it was asked, and then nothing is shown unasked. ``read``
    says of texts that were read a second time, by the records beside the file, who read them.
    """

    locale: str
    entries: Mapping[str, CatalogEntry]
    version: str
    held: Held | None = None
    read: Mapping[str, Reader] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Translated:
    """The text to show: ``fallback`` when not in the reader's language, ``stale`` when the source has changed since."""

    text: str
    lang: str
    dir: Direction
    fallback: bool = False
    stale: bool = False


def candidates(messages: Sequence[Message], catalog: Catalog, glossary: Glossary | None = None) -> dict[str, Candidate]:
    """The catalog's texts as the gate judges them, by context; a text of no message is shown nowhere and left out."""
    found: dict[str, Candidate] = {}
    for message in messages:
        entry = catalog.entries.get(message.context)
        if entry is not None and entry.text:
            subject = Subject(
                source=entry.based_on,
                forms=(entry.text,),
                locale=catalog.locale,
                context=message.context,
                critical=message.critical,
                read_twice=message.needs_second_reading,
                max_length=message.max_length,
                glossary=glossary,
            )
            found[message.context] = Candidate(subject, message.group)
    return found


def held_in(
    messages: Sequence[Message], catalog: Catalog, glossary: Glossary | None = None, like: Catalog | None = None
) -> Held:
    """The texts of the catalog that the gate keeps back.

    ``like`` is a judged catalog over the same messages and glossary: only the texts that it has otherwise are judged.
    """
    known = like.held if like is not None and like.held is not None else None
    if like is None or known is None:
        return checks_of(refusals(candidates(messages, catalog, glossary)))
    changed = {message.context for message in messages if _differ(catalog, like, message.context)}
    # A question is judged as a whole.
    groups = {message.group for message in messages if message.context in changed and message.group is not None}
    again = [message for message in messages if message.context in changed or message.group in groups]
    names = {message.context for message in again}
    kept = {context: checks for context, checks in known.items() if context not in names and context in catalog.entries}
    return kept | checks_of(refusals(candidates(again, catalog, glossary)))


def _differ(one: Catalog, other: Catalog, context: str) -> bool:
    return one.entries.get(context) != other.entries.get(context)


def with_held(catalog: Catalog, held: Held) -> Catalog:
    """The catalog with what is kept back of it; its version tells catalogs apart that hold back other texts."""
    version = catalog.version.partition("~")[0]
    if held:
        version += f"~{hashlib.sha256(repr(sorted(held)).encode()).hexdigest()[:12]}"
    return replace(catalog, held=dict(held), version=version)


def judged(messages: Sequence[Message], catalog: Catalog) -> Catalog:
    """The catalog as it was judged; one that nobody has judged yet is judged now, without a glossary."""
    return catalog if catalog.held is not None else with_held(catalog, held_in(messages, catalog))


def state_of(message: Message, catalog: Catalog | None) -> State:
    """The state of the message's translation; a translation that the gate keeps back counts as missing."""
    entry = catalog.entries.get(message.context) if catalog else None
    if catalog is None or entry is None or not entry.text or message.context in (catalog.held or ()):
        return "missing"
    return "stale" if entry.fuzzy or entry.based_on != message.text else "ok"


def completeness(messages: Sequence[Message], catalog: Catalog | None) -> int:
    """Whole percent of the messages that are translated; stale ones are not done, and 100 means all."""
    if not messages:
        return 100
    catalog = judged(messages, catalog) if catalog is not None else None
    done = sum(state_of(message, catalog) == "ok" for message in messages)
    return done * 100 // len(messages)


class Texts:
    """A course's words for the readers of one language. Immutable to its users; safe to share between threads."""

    def __init__(
        self, messages: Sequence[Message], source: Locale, chain: Sequence[tuple[Locale, Catalog | None]] = ()
    ) -> None:
        """``chain`` holds the reader's language first and then the registry's fallback; empty for the source itself."""
        self._messages = {message.context: message for message in messages}
        self._source = source
        self._chain = tuple(
            (locale, catalog if catalog is None else judged(messages, catalog))
            for locale, catalog in chain
            if locale.code != source.code
        )
        self._reader = chain[0][0] if chain else source
        self._groups: dict[str, list[Message]] = {}
        for message in messages:
            if message.group is not None:
                self._groups.setdefault(message.group, []).append(message)
        self._known: dict[str, Translated] = {}

    @property
    def locale(self) -> Locale:
        """The reader's language."""
        return self._reader

    @property
    def version(self) -> str:
        """Changes whenever a catalog these words come from does."""
        return ".".join(catalog.version if catalog else "-" for _, catalog in self._chain)

    def __contains__(self, context: str) -> bool:
        return context in self._messages

    def get(self, context: str) -> Translated:
        """The text to show for ``context``; raises KeyError when the course has no such message."""
        known = self._known.get(context)
        if known is None:
            known = self._known[context] = self._found(self._messages[context])
        return known

    def _found(self, message: Message) -> Translated:
        for locale, catalog in self._chain:
            if catalog is None:
                continue
            state = self._shown_state(message, catalog)
            if state != "missing":
                fallback = locale.code != self._reader.code
                return Translated(
                    catalog.entries[message.context].text, locale.bcp47, locale.dir, fallback, state == "stale"
                )
        fallback = self._source.code != self._reader.code
        return Translated(message.text, self._source.bcp47, self._source.dir, fallback)

    def _shown_state(self, message: Message, catalog: Catalog) -> State:
        state = state_of(message, catalog)
        if message.group is not None:
            # A group never mixes languages, nor an old question with new answers.
            whole = all(state_of(other, catalog) == "ok" for other in self._groups[message.group])
            return "ok" if whole else "missing"
        return "missing" if state == "stale" and message.critical else state

    def fallbacks(self, contexts: Sequence[str]) -> int:
        """The number of ``contexts`` that are shown in another language than the reader's."""
        return sum(self.get(context).fallback for context in contexts if context in self)
