"""The subject of a check, its findings, and the kinds of checks there are."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Final, Literal

from coplearn.i18n.checks.reading import CheckedText
from coplearn.i18n.glossary import Glossary
from coplearn.kernel.text import Phrase

Severity = Literal["E", "W", "I"]
Kind = Literal["interface", "course"]

EVERY_LANGUAGE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One translated message. ``forms`` holds one text, or one for each plural form; empty ones are not begun.

    ``source`` is the text that was really translated (for a stale message: the old one). ``locale`` is a code of the
    registry and ``nplurals`` its number of plural forms (0: not known, so not checked). Course texts are Markdown,
    texts of the interface are plain. ``max_length`` counts characters, wide ones twice. ``thousands`` is the sign that the
    registry has for the language between groups of three digits (empty: not known, so not checked).
    A text that is ``read_twice`` goes live only after a second reading; the author marks some of those ``critical``.
    """

    source: str
    forms: tuple[str, ...]
    locale: str
    plural: str = ""
    nplurals: int = 0
    context: str = ""
    kind: Kind = "course"
    critical: bool = False
    read_twice: bool = False
    max_length: int | None = None
    glossary: Glossary | None = None
    thousands: str = ""

    @property
    def facet(self) -> str:
        """The last part of a course message's context (``title``, ``alt``, ``stem`` …); empty for a block of prose."""
        return self.context.rpartition("#")[2].rpartition(".")[2] if "#" in self.context else ""

    @property
    def sources(self) -> tuple[str, ...]:
        """The texts that a form may be a translation of: a plural form of the singular or of the plural."""
        return (self.source, self.plural) if self.plural else (self.source,)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that a message does not pass.

    ``form`` is the plural form (0 for the only one), ``span`` where in it (start, end), ``fix`` a new text of that
    form that can be taken without a second look. A dismissable one may be set aside with a reason.
    """

    check: str
    severity: Severity
    phrase: Phrase
    form: int = 0
    span: tuple[int, int] | None = None
    fix: str | None = None
    dismissable: bool = True

    @property
    def words(self) -> str:
        """The sentence in English with its values, for the command line."""
        text = self.phrase.text
        for name, value in self.phrase.params.items():
            text = text.replace(f"%({name})s", str(value))
        return text


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where a text breaks a rule, before the rule's own words are put to it.

    ``blocks`` says which translations it keeps from learners if the rule ``blocks_when_critical``: none, those of critical
    texts, or those of all that are read twice.
    """

    span: tuple[int, int] | None = None
    fix: str | None = None
    params: dict[str, object] = field(default_factory=dict)
    blocks: Literal["none", "critical", "read-twice"] = "critical"


class Check(ABC):
    """One rule. ``E`` keeps a text from learners (they see the source), ``W`` asks to look again, ``I`` is a hint.

    Subclasses set ``id``, ``severity`` and ``message`` (a msgid whose ``%(name)s`` places the hits fill).
    ``languages`` are the first parts of the locale codes a rule is for; empty means all. A rule that always offers a
    new text has ``fixes``. ``blocks_when_critical`` makes a warning an error where a text may hurt.
    """

    id: ClassVar[str]
    severity: ClassVar[Severity]
    message: ClassVar[str]
    dismissable: ClassVar[bool] = True
    fixes: ClassVar[bool] = False
    is_automatic: ClassVar[bool] = False
    blocks_when_critical: ClassVar[bool] = False
    languages: ClassVar[frozenset[str]] = EVERY_LANGUAGE
    kinds: ClassVar[frozenset[str]] = frozenset({"interface", "course"})

    @abstractmethod
    def findings(self, subject: Subject) -> Iterator[Finding]:
        """The findings of this rule in the message: one for each form at most."""

    def finding_of(self, hit: Hit, subject: Subject, form: int = 0) -> Finding:
        """The hit in the rule's own words."""
        blocks = (subject.critical and hit.blocks != "none") or (subject.read_twice and hit.blocks == "read-twice")
        return Finding(
            self.id,
            "E" if blocks and self.blocks_when_critical else self.severity,
            Phrase(self.message, hit.params),
            form,
            hit.span,
            hit.fix,
            self.dismissable,
        )

    def may_block(self, *, critical: bool) -> bool:
        """Whether a finding of this rule can be an error."""
        return self.severity == "E" or (critical and self.blocks_when_critical)


class PairCheck(Check):
    """A rule that compares one text with its source; a plural form passes when it fits the singular or the plural."""

    @abstractmethod
    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The place where ``target`` breaks the rule as a translation of ``source``; None when it does not."""

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """One finding for each form that fits none of the sources."""
        for number, form in enumerate(subject.forms):
            if not form:
                continue
            target = read(form, subject.kind)
            hit: Hit | None = None
            for source in subject.sources:
                hit = self.hit(read(source, subject.kind), target, subject)
                if hit is None:
                    break
            if hit is not None:
                yield self.finding_of(hit, subject, number)


Repair = str | Callable[[re.Match[str]], str]


class PatternCheck(PairCheck):
    """A rule about signs that should not stand so: ``pattern`` finds them outside code, links and places.

    With a ``repair`` the finding carries the text with all of them mended.
    """

    pattern: ClassVar[re.Pattern[str]]
    repair: ClassVar[Repair | None] = None
    fixes: ClassVar[bool] = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The first such sign, and the text without any."""
        found = self.pattern.search(target.masked)
        if found is None:
            return None
        return Hit(found.span(), self._mended(target) if self.fixes else None)

    def _mended(self, target: CheckedText) -> str | None:
        # Mending one sign may bring another together; a text that is not clean after three rounds is left to a person.
        text = target
        for _ in range(3):
            text = CheckedText(text.mended(self.pattern, self.repair), is_markdown=target.is_markdown)
            if not self.pattern.search(text.masked):
                return text.raw
        return None


@lru_cache(maxsize=16384)
def read(text: str, kind: Kind) -> CheckedText:
    """The text with what the rules ask of it, each worked out once."""
    return CheckedText(text, is_markdown=kind == "course")


def first_span(text: str, parts: Sequence[str]) -> tuple[int, int] | None:
    """The span of the first of ``parts`` in ``text``."""
    for part in parts:
        at = text.find(part)
        if part and at >= 0:
            return at, at + len(part)
    return None
