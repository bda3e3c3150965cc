"""The state of translations for people on other pages: work that waits, second readings, texts kept back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted, may
from coplearn.authoring.problems import Place, Problem
from coplearn.courses.catalog_layers import held_problems
from coplearn.i18n.locales import Locale
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.translating.catalogs import domains
from coplearn.translating.catalogs.guards import domains_of, languages_of
from coplearn.translating.catalogs.queries import overview
from coplearn.translating.store import catalog_store, progress
from coplearn.translating.store.progress import DomainProgress, Progress


@dataclass(frozen=True, slots=True)
class LanguageWork:
    """One language somebody works on, counted in messages over all they may work on there."""

    locale: Locale
    ready: int
    """Shown to learners, or good enough to be."""
    total: int
    to_translate: int
    """Missing, or older than their source."""
    to_review: int
    """Written and read by nobody else yet; 0 for whoever does not review. What nobody has opened here is not counted."""


def work_on_languages(session: Session, grants: tuple[Granted, ...] | list[Granted]) -> list[LanguageWork]:
    """The languages those grants are for, in the registry's order (three statements; none without a language)."""
    languages = languages_of(grants)
    if not languages:
        return []
    standings = {
        (one.locale, one.domain): one for one in overview(session, [locale.code for locale in languages]) if one.adopted
    }
    return [_work(locale, grants, standings) for locale in languages]


def _work(
    locale: Locale, grants: tuple[Granted, ...] | list[Granted], standings: dict[tuple[str, str], DomainProgress]
) -> LanguageWork:
    shares = site().shares
    ready = total = to_translate = to_review = 0
    for domain in domains_of(grants, locale):
        standing = standings.get((locale.code, domain))
        if standing is None:
            done, whole = shares(domain, locale)
            ready, total, to_translate = ready + done, total + whole, to_translate + whole - done
            continue
        numbers = standing.messages
        ready, total = ready + standing.ready, total + numbers.total
        to_translate += numbers.missing + numbers.stale
        to_review += numbers.draft if may(grants, Permission.REVIEW, locale.code, domain) else 0
    return LanguageWork(locale, ready, total, to_translate, to_review)


def readings_of(locale: Locale) -> Progress | None:
    """The states of that language's texts, over everything; None for the source's language and made-up ones."""
    if locale.code == site().locales.source.code or locale.is_pseudo:
        return None
    session = current_session(current_app)
    return progress.total(_amounts(session, domain, locale) for domain in domains.names_for(locale))


def _amounts(session: Session, domain: str, locale: Locale) -> Progress:
    try:
        if catalog_store.is_adopted(session, domain, locale.code):
            return catalog_store.amounts(session, domain, locale.code)
    except SQLAlchemyError:
        session.rollback()
    return domains.amounts_in_file(domain, locale)


def staff_told() -> dict[str, object]:
    """Values for the page of the courses' problems: ``kept_back`` by course, and ``unread`` (course, language, number)."""
    courses = site().library.current().domains.values()
    kept_back = {course.id: list(held_problems(course)) for course in courses}
    chosen = [locale for locale in site().locales if locale.status != "test"]
    kept_back[INTERFACE] = [problem for locale in chosen for problem in _of_interface(locale)]
    session = current_session(current_app)
    unread: list[tuple[str, Locale, int]] = []
    for locale in chosen:
        for domain in domains.names_for(locale):
            count = domains.unread_counts(session, domain, locale)[1]
            if count:
                unread.append((domain, locale, count))
    return {"kept_back": kept_back, "unread": unread}


def _of_interface(locale: Locale) -> Sequence[Problem]:
    place = Place(domains.shown_path(domains.catalog_file(INTERFACE, locale)))
    mend = f"English is shown; coplearn i18n check {locale.code} says why."
    return [
        Problem(
            place,
            f"message-{check}",
            f"{name.rpartition(chr(4))[2]!r}: a check keeps this translation back.",
            mend,
            "warning",
        )
        for name, checks in site().catalogs.held(locale).items()
        for check in checks
    ]
