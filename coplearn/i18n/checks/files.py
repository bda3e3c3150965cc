"""The checks of a whole catalog: each message, each question, and what only all of it together shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polib

from coplearn.i18n import po
from coplearn.i18n.checks.across import one_for_two
from coplearn.i18n.checks.base import Finding, Kind, Severity, Subject
from coplearn.i18n.checks.quiz import Group, group_findings
from coplearn.i18n.checks.registry import findings
from coplearn.i18n.glossary import Glossary
from coplearn.i18n.locales import Locale, Locales
from coplearn.kernel.text import N_, Phrase

FILE_CHECKS: Final[dict[str, tuple[Severity, str]]] = {
    "unknown-message": (
        "W",
        N_("The source has no such message any more. Run coplearn i18n update, which keeps it aside."),
    ),
    "missing-messages": ("W", N_("%(count)s messages of the source are not in the catalog. Run coplearn i18n update.")),
    "coverage": ("I", N_("%(percent)s per cent of the messages are translated.")),
    "inconsistent": ("W", N_("The same source is translated in another way elsewhere: %(other)s.")),
    "locale-folder": ("E", N_("No language of the registry has this code: %(code)s.")),
}
"""Severity and words of the rules for files, by id; the faults of reading one are :mod:`coplearn.i18n.po`'s."""
_LONG: Final = 4


@dataclass(frozen=True, slots=True)
class About:
    """Facts that a catalog does not hold: what the author marked, how much room there is, which question it is of."""

    critical: bool = False
    max_length: int | None = None
    group: str | None = None
    is_correct: bool = False
    read_twice: bool = False


@dataclass(frozen=True, slots=True)
class Located:
    """A finding with the line of its entry (0: the file as a whole) and the entry's context or text."""

    line: int
    message: str
    finding: Finding


def subject_of(
    entry: polib.POEntry, locale: Locale, kind: Kind, about: About | None = None, glossary: Glossary | None = None
) -> Subject:
    """The subject of the checks for an entry. A course's stale entry is compared with the text it was made from."""
    about = about or About()
    forms = [entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural)]
    return Subject(
        source=po.based_on(entry),
        forms=tuple(forms) if entry.msgid_plural else (entry.msgstr,),
        locale=locale.code,
        plural=entry.msgid_plural or "",
        nplurals=locale.nplurals,
        context=entry.msgctxt or "",
        kind=kind,
        critical=about.critical,
        read_twice=about.read_twice,
        max_length=about.max_length or _longest_allowed(entry.flags),
        glossary=glossary,
        thousands=locale.thousands,
    )


def _longest_allowed(flags: Iterable[str]) -> int | None:
    for flag in flags:
        name, _, value = flag.partition(":")
        if name == "max-length" and value.isdecimal():
            return int(value)
    return None


def catalog_findings(
    file: polib.POFile,
    locale: Locale,
    kind: Kind,
    about: Mapping[str, About] | None = None,
    glossary: Glossary | None = None,
) -> list[Located]:
    """Every finding of every living entry, then those of questions and of the whole; ``about`` goes by context."""
    about = about or {}
    entries = [entry for entry in file if not entry.obsolete]
    lines = {entry.msgctxt or entry.msgid: entry.linenum or 0 for entry in entries}
    subjects = [subject_of(entry, locale, kind, about.get(entry.msgctxt or ""), glossary) for entry in entries]
    found = [
        Located(entry.linenum or 0, entry.msgctxt or entry.msgid, finding)
        for entry, subject in zip(entries, subjects, strict=True)
        for finding in findings(subject)
    ]
    for group in _groups(subjects, about):
        found += [Located(lines.get(context, 0), context, finding) for context, finding in group_findings(group)]
    found += [Located(line, message, finding) for line, message, finding in one_for_two(entries, kind)]
    return found + _inconsistent(entries)


def _groups(subjects: Sequence[Subject], about: Mapping[str, About]) -> list[Group]:
    texts: dict[str, list[Subject]] = {}
    for subject in subjects:
        one = about.get(subject.context)
        if one is not None and one.group is not None:
            texts.setdefault(one.group, []).append(subject)
    correct = frozenset(context for context, one in about.items() if one.is_correct)
    return [Group(tuple(group), correct) for group in texts.values()]


def _inconsistent(entries: Sequence[polib.POEntry]) -> list[Located]:
    """The same sentence in other words. Short texts are left alone: a label may change with its place."""
    first: dict[str, str] = {}
    found: list[Located] = []
    for entry in entries:
        if not entry.msgstr or entry.fuzzy or len(entry.msgid.split()) < _LONG:
            continue
        known = first.setdefault(entry.msgid, entry.msgstr)
        if known != entry.msgstr:
            finding = _of_file("inconsistent", other=known)
            found.append(Located(entry.linenum or 0, entry.msgctxt or entry.msgid, finding))
    return found


def template_findings(file: polib.POFile, templates: Sequence[po.Template], *, by_context: bool) -> list[Located]:
    """Living entries the source does not have, how many of its messages are not there, and how far the catalog is."""
    key = po.key_by_context if by_context else po.key_by_text
    known = {key(template) for template in templates}
    entries = {key(entry): entry for entry in file if not entry.obsolete}
    found = [
        Located(entry.linenum or 0, entry.msgctxt or entry.msgid, _of_file("unknown-message"))
        for name, entry in entries.items()
        if name not in known
    ]
    if missing := len(known - set(entries)):
        found.append(Located(0, "", _of_file("missing-messages", count=missing)))
    done = sum(
        name in known and not entry.fuzzy and bool(entry.msgstr or any(entry.msgstr_plural.values()))
        for name, entry in entries.items()
    )
    if known and done < len(known):
        found.append(Located(0, "", _of_file("coverage", percent=done * 100 // len(known))))
    return found


def folder_findings(translations: Path, locales: Locales) -> list[tuple[Path, Finding]]:
    """Catalogs of the interface under a code that the registry spells otherwise, or does not know."""
    return [
        (path, _of_file("locale-folder", code=path.name))
        for path in sorted(translations.iterdir())
        if (path / "LC_MESSAGES").is_dir() and path.name not in locales
    ]


def _of_file(check: str, **params: object) -> Finding:
    severity, message = FILE_CHECKS[check]
    return Finding(check, severity, Phrase(message, params), dismissable=severity != "E")
