"""Finding: what the reader's own language has first, then what others have."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.findable import FindableRecord, FindableSource
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import beat
from coplearn.search.ranking import ParsedSearch, SnippetPart, Vocabulary, parsed, score, snippet
from coplearn.search.records import circle_token, locale_of_records, source_named, text_of
from coplearn.search.sources import COURSE, HELP, text_at
from coplearn.search.store import PageHit, SearchStore
from coplearn.site import Site

_LOG: Final = logging.getLogger(__name__)
MOST_SHOWN: Final = 15
MOST_ELSEWHERE: Final = 5
MOST_RECORDS: Final = 10
_SAME_PAGE: Final = 4
"""So many records may lead to one page, such as a country by its names in several languages; it is shown once."""
LONGEST: Final = 120
"""Letters that may be searched for."""
_LOOK_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 1.0
_ENOUGH: Final = 5
"""Pages in the reader's language; where there are fewer, other languages are looked through as well."""
_Ranked = tuple[float, PageHit, Locale, ParsedSearch]


@dataclass(frozen=True, slots=True)
class Found:
    """A page that answers, in one language, with the lines that say it."""

    domain: str
    place: str
    locale: Locale
    title: str
    parts: Sequence[SnippetPart]


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record that answers, as it is now, with the lines that say it."""

    source: FindableSource
    record: FindableRecord
    parts: Sequence[SnippetPart]


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found. ``meant`` is what was searched for instead of what was typed, if anything."""

    own: Sequence[Found] = field(default_factory=tuple)
    elsewhere: Sequence[Found] = field(default_factory=tuple)
    """In languages other than the reader's."""
    meant: str = ""
    is_ready: bool = True
    """Whether anything of the reader's language is indexed yet."""


