"""Russian."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from coplearn.i18n import hazards
from coplearn.i18n.checks.base import Check, Finding, Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_RU: Final = frozenset({"ru"})
_FORMAL: Final = re.compile(
    r"(?<![.!?:…»\"*] )(?<!\w)(?<!^)(?<!\n)(?:Вы|Вас|Вам|Вами|Ваш(?:а|е|и|его|ему|их|им|ей)?)(?!\w)"
)
_PLAIN: Final = re.compile(r"(?<!\w)(?:вы|вас|вам|вами|ваш(?:а|е|и|его|ему|их|им|ей)?)(?!\w)")


class RuQuotes(PatternCheck):
    """Russian has marks of its own."""

    id = "ru-quotes"
    severity = "W"
    message = N_("Round Russian words, write « and ».")
    languages: ClassVar = _RU
    fixes = True
    pattern = re.compile(r"[\"“]([А-Яа-яЁё][^\"“”«»\n]{0,400})[\"”]")
    repair = r"«\1»"

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Inner „…“ inside «…» are right."""
        return None if "„" in target.raw else super().hit(source, target, subject)


class RuGuillemets(PairCheck):
    """One that is opened is closed."""

    id = "ru-guillemets"
    severity = "W"
    message = N_("A « or » has no partner.")
    languages: ClassVar = _RU

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same number of opening and closing marks."""
        return Hit() if target.raw.count("«") != target.raw.count("»") else None


class RuDash(PatternCheck):
    """A hyphen between words is a dash."""

    id = "ru-dash"
    severity = "W"
    message = N_("Between words, write a dash (—), not a hyphen.")
    languages: ClassVar = _RU
    fixes = True
    pattern = re.compile(r"(?<=[\w»)”*,.])[ \u00a0]-(?= )")
    repair = "\u00a0—"


class RuAddress(PairCheck):
    """«вы» or «Вы»: but one way."""

    id = "ru-address"
    severity = "W"
    message = N_("The reader is addressed with a small and with a capital letter (вы, Вы).")
    languages: ClassVar = _RU

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A capital inside a sentence beside small ones."""
        return Hit() if _FORMAL.search(target.plain) and _PLAIN.search(target.plain) else None


class RuYo(PairCheck):
    """«ё» in some words and not in others."""

    id = "ru-yo"
    severity = "I"
    message = N_("Some words are written with ё, and others that need it are not.")
    languages: ClassVar = _RU
    without: ClassVar = re.compile(
        r"(?<!\w)(?:еще|ее|свое|мое|твое|ребенок|ребенка|идет|дает|зовет|пришел|нашел)(?!\w)", re.IGNORECASE
    )

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Both ways within one text."""
        return Hit() if "ё" in target.raw and self.without.search(target.raw) else None


class RuFormOne(Check):
    """The first form is said of 21 and 101 as well as of 1."""

    id = "ru-form-one"
    severity = "W"
    message = N_(
        "The first form is shown for 21, 31 and 101 too: keep the number in it, and no word that means only one."
    )
    languages: ClassVar = frozenset({"ru", "uk", "be", "sr", "hr", "bs"})
    one: ClassVar = re.compile(
        r"(?<!\w)(?:один|одна|одно|одну|одного|одной|одному|одним|оба|обе|обеих|обоих|единственн\w+|его|ее|её|ему|ей|нее|неё|него|нему|ней)(?!\w)",
        re.IGNORECASE,
    )

    def findings(self, subject: Subject) -> Iterator[Finding]:
        """A number that the other forms have, or a word that is wrong of twenty-one."""
        if not subject.plural or len(subject.forms) < 3 or not all(subject.forms):
            return
        first, *others = subject.forms
        kept = set.intersection(*(set(hazards.placeholders(form)) for form in others))
        found = self.one.search(first) if subject.locale.startswith("ru") else None
        if found and all(re.search(rf"(?<!\w){found[0]}(?!\w)", form, re.IGNORECASE) for form in others):
            found = None  # said of something else than what is counted
        if found or kept - set(hazards.placeholders(first)):
            yield self.finding_of(Hit(found.span() if found else None), subject)


class RuNoBreak(PairCheck):
    """On a narrow screen a line begins with a dash, or a number loses what it counts."""

    id = "ru-nbsp"
    severity = "W"
    message = N_("Before a dash, after a number, № or §, and after в, к, о, с, у stands a space that does not break.")
    languages: ClassVar = _RU
    fixes = True
    is_automatic = True
    number: ClassVar = re.compile(
        r"%\((?:num|count|number|total|done|days?|hours|minutes|months|left|seats|score|n)\)s"
    )
    """Places that a number is filled in at."""
    space: ClassVar = re.compile(
        r"(?<=\S) (?=—)"
        r"|(?<=\d) (?=[а-яё%‰°€])(?!(?:и|а|в|на|по|из|с|до|или|но|к|о|от|у|не)(?!\w))"
        r"|(?<=[№§]) (?=\d)"
        r"|(?<=(?<!\w)[А-ЯЁ]\.) (?=[А-ЯЁ]\.)|(?<=(?<!\w)[А-ЯЁ]\.[ \u00a0][А-ЯЁ]\.) (?=[А-ЯЁ][а-яё])"
        r"|(?<=(?<!\w)т\.) (?=[едкпо]\.)"
        r"|(?<=(?<![\w-])[вкосуВКОСУ]) (?=[\w«„(*\[\uFFFC])"
    )
    """Before a dash; between a number and what is counted; after №, § and initials; after a preposition of one letter."""

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The first such space, and the text with all of them mended; machine parts are left as they are."""
        if " " not in target.raw:
            return None
        text = target.masked
        for place in self.number.finditer(target.raw):
            text = text[: place.start()] + "0" * len(place[0]) + text[place.end() :]
        found = [match.start() for match in self.space.finditer(text)]
        if not found:
            return None
        signs = list(target.raw)
        for at in found:
            signs[at] = "\u00a0"
        return Hit((found[0], found[0] + 1), "".join(signs))
