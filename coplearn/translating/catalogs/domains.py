"""The domains as this process finds them: their sources, their files, their names, and bringing them into the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.authoring.problems import Problems
from coplearn.courses.catalogs import catalog_path, update
from coplearn.courses.course import Course
from coplearn.courses.texts import state_of
from coplearn.i18n import po
from coplearn.i18n.catalogs import Interface
from coplearn.i18n.files import file_stamp
from coplearn.i18n.gate import UNREAD
from coplearn.i18n.locales import Locale
from coplearn.i18n.second_readings import FILE, SecondReading, kinds_by_sha, read_readings, readings_path, text_sha
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_
from coplearn.settings import Reader
from coplearn.site import site
from coplearn.storage.database import current_engine, current_session, reading
from coplearn.translating.catalogs.languages import begin_interface
from coplearn.translating.catalogs.sync import open_catalog
from coplearn.translating.store import catalog_store, progress, rules
from coplearn.translating.store.progress import Progress
from coplearn.translating.store.second_readings import carry_over
from coplearn.web.render import page_locale, say


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """A catalog's file and what it is a catalog of."""

    domain: str
    source: Locale
    locale: Locale
    path: Path
    is_copy: bool = False
    """Whether it is written for somebody to take away, and is not the catalog that the site reads."""


_LOCK: Final = threading.Lock()


@dataclass(slots=True)
class SeenFiles:
    """The catalogs' files that this process has seen, by (domain, language) and how the files stood then."""

    opened: dict[tuple[str, str], str] = field(default_factory=dict)
    counted: dict[tuple[str, str], tuple[str, Progress]] = field(default_factory=dict)


def course_of(domain: str) -> Course | None:
    """The course of that id; None for the interface (and for a course that is gone)."""
    return site().library.current().domains.get(domain)


def title_of(domain: str) -> str:
    """The title of a domain, in the page's language."""
    course = course_of(domain)
    if course is None:
        return say(N_("The site itself"))
    return site().library.title(course, page_locale())


def item_title(domain: str, item: str) -> str:
    """The title of an item of a course, in the page's language; its id where the course has none such."""
    course = course_of(domain)
    if course is None or item not in course.items:
        return item
    return site().library.texts(course, page_locale()).get(f"{item}#title").text


def source_of(domain: str) -> Locale:
    """The language the domain is written in."""
    course, locales = course_of(domain), site().locales
    found: Locale = locales.source if course is None else locales.get(course.locale)
    return found


def open_domain(domain: str, locale: Locale) -> None:
    """See that the store has the domain's present messages and that language's catalog.

    It costs nothing when this process has seen to it since the source last changed. Writes in a transaction of its own,
    also on a page that only reads; to be called before the request's own session holds a lock.
    """
    stamp = f"{_stamp(domain)} {file_stamp(catalog_file(domain, locale).with_name(FILE))}"
    opened = site().seen_files.opened
    if opened.get((domain, locale.code)) == stamp:
        return
    with _LOCK:
        if opened.get((domain, locale.code)) != stamp:
            open_catalog(
                current_engine(current_app),
                domain,
                sources_in(domain),
                locale,
                lambda: entries_in_file(domain, locale),
                utcnow(),
                records_of(domain),
                dict(current_session(current_app).info),
            )
            opened[domain, locale.code] = stamp


def _interface() -> Interface:
    settings = site().settings
    return Interface(settings.home, settings.own_translations)


def _stamp(domain: str) -> str:
    course = course_of(domain)
    if course is not None:
        return course.digest
    return str(file_stamp(_interface().template_path))


def sources_in(domain: str) -> list[rules.SourceMessage]:
    """The domain's messages as its source has them now, in reading order."""
    course = course_of(domain)
    if course is not None:
        return rules.sources_of_course(course)
    file = po.read_po(_interface().template_path).file
    return rules.sources_of_interface(po.templates_in(file)) if file is not None else []


def entries_in_file(domain: str, locale: Locale) -> Mapping[str, rules.FileEntry]:
    """The texts that files show, by key: a course's own catalog with the site's over it; of the interface the one there is."""
    course = course_of(domain)
    if course is None:
        return _entries(_interface().path(locale), locale, domain)
    found = dict(_entries(catalog_path(course.folder, locale.code), locale, domain))
    over = _folder_of(course, locale)
    if over != course.folder:
        now = {source.key: source.text for source in sources_in(domain)}
        for key, entry in _entries(catalog_path(over, locale.code), locale, domain).items():
            own, source = found.get(key), now.get(key)
            if own is None or entry.based_on == source or own.based_on != source:
                found[key] = entry
    return found


def _entries(path: Path, locale: Locale, domain: str) -> Mapping[str, rules.FileEntry]:
    read = po.read_po(path, locale, by_context=domain != po.INTERFACE)
    return rules.entries_of(read.file, domain) if read.file is not None else {}


def _folder_of(course: Course, locale: Locale) -> Path:
    """The file of this site's catalog of the course: with the course, or in the instance folder where the course's folder
    is not the site's to write in, or the language is one that the site added."""
    settings = site().settings
    is_ours = any(course.folder.is_relative_to(folder) for folder in settings.course_folders)
    return course.folder if is_ours and not locale.is_own else settings.own_catalogs / course.id


def catalog_file(domain: str, locale: Locale) -> Path:
    """The file of the domain's catalog in that language: of a course from a wheel, and of a language that the site added,
    in the instance folder. The next release would write over the product's own."""
    course = course_of(domain)
    if course is None:
        return _interface().path(locale)
    return catalog_path(_folder_of(course, locale), locale.code)


def shown_path(path: Path) -> str:
    """A file's place as people are told it: from the installation's folder on where it is in there."""
    settings = site().settings
    return path.relative_to(settings.home).as_posix() if path.is_relative_to(settings.home) else str(path)


