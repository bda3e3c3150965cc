"""The gate: what keeps a translation from learners, asked here by every way a text can come to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from coplearn.i18n.checks.base import Finding, Subject
from coplearn.i18n.checks.quiz import Group, HalfTranslated, answer_facets, group_findings
from coplearn.i18n.checks.registry import findings, is_blocked
from coplearn.i18n.files import write_whole
from coplearn.i18n.glossary import Glossaries, Glossary

Held = Mapping[str, tuple[str, ...]]
"""The texts that are kept from learners, by what they are known by in their catalog, and the ids of the checks that do it."""
UNREAD: Final = "second-reading"
"""What stands in :data:`Held` for a text that nothing is wrong with, but that nobody has read a second time yet."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that would be shown, and the question it is one of the texts of, if any."""

    subject: Subject
    group: str | None = None


def refusals(texts: Mapping[str, Candidate]) -> dict[str, tuple[Finding, ...]]:
    """The errors of each text that has any, by its name in ``texts``; of no others.

    The texts of a question are judged together as well, so all that would be shown of it have to be among ``texts``. That
    some are still missing keeps the question in the source's language, and is no fault of the others.
    """
    found = {name: list(_errors(one.subject)) for name, one in texts.items() if any(one.subject.forms)}
    groups: dict[str, dict[str, str]] = {}
    for name, one in texts.items():
        if one.group is not None and any(one.subject.forms):
            groups.setdefault(one.group, {})[one.subject.context] = name
    for names in groups.values():
        whole = Group(tuple(texts[name].subject for name in names.values()))
        for context, finding in group_findings(whole):
            if finding.severity == "E" and finding.check != HalfTranslated.id:
                found[names[context]].append(finding)
    return {name: tuple(errors) for name, errors in found.items() if errors}


@lru_cache(maxsize=8192)
def _errors(subject: Subject) -> tuple[Finding, ...]:
    """Most texts pass; only of those that do not is every check asked."""
    if not is_blocked(subject):
        return ()
    return tuple(finding for finding in findings(subject) if finding.severity == "E")


def checks_of(refused: Mapping[str, Iterable[Finding]]) -> dict[str, tuple[str, ...]]:
    """The same as ids of checks."""
    return {name: tuple(dict.fromkeys(one.check for one in errors)) for name, errors in refused.items()}


class Gate:
    """The gate's verdicts on whole catalogs, kept in ``folder`` (None: nowhere), so that a start asks no check again.

    An answer holds for exactly these texts, this glossary and these checks.
    """

    def __init__(self, glossaries: Glossaries, folder: Path | None = None) -> None:
        self._glossaries = glossaries
        self._folder = folder

    def glossary(self, locale: str) -> Glossary | None:
        """The terms that judge texts in that locale's code."""
        return self._glossaries.of(locale)

    def stamp(self, locale: str) -> int:
        """Changes when the language's glossary does."""
        return self._glossaries.stamp(locale)

    def held(self, name: str, locale: str, digest: str, find: Callable[[Glossary | None], Held]) -> Held:
        """The texts kept back of the catalog ``name`` whose texts have that digest; ``find`` asks the checks."""
        key = f"{rules_digest()}.{','.join(answer_facets())}.{self._glossaries.digest(locale)}.{digest}"
        path = self._folder / f"{name}.{locale}.json" if self._folder is not None else None
        kept = _read(path, key) if path is not None else None
        if kept is not None:
            return kept
        found = find(self.glossary(locale))
        if path is not None:
            _write(path, key, found)
        return found


@cache
def rules_digest() -> str:
    """The digest of the code that judges: another version may judge otherwise."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _read(path: Path, key: str) -> Held | None:
    try:
        kept = json.loads(path.read_bytes())
        return {name: tuple(checks) for name, checks in kept["held"].items()} if kept["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(path: Path, key: str, held: Held) -> None:
    try:
        write_whole(path, json.dumps({"key": key, "held": held}).encode())
    except OSError:
        return  # a folder that cannot be written costs time at the next start, and nothing else
