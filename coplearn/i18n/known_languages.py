"""Languages that can be added by their code: how each is written, from CLDR as Babel has it, and the plural formulas of gettext."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from gettext import c2py
from typing import Final

from babel import Locale as BabelLocale
from babel.core import UnknownLocaleError, get_global
from babel.localedata import locale_identifiers
from babel.numbers import UnsupportedNumberingSystemError, format_decimal

from coplearn.i18n.locales import Direction, Locale

ONE_FORM: Final = "nplurals=1; plural=0;"
NOT_ONE: Final = "nplurals=2; plural=(n != 1);"
ABOVE_ONE: Final = "nplurals=2; plural=(n > 1);"
_EAST_SLAVIC: Final = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)
_BRETON: Final = (
    "nplurals=5; plural=(n%10==1 && n%100!=11 && n%100!=71 && n%100!=91 ? 0 : n%10==2 && n%100!=12 && n%100!=72 && n%100!=92"
    " ? 1 : (n%10==3 || n%10==4 || n%10==9) && (n%100<10 || n%100>19) && (n%100<70 || n%100>79) && (n%100<90 || n%100>99)"
    " ? 2 : n!=0 && n%1000000==0 ? 3 : 4);"
)
_BY_RULE: Final = (
    ONE_FORM,
    NOT_ONE,
    ABOVE_ONE,
    _EAST_SLAVIC,
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);",
    # Hebrew, Inuktitut, Sami; Kölsch; Tachelhit; Sorbian and Slovenian; Czech and Slovak; Macedonian and Icelandic
    "nplurals=3; plural=(n==1 ? 0 : n==2 ? 1 : 2);",
    "nplurals=3; plural=(n==0 ? 0 : n==1 ? 1 : 2);",
    "nplurals=3; plural=(n<=1 ? 0 : n<=10 ? 1 : 2);",
    "nplurals=4; plural=(n%100==1 ? 0 : n%100==2 ? 1 : n%100==3 || n%100==4 ? 2 : 3);",
    "nplurals=3; plural=(n==1 ? 0 : n>=2 && n<=4 ? 1 : 2);",
    "nplurals=2; plural=(n%10==1 && n%100!=11 ? 0 : 1);",
    # Filipino; Latvian; Romanian; Irish; Lithuanian; Breton; Tamazight; Polish; Gaelic; Cornish; Welsh; Manx; Maltese
    "nplurals=2; plural=(n%10==4 || n%10==6 || n%10==9 ? 1 : 0);",
    "nplurals=3; plural=(n%10==0 || n%100>=11 && n%100<=19 ? 0 : n%10==1 && n%100!=11 ? 1 : 2);",
    "nplurals=3; plural=(n==1 ? 0 : n==0 || n%100>=1 && n%100<=19 ? 1 : 2);",
    "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : n>=3 && n<=6 ? 2 : n>=7 && n<=10 ? 3 : 4);",
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && (n%100<10 || n%100>=20) ? 1 : 2);",
    _BRETON,
    "nplurals=2; plural=(n<=1 || n>=11 && n<=99 ? 0 : 1);",
    "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "nplurals=4; plural=(n==1 || n==11 ? 0 : n==2 || n==12 ? 1 : n>=3 && n<=10 || n>=13 && n<=19 ? 2 : 3);",
    (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n%100==2 || n%100==22 || n%100==42 || n%100==62 || n%100==82"
        " || n%1000==0 && (n%100000>=1000 && n%100000<=20000 || n%100000==40000 || n%100000==60000 || n%100000==80000)"
        " || n%1000000==100000 ? 2 : n%100==3 || n%100==23 || n%100==43 || n%100==63 || n%100==83 ? 3"
        " : n%100==1 || n%100==21 || n%100==41 || n%100==61 || n%100==81 ? 4 : 5);"
    ),
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5);",
    "nplurals=4; plural=(n%10==1 ? 0 : n%10==2 ? 1 : n%20==0 ? 2 : 3);",
    "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : n==0 || n%100>=3 && n%100<=10 ? 2 : n%100>=11 && n%100<=19 ? 3 : 4);",
)
FORMULAS: Final = (
    *_BY_RULE,
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    (
        "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
        "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14) ? 2 : 3);"
    ),
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=0 && n%100<=2 ? 4 : 5);",
)
"""Plural formulas that tools write, letter for letter but for spaces and brackets. No other is ever evaluated."""

_ENGLISH_QUOTES: Final = ("“", "”", "‘", "’")
_POINTED: Final = ("«", "»", "“", "”")
_LOW: Final = ("„", "“", "‚", "‘")
# CLDR's quotation marks, which Babel leaves out; a language that is not here has those of English, as most in CLDR do.
_QUOTES: Final[Mapping[str, tuple[str, str, str, str]]] = {
    **dict.fromkeys(("de", "bg", "cs", "sk", "sl", "is", "lt", "et", "dsb", "hsb", "lb"), _LOW),
    **dict.fromkeys(("pl", "ro", "hu"), ("„", "”", "«", "»")),
    **dict.fromkeys(("hr", "bs"), ("„", "”", "‘", "’")),
    **dict.fromkeys(("sr", "mk"), ("„", "“", "’", "‘")),
    **dict.fromkeys(("be", "ru", "uk"), ("«", "»", "„", "“")),
    **dict.fromkeys(("hy", "it", "el", "ca", "eu", "gl", "sq", "kk", "ky", "mn", "az", "mg", "ast"), _POINTED),
    **dict.fromkeys(("no", "nb", "nn", "da"), ("«", "»", "‘", "’")),
    **dict.fromkeys(("fi", "sv"), ("”", "”", "’", "’")),
    **dict.fromkeys(("ja", "zh_Hant", "yue"), ("「", "」", "『", "』")),
    "am": ("«", "»", "‹", "›"),
    "ar": ("”", "“", "’", "‘"),
    "fa": ("«", "»", "‹", "›"),
    "fr": ("«\u00a0", "\u00a0»", "“", "”"),
    "he": ("”", "”", "’", "’"),
    "ka": ("„", "“", "«", "»"),
    "lv": ("“", "”", "‘", "’"),
    "pt_PT": _POINTED,
    "ti": _ENGLISH_QUOTES,
}
# The languages that CLDR says have one form. Where it has no rules at all Babel says one form too, which is seldom so.
_ONE_FORM_LANGUAGES: Final = re.compile(
    "bm|bo|dz|hnj|id|ig|ii|ja|jbo|jv|kde|kea|km|ko|lkt|lo|ms|my|nqo|osa|sah|ses|sg|su|th|to|tpi|vi|wo|yo|yue|zh"
)
_NAMES: Final[Mapping[str, str]] = {"ms": "Bahasa Melayu"}
_DIGITS: Final[Mapping[str, str]] = {"ur": "latn"}
_PLURALS: Final[Mapping[str, str]] = {
    # Babel's own table gives Armenian one form and swaps two Arabic ones; ours were written for these.
    "ar": FORMULAS[4],
    "br": _BRETON,
    "hy": ABOVE_ONE,
    "ru": _EAST_SLAVIC,
    "es": NOT_ONE,
    "fr": ABOVE_ONE,
}
_ORDER: Final = ("zero", "one", "two", "few", "many", "other")
_NUMBERS: Final = (*range(220), 1000, 1001, 1100, 10_000)
_CASED: Final = frozenset({"Latn", "Cyrl", "Grek", "Armn"})
_CODE: Final = re.compile(r"[A-Za-z]{2,3}(?:[_-][A-Za-z]{4})?(?:[_-](?:[A-Za-z]{2}|[0-9]{3}))?")


@lru_cache(maxsize=1)
def codes() -> frozenset[str]:
    """Every code that can be added: CLDR's, without variants, and without a script or region that goes without saying."""
    found = frozenset(code for code in locale_identifiers() if _CODE.fullmatch(code) and code.split("_")[0] != "en")
    return frozenset(code for code in found if _shortest(code, found) == code)


