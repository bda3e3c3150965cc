"""What people write into a column of languages: codes, own names, and names in any of the six."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from babel import Locale as BabelLocale

from coplearn.cohorts.rules.headings import folded
from coplearn.i18n.locales import Locale

_SPOKEN = ("en", "ar", "zh", "fr", "ru", "es")
_SAID = {
    "русский язык": "ru",
    "اللغة العربية": "ar",
    "عربي": "ar",
    "汉语": "zh_Hans_CN",
    "普通话": "zh_Hans_CN",
    "castellano": "es",
}
"""As people say it, not as the CLDR does."""


def language_names(offered: Iterable[Locale]) -> Mapping[str, str]:
    """A locale's code for each folded name of its language."""
    names: dict[str, str] = {}
    spoken = [BabelLocale.parse(code) for code in _SPOKEN]
    for locale in offered:
        base = locale.code.partition("_")[0]
        told = [locale.code, locale.url, locale.bcp47, locale.name, base]
        told += [one.languages[base] for one in spoken if base in one.languages]
        for name in told:
            names.setdefault(folded(name), locale.code)
    for name, code in _SAID.items():
        if code in names.values():
            names.setdefault(folded(name), code)
    return names
