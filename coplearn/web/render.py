"""Filters and functions for templates: sentences in the reader's language, isolated names, dates, numbers, addresses of files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

from flask import Flask, current_app, g, request, session
from jinja2 import FileSystemBytecodeCache, StrictUndefined
from jinja2.bccache import Bucket
from jinja2.ext import Extension
from markupsafe import Markup, escape

from coplearn.i18n import formats
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import Locale, Locales
from coplearn.kernel.clock import last_day
from coplearn.kernel.text import N_, Phrase
from coplearn.settings import Settings
from coplearn.site import CountryBrand, site
from coplearn.web.framework import form_token
from coplearn.web.guest_session import guest_token, launched_from
from coplearn.web.icons import draw_icon
from coplearn.web.languages import country_here, leaves_no_trace, offered_here, saves_data
from coplearn.web.static_files import static_url as static_url

DRAFT: Final = N_("Draft, not yet read by a native")
"""What each page in a draft language says, in that language and as it is here."""
_PLAIN: Final = "!$&'()*+,/:;=@"
"""What may stand in a path as it is."""
_INDENTATION: Final = re.compile(r"([%#]\})?\n[ \t]+")


def page_locale() -> Locale:
    """The language of the page that is being answered."""
    locale: Locale = g.locale
    return locale


def translations() -> NullTranslations:
    """The interface's texts in the page's language, looked up once a request."""
    catalog: NullTranslations | None = g.get("translations")
    if catalog is None:
        catalog = g.translations = g.catalogs.translations(page_locale())
    return catalog


def words_version() -> str:
    """Changes whenever the interface's catalog in the page's language does."""
    version: str = g.catalogs.version(page_locale())
    return version


def say(text: str, **params: object) -> str:
    """An interface sentence in the page's language, as plain text with its values isolated; never raises on a bad translation."""
    return _fill(translations().gettext(text), text, {key: formats.isolate(value) for key, value in params.items()})


def say_phrase(phrase: Phrase) -> str:
    """The same for a phrase of the domain; instants and dates become days in the reader's language, tuples
    lists as the language joins them."""
    params = {key: _value(value) for key, value in phrase.params.items()}
    if phrase.plural is not None and phrase.number is not None:
        return _fill(translations().ngettext(phrase.text, phrase.plural, phrase.number), phrase.text, params)
    return _fill(translations().gettext(phrase.text), phrase.text, params)


def fill_phrase(translated: str, phrase: Phrase) -> str:
    """A translation from another catalog than the interface's, with the phrase's values put in as :func:`say_phrase` does."""
    return _fill(translated, phrase.text, {key: _value(value) for key, value in phrase.params.items()})


def _value(value: object) -> str:
    if isinstance(value, date | datetime):
        return formats.day(value, page_locale())
    if isinstance(value, tuple):
        return formats.listing([_value(part) for part in value], page_locale())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return formats.isolate(value)
    return formats.number(value, page_locale())


def _fill(translated: str, source: str, params: Mapping[str, object]) -> str:
    if not params:
        return translated
    try:
        return translated % params
    except (KeyError, ValueError, TypeError):
        pass
    try:
        return source % params
    except (KeyError, ValueError, TypeError):
        return source  # a plugin's own sentence may ask for values that it does not give


def _html(translated: str, source: str, params: Mapping[str, Any]) -> Markup:
    # A catalog is hostile input: its text is escaped, then the (escaped or safe) values are put in.
    safe = {key: value if isinstance(value, Markup) else escape(value) for key, value in params.items()}
    return Markup(_fill(str(escape(translated)), str(escape(source)), safe))  # noqa: S704 - escaped just above


_KEPT: WeakKeyDictionary[NullTranslations, dict[object, Markup]] = WeakKeyDictionary()
"""What was made from one catalog and nothing else; it goes when the catalog does. Keys are the templates' own."""


