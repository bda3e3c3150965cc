"""The checks of a question as a whole: its texts are shown in one language or not at all."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Finding, Severity, Subject, read
from coplearn.kernel.text import N_, Phrase

_ANSWERS: Final[set[str]] = set()
"""The facets of answers of every kind of question there is, which the kinds themselves name."""
_LETTERS: Final = re.compile(
    r"\b(?:all|none|both) of (?:the|these) (?:above|answers|options)|\b(?:answer|option) [A-F]\b"
    r"|toutes les (?:réponses|options) ci-dessus|aucune des (?:réponses|options)|\b(?:réponse|option) [A-F]\b"
    r"|todas las (?:anteriores|respuestas)|ninguna de las (?:anteriores|respuestas)|\b(?:respuesta|opción) [A-F]\b"
    r"|все (?:перечисленн|вышеперечисленн|варианты)\w*|ничего из (?:перечисленн|вышеперечисленн)\w*|\b(?:ответ|вариант) [A-FА-Е]\b"
    r"|以上(?:都|皆|全)|选项 ?[A-F]|答案 ?[A-F]"
    r"|جميع ما سبق|كل ما سبق|لا شيء مما سبق|բոլոր վերոնշյալ\w*|վերոնշյալներից ոչ",
    re.IGNORECASE,
)
_LONGEST: Final = 2.0


def add_answer_facets(facets: Iterable[str]) -> None:
    """Let the checks know what learners choose among in one more kind of question: ``opt`` stands for ``opt.<id>``, and
    ``pair.left`` for ``pair.<id>.left``."""
    _ANSWERS.update(facets)


def answer_facets() -> tuple[str, ...]:
    """The facets that are known, for whoever keeps what the checks have said."""
    return tuple(sorted(_ANSWERS))


@dataclass(frozen=True, slots=True)
class Group:
    """A question's texts in reading order, by their contexts; ``correct`` are the contexts of right answers, if known."""

    subjects: tuple[Subject, ...]
    correct: frozenset[str] = frozenset()

    def answers(self) -> dict[str, list[Subject]]:
        """The texts a learner chooses among, by kind: options, or the left and the right sides of pairs."""
        found: dict[str, list[Subject]] = {}
        for subject in self.subjects:
            parts = subject.context.rpartition("#")[2].split(".")
            facet = ".".join([*parts[1:2], *parts[3:]])
            if len(parts) > 2 and facet in _ANSWERS:
                found.setdefault(facet, []).append(subject)
        return found


class GroupCheck(ABC):
    """One rule for a question."""

    id: ClassVar[str]
    severity: ClassVar[Severity]
    message: ClassVar[str]
    dismissable: ClassVar[bool] = True
    fixes: ClassVar[bool] = False

    @abstractmethod
    def contexts(self, group: Group) -> Iterator[str]:
        """The contexts of the texts that break the rule."""

    def findings(self, group: Group) -> Iterator[tuple[str, Finding]]:
        """Each text that breaks the rule, by its context."""
        for context in self.contexts(group):
            yield context, Finding(self.id, self.severity, Phrase(self.message), dismissable=self.dismissable)


def _text(subject: Subject) -> str:
    return subject.forms[0] if subject.forms else ""


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())


class OptionsSame(GroupCheck):
    """Two answers that read the same: nobody can choose between them."""

    id = "options-same"
    severity = "E"
    message = N_("Another answer to this question reads the same.")
    dismissable = False

    def contexts(self, group: Group) -> Iterator[str]:
        """Answers that are equal but for case, marks and spaces, where the source's are not."""
        for answers in group.answers().values():
            seen: dict[str, Subject] = {}
            for subject in answers:
                key = _normal(read(_text(subject), "course").plain)
                other = seen.setdefault(key, subject)
                if key and other is not subject and _normal(other.source) != _normal(subject.source):
                    yield subject.context


class OptionEmpty(GroupCheck):
    """An answer without words cannot be chosen."""

    id = "option-empty"
    severity = "E"
    message = N_("This answer has marks but no words.")
    dismissable = False

    def contexts(self, group: Group) -> Iterator[str]:
        """Answers of nothing but marks and spaces."""
        for answers in group.answers().values():
            for subject in answers:
                if _text(subject) and not _normal(read(_text(subject), "course").plain) and _normal(subject.source):
                    yield subject.context


class HalfTranslated(GroupCheck):
    """A question is never shown in two languages, so until its last text is there all of it stays in the source's."""

    id = "half-translated"
    severity = "E"
    message = N_(
        "Other texts of this question are translated and this one is not, so all of it is shown in the source language."
    )
    dismissable = False

    def contexts(self, group: Group) -> Iterator[str]:
        """The empty texts of a question that is begun."""
        if any(_text(subject) for subject in group.subjects):
            yield from (subject.context for subject in group.subjects if not _text(subject))


class LongestAnswer(GroupCheck):
    """Learners guess that the longest answer is the right one."""

    id = "longest-answer"
    severity = "W"
    message = N_("The right answer is more than twice as long as any other: that gives it away.")

    def contexts(self, group: Group) -> Iterator[str]:
        """The right answer, where the source does not give it away as well."""
        for answers in group.answers().values():
            right = [subject for subject in answers if subject.context in group.correct]
            wrong = [subject for subject in answers if subject.context not in group.correct]
            if len(right) != 1 or not wrong or not all(map(_text, answers)):
                continue
            is_long = len(_text(right[0])) > _LONGEST * max(len(_text(subject)) for subject in wrong)
            if is_long and len(right[0].source) <= _LONGEST * max(len(subject.source) for subject in wrong):
                yield right[0].context


class LetterReference(GroupCheck):
    """Answers are shuffled, so "all of the above" points anywhere."""

    id = "letter-reference"
    severity = "W"
    message = N_("Answers stand in another order each time, so a text cannot speak of the one above or of answer B.")

    def contexts(self, group: Group) -> Iterator[str]:
        """Any text of the question that does so and whose source does not."""
        for subject in group.subjects:
            if _LETTERS.search(_text(subject)) and not _LETTERS.search(subject.source):
                yield subject.context


GROUP_CHECKS: Final[tuple[GroupCheck, ...]] = (
    OptionsSame(),
    OptionEmpty(),
    HalfTranslated(),
    LongestAnswer(),
    LetterReference(),
)


def group_findings(group: Group) -> list[tuple[str, Finding]]:
    """Every check that the question does not pass, with the context of the text it is about."""
    return [found for check in GROUP_CHECKS for found in check.findings(group)]
