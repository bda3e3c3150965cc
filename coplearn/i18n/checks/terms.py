"""The words of the field, and the word "not"."""

from __future__ import annotations

import re
from typing import Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import Reading
from coplearn.kernel.text import N_

_NOT: Final = frozenset(
    {"not", "no", "never", "cannot", "nothing", "nobody", "none", "without", "neither", "nor", "nowhere", "no-one"}
)
_STRONG_NOT: Final = frozenset({"not", "never", "cannot"})
# Words that other languages say with a "not", and the ends of phrases that need none.
_NEARLY_NOT: Final = re.compile(
    r"\b(?:avoid|only|unless|stop|refus|fail|instead|hardly|less|until|before|lack|miss|leav|keep|forbid|ban|except|rather"
    r"|un|in|im|dis|il|ir|non|mis|else|away|alone|free|hid|secret|empty|wrong|yet|still|far|end|forg|ignor|lose|lost|let"
    r"|most|brok|break|stay|other|any|too|just|even|more|than|out|off|few|differ|strange|simpl|quiet|silen|nobod|noth)",
    re.IGNORECASE,
)
_NEGATIONS: Final = {
    "ar": re.compile(
        "(?<!\\w)(?:\u0648|\u0641|\u0623|\u0628|\u0644|\u0643)?(?:\u0644\u0627|\u0644\u0645|\u0644\u0646|\u0644\u064a\u0633\\w*|\u0644\u0633\\w+|\u0628\u0644\u0627|\u0628\u062f\u0648\u0646|\u062f\u0648\u0646|\u063a\u064a\u0631\\w*|\u0639\u062f\u0645|\u0623\u0644\u0627|\u0623\u0644\u0651\u0627|\u0625\u0644\u0627|\u0645\u0627|\u0644\u0623\u0644\u0627|\u0643\u064a\u0644\u0627|\u0644\u0626\u0644\u0627|\u0623\u0644\u0651|\u0644\u0633\u062a|\u0645\u0646\u0639\\w*|\u0627\u0644\u0644\u0627\\w+)(?!\\w)"
    ),
    "es": re.compile(
        r"\b(?:no|nunca|jamás|nada|nadie|ningun\w*|ningún|sin|ni|tampoco|evit\w+|deje\w* de|imposible|in\w+ble)\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\b(?:ne|pas|jamais|rien|personne|aucun\w*|sans|ni|non|nulle|évit\w+|i[mnrl]\w+ble|échou\w+|manqu\w+)\b|\bn['\u2019]",
        re.IGNORECASE,
    ),
    "hy": re.compile(r"\b(?:չ\w+|ոչ\w*|մի|մինչև|առանց|երբեք|անհնար\w*)\b", re.IGNORECASE),
    "ru": re.compile(
        r"\b(?:не|ни|нет|без|нельзя|никогда|никак\w*|никто|никого|никому|никем|ничего|ничто|ничем|ничему|нигде|некому|нечего"
        r"|никуда|невозможно|не\w{3,}|без\w{3,}|бес\w{3,}|ни\w{2,})\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("不|没|未|无|勿|别|非|莫|否|免|禁|避|失|难"),
}
_PLAIN_NEGATIONS: Final = {
    "ar": re.compile("(?<!\\w)(?:\u0648|\u0641)?(?:\u0644\u0627|\u0644\u0645|\u0644\u0646|\u0644\u064a\u0633)(?!\\w)"),
    "es": re.compile(r"\b(?:no|nunca|jamás)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:ne|jamais)\b(?! \w+ que\b)|\bn['\u2019](?!\w+ que\b)", re.IGNORECASE),
    "hy": re.compile(r"\b(?:չեմ|չես|չէ|չենք|չեք|չեն|երբեք)\b", re.IGNORECASE),
    "ru": re.compile(r"\b(?:не|нельзя|никогда)\b", re.IGNORECASE),
    # A verb doubled round a 不 is a question, not a negation.
    "zh": re.compile("(?<!要)不要|(?<!能)不能|(?<!会)不会|(?<!有)没有|切勿|绝不"),
}


class Negation(PairCheck):
    """A lost "not" turns good advice into harm: the worst error in this subject."""

    id = "negation"
    severity = "W"
    blocks_when_critical = True
    message = N_("The source says not or never and the translation does not, or the other way round.")

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
        """A negation in one text and none in the other, nor anything near to one."""
        language = subject.locale.split("_")[0]
        negations = _NEGATIONS.get(language)
        if negations is None:
            return None
        words = source.words
        if not _STRONG_NOT.isdisjoint(words) or _ends_in(words, "n't", "n\u2019t"):
            return None if negations.search(target.plain) else Hit()
        # The quick question first: a translation without a negation needs no look at what comes near to one.
        found = _PLAIN_NEGATIONS[language].search(target.plain)
        if found is None or not _NOT.isdisjoint(words) or _ends_in(words, "less") or _NEARLY_NOT.search(source.plain):
            return None
        return Hit(found.span() if target.plain == target.raw else None)


def _ends_in(words: tuple[str, ...], *ends: str) -> bool:
    return any(word.endswith(ends) for word in words)


class TermMissing(PairCheck):
    """One word for one thing, in every lesson."""

    id = "term"
    severity = "W"
    message = N_("The glossary has a word for \u201c%(term)s\u201d: %(words)s.")

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
        """The first term of the source for which no agreed word stands in the translation."""
        if subject.glossary is None:
            return None
        missing = subject.glossary.missing(source.plain, target.plain)
        if not missing:
            return None
        return Hit(params={"term": missing[0].source, "words": " / ".join(missing[0].targets)})


class TermForbidden(PairCheck):
    """Some words hurt those they speak of, and are not used; a law's title may stand in quotation marks."""

    id = "forbidden-term"
    severity = "E"
    message = N_("Do not use \u201c%(words)s\u201d; the glossary says why, and what to write.")

    def hit(self, source: Reading, target: Reading, subject: Subject) -> Hit | None:
        """Any forbidden form outside quotation marks."""
        found = subject.glossary.forbidden(target.plain) if subject.glossary else None
        return Hit(params={"words": found}) if found else None