def _kept() -> dict[object, Markup]:
    texts: dict[object, Markup] | None = g.get("kept")
    if texts is None:
        texts = g.kept = _KEPT.setdefault(translations(), {})
    return texts


def _gettext(text: str, **params: Any) -> Markup:
    if params:
        return _html(translations().gettext(text), text, params)
    texts = _kept()
    text_as_html = texts.get(text)
    if text_as_html is None:
        text_as_html = texts[text] = escape(translations().gettext(text))
    return text_as_html


def piece(name: str, *values: bool) -> Markup:
    """A part of the shell around every page, a macro of ``shell.html``, rendered once for each language."""
    site_name = site().settings.site_name
    pieces, key = _kept(), (name, values, request.root_path, site_name)
    html = pieces.get(key)
    if html is None:
        shell = current_app.jinja_env.get_template("shell.html")
        html = pieces[key] = getattr(shell.make_module({"site_name": site_name}), name)(*values)
    return html


def _ngettext(one: str, many: str, num: int, **params: Any) -> Markup:
    params.setdefault("num", formats.number(num, page_locale()))
    return _html(translations().ngettext(one, many, num), one if num == 1 else many, params)


def _pgettext(context: str, text: str, **params: Any) -> Markup:
    return _html(translations().pgettext(context, text), text, params)


def brand_here() -> CountryBrand | None:
    """The look of the pages of the reader's country; None where it has none of its own."""
    country = country_here()
    known: dict[str, CountryBrand | None] = g.setdefault("brands", {})
    if country is not None and country not in known:
        found = (brand(country) for brand in site().brands)
        known[country] = next((one for one in found if one is not None), None)
    return known[country] if country is not None else None


def isolated(value: object) -> Markup:
    """``<bdi>value</bdi>``: a name keeps to itself in a text of the other direction."""
    return Markup("<bdi>%s</bdi>") % value


def left_to_right(value: object) -> Markup:
    """A phone number, an address or a code, which never turns round."""
    return Markup('<bdi dir="ltr">%s</bdi>') % value


def phone_number(value: object) -> Markup:
    """The same for a number that is called, which no line may break."""
    return Markup('<bdi class="phone" dir="ltr">%s</bdi>') % value


def note_refusal() -> None:
    """Remember that the page asks for something to be mended, for its title."""
    g.refused = True


def is_refused() -> bool:
    """Whether something on the page has to be mended."""
    return bool(g.get("refused", False))


def asset_url(address: str) -> str:
    """The address of a plugin's file (:meth:`coplearn.courses.bundles.Bundle.address`)."""
    return f"/static/plugins/{address}"


class _Endonyms:
    """``lang="ar"`` for the text that is that language's own name, for templates to put into its element; else nothing."""

    def __init__(self, locales: Locales) -> None:
        self._locales = locales

    def __call__(self, text: object) -> Markup:
        for locale in self._locales:
            if locale.name == text:
                return Markup(' lang="%s"') % locale.bcp47
        return Markup("")


class _Offered:
    """The languages that are offered at the moment of asking (``to_whom``), for templates to go through."""

    def __init__(self, locales: Locales, to_whom: Callable[[Locales], tuple[Locale, ...]]) -> None:
        self._locales, self._to_whom = locales, to_whom

    def __iter__(self) -> Iterator[Locale]:
        return iter(self._to_whom(self._locales))


class _Compiled(FileSystemBytecodeCache):
    """Compiled templates in files. A disk that is full or broken costs time and no page."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load as Jinja does; what cannot be read is compiled."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep as Jinja does; what cannot be kept is compiled again by the next worker."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def keep_compiled(app: Flask, folder: Path) -> None:
    """Keep compiled templates in ``folder``, so that no worker's first visitors wait for them; without it they are compiled
    as they are needed. The folder holds code: only the site's owner may write to it."""
    # What a template is compiled to depends on its text, which Jinja looks at, and on how it is set up here.
    setup = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in folder.glob("*.cache"):
            if not old.name.startswith(setup):
                old.unlink()
    except OSError:
        return
    app.jinja_env.bytecode_cache = _Compiled(str(folder), f"{setup}-%s.cache")


