"""Languages that can be added by their code alone: how each is written, and the plural formulas gettext files use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coplearn.i18n.locales import Direction, Locale

ONE_FORM: Final = "nplurals=1; plural=0;"
NOT_ONE: Final = "nplurals=2; plural=(n != 1);"
ABOVE_ONE: Final = "nplurals=2; plural=(n > 1);"
_EAST_SLAVIC: Final = (
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
)
_ENGLISH_QUOTES: Final = ("“", "”", "‘", "’")
_POINTED: Final = ("«", "»", "“", "”")


def _row(
    code: str,
    name: str,
    plural: str,
    *,
    direction: Direction = "ltr",
    digits: str = "latn",
    quotes: tuple[str, str, str, str] = _ENGLISH_QUOTES,
    fallback: str | None = None,
) -> Locale:
    return Locale(code, code, code, name, direction, plural, digits, quotes, "preparing", fallback)


KNOWN: Final[Mapping[str, Locale]] = {
    row.code: row
    for row in (
        _row("de", "Deutsch", NOT_ONE, quotes=("„", "“", "‚", "‘")),
        _row("dz", "རྫོང་ཁ", ONE_FORM, digits="tibt"),
        _row("fa", "فارسی", ABOVE_ONE, direction="rtl", digits="arabext", quotes=("«", "»", "‹", "›")),
        _row("hi", "हिन्दी", ABOVE_ONE),
        _row("hy", "Հայերեն", ABOVE_ONE, quotes=_POINTED),
        _row("ka", "ქართული", NOT_ONE, quotes=("„", "“", "«", "»")),
        _row("km", "ខ្មែរ", ONE_FORM),
        _row("mn", "Монгол", NOT_ONE, quotes=_POINTED),
        _row("ms", "Bahasa Melayu", ONE_FORM),
        _row("ne", "नेपाली", NOT_ONE, digits="deva"),
        _row("pt", "Português", ABOVE_ONE),
        _row("sw", "Kiswahili", NOT_ONE),
        _row("th", "ไทย", ONE_FORM),
        _row("tr", "Türkçe", NOT_ONE),
        _row("uk", "Українська", _EAST_SLAVIC, quotes=("«", "»", "„", "“")),
        _row("ur", "اردو", NOT_ONE, direction="rtl"),
    )
}
"""Every language that ``coplearn i18n add-language`` can add, by code. A code is spelled like this and no other way."""

FORMULAS: Final = (
    ONE_FORM,
    NOT_ONE,
    ABOVE_ONE,
    _EAST_SLAVIC,
    "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);",
    (
        "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : "
        "n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14) ? 2 : 3);"
    ),
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);",
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=0 && n%100<=2 ? 4 : 5);",
)
"""Plural formulas that tools write, letter for letter but for spaces and brackets. No other is ever evaluated."""
