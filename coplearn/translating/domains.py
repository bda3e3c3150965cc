"""The domains as this process finds them: their sources, their files, their names, and bringing them into the store."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from coplearn.courses.catalogs import catalog_path, update
from coplearn.courses.course import Course
from coplearn.courses.problems import Problems
from coplearn.courses.shelf import Shelf
from coplearn.i18n import po
from coplearn.i18n.catalogs import Interface
from coplearn.i18n.locales import LiveLocales, Locale
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.settings import Settings
from coplearn.storage.database import Database, current_session, reading
from coplearn.translating import rules
from coplearn.translating.exporting import Target
from coplearn.translating.intake import open_catalog
from coplearn.translating.languages import begin_interface
from coplearn.translating.waiting import waiting
from coplearn.web.render import page_locale, say

_OPENED: Final = "translating-opened"
_LOCK: Final = threading.Lock()


def course_of(domain: str) -> Course | None:
    """The course of that id; None for the interface (and for a course that is gone)."""
    shelf: Shelf = current_app.extensions["shelf"]
    return shelf.current().courses.get(domain)


def title_of(domain: str) -> str:
    """What a domain is called, in the page's language."""
    course = course_of(domain)
    if course is None:
        return say(N_("The site itself"))
    shelf: Shelf = current_app.extensions["shelf"]
    return shelf.texts(course, page_locale()).get("course#title").text


def source_of(domain: str) -> Locale:
    """The language the domain is written in."""
    course, locales = course_of(domain), current_app.extensions["locales"]
    found: Locale = locales.source if course is None else locales.get(course.locale)
    return found


def open_domain(domain: str, locale: Locale) -> None:
    """See that the store has the domain's present messages and that language's catalog.

    It costs nothing when this process has seen to it since the source last changed. Writes in a transaction of its own,
    also on a page that only reads; to be called before the request's own session holds a lock.
    """
    stamp = _stamp(domain)
    opened: dict[tuple[str, str], str] = current_app.extensions.setdefault(_OPENED, {})
    if opened.get((domain, locale.code)) == stamp:
        return
    with _LOCK:
        if opened.get((domain, locale.code)) != stamp:
            database: Database = current_app.extensions["sqlalchemy"]
            open_catalog(database.engine, domain, _sources(domain), locale, lambda: _file(domain, locale), utcnow())
            opened[domain, locale.code] = stamp


def _interface() -> Interface:
    settings: Settings = current_app.extensions["settings"]
    return Interface(settings.home, current_app.extensions["locales"])


def _stamp(domain: str) -> str:
    course = course_of(domain)
    if course is not None:
        return course.digest
    try:
        found = _interface().template_path.stat()
    except OSError:
        return ""
    return f"{found.st_mtime_ns}.{found.st_size}"


def _sources(domain: str) -> list[rules.Source]:
    course = course_of(domain)
    if course is not None:
        return rules.sources_of_course(course)
    file = po.read_po(_interface().template_path).file
    if file is None:
        return []
    return rules.sources_of_interface(
        po.Template(
            entry.msgctxt,
            entry.msgid,
            entry.msgid_plural or "",
            tuple(entry.comment.split("\n")) if entry.comment else (),
            tuple(path for path, _ in entry.occurrences),
        )
        for entry in file
        if not entry.obsolete
    )


def _file(domain: str, locale: Locale) -> Mapping[str, rules.FileEntry]:
    course = course_of(domain)
    path: Path = _interface().path(locale) if course is None else catalog_path(course.folder, locale.code)
    read = po.read_po(path, locale, by_context=course is not None)
    return rules.entries_of(read.file, domain) if read.file is not None else {}


def sources_in(domain: str) -> list[rules.Source]:
    """The domain's messages as its source has them now, in reading order."""
    return _sources(domain)


def entries_in_file(domain: str, locale: Locale) -> Mapping[str, rules.FileEntry]:
    """What the catalog's file says, by key; nothing when it is not there or cannot be read."""
    return _file(domain, locale)


def catalog_file(domain: str, locale: Locale) -> Path:
    """Where the domain's catalog in that language is kept."""
    course = course_of(domain)
    return _interface().path(locale) if course is None else catalog_path(course.folder, locale.code)


def names_for(locale: Locale) -> list[str]:
    """Every domain that is translated into that language: the interface, and the courses written in another one."""
    courses = current_app.extensions["shelf"].current().courses.values()
    return [rules.INTERFACE, *(course.id for course in courses if course.locale != locale.code)]


def waiting_lines() -> list[str]:
    """A line for each catalog's file with texts that the database does not have, and what to do; none without a database."""
    locales: LiveLocales = current_app.extensions["locales"]
    settings: Settings = current_app.extensions["settings"]
    chosen = [locale for locale in locales if locale.status != "test"]
    session = current_session(current_app)
    try:
        with reading(session):
            found = waiting(session, [target_of(name, locale) for locale in chosen for name in names_for(locale)])
    except SQLAlchemyError:
        return []
    return [
        f"{os.path.relpath(one.target.path, settings.home)}: {one.texts} texts are not in the database: "
        f"coplearn i18n import {one.target.locale.code} --from-files"
        for one in found
    ]


def target_of(domain: str, locale: Locale) -> Target:
    """The catalog as the exporter knows it."""
    return Target(domain, source_of(domain), locale, catalog_file(domain, locale))


def begin_catalogs(locale: Locale) -> list[Path]:
    """Make the empty catalogs of a new language, where they can be written; those that were made."""
    interface = _interface()
    made = [interface.path(locale)] if begin_interface(interface, locale) else []
    shelf: Shelf = current_app.extensions["shelf"]
    for course in shelf.current().courses.values():
        path = catalog_path(course.folder, locale.code)
        try:
            if course.locale != locale.code and not path.exists() and update(course, locale, Problems()):
                made.append(path)
        except OSError:
            continue  # an installed course: its texts live in the store alone
    return made