class _Flush(Extension):
    """Takes the indentation out of pages, which helps whoever reads a template and is a reader's to pay for."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source as it is compiled. Texts of letters are left as they are written."""
        return _INDENTATION.sub(_one_blank, source) if name is not None and name.endswith(".html") else source


def _one_blank(found: re.Match[str]) -> str:
    # Jinja takes the line's end after a block: without a blank, two words that stand on two lines would be one.
    return f"{found[1]}\n " if found[1] else "\n"


def register_render(app: Flask, settings: Settings, locales: Locales, catalogs: LiveCatalogs) -> None:
    """Install filters, globals and gettext in the templates."""
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.i18n")
    environment.add_extension(_Flush)
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals.update(
        _GLOBALS,
        live_locales=_Offered(locales, lambda some: some.live),
        offered_locales=_Offered(locales, offered_here),
        endonym=_Endonyms(locales),
        layout="base.html",
        quick_exit_url=settings.quick_exit_url,
        site_address=settings.address,
        organisation=settings.organisation,
        organisation_url=settings.organisation_url,
        source_url=settings.source_url,
    )
    environment.filters.update(_FILTERS)

    @app.before_request
    def lend_catalogs() -> None:
        g.catalogs = catalogs

    @app.context_processor
    def page_context() -> dict[str, Any]:
        now = site().settings
        return {
            "site_name": now.site_name,
            "country_brand": brand_here(),
            "contact": now.contact,
            "page_locale": page_locale(),
            "signed_in": "_user_id" in session,
            "guest": guest_token() is not None,
            "launched": launched_from(),
            "no_trace": leaves_no_trace(),
            "csrf_token": form_token,
        }


def url_in(locale: Locale) -> str:
    """The present page's address in another language: same place, same question string."""
    before, after = g.get("address") or _own_address()
    return f"{before}{locale.url}{after}"


def _own_address() -> tuple[str, str]:
    """The parts before and after the language in the present page's address; the start page's for a page without.

    Taken from the address itself: what somebody puts into a query must never be able to change where a link leads.
    """
    after = "/"
    if request.url_rule is not None and "lang" in request.url_rule.arguments:
        after = "/" + quote(request.path.removeprefix("/").partition("/")[2], safe=_PLAIN, errors="replace")
        if request.method == "GET" and request.args:
            after += "?" + urlencode(list(request.args.items(multi=True)), errors="replace")
    g.address = quote(request.root_path, safe=_PLAIN) + "/", after
    parts: tuple[str, str] = g.address
    return parts


# Own callables: they take their values as keyword arguments and escape what the catalog says.
_GLOBALS: Final[Mapping[str, object]] = {
    "_": _gettext,
    "gettext": _gettext,
    "ngettext": _ngettext,
    "pgettext": _pgettext,
    "static_url": static_url,
    "saves_data": saves_data,
    "say_phrase": say_phrase,
    "page_lang": page_locale,
    "piece": piece,
    "draw_icon": draw_icon,
    "draft_words": DRAFT,
    "url_in": url_in,
    "note_refusal": note_refusal,
    "is_refused": is_refused,
}
_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "iso": isolated,
    "ltr": left_to_right,
    "phone": phone_number,
    "last_day": last_day,
    "day": lambda value: formats.day(value, page_locale()),
    "weekday": lambda value: formats.weekday(value, page_locale()),
    "instant": lambda value: formats.instant(value, page_locale()),
    "clock": lambda value: formats.clock_time(value, page_locale()),
    "number": lambda value: formats.number(value, page_locale()),
    "percent": lambda value: formats.percent(value, page_locale()),
    "weekdays": lambda days: formats.weekdays(days, page_locale()),
    "languages": lambda tags: formats.language_names(tags, page_locale()),
    "listing": lambda parts: formats.listing(parts, page_locale()),
}
