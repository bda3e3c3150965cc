"""Keeping the index as the texts are: a look at what has changed, page by page, and everything anew."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from coplearn.findable import FindableRecord
from coplearn.i18n.locales import Locale
from coplearn.search.records import (
    code_of_records,
    digest_with,
    indexed_record,
    locale_of_records,
    piece_name,
    records_in,
    source_named,
)
from coplearn.search.sources import GLOSSARY, HELP, FindableText, digest_of, indexed, texts_of
from coplearn.search.store import IndexedPage, SearchStore
from coplearn.site import Site
from coplearn.storage.database import reading_only


class SearchIndex:
    """The index of one site, brought up to its texts piece by piece: a piece is one domain in one language."""

    def __init__(
        self,
        site: Callable[[], Site],
        store: Callable[[], SearchStore],
        records: Callable[[], Session] | None = None,
    ) -> None:
        """Records are read with a session that ``records`` opens; without it courses, words and help alone are indexed."""
        self._site = site
        self._open = store
        self._records = records
        self._opened: SearchStore | None = None
        self._known: dict[str, str] = {}
        self._read: tuple[str, list[FindableRecord]] = ("", [])
        self._lock = threading.Lock()

    @property
    def store(self) -> SearchStore:
        """The tables of the index; opened at first use."""
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    def wanted(self, today: date) -> dict[str, str]:
        """Every piece by its name, with the stamp of what it is to be made of."""
        site = self._site()
        found: dict[str, str] = {}
        for locale in site.locales:
            if locale.is_pseudo:
                continue
            for course in site.library.current().courses.values():
                texts = site.library.texts(course, locale)
                found[f"{course.id}/{locale.code}"] = f"{course.digest}.{texts.version}"
            words = f"{site.catalogs.version(locale)}.{site.glossaries.stamp(locale.code)}"
            found[f"{GLOSSARY}/{locale.code}"] = words
            found[f"{HELP}/{locale.code}"] = f"{words}.{today.isoformat()}"
        return found | self._wanted_records(site)

    def _wanted_records(self, site: Site) -> dict[str, str]:
        if self._records is None or not site.findable:
            return {}
        with reading_only(), self._records() as session:
            stamps = {
                piece_name(source, piece): stamp
                for source in site.findable
                for piece, stamp in source.stamps(session).items()
            }
        codes = [locale.code for locale in site.locales if not locale.is_pseudo]
        return {f"{name}/{locale_of_records(code)}": stamp for name, stamp in stamps.items() for code in codes}

    def renew(self, today: date, *, stopping: Callable[[], bool] = lambda: False) -> int:
        """Index every piece that is not as its texts are, and drop those that are gone; gives how many pages were touched.

        Between two pieces ``stopping`` is asked. Two processes that do it at once do it one after the other.
        """
        with self._lock:
            wanted = self.wanted(today)
            if wanted == self._known:
                return 0
            with self.store.written():
                pass
            stamps = {name: stamp for name, stamp in self.store.stamps().items() if "/" in name}
            touched = 0
            for name, stamp in wanted.items():
                if stopping():
                    return touched
                if stamps.get(name) != stamp:
                    touched += self.renew_piece(name, stamp, today)
            self.store.forget(sorted(stamps.keys() - wanted.keys()))
            self._known = wanted
            return touched

    def renew_piece(self, name: str, stamp: str, today: date) -> int:
        """Index the pages of one piece that have changed; gives how many."""
        domain, _, code = name.rpartition("/")
        of_records = code_of_records(code)
        if of_records is not None:
            return self._renew_records(domain, of_records, stamp)
        site = self._site()
        locale = site.locales.get(code)
        now = {one.place: one for one in texts_of(site, domain, locale, today)}
        kept = self.store.digests(domain, code)
        changed = [one for place, one in now.items() if kept.get(place) != digest_of(one)]
        gone = kept.keys() - now.keys()
        self._put(domain, locale, gone, changed, stamp)
        return len(changed) + len(gone)

    def _renew_records(self, domain: str, code: str, stamp: str) -> int:
        site, name = self._site(), locale_of_records(code)
        found = source_named(site.findable, domain)
        if found is None or self._records is None:
            return 0
        if self._read[0] != f"{domain} {stamp}":  # its languages come one after the other
            with reading_only(), self._records() as session:
                self._read = (f"{domain} {stamp}", list(found[0].piece(session, found[1])))
        kept, now = self.store.digests(domain, name), set[str]()
        changed: list[IndexedPage] = []
        for text, circles in records_in(self._read[1], code, site.locales.source.code):
            now.add(text.place)
            if kept.get(text.place) != digest_with(text, circles):
                changed.append(indexed_record(domain, code, text, circles))
        gone = kept.keys() - now
        self.store.replace(domain, name, gone, changed, stamp)
        return len(changed) + len(gone)

    def _put(self, domain: str, locale: Locale, gone: set[str], changed: list[FindableText], stamp: str) -> None:
        self.store.replace(domain, locale.code, gone, [indexed(domain, locale.code, one) for one in changed], stamp)

    def rebuild(self, today: date) -> int:
        """Drop the index and make all of it anew; gives how many pages it has."""
        with self._lock:
            self.store.begin_anew()
            self._known = {}
        return self.renew(today)

    def drop_broken(self) -> None:
        """Drop an index that cannot be read or written, so that it is made anew."""
        with self._lock:
            self._known = {}
            self.store.begin_anew()