def records_of(domain: str) -> list[SecondReading]:
    """The records of second readings beside the domain's catalogs, those of this site last."""
    course = course_of(domain)
    if course is None:
        paths = [readings_path(_interface().path(locale)) for locale in site().locales]
    else:
        folders = (course.folder, site().settings.own_catalogs / course.id)
        paths = [folder / "translations" / FILE for folder in folders]
    return [record for path in paths for record in read_readings(path)]


def amounts_in_file(domain: str, locale: Locale) -> Progress:
    """The states of a domain's messages in a language by its files, counted once for each state of them."""
    stamp = f"{_stamp(domain)} {file_stamp(catalog_file(domain, locale))} {len(records_of(domain))}"
    amounts = site().seen_files.counted
    if amounts.get((domain, locale.code), ("",))[0] != stamp:
        counted = progress.of_files(sources_in(domain), entries_in_file(domain, locale), read_in_files(domain, locale))
        whole = next((one.messages for one in counted if one.kind == "all"), Progress(0, 0, 0, 0))
        amounts[domain, locale.code] = (stamp, whole)
    return amounts[domain, locale.code][1]


def made_records(
    wanted: Sequence[str], domain: str, locale: Locale, reading: Callable[..., SecondReading]
) -> tuple[list[SecondReading], list[str]]:
    """A record of each text of the catalog's file that is named by its context (of the interface by its sentence), and the
    names of no finished text. ``reading`` makes one of a ``context`` and a ``sha``."""
    by_name: dict[str, list[rules.FileEntry]] = {}
    for entry in entries_in_file(domain, locale).values():
        if not entry.obsolete and not entry.fuzzy and rules.has_text(entry.forms):
            by_name.setdefault(entry.text if domain == po.INTERFACE else entry.context, []).append(entry)
    made = [
        reading(context=entry.context, sha=text_sha(entry.context, entry.based_on, entry.forms))
        for one in wanted
        for entry in by_name.get(one, ())
    ]
    return made, [one for one in wanted if one not in by_name]


def read_in_files(domain: str, locale: Locale) -> Mapping[str, Reader]:
    """The kind of second reader of each of the language's texts, by what records name it by."""
    return kinds_by_sha(records_of(domain), locale.code)


def unread_counts(session: Session, domain: str, locale: Locale) -> tuple[int, int]:
    """The numbers of texts that wait for a second reading, and of those that learners see without one."""
    try:
        if catalog_store.is_adopted(session, domain, locale.code):
            return catalog_store.unread_counts(session, domain, locale.code)
    except SQLAlchemyError:
        session.rollback()  # no database here: a translator's own copy of the files
    course = course_of(domain)
    catalog = course.catalogs.get(locale.code) if course is not None else None
    if course is None or catalog is None:
        return 0, 0
    waiting = [context for context, checks in (catalog.held or {}).items() if UNREAD in checks]
    readers = catalog_store.readers_of(session)
    live = [
        message
        for message in course.messages
        if message.needs_second_reading
        and state_of(message, catalog) != "missing"
        and catalog.read.get(message.context) not in readers
    ]
    return len(waiting), len(live)


def ask_for_readings() -> int | None:
    """Let texts that may hurt go live after a second reading; what files show today stays. None when it is so already."""
    session = current_session(current_app)
    with reading(session):
        if catalog_store.is_asked(session.connection()):
            return None
    readers = catalog_store.readers_of(session)
    texts: dict[tuple[str, str], set[str]] = {}
    for course in site().library.current().domains.values():
        for code, catalog in course.catalogs.items():
            if site().locales.get(code).is_draft:
                continue  # it came as a draft: nobody was shown it before
            texts[course.id, code] = {
                text_sha(message.context, entry.based_on, (entry.text,))
                for message in course.messages
                if message.needs_second_reading
                and (entry := catalog.entries.get(message.context)) is not None
                and entry.text
                and catalog.read.get(message.context) not in readers
            }
    return carry_over(session, texts, utcnow())


def held_lines() -> list[str]:
    """A line for each catalog of which a check keeps texts from learners, and where to read why."""
    catalogs, chosen = site().catalogs, [locale for locale in site().locales if locale.status != "test"]
    found = [(po.INTERFACE, locale.code, len(catalogs.held(locale))) for locale in chosen]
    for course in site().library.current().domains.values():
        for code, catalog in course.catalogs.items():
            found.append((course.id, code, sum(UNREAD not in checks for checks in (catalog.held or {}).values())))
    return [
        f"{domain}: {count} texts in {code} have an error, so the source is shown instead: coplearn i18n check {code}"
        for domain, code, count in found
        if count
    ]


def names_for(locale: Locale) -> list[str]:
    """Every domain that is translated into that language: the interface, and the courses written in another one."""
    courses = site().library.current().domains.values()
    return [po.INTERFACE, *(course.id for course in courses if course.locale != locale.code)]


def target_of(domain: str, locale: Locale) -> CatalogFile:
    """The catalog as the exporter knows it."""
    return CatalogFile(domain, source_of(domain), locale, catalog_file(domain, locale))


def begin_catalogs(locale: Locale) -> list[Path]:
    """Make the empty catalogs of a new language; those that were made."""
    interface = _interface()
    made = [interface.path(locale)] if begin_interface(interface, locale) else []
    for course in site().library.current().domains.values():
        folder = _folder_of(course, locale)
        path = catalog_path(folder, locale.code)
        try:
            if course.locale != locale.code and not path.exists() and update(course, locale, Problems(), folder):
                made.append(path)
        except OSError:
            continue  # a folder of courses that cannot be written: the texts live in the store alone
    return made
