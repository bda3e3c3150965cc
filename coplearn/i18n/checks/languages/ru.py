"""Russian."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from coplearn.i18n.checks.base import Hit, PairCheck, PatternCheck, Subject
from coplearn.i18n.checks.reading import Reading
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

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
        """Inner „…“ inside «…» are right."""
        return None if "„" in target.raw else super().hit(source, target, subject)


class RuGuillemets(PairCheck):
    """One that is opened is closed."""

    id = "ru-guillemets"
    severity = "W"
    message = N_("A « or » has no partner.")
    languages: ClassVar = _RU

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
        """As many opened as closed."""
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

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
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

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
        """Both ways within one text."""
        return Hit() if "ё" in target.raw and self.without.search(target.raw) else None
