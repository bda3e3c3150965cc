"""A course's own catalogs: its template, the translations beside its text, and how they are brought up to date."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from coplearn.authoring.problems import Place, Problem, Problems, Severity
from coplearn.courses.asked import AskedQuestion
from coplearn.courses.course import Course, Module
from coplearn.courses.plugin import Message
from coplearn.courses.texts import Catalog, CatalogEntry, PackedEntries
from coplearn.i18n import po
from coplearn.i18n.checks.files import About, catalog_findings, template_findings
from coplearn.i18n.glossary import Glossary
from coplearn.i18n.locales import Locale, Locales
from coplearn.i18n.mending import write_mended
from coplearn.i18n.second_readings import FILE, SecondReading, kinds_by_sha, read_readings, text_sha
from coplearn.settings import Reader

_TOLD: Final[Mapping[str, tuple[Severity, str]]] = {
    "E": ("error", "Until then the source is shown."),
    "W": ("warning", "Look at it again."),
    "I": ("hint", "Only a hint."),
}


def templates(messages: Iterable[Message]) -> list[po.Template]:
    """The messages as gettext entries, in their order: the source's reading order."""
    return [
        po.Template(
            context=message.context,
            text=message.text,
            notes=message.notes + (("Critical: a stale translation is not shown.",) if message.critical else ()),
            paths=(message.place.path,),
            flags=(f"max-length:{message.max_length}",) if message.max_length else (),
        )
        for message in messages
    ]


def catalog_path(folder: Path, code: str) -> Path:
    """The file of the translations into the locale ``code`` of the course in ``folder``."""
    return folder / "translations" / f"{code}.po"


def extract(course: Course) -> bool:
    """Write ``course.pot``; False when it was up to date."""
    return po.write_po(po.new_file(templates(course.messages), course.id), course.folder / "course.pot")


def is_template_stale(course: Course) -> bool:
    """Whether ``course.pot`` is not what :func:`extract` would write."""
    read = po.read_po(course.folder / "course.pot", by_context=True)
    return read.file is None or str(read.file) != str(po.new_file(templates(course.messages), course.id))


def update(course: Course, locale: Locale, problems: Problems, folder: Path | None = None) -> bool:
    """Bring ``translations/<code>.po`` up to the source; False when nothing changed or it cannot be read.

    ``folder`` holds ``translations`` where that is not the course's own.
    """
    path = catalog_path(folder or course.folder, locale.code)
    old = None
    if path.exists() or path.is_symlink():
        read = po.read_po(path, by_context=True)
        note(read.faults, _relative(locale.code), problems)
        if read.file is None:
            return False
        old = read.file
    merged = po.merge(old, templates(course.messages), locale, course.id, by_context=True)
    return write_mended(merged, path, locale.code, "course")


def read_catalogs(
    folder: Path, locales: Locales, source: str, problems: Problems, codes: Collection[str] | None = None
) -> dict[str, Catalog]:
    """Every catalog of the course in ``folder`` by locale code. A bad one is a problem and, where it must be, left out.

    With ``codes`` only theirs are read. Faults of catalogs are warnings of the course: a broken translation never takes it down.
    """
    catalogs: dict[str, Catalog] = {}
    records = read_readings(folder / "translations" / FILE)
    try:
        paths = sorted((folder / "translations").glob("*.po"))
    except OSError:
        paths = []
    for path in paths:
        code = path.stem
        if codes is not None and code not in codes:
            continue
        if code not in locales or code == source:
            problems.warning(
                Place(f"translations/{path.name}"),
                "po-locale",
                f"{code!r} is not a language that this course can be translated into.",
                "Use a code of translations/locales.toml.",
            )
            continue
        catalog = read_catalog(folder, locales.get(code), problems)
        if catalog is not None:
            catalogs[code] = replace(catalog, read=_read_twice(catalog, records))
    return catalogs


def _read_twice(catalog: Catalog, records: Sequence[SecondReading]) -> dict[str, Reader]:
    kinds = kinds_by_sha(records, catalog.locale)
    if not kinds:
        return {}
    shas = ((context, text_sha(context, one.based_on, (one.text,))) for context, one in catalog.entries.items())
    return {context: kinds[sha] for context, sha in shas if sha in kinds}


