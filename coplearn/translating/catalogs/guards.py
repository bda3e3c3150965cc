"""Every translators' page begins here: the blueprint, who asks, and what they may do in which language."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Flask, current_app, request, session
from flask_security.signals import user_authenticated
from sqlalchemy.orm import Session

from coplearn.accounts.guards import remember_work, session_key
from coplearn.accounts.models import User
from coplearn.accounts.queries import grants_of
from coplearn.accounts.rules import Granted, may
from coplearn.courses.library import Library
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.errors import NotYours
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.storage.database import current_session, reading
from coplearn.translating.catalogs import domains
from coplearn.translating.catalogs import queries as catalog_queries
from coplearn.translating.store.rules import Actor
from coplearn.web.render import page_locale

FLAG = "translates"
"""In the session: the language codes whose pages offer "translate this page" (``*`` for all). A hint, never a right."""


@dataclass(frozen=True, slots=True)
class Translator:
    """A signed-in person, with everything they are trusted with."""

    actor: Actor
    grants: tuple[Granted, ...]

    @property
    def id(self) -> int:
        """The account's id."""
        assert self.actor.user_id is not None
        return self.actor.user_id

    def may(self, permission: Permission, locale: Locale, domain: str) -> bool:
        """Whether they may do that to the domain (a course's id or ``interface``) in that language."""
        return may(self.grants, permission, locale.code, domain)


def nobody_here() -> NotYours:
    """The answer to everybody else: for them there is no such page."""
    return NotYours()


def present_translator() -> Translator:
    """The signed-in person, read in one statement. Raises NotFound for whoever is trusted with no translating at all."""
    key = session_key()
    found = catalog_queries.translator_of(current_session(current_app), key) if key is not None else None
    if found is None:
        raise nobody_here()
    translator = Translator(*found)
    if not languages_of(translator.grants):
        raise nobody_here()
    return translator


def languages_of(grants: tuple[Granted, ...] | list[Granted]) -> list[Locale]:
    """The languages in which those grants let somebody at least suggest something, in the registry's order."""
    library = site().library.current()
    return [
        locale
        for locale in _targets(library)
        if any(may(grants, Permission.SUGGEST, locale.code, domain) for domain in _domains(library, locale))
    ]


def domains_of(grants: tuple[Granted, ...] | list[Granted], locale: Locale) -> list[str]:
    """The domains they may work on in that language: ``interface`` first, then the courses in order."""
    return [domain for domain in all_domains(locale) if may(grants, Permission.SUGGEST, locale.code, domain)]


def all_domains(locale: Locale) -> list[str]:
    """Every domain that can be translated into that language."""
    return _domains(site().library.current(), locale)


def _domains(library: Library, locale: Locale) -> list[str]:
    own = [INTERFACE] if locale.code != site().locales.source.code else []
    return [*own, *(course.id for course in library.domains.values() if course.locale != locale.code)]


def _targets(library: Library) -> list[Locale]:
    """The languages that somebody may translate into; by one look at the courses for all of them."""
    return [locale for locale in site().locales if locale.status != "test" and _domains(library, locale)]


def target_of(url: str) -> Locale:
    """The language of that address part. Raises NotFound for one that nobody translates into."""
    locale = site().locales.by_url(url)
    if locale is None or locale not in _targets(site().library.current()):
        raise nobody_here()
    return locale


def require_on(translator: Translator, permission: Permission, locale: Locale, domain: str) -> None:
    """Raises NotFound unless the translator may do that there, also for a domain there is none of."""
    if domain not in all_domains(locale) or not translator.may(permission, locale, domain):
        raise nobody_here()


def remember_flag(grants: tuple[Granted, ...] | list[Granted]) -> None:
    """Keep in the session whose pages may offer "translate this page"; nothing for whoever translates nothing."""
    codes = [locale.code for locale in languages_of(grants)]
    if codes:
        remember_work()
    if session.get(FLAG, []) != codes:
        if codes:
            session[FLAG] = codes
        else:
            session.pop(FLAG, None)


def register_translating(app: Flask) -> None:
    """Set the flag at sign-in, and let templates ask for it. Register after the accounts, which renew the session."""
    user_authenticated.connect(_notice, app)

    @app.context_processor
    def page_is_translatable() -> dict[str, bool]:
        return {"may_translate": page_locale().code in session.get(FLAG, ())}


def _notice(app: Flask, user: User, **_: object) -> None:
    remember_flag(grants_of(current_session(app), user.fs_uniquifier))


blueprint = Blueprint("translating", __name__, url_prefix="/<lang:lang>/translate", template_folder="../templates")


@dataclass(frozen=True, slots=True)
class TranslatorContext:
    """The translator, the language and the domain (a course's id or ``interface``)."""

    translator: Translator
    locale: Locale
    domain: str

    def may(self, permission: Permission) -> bool:
        """Whether they may do that here."""
        return self.translator.may(permission, self.locale, self.domain)

    @property
    def may_translate(self) -> bool:
        """Whether they may save, and not only suggest."""
        return self.may(Permission.TRANSLATE)

    @property
    def may_review(self) -> bool:
        """Whether they may vouch for others' texts and publish all that is ready."""
        return self.may(Permission.REVIEW)


def the_session() -> Session:
    """The request's database session."""
    return current_session(current_app)


def enter(target: str, domain: str, permission: Permission = Permission.SUGGEST) -> TranslatorContext:
    """Let somebody in who holds the permission there; a page that reads also brings the domain up to its source.

    Raises NotFound for everybody else.
    """
    locale = target_of(target)
    if request.method == "POST":
        translator = present_translator()
        require_on(translator, permission, locale, domain)
        return TranslatorContext(translator, locale, domain)
    with reading(the_session()):
        translator = present_translator()
    require_on(translator, permission, locale, domain)
    domains.open_domain(domain, locale)
    return TranslatorContext(translator, locale, domain)