class TextFinder:
    """Searches one site. Keeps the words of each language in memory, and nothing of a search."""

    def __init__(
        self, site: Callable[[], Site], store: Callable[[], SearchStore], patience: float = _PATIENCE_SECONDS
    ) -> None:
        """``patience`` is how long a search waits for words that are read again."""
        self._site = site
        self._store = store
        self._patience = patience
        self._vocabularies: dict[str, tuple[str, Vocabulary]] = {}
        self._looked: tuple[float, dict[str, str]] = (float("-inf"), {})
        self._readers: dict[str, threading.Thread] = {}
        self._lock, self._begins = threading.Lock(), threading.Lock()

    def find(
        self, typed: str, locale: Locale, others: Sequence[Locale], today: date, favoured: Mapping[str, float]
    ) -> Findings:
        """Search in the reader's language, then in those others. The points of ``favoured`` courses are multiplied."""
        typed = typed[:LONGEST]
        vocabulary = self.vocabulary(locale.code)
        search = parsed(typed, locale.code, vocabulary, mend=False)
        foreign: dict[str, ParsedSearch] = {}
        if not search.is_known or len(search.groups) == 1:
            known = [one for one in others if one.code != locale.code]
            foreign = {one.code: parsed(typed, one.code, self.vocabulary(one.code), mend=False) for one in known}
        is_foreign = not search.groups and any(one.is_known for one in foreign.values())
        if search.unknown and not is_foreign:
            search = parsed(typed, locale.code, vocabulary, mend=True)
        own = self._shown([(points, hit, locale, search) for points, hit in self._ranked(search, favoured)], today)
        elsewhere: Sequence[Found] = ()
        if len(own) < _ENOUGH:
            seen = {(one.domain, one.place) for one in own}
            elsewhere = self._elsewhere(foreign, others, favoured, seen, today)
        return Findings(own, elsewhere, search.meant, bool(vocabulary.words))

    def _ranked(self, search: ParsedSearch, favoured: Mapping[str, float]) -> list[tuple[float, PageHit]]:
        hits = self._store().best(search.groups, search.weights)
        ranked = [(score(hit, search) * _favour(hit, favoured), hit) for hit in hits]
        return sorted(ranked, key=lambda one: (-one[0], one[1].domain, one[1].place))

    def _elsewhere(
        self,
        foreign: Mapping[str, ParsedSearch],
        others: Sequence[Locale],
        favoured: Mapping[str, float],
        seen: Collection[tuple[str, str]],
        today: date,
    ) -> list[Found]:
        """Pages that have every word in another language, each in the one where it answers best."""
        best: dict[tuple[str, str], _Ranked] = {}
        known = [(one, foreign[one.code]) for one in others if one.code in foreign and foreign[one.code].is_known]
        store = self._store()
        with store.read() if known else nullcontext():
            hits = [
                (hit, other, search)
                for other, search in known
                for hit in store.find(search.groups, search.weights, every=True, most=MOST_ELSEWHERE)
            ]
        for hit, other, search in hits:
            name, points = (hit.domain, hit.place), score(hit, search) * _favour(hit, favoured)
            if name not in seen and (name not in best or best[name][0] < points):
                best[name] = (points, hit, other, search)
        return self._shown(sorted(best.values(), key=lambda one: -one[0])[:MOST_ELSEWHERE], today)

    def _shown(self, ranked: Sequence[_Ranked], today: date) -> list[Found]:
        site, found = self._site(), []
        for _, hit, locale, search in ranked:
            text = text_at(site, hit.domain, hit.place, locale, today)
            if text is not None:
                parts = snippet(text.texts, locale.code, search)
                found.append(Found(hit.domain, hit.place, locale, text.title, parts))
            if len(found) == MOST_SHOWN:
                break
        return found

    def find_records(
        self, typed: str, locales: Sequence[Locale], circles: Mapping[str, Collection[str]], session: Session
    ) -> list[FoundRecord]:
        """Records that have every word, for a reader in those circles (by source); the earlier language first where both answer."""
        seen = frozenset(circle_token(name, one) for name, some in circles.items() for one in some)
        best: dict[tuple[str, str], tuple[float, ParsedSearch, str]] = {}
        for locale in locales if seen else ():
            search = parsed(typed[:LONGEST], locale.code, self.vocabulary(locale_of_records(locale.code)), mend=False)
            if not search.is_known:
                continue
            for hit in self._store().find((seen, *search.groups), (0.0, *search.weights), every=True):
                found, points = source_named(self._site().findable, hit.domain), score(hit, search)
                if found is not None and points > best.get((found[0].name, hit.place), (0.0,))[0]:
                    best[found[0].name, hit.place] = (points, search, locale.code)
        ranked = sorted(best, key=lambda name: (-best[name][0], name))[: MOST_RECORDS * _SAME_PAGE]
        shown = self._records_now(ranked, circles, session)
        order = [locale.code for locale in locales]
        pages: dict[tuple[object, ...], tuple[str, str]] = {}
        for name in ranked:
            if name in shown:
                page = (shown[name][1].endpoint, *sorted(shown[name][1].values.items()))
                held = pages.get(page, name)
                pages[page] = min(held, name, key=lambda found: order.index(best[found][2]))
        return [
            FoundRecord(*shown[name], snippet(text_of(shown[name][1]).texts, best[name][2], best[name][1]))
            for name in [*pages.values()][:MOST_RECORDS]
        ]

    def _records_now(
        self, ranked: Sequence[tuple[str, str]], circles: Mapping[str, Collection[str]], session: Session
    ) -> dict[tuple[str, str], tuple[FindableSource, FindableRecord]]:
        """Records as they are now, and as this reader may see them: the index may be some seconds old."""
        shown = {}
        for source in self._site().findable:
            places = [place for name, place in ranked if name == source.name]
            for one in source.read(session, places) if places else ():
                if one.circles & frozenset(circles.get(source.name, ())):
                    shown[source.name, one.place] = (source, one)
        return shown

    def vocabulary(self, code: str) -> Vocabulary:
        """The words of a language, read again when its index has changed, looked for every some seconds."""
        now = beat(_LOOK_SECONDS)
        if self._looked[0] != now:
            self._looked = (now, self._store().stamps())
        stamp = "".join(f"{name}={one};" for name, one in sorted(self._looked[1].items()) if name.endswith(f"/{code}"))
        held = self._vocabularies.get(code)
        if held is not None and held[0] == stamp:
            return held[1]
        if held is not None:
            self._read_beside(code, stamp)
        else:
            with self._lock:
                if code not in self._vocabularies:
                    self._read(code, stamp)
        return self._vocabularies[code][1]

    def _read(self, code: str, stamp: str) -> None:
        self._vocabularies[code] = (stamp, Vocabulary(self._store().words(code)))

    def _read_beside(self, code: str, stamp: str) -> None:
        """Read the words of a language again, in a thread: of half a million that takes seconds, and until then searches go on with
        those before."""
        with self._begins:
            reader = self._readers.get(code)
            if reader is not None and reader.is_alive():
                return
            reader = threading.Thread(target=self._try_to_read, args=(code, stamp), name="words", daemon=True)
            self._readers[code] = reader
            reader.start()
        reader.join(self._patience)

    def _try_to_read(self, code: str, stamp: str) -> None:
        try:
            self._read(code, stamp)
        except SQLAlchemyError:
            _LOG.warning("The words of %s could not be read; it will be tried again.", code)

    def settle(self) -> None:
        """Wait until nothing is being read."""
        for reader in [*self._readers.values()]:
            reader.join()

    def look_now(self) -> None:
        """Look for a changed index with the next search."""
        self._looked = (float("-inf"), {})


def _favour(hit: PageHit, favoured: Mapping[str, float]) -> float:
    if hit.domain == HELP:
        return 1.2 if not hit.place else 0.8
    # A course's own page says a little of everything; a step says it.
    return favoured.get(hit.domain, 1.0) * (0.6 if hit.place == COURSE else 1.0)
