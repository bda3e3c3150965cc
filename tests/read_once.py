"""What the sites of a test process read once, and all of them share: courses, catalogs of the interface, routes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest
from werkzeug.routing import BaseConverter, Rule

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
def routes_compiled_once() -> Iterator[None]:
    """Meanwhile werkzeug reads a route, and writes its code, once a process, which is most of making a site."""
    compiled: dict[tuple[object, ...], tuple[Rule, list[tuple[str, str, tuple[Any, ...], Any]]]] = {}
    real, real_converter = Rule.compile, Rule.get_converter
    asked: list[tuple[str, str, tuple[Any, ...], Any]] = []

    def get_converter(rule: Rule, *of: Any) -> BaseConverter:
        asked.append(of)
        return real_converter(rule, *of)

    def converter(rule: Rule, of: tuple[str, str, tuple[Any, ...], Any], before: BaseConverter) -> BaseConverter:
        # Those of werkzeug know nothing of a site, and are most of them.
        assert rule.map is not None
        theirs = type(before).__module__ == BaseConverter.__module__ and rule.map.converters[of[1]] is type(before)
        return before if theirs else real_converter(rule, *of)

    def compile_rule(rule: Rule) -> None:
        assert rule.map is not None
        domain = rule.host if rule.map.host_matching else rule.subdomain
        key = (rule.rule, domain, rule.merge_slashes, repr(rule.defaults))
        if key in compiled:
            before, converters = compiled[key]
            fresh = {of[0]: converter(rule, of, before._converters[of[0]]) for of in converters}
            if all(_reads_as(one, before._converters[name]) for name, one in fresh.items()):
                rule._parts, rule._trace, rule._converters = list(before._parts), list(before._trace), fresh
                rule.arguments |= fresh.keys()
                rule._build = before._build.__func__.__get__(rule)  # type: ignore[attr-defined] # a method
                rule._build_unknown = before._build_unknown.__func__.__get__(rule)  # type: ignore[attr-defined]
                return
        asked.clear()
        real(rule)
        compiled[key] = rule, list(asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "get_converter", get_converter)
        patch.setattr(Rule, "compile", compile_rule)
        yield


def _reads_as(one: BaseConverter, other: BaseConverter) -> bool:
    """Whether two converters, which may be of different sites, take the same parts of an address."""
    return one is other or (one.regex, one.weight, one.part_isolating) == (
        other.regex,
        other.weight,
        other.part_isolating,
    )


def _print(folder: Path) -> _Print:
    files = [folder / "course.pot", *sorted((folder / "translations").glob("*.po"))]
    states = [(str(file), file.stat()) for file in files if file.exists()]
    return (*loader.content_stamps(folder), *((name, state.st_mtime_ns, state.st_size) for name, state in states))
