"""An order from the words of a command, a form or a job."""

from __future__ import annotations

from dataclasses import dataclass

from coplearn.course_exports.rules import ONE_LANGUAGE, QUESTIONS, PackageFormat, PackageOrder, has_anything
from coplearn.courses.library import Library
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.locales import Locale, Locales
from coplearn.site import Site


class NoSuchPackage(LookupError):
    """An order that names what there is not; ``part`` is the word at fault, and the text says what is known."""

    def __init__(self, part: str, text: str) -> None:
        super().__init__(text)
        self.part = part


@dataclass(frozen=True, slots=True)
class PackageWish:
    """A package in words. Empty: ``module`` for all of the course, ``language`` for all that are offered, ``country`` for none."""

    kind: str
    course: str
    module: str = ""
    language: str = ""
    country: str = ""


def order_of(site: Site, wish: PackageWish) -> PackageOrder:
    """The order, for the course as it is now. Raises NoSuchPackage."""
    library: Library = site.library.current()
    if wish.kind not in set(PackageFormat):
        raise NoSuchPackage("kind", f"the formats are {', '.join(PackageFormat)}.")
    if wish.course not in library.courses:
        raise NoSuchPackage("course", f"there is no course {wish.course} here.")
    if wish.country and wish.country not in COUNTRIES:
        raise NoSuchPackage("country", "that is not an ISO 3166-1 country code, such as KE.")
    course = library.shown_in(library.courses[wish.course], wish.country or None)
    modules = tuple(one for one in course.modules if wish.module in ("", one.id))
    if not modules:
        known = ", ".join(one.id for one in course.modules)
        raise NoSuchPackage("module", f"the course has the modules {known}.")
    if not has_anything(course, modules):
        raise NoSuchPackage("module", "every step of it needs people in one room: there is nothing to take along.")
    kind, locales = PackageFormat(wish.kind), site.locales
    if kind in QUESTIONS and not any(one in course.checks for module in modules for one in module.item_ids):
        raise NoSuchPackage("module", "it has no check.")
    if not wish.language and kind in ONE_LANGUAGE:
        raise NoSuchPackage("language", "this format holds one language: name it.")
    if not wish.language:
        return PackageOrder(kind, course, modules, locales.live, wish.country or None)
    locale = _language(locales, wish.language)
    return PackageOrder(kind, course, modules, (locale,), wish.country or None)


def _language(locales: Locales, name: str) -> Locale:
    locale = locales.get(name) if name in locales else locales.by_url(name)
    if locale is None or locale.is_pseudo:
        raise NoSuchPackage("language", f"there is no language {name} here.")
    return locale
