"""A new language: its row in the registry, its empty catalogs, and when learners are offered it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel import Locale as BabelLocale
from sqlalchemy.orm import Session

from coplearn.courses.live_library import LiveLibrary
from coplearn.i18n import collation, known_languages, po
from coplearn.i18n.catalogs import PROJECT, Interface
from coplearn.i18n.files import file_stamp, locked, write_whole
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import Locale, Locales, offered_drafts, own_registry, read_locales, read_offers
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.settings import Settings
from coplearn.translating.store.history import audit_entry
from coplearn.translating.store.rules import Actor

_LOCK: Final = "registry"


def addable(locales: Locales, reader: str) -> list[tuple[str, str]]:
    """Code and name (as readers of that language call it) of every language that CLDR knows and the site has not."""
    there = {known_languages.maximal(locale.code) for locale in locales}
    names = BabelLocale.parse(reader).languages
    english = BabelLocale("en").languages
    found = [
        (code, str(names.get(code) or english.get(code) or code))
        for code in known_languages.codes()
        if "_" not in code and known_languages.maximal(code) not in there
    ]
    return sorted(found, key=lambda one: collation.sort_key(one[1], reader))


def register_language(settings: Settings, code: str, *, in_product: bool = False) -> Locale:
    """Add a language to this site, in preparation: every worker notices within seconds, and no file of the product changes.

    With ``in_product`` its row is written into the product's own registry instead, for every site from the next release on.
    ``code`` may have a script or a region and either kind of dash (``sr-Latn``, ``pt_BR``). Raises Refused for a language
    that is there already or that CLDR does not know.
    """
    path = settings.registry if in_product else own_registry(settings.own_translations)
    try:
        settings.make_instance()
        with locked(path.parent, _LOCK):
            locale = _new_language(read_locales(settings.registry, settings.own_translations), code)
            text = path.read_text(encoding="utf-8").rstrip("\n") if path.is_file() else ""
            write_whole(path, f"{text}\n\n{_row(locale)}".lstrip("\n").encode())
    except OSError as error:
        raise Refused(N_("The registry cannot be written here. Ask whoever runs the site.")) from error
    return read_locales(settings.registry, settings.own_translations).get(locale.code)


def offer_draft(
    session: Session, settings: Settings, actor: Actor, locale: Locale, now: datetime, *, offered: bool
) -> None:
    """Offer a draft to this site's learners, or no longer: every worker notices within seconds, and the log keeps who decided."""
    own = settings.own_translations
    try:
        settings.make_instance()
        with locked(own, _LOCK):
            offers = read_offers(own) | {locale.code: offered}
            lines = [f"{code} = {'true' if value else 'false'}\n" for code, value in sorted(offers.items())]
            write_whole(offered_drafts(own), "".join(lines).encode())
    except OSError as error:
        raise Refused(N_("The registry cannot be written here. Ask whoever runs the site.")) from error
    session.add(audit_entry(actor, "offer" if offered else "no-offer", now, locale=locale.code))


def _new_language(locales: Locales, code: str) -> Locale:
    wanted = known_languages.spelt(code.strip())
    there = next((one.code for one in locales if _is_same(one.code, wanted or code.strip())), None)
    if there is not None:
        raise Refused(N_("The language %(code)s is in the registry already."), code=there)
    locale = known_languages.known(wanted) if wanted else None
    if locale is None:
        told = N_("CLDR knows no language with the code %(code)s. Write one like he, pt-BR, sr-Latn or zh-Hant.")
        raise Refused(told, code=code.strip()[:40])
    if locales.by_url(locale.url) is not None:
        raise Refused(N_("Another language has the address %(url)s already."), url=locale.url)
    return locale


def _is_same(one: str, other: str) -> bool:
    return one == other or known_languages.maximal(one) == known_languages.maximal(other)


def _row(locale: Locale) -> str:
    """The registry's row; a string of JSON is one of TOML, and letters stay letters."""
    fields = {
        "url": locale.url,
        "bcp47": locale.bcp47,
        "name": locale.name,
        "dir": locale.dir,
        "plural": locale.plural,
        "digits": locale.digits,
        "quotes": list(locale.quotes),
        "status": locale.status,
    }
    if locale.fallback:
        fields["fallback"] = locale.fallback
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "\n".join([f"[{locale.code}]", *lines]) + "\n"


def begin_interface(interface: Interface, locale: Locale) -> bool:
    """Make the site's own catalog in that language, empty; False when there is one. Needs the template file only."""
    path = interface.path(locale)
    if path.exists():
        return False
    file = po.read_po(interface.template_path).file
    templates = po.templates_in(file) if file is not None else []
    merged = po.merge(None, templates, locale, PROJECT, by_context=False)
    return po.write_po(merged, path)


Shares = Callable[[str, Locale], tuple[int, int]]
"""How many messages of a domain are shown to learners in that language, and how many there are."""


def shares_of(live_library: LiveLibrary, catalogs: LiveCatalogs, template: Path) -> Shares:
    """The shares of the files and of published texts, counted once for each state of theirs."""
    held: dict[str, tuple[tuple[str, int, int], tuple[int, int]]] = {}

    def share(domain: str, locale: Locale) -> tuple[int, int]:
        course = live_library.current().domains.get(domain)
        if course is not None:
            return live_library.completeness(course, locale) * len(course.messages) // 100, len(course.messages)
        stamp = (catalogs.version(locale), *file_stamp(template))
        if locale.code not in held or held[locale.code][0] != stamp:
            held[locale.code] = (stamp, _interface_share(catalogs, template, locale))
        return held[locale.code][1]

    return share


def is_ready(live_library: LiveLibrary, shares: Shares, bar: int) -> Callable[[Locale], bool]:
    """Whether a language passes the site's bar: so many percent of the interface's messages, and of at least one course's.

    A country that has translated one course can teach it; each course says on its card how much of it is there.
    """

    def passes(domain: str, locale: Locale) -> bool:
        done, total = shares(domain, locale)
        return total > 0 and done * 100 >= bar * total

    def ready(locale: Locale) -> bool:
        courses = live_library.current().courses
        return passes(INTERFACE, locale) and any(passes(name, locale) for name in courses)

    return ready


def _interface_share(catalogs: LiveCatalogs, template: Path, locale: Locale) -> tuple[int, int]:
    texts = _texts_of(template, file_stamp(template))
    shown = catalogs.texts(locale)
    return sum(text in shown for text in texts), len(texts)


@lru_cache(maxsize=2)
def _texts_of(template: Path, stamp: tuple[int, int]) -> tuple[str, ...]:
    """The texts of a template in that state of its file, as :meth:`LiveCatalogs.texts` names them."""
    file = po.read_po(template).file
    return tuple(
        f"{one.msgctxt}\x04{one.msgid}" if one.msgctxt else one.msgid for one in file or () if not one.obsolete
    )