def _shortest(code: str, known: frozenset[str]) -> str:
    """The code without a usual script or an only region: ``hy_AM`` is ``hy``, but ``pt_BR`` is not all of ``pt``."""
    language, *more = code.split("_")
    full = maximal(code)
    regions = {one.split("_")[-1] for one in known if one.startswith(f"{language}_") and len(one.split("_")[-1]) < 4}
    if more and len(more[-1]) < 4 and len(regions) > 1 and len(more) == 1:
        return code
    for shorter in (language, "_".join((language, *more[:1])) if len(more) > 1 else ""):
        if shorter in known and maximal(shorter) == full:
            return shorter
    return code


def maximal(code: str) -> str:
    """The code with its usual script and region: two codes of one language have the same."""
    likely: Mapping[str, str] = get_global("likely_subtags")
    language, *more = code.split("_")
    script = next((part for part in more if len(part) == 4), "")
    region = next((part for part in more if len(part) < 4), "")
    for part in ((language, script, region), (language, region), (language, script), (language,)):
        found = likely.get("_".join(filter(None, part)))
        if found:
            parts = found.split("_")
            return "_".join((parts[0], script or parts[1], region or parts[-1]))
    return code


def spelt(code: str) -> str | None:
    """The code as it is spelt here (``pt-br`` is ``pt_BR``); None when CLDR has no such language."""
    if not _CODE.fullmatch(code):
        return None
    language, *more = re.split(r"[_-]", code)
    language = str(get_global("language_aliases").get(language.lower(), language.lower()))
    wanted = "_".join((language, *(part.title() if len(part) == 4 else part.upper() for part in more)))
    if wanted in codes():
        return wanted
    return next((one for one in sorted(codes(), key=len) if maximal(one) == maximal(wanted)), None)


