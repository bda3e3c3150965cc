"""What the sites of a test process read once, and all of them share: courses, catalogs of the interface, routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from gettext import NullTranslations
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest
from werkzeug.routing import Map, Rule, RuleFactory

from coplearn.authoring.problems import Problems
from coplearn.courses import library, loader
from coplearn.courses.bundles import Bundle
from coplearn.courses.live_library import LibraryReading, LiveLibrary
from coplearn.courses.loader import Loaded
from coplearn.i18n import gate, live
from coplearn.i18n.files import file_stamp
from coplearn.i18n.gate import Gate, Held
from coplearn.i18n.locales import Locale, Locales
from coplearn.settings import HOME
from coplearn.translating.catalogs.domains import SeenFiles
from coplearn.translating.store.progress import Progress
from coplearn.web.framework import LateRule

_Print = tuple[tuple[str, int, int], ...]
READ: dict[tuple[Path, tuple[Locale, ...], _Print, tuple[tuple[str, str, _Print], ...]], Loaded] = {}
"""Courses of this repository as they were read, by their languages, the state of their files and the packages there are."""


def _forget_other_packages(present: object) -> None:
    """Let go of the courses as they were read beside packages of other tests: all of them are a hundred megabytes."""
    for key in [key for key in READ if key[3] and key[3] != present]:
        del READ[key]


@contextmanager
def courses_read_once() -> Iterator[None]:
    """Meanwhile a course of this repository is read again only when one of its files has changed; others are always read."""
    real = loader.load_course

    def load_course(
        folder: Path, locales: Locales, own: Bundle | None = None, installed: Sequence[Bundle] = ()
    ) -> Loaded:
        if own is not None or not folder.is_relative_to(HOME):
            return real(folder, locales, own, installed)
        packages = tuple((one.domain, one.digest, _print(one.folder)) for one in installed)
        key = (folder, tuple(locales), _print(folder), packages)
        if key not in READ:
            if packages:
                _forget_other_packages(packages)
            READ[key] = real(folder, locales, None, installed)
        # Whoever loads a library adds to the list of problems.
        return replace(READ[key], problems=Problems(list(READ[key].problems.found)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(library, "load_course", load_course)
        yield


@contextmanager
def libraries_read_once() -> Iterator[None]:
    """Meanwhile a site takes what another of this process has read of its courses, if no file of its own stands otherwise."""
    real = LiveLibrary._first
    read: dict[tuple[object, ...], LibraryReading] = {}

    def first(library: LiveLibrary) -> LibraryReading:
        if library._preload is not None:
            return real(library)
        key = (library._trusted, library._installed, tuple(library._locales), library._layers.readers)
        if key not in read or not library.is_current(read[key]):
            read[key] = real(library)
        return read[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LiveLibrary, "_first", first)
        yield


@contextmanager
def interface_read_once() -> Iterator[None]:
    """Meanwhile a catalog of this repository's interface is loaded again only when it, or what judges it, has changed."""
    real = live._load
    loaded: dict[tuple[Path, tuple[int, int], Locale, str], NullTranslations | None] = {}

    def load(path: Path, locale: Locale, judge: Gate, kept: Path | None) -> NullTranslations | None:
        if not path.is_relative_to(HOME):
            return real(path, locale, judge, kept)
        key = (path, file_stamp(path), locale, judge._glossaries.digest(locale.code))
        if key not in loaded:
            loaded[key] = real(path, locale, judge, kept)
        return loaded[key]

    # What a test's own kind of question is answered with changes the keys of what was judged: judge that once as well.
    judged: dict[tuple[str, str], Held] = {}
    real_read, real_write = gate._read, gate._write

    def read(path: Path, key: str) -> Held | None:
        found = real_read(path, key)
        return judged.get((path.name, key)) if found is None else found

    def write(path: Path, key: str, held: Held) -> None:
        judged[path.name, key] = held
        real_write(path, key, held)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "_load", load)
        patch.setattr(gate, "_read", read)
        patch.setattr(gate, "_write", write)
        yield


@contextmanager
def amounts_counted_once() -> Iterator[None]:
    """Meanwhile the states of a catalog's messages are counted again only when one of its files has changed."""
    seen: dict[tuple[str, str], tuple[str, Progress]] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("coplearn.app.SeenFiles", partial(SeenFiles, counted=seen))
        yield


@contextmanager
def routes_read_once() -> Iterator[None]:
    """Meanwhile werkzeug reads the routes of a site once a process, for all sites with the same: half of making one."""
    read: dict[tuple[object, ...], Map] = {}
    given: WeakKeyDictionary[Map, list[LateRule]] = WeakKeyDictionary()
    real_add, real_update = Map.add, Map.update

    def add(routes: Map, factory: RuleFactory) -> None:
        if isinstance(factory, LateRule):
            given.setdefault(routes, []).append(factory)
            routes._remap = True
        else:
            real_add(routes, factory)

    def update(routes: Map) -> None:
        rules = given.get(routes)
        if rules is None or not routes._remap:
            real_update(routes)
            return
        key = (routes.host_matching, routes.strict_slashes, tuple(routes.converters.values()), *map(_route, rules))
        if key not in read:
            sorted_ones = read[key] = Map(converters=routes.converters, host_matching=routes.host_matching)
            sorted_ones.strict_slashes, sorted_ones._remap = routes.strict_slashes, True
            for rule in rules:
                copy = rule.empty()
                copy.provide_automatic_options = getattr(rule, _OPTIONS, None)  # type: ignore[attr-defined] # Flask's
                real_add(sorted_ones, copy)
            real_update(sorted_ones)
        routes._matcher, routes._rules_by_endpoint = read[key]._matcher, read[key]._rules_by_endpoint
        routes._remap = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Map, "add", add)
        patch.setattr(Map, "update", update)
        yield


_OPTIONS = "provide_automatic_options"


def _route(rule: Rule) -> tuple[object, ...]:
    """All that tells a route from another."""
    methods = frozenset(rule.methods or ())
    domain = (rule.subdomain, rule.host)
    ways = (rule.strict_slashes, rule.merge_slashes, rule.build_only, rule.alias, rule.websocket, rule.redirect_to)
    return (
        type(rule),
        rule.rule,
        rule.endpoint,
        methods,
        domain,
        *ways,
        repr(rule.defaults),
        getattr(rule, _OPTIONS, None),
    )


def _print(folder: Path) -> _Print:
    files = [folder / "course.pot", *sorted((folder / "translations").glob("*.po"))]
    states = [(str(file), file.stat()) for file in files if file.exists()]
    return (*loader.content_stamps(folder), *((name, state.st_mtime_ns, state.st_size) for name, state in states))
