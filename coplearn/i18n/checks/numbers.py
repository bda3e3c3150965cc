"""Numbers: what is dialled must be exact, and no number may get lost."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from functools import lru_cache
from typing import Final

from coplearn.i18n.checks.base import Hit, PairCheck, Subject
from coplearn.i18n.checks.reading import CheckedText
from coplearn.kernel.text import N_

_PHONE: Final = re.compile(r"(?<![\w.,])\+?\(?\d[\d ().\u2011-]{4,24}\d(?!\w)")
_YEARS: Final = re.compile(r"(?:19|20)\d\d\s?[-\u2013]\s?(?:19|20)\d\d|\d{4}-\d\d-\d\d")
_GROUPED: Final = re.compile(r"(?<![\d+])[1-9]\d{0,2}(?:[ ,]\d{3})+(?! ?\d)|(?<![\d.])\d{1,15}\.\d{1,15}(?![.\d])")
_IP: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_RUN: Final = r"\+?\(?\d(?:[\d ().\u2011-]{0,24}\d)?"
_INTERNATIONAL: Final = re.compile(r"(?<![\w.,+])\+\(?\d[\d ().\u2011-]{4,24}\d(?!\w)")
_COUNTED: Final = (
    r"(?![\d,.%]*\d|\s?(?:%|(?:hour|minute|second|day|week|month|year|time|child|parent|people|person|lesson|module|step|question"
    r"|friend|message|call|report|case|number)))"
)
_DIALLED: Final = re.compile(
    r"\b(?:call|calling|dial|ring|phone|telephone|text|helpline|hotline|number is)\b[^.\d\n+(]{0,24}"
    rf"(?<![\d,.])({_RUN}(?:(?:\s?[,;/]|\s(?:or|and))\s(?:on\s|to\s|the\s)?{_RUN})*){_COUNTED}",
    re.IGNORECASE,
)
_ONE_RUN: Final = re.compile(_RUN)
_THOUSANDS: Final = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,]|\.\d)")
_APART: Final = r"[.,'\u2019 \u00a0\u202f\u2009\u066c]"
_NOT_DIGIT: Final = re.compile(r"\D")
_PERCENT_SOURCE: Final = re.compile(r"\d\s?%|\bper ?cent\b", re.IGNORECASE)
_PERCENT: Final = re.compile(
    "[%\u066a\uff05]|pour cent|per ?cent|процент|por ciento|百分|տոկոս"
    "|\u0645\u0626\u0629|\u0645\u0626\u0648\u064a|\u0627\u0644\u0645\u0627\u0626\u0629",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(r"(?<![\w.,])(\d+)\s?(?:[kMG]B|[kKMG]bps|[kM]bit/s|km|cm|mm|kg|MHz|GHz|fps|dpi|[€$£])(?!\w)")
_DATE: Final = re.compile(
    r"\b(\d{1,2}) (?:January|February|March|April|May|June|July|August|September|October|November|December) (\d{4})\b"
)
_ISO_DATE: Final = re.compile(r"\b(\d{4})-\d\d-(\d\d)\b")
_FULL_HOUR: Final = re.compile(r"(?<!\d)\d{1,2}:00(?!\d)")  # "15 h" in many languages
_TIMES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "万": 10**4, "亿": 10**8}
_GREAT: Final = re.compile(
    rf"([0-9]{{1,9}}(?:,[0-9]{{3}}){{0,3}}(?:\.[0-9]{{1,9}})?) ?({'|'.join(_TIMES)})", re.IGNORECASE
)
_NUMBER_WORDS: Final = {
    "one": "1",
    "once": "1",
    "first": "1",
    "two": "2",
    "twice": "2",
    "second": "2",
    "three": "3",
    "third": "3",
    "four": "4",
    "fourth": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "twenty": "20",
    "january": "1",
    "february": "2",
    "march": "3",
    "april": "4",
    "may": "5",
    "june": "6",
    "july": "7",
    "august": "8",
    "september": "9",
    "october": "10",
    "november": "11",
    "december": "12",
}
_SPELLED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    # How a small number may be written out, from 1: "one in seven" is "each seventh" in many languages.
    "ar": (
        ("واحد", "أول"),
        ("اثن", "مرتين", "ان", "ثان"),
        ("ثلاث", "ثالث"),
        ("أربع", "رابع"),
        ("خمس", "خامس"),
        ("ست", "سادس"),
        ("سبع", "سابع"),
        ("ثمان", "ثامن"),
        ("تسع", "تاسع"),
        ("عشر", "عاشر"),
        ("أحد عشر", "إحدى عشر", "حادي عشر", "حادية عشر"),
        ("اثنا عشر", "اثنتا عشر", "اثني عشر", "اثنتي عشر", "ثاني عشر", "ثانية عشر"),
        ("ثلاث عشر", "ثلاثة عشر", "ثالث عشر", "ثالثة عشر"),
        ("أربع عشر", "أربعة عشر", "رابع عشر", "رابعة عشر"),
        ("خمس عشر", "خمسة عشر", "خامس عشر", "خامسة عشر"),
        ("ست عشر", "ستة عشر", "سادس عشر", "سادسة عشر"),
        ("سبع عشر", "سبعة عشر", "سابع عشر", "سابعة عشر"),
        ("ثماني عشر", "ثمانية عشر", "ثامن عشر", "ثامنة عشر"),
        ("تسع عشر", "تسعة عشر", "تاسع عشر", "تاسعة عشر"),
        ("عشرين", "عشرون"),
    ),
    "es": (
        ("un", "primer"),
        ("dos", "segund"),
        ("tres", "tercer"),
        ("cuatro", "cuart"),
        ("cinco", "quint"),
        ("seis", "sext"),
        ("siete", "séptim"),
        ("ocho", "octav"),
        ("nueve", "noven"),
        ("diez", "décim"),
    ),
    "fr": (
        ("un", "premi"),
        ("deux", "second"),
        ("trois",),
        ("quatr",),
        ("cinq",),
        ("six",),
        ("sept",),
        ("huit",),
        ("neuf", "neuvi"),
        ("dix",),
    ),
    "hy": (("մեկ",), ("երկու",), ("երեք",), ("չորս",), ("հինգ",), ("վեց",), ("յոթ",), ("ութ",), ("ինը",), ("տաս",)),
    "ru": (
        ("од", "перв", "кажд", "единиц"),
        ("дв", "втор"),
        ("тр",),
        ("четыр", "четвер"),
        ("пят",),
        ("шест",),
        ("сем", "седьм"),
        ("восем", "восьм"),
        ("девят",),
        ("десят",),
    ),
    "zh": (("一",), ("两", "二"), ("三",), ("四",), ("五",), ("六",), ("七",), ("八",), ("九",), ("十",)),
}


@lru_cache(maxsize=4096)
def _phone_numbers_in(text: str) -> tuple[str, ...]:
    """Everything that looks like a phone number, a short code or an IP address, as written."""
    text = _YEARS.sub(" ", text)
    # With a plus sign a number is one to dial, however its digits are grouped; so is what follows "call" and "or".
    rest = _INTERNATIONAL.sub(" ", text)
    codes = [
        number
        for found in _DIALLED.findall(rest)
        for number in _ONE_RUN.findall(found)
        if len(_NOT_DIGIT.sub("", number)) >= 2 and not _is_year_or_fraction(number)
    ]
    bare = _GROUPED.sub(" ", _DIALLED.sub(" ", rest))
    phones = [found.strip() for found in _PHONE.findall(bare) if len(_NOT_DIGIT.sub("", found)) >= 6]
    return (*_INTERNATIONAL.findall(text), *phones, *codes, *_IP.findall(text))


def _is_year_or_fraction(number: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d|\d+\.\d+", number) is not None


class ExactDigits(PairCheck):
    """A wrong digit sends a child's call to a stranger."""

    id = "exact-digits"
    severity = "E"
    message = N_("The number %(number)s can be dialled, so it must stand here exactly as in the source, in 0 to 9.")
    dismissable = False

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """Every such number of the source, in the same digits; spaces between them are free."""
        wanted = _phone_numbers_in(source.plain) if source.has_digits else ()
        if not wanted:
            return None
        stream = re.sub(r"[\s().\u00a0\u202f\u2011-]", "", target.plain)
        for number in wanted:
            digits = re.sub(r"[\s().\u2011-]", "", number)
            if not re.search(rf"(?<![0-9]){re.escape(digits)}(?![0-9])", stream):
                return Hit(params={"number": number})
        return None