def laid_over(below: Catalog | None, above: Catalog, messages: Iterable[Message]) -> Catalog:
    """A course's own catalog with the site's over it: a text of the site's stands, unless it alone has become old."""
    if below is None:
        return above
    now = {message.context: message.text for message in messages}
    entries, read = dict(below.entries), dict(below.read)
    for context, entry in above.entries.items():
        own = entries.get(context)
        source = now.get(context)
        if own is not None and entry.based_on != source and own.based_on == source:
            continue
        if own != entry:
            read.pop(context, None)
        entries[context] = entry
        if above.read.get(context):
            read[context] = above.read[context]
    return Catalog(above.locale, PackedEntries(entries), f"{below.version}.{above.version}", read=read)


def read_catalog(folder: Path, locale: Locale, problems: Problems) -> Catalog | None:
    """One catalog; None when it cannot be read or says that it is another language's."""
    path = catalog_path(folder, locale.code)
    read = po.read_po(path, locale, by_context=True)
    note(read.faults, _relative(locale.code), problems)
    if read.file is None or any(fault.code == "po-language" for fault in read.faults):
        return None
    entries: dict[str, CatalogEntry] = {}
    twice: set[str] = set()
    for entry in read.file:
        if entry.obsolete or not entry.msgctxt or not entry.msgstr:
            continue
        if entry.msgctxt in entries:
            twice.add(entry.msgctxt)
        # Every language has the same ids, and one of each is enough in memory.
        entries[sys.intern(entry.msgctxt)] = CatalogEntry(entry.msgstr, po.based_on(entry), entry.fuzzy)
    # Of two translations nobody knows which is meant, so neither is shown.
    kept = {context: entry for context, entry in entries.items() if context not in twice}
    return Catalog(locale.code, PackedEntries(kept), version_of(kept))


def version_of(entries: Mapping[str, CatalogEntry]) -> str:
    """A name for exactly these texts."""
    digest = hashlib.sha256()
    for context, entry in entries.items():
        digest.update(repr((context, entry.text, entry.based_on, entry.fuzzy)).encode())
    return digest.hexdigest()[:16]


def _relative(code: str) -> str:
    return f"translations/{code}.po"


def note(faults: Iterable[po.CatalogFault], path: str, problems: Problems) -> None:
    """Note a catalog's faults as problems of the file ``path``."""
    for fault in faults:
        problems.found.append(Problem(Place(path, fault.line), fault.code, fault.what, fault.mend, "warning"))


def about(course: Course) -> dict[str, About]:
    """The course's knowledge of its messages beyond their text, by context."""
    right = {context for item in course.items.values() for context in course.kinds[item.kind].right_contexts(item)}
    right |= {context for module in course.modules for context in _right_before(course, module)}
    return {
        message.context: About(
            message.critical,
            message.max_length,
            message.group,
            message.context in right,
            message.needs_second_reading,
        )
        for message in course.messages
    }


def _right_before(course: Course, module: Module) -> frozenset[str]:
    asked = module.pre_question
    return AskedQuestion(asked, course.id, module.prefix, "").right_contexts() if asked is not None else frozenset()


def check_catalog(
    course: Course,
    locale: Locale,
    problems: Problems,
    glossary: Glossary | None = None,
    folder: Path | None = None,
) -> tuple[int, int]:
    """Note what is wrong with each translation; gives how many messages are missing and how many are stale.

    ``folder`` is that of :func:`update`.
    """
    path = _relative(locale.code)
    read = po.read_po(catalog_path(folder or course.folder, locale.code), locale, by_context=True)
    note(read.faults, path, problems)
    entries = {entry.msgctxt: entry for entry in read.file or () if not entry.obsolete}
    missing = stale = 0
    for message in course.messages:
        entry = entries.get(message.context)
        if entry is None or not entry.msgstr:
            missing += 1
        else:
            stale += entry.fuzzy or entry.msgid != message.text
    if read.file is None:
        return missing, stale
    found = catalog_findings(read.file, locale, "course", about(course), glossary)
    for located in found + template_findings(read.file, templates(course.messages), by_context=True):
        finding, place = located.finding, Place(path, located.line)
        what = f"{located.message}: {finding.words}" if located.message else finding.words
        severity, mend = _TOLD[finding.severity]
        problems.found.append(Problem(place, f"message-{finding.check}", what, mend, severity))
    return missing, stale
