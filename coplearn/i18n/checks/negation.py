"""The word "not": a lost one turns good advice into harm."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

# "Isn't it?" and "shouldn't we" ask and deny nothing; "not even" only strengthens another "not", and "never mind" is none.
_STRONG: Final = re.compile(
    r"(?<!\w)(?:not|never|cannot|\w+n['\u2019]t(?! (?:i|you|he|she|it|we|they)\b))(?!\w)(?! (?:only|sure|even|mind)\b)"
    r"(?<!if not)(?<!also not)",
    re.IGNORECASE,
)
_ANY_NOT: Final = re.compile(
    r"\b(?:not|no|never|cannot|nothing|nobody|none|without|neither|nor|nowhere|no-one|\w+less)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
# Words that other languages say with a "not", and turns of phrase that need none.
_NEARLY_NOT: Final = re.compile(
    r"\b(?:avoid\w*|only|unless|stop\w*|refus\w+|fail\w*|instead|hardly|less|until|before|lack\w*|miss(?:ed|es|ing)?|forbid\w*|ban(?:s|ned)?"
    r"|except|rather|else|away|alone|free|empty|wrong\w*"
    r"|yet|still|far|forg[eo]t\w*|ignor\w+|lose|los[st]\w*|any\w*"
    r"|at most|at least|within|differs?|broken?|break\w*|gone|withdrawn?|withdrew|missing|keep\w*|kept|stays|awake|too"
    r"|just|out|off|few\w*"
    r"|un(?!it|ion|ique|ivers|der|til)[a-z]{3,}|dis(?!cuss|play|tan|tri|ease|cover|k|ast|h)[a-z]{3,}|non-?\w+|mis[a-z]{4,}"
    r"|im(?:poss|perf|pati|mat|mobil|prop)\w+|in(?:cap|vis|corr|compl|secur|appr|accu|adeq|eff|suff|val|dep)\w+|i(?:l|r)(?:legal|leg|reg|resp|rel|rev)\w+)\b",
    re.IGNORECASE,
)
_SENTENCE: Final = re.compile(
    r"[.!?\u2026\u3002\uff01\uff1f\u0589\u061f]+[\"'\u201d\u2019\u00bb*)\uff09\u201c]*(?=\s|$|[\u4e00-\u9fff])|\n+|[;\uff1b\u061b]"
)


@dataclass(frozen=True, slots=True)
class NegationWords:
    """The words by which a language says not: ``near`` is anything that denies, ``plain`` what denies beyond doubt."""

    near: re.Pattern[str]
    plain: re.Pattern[str]


_NEAR: Final = {
    "ar": re.compile(
        "(?<!\\w)(?:\u0648|\u0641|\u0623|\u0628|\u0644|\u0643)?(?:\u0644\u0627|\u0644\u0645|\u0644\u0646|\u0644\u064a\u0633\\w*|\u0644\u0633\\w+|\u0628\u0644\u0627|\u0628\u062f\u0648\u0646|\u062f\u0648\u0646|\u063a\u064a\u0631\\w*|\u0639\u062f\u0645|\u0623\u0644\u0627|\u0623\u0644\u0651\u0627|\u0625\u0644\u0627|\u0645\u0627|\u0644\u0623\u0644\u0627|\u0643\u064a\u0644\u0627|\u0644\u0626\u0644\u0627|\u0623\u0644\u0651|\u0644\u0633\u062a|\u0645\u0646\u0639\\w*|\u0645\u0645\u0646\u0648\u0639\\w*|[\u064a\u062a]?\u0631\u0641\u0636\\w*|\u0628\u062f\u0644\u0627\u064b|\u0645\u0633\u062a\u062d\u064a\u0644\\w*|\u0645\u062c\u0647\u0648\u0644\\w*|\u062e\u0627\u0631\u062c|\u0627\u0644\u0644\u0627\\w+)(?!\\w)"
    ),
    "es": re.compile(
        r"\b(?:no|nunca|jamás|nada|nadie|ningun\w*|ningún|sin|ni|tampoco|evit\w+|dej\w+ de|imposible"
        r"|fals[oa]s?|olvid\w+|prohib\w+|en (?:lugar|vez) de|fuera de|rechaz\w+|in\w+bles?)\b",
        re.IGNORECASE,
    ),
    "fr": re.compile(
        r"\b(?:ne|pas|jamais|rien|aucun\w*|sans|ni|non|nulle|évit\w+|i[mnrl]\w+bles?|échou\w+|manqu\w+"
        r"|interdi\w+|faux|fausses?|oubli\w+|ignor\w+|au lieu de|refus\w+|exclu\w*|[àa] personne)\b"
        # As people speak, and children write: "j'en peux plus", without the "ne".
        r"|\b(?:peux|veux|ai|suis|serai|étais|saurais) plus\b|\bn['\u2019]",
        re.IGNORECASE,
    ),
    "hy": re.compile(r"\b(?:չ\w+|ոչ\w*|մի|մինչև|առանց|երբեք|անհնար\w*)\b", re.IGNORECASE),
    "ru": re.compile(
        r"\b(?:не|ни|нет|без|нельзя|никогда|никак\w*|никто|никого|никому|никем|ничего|ничто|ничем|ничему|нигде|некому|нечего"
        r"|никуда|невозможно|мало|запре[тщ]\w+|вместо|отказ\w+|переста\w+|не(?!дел|медл|котор|редк|сколько)\w{3,}|без(?!опас)\w{3,}|бес(?!ед|плат)\w{3,}|ни(?:как|кт|че|гд|ку|ког|ко|чт)\w*)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("不|没|未|无|勿|别|非|莫|否|免|禁|避|失|难|拒|背着|代替"),
}
_PLAIN: Final = {
    "ar": re.compile("(?<!\\w)(?:\u0648|\u0641)?(?:\u0644\u0627|\u0644\u0645|\u0644\u0646|\u0644\u064a\u0633)(?!\\w)"),
    "es": re.compile(r"\b(?:no|nunca|jamás)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:ne|jamais)\b(?! \w+ que\b)|\bn['\u2019](?!\w+ que\b)", re.IGNORECASE),
    "hy": re.compile(r"\b(?:չեմ|չես|չէ|չենք|չեք|չեն|երբեք)\b", re.IGNORECASE),
    "ru": re.compile(r"\b(?:не|нельзя|никогда)\b", re.IGNORECASE),
    # A verb doubled round a 不 is a question, not a negation.
    "zh": re.compile("(?<!要)不要|(?<!能)不能|(?<!会)不会|(?<!有)没有|切勿|绝不"),
}


WORDS: Final = {language: NegationWords(near, _PLAIN[language]) for language, near in _NEAR.items()}
"""How each language says not. One without a table is told of by :class:`NegationUnread`."""


class Negation(PairCheck):
    """A lost "not" turns good advice into harm: the worst error in this subject."""

    id = "negation"
    severity = "W"
    blocks_when_critical = True
    message = N_("The source says not or never and the translation does not, or the other way round.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Sentence by sentence where both texts have as many: one "not" does not stand for another.

        A lost one weighs more than an added one: many languages deny where English says "rarely" or "alone".
        """
        words = WORDS.get(subject.locale.split("_")[0])
        if words is None:
            return None
        added: Hit | None = None
        for said, translated in _pairs(source.plain, target.plain):
            if len(_STRONG.findall(said)) > len(words.near.findall(translated)):
                return Hit(blocks="read-twice")
            if added is None and (found := _added(said, translated, words)) is not None:
                at = target.raw.find(translated)
                added = Hit((at + found.start(), at + found.end()) if at >= 0 else None)
        return added


def _pairs(source: str, target: str) -> list[tuple[str, str]]:
    said, translated = _sentences(source), _sentences(target)
    return list(zip(said, translated, strict=True)) if len(said) == len(translated) else [(source, target)]


def _sentences(text: str) -> list[str]:
    return [part for part in map(str.strip, _SENTENCE.split(text)) if any(map(str.isalpha, part))]


def _added(source: str, target: str, words: NegationWords) -> re.Match[str] | None:
    # One "not" over three verbs is three in other languages, so only a sentence without any is asked for more.
    found = words.plain.search(target)
    return None if found is None or _ANY_NOT.search(source) or _NEARLY_NOT.search(source) else found


class NegationUnread(PairCheck):
    """A language without a table of words for not is not looked at, and its translator should know."""

    id = "negation-unread"
    severity = "I"
    message = N_("No rule looks for a lost “not” in this language: read the sentence once more yourself.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A lost not or never of the source."""
        if subject.locale.split("_")[0] in WORDS or subject.locale.startswith("en"):
            return None
        return Hit() if _STRONG.search(source.plain) else None