class Numbers(PairCheck):
    """A wrong number is a wrong fact, and in a critical text it is a danger: an age, a dose, a line."""

    id = "numbers"
    severity = "W"
    blocks_when_critical = True
    message = N_("The numbers differ from those in the source.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The same numbers in any digits; small ones may be words in either text. Only a lost one blocks."""
        if subject.locale.startswith("zh"):
            source, target = _written_out(source), _written_out(target)
        wanted, found = _as_said(source.numbers), _as_said(target.numbers)
        # A telephone number or a thousand may be grouped by other spaces, and then falls into other pieces.
        if wanted == found or re.sub(r"\D", "", source.digits) == re.sub(r"\D", "", target.digits):
            return None
        if _FULL_HOUR.search(source.plain):
            del wanted["0"]
        spelled = Counter(_NUMBER_WORDS[word] for word in source.words if word in _NUMBER_WORDS)
        more = found - wanted - spelled
        less = [number for number in (wanted - found).elements() if not _is_spelled(number, target, subject.locale)]
        return Hit(blocks="read-twice" if less else "none") if more or less else None


def _written_out(text: CheckedText) -> CheckedText:
    """The text with its great numbers in digits alone: 300 million is 3亿, and nobody reads that off the digits."""
    if not text.has_digits or not _GREAT.search(text.plain):
        return text
    return CheckedText(
        _GREAT.sub(lambda one: str(int(Decimal(one[1].replace(",", "")) * _TIMES[one[2].lower()])), text.plain),
        is_markdown=False,
    )


def _as_said(numbers: Counter[str]) -> Counter[str]:
    """The numbers without the noughts before them, which a clock has and a sentence has not."""
    said: Counter[str] = Counter()
    for number, times in numbers.items():
        said[number.lstrip("0") or "0"] += times
    return said


def _is_spelled(number: str, target: CheckedText, locale: str) -> bool:
    table = _SPELLED.get(locale.split("_")[0])
    if table is None or len(number) > 2 or not 1 <= int(number) <= len(table):
        return False
    text = target.raw.lower()
    return any(form in text for form in table[int(number) - 1])


class Percent(PairCheck):
    """Seventy-nine of what?"""

    id = "percent"
    severity = "W"
    message = N_("The source says per cent; the translation does not.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A percent sign or the word for it."""
        if "%" not in source.raw and "cent" not in source.raw.lower():
            return None
        return Hit() if _PERCENT_SOURCE.search(source.plain) and not _PERCENT.search(target.plain) else None


class Units(PairCheck):
    """A number without its unit says nothing."""

    id = "unit"
    severity = "W"
    message = N_("The unit after %(number)s is lost.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A number with a unit in the source is followed, or led, by a word or a sign."""
        for number in _UNIT.findall(source.plain) if source.has_digits else ():
            found = re.search(rf"(?:[€$£]\s?)?(?<!\d){number}(?!\d)\s?(.?)", target.digits)
            if found and not (found[1].isalpha() or found[1] in "€$£" or found[0][0] in "€$£"):
                return Hit(params={"number": number})
        return None


class Dates(PairCheck):
    """A date in another form must be the same day."""

    id = "date"
    severity = "W"
    message = N_("The date differs from the one in the source.")

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """The day and the year stand among the translation's numbers."""
        if not source.has_digits:
            return None
        dates = [*_DATE.findall(source.plain), *_ISO_DATE.findall(source.plain)]
        if not dates:
            return None
        found = {number.lstrip("0") for number in re.findall(r"\d+", target.digits)}
        return Hit() if any(part.lstrip("0") not in found for date in dates for part in date) else None


class Thousands(PairCheck):
    """18.898 is eighteen point nine to half of those who read Spanish."""

    id = "thousands"
    severity = "W"
    message = N_("In %(number)s, write between thousands what this language of the site has there.")
    fixes = True

    def hit(self, source: CheckedText, target: CheckedText, subject: Subject) -> Hit | None:
        """A grouped number of the source with another sign than the registry's; four digits may stand together."""
        if not subject.thousands or not source.has_digits:
            return None
        first: re.Match[str] | None = None
        mended = target.raw
        for number in dict.fromkeys(_THOUSANDS.findall(source.masked)):
            groups = number.split(",")
            right = subject.thousands.join(groups)
            written = re.compile(rf"(?<![\d.,]){_APART.join(groups)}(?![\d])|(?<![\d.,]){''.join(groups)}(?!\d)")
            for found in written.finditer(target.masked):
                is_short = len(groups) == 2 and len(groups[0]) == 1
                if found[0] != right and not (is_short and found[0].isdecimal()):
                    first = first or found
                    mended = mended.replace(found[0], right)
        return Hit(first.span(), mended, {"number": first[0]}) if first is not None else None
