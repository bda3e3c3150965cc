"""Mending what needs no second look: the spaces that a language's typography asks for, wherever a text is kept."""

from __future__ import annotations

from pathlib import Path

import polib

from coplearn.i18n import po
from coplearn.i18n.checks.base import Kind, Subject
from coplearn.i18n.checks.registry import automatic_checks
from coplearn.i18n.second_readings import follow_readings, readings_path, text_sha


def mended(text: str, locale: str, kind: Kind) -> str:
    """The text with what the automatic checks of that language would mend; nothing that can be read changes."""
    for check in automatic_checks(locale, kind):
        subject = Subject(source="", forms=(text,), locale=locale, kind=kind)
        for finding in check.findings(subject):
            text = finding.fix if finding.fix is not None else text
    return text


def mend_file(file: polib.POFile, locale: str, kind: Kind) -> dict[str, str]:
    """Mend every text of a catalog in place; gives the new hash of each text that changed by its old one."""
    moved: dict[str, str] = {}
    for entry in file:
        old = _forms(entry)
        new = tuple(mended(form, locale, kind) for form in old)
        if new == old:
            continue
        context, source = entry.msgctxt or "", po.based_on(entry)
        moved[text_sha(context, source, old)] = text_sha(context, source, new)
        if entry.msgid_plural:
            entry.msgstr_plural = dict(zip(sorted(entry.msgstr_plural), new, strict=True))
        else:
            entry.msgstr = new[0]
    return moved


def write_mended(file: polib.POFile, path: Path, locale: str, kind: Kind) -> bool:
    """Write a catalog with its texts mended; what was read a second time stays read. False when nothing changed."""
    moved = mend_file(file, locale, kind)
    changed = po.write_po(file, path)
    if moved:
        follow_readings(readings_path(path), locale, moved)
    return changed


def _forms(entry: polib.POEntry) -> tuple[str, ...]:
    if entry.msgid_plural:
        return tuple(entry.msgstr_plural[number] for number in sorted(entry.msgstr_plural))
    return (entry.msgstr,)