@lru_cache(maxsize=256)
def known(code: str) -> Locale | None:
    """The language of that code, spelt exactly so, as it would stand in the registry; None when CLDR has none."""
    if code not in codes():
        return None
    try:
        babel = BabelLocale.parse(code)
    except (UnknownLocaleError, ValueError):
        return None
    direction: Direction = "rtl" if babel.text_direction == "rtl" else "ltr"
    tag = code.replace("_", "-")
    language = code.split("_")[0]
    quotes = _QUOTES.get(code) or _QUOTES.get(language, _ENGLISH_QUOTES)
    return Locale(
        code,
        tag.lower(),
        tag,
        _name(babel, code),
        direction,
        plural_of(code),
        _digits(babel, code),
        quotes,
        "preparing",
    )


def _name(babel: BabelLocale, code: str) -> str:
    name = _NAMES.get(code) or babel.get_display_name(babel) or BabelLocale("en").languages.get(code) or code
    script = maximal(code).split("_")[1:2]
    return name[:1].upper() + name[1:] if script and script[0] in _CASED else name


def _digits(babel: BabelLocale, code: str) -> str:
    wanted = _DIGITS.get(code) or str(babel.default_numbering_system)
    try:
        format_decimal(12, locale=babel, numbering_system=wanted)
    except (UnsupportedNumberingSystemError, KeyError):
        return "latn"
    return wanted


def plural_of(code: str) -> str:
    """The gettext formula that parts the whole numbers as CLDR's rules do, in CLDR's order of forms."""
    language = code.split("_")[0]
    if language in _PLURALS:
        return _PLURALS[language]
    rule = BabelLocale.parse(code).plural_form
    named: list[str] = [rule(number) for number in _NUMBERS]
    if set(named) == {"other"} and not _ONE_FORM_LANGUAGES.fullmatch(language):
        return NOT_ONE
    names = [str(name) for name in _ORDER if name in named]
    return _formulas().get(tuple(names.index(name) for name in named), NOT_ONE)


@lru_cache(maxsize=1)
def _formulas() -> Mapping[tuple[int, ...], str]:
    return {tuple(map(_rule(formula), _NUMBERS)): formula for formula in reversed(_BY_RULE)}


def _rule(formula: str) -> Callable[[int], int]:
    return c2py(formula.split("plural=", 1)[1].split(";", 1)[0])
