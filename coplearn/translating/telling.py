"""What others than translators are told of the translations: how far they were read again, and what learners do not see."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from coplearn.courses.judging import held_problems
from coplearn.courses.problems import Place, Problem
from coplearn.courses.shelf import Shelf
from coplearn.i18n.live import LiveCatalogs
from coplearn.i18n.locales import LiveLocales, Locale
from coplearn.storage.database import current_session
from coplearn.translating import counts, domains, rules, stock
from coplearn.translating.rows import Amounts


def readings_of(locale: Locale) -> Amounts | None:
    """How the texts of that language stand, over everything; None for the source's language and made-up ones."""
    locales: LiveLocales = current_app.extensions["locales"]
    if locale.code == locales.source.code or locale.is_pseudo:
        return None
    session = current_session(current_app)
    return counts.added(_amounts(session, domain, locale) for domain in domains.names_for(locale))


def _amounts(session: Session, domain: str, locale: Locale) -> Amounts:
    try:
        if stock.is_adopted(session, domain, locale.code):
            return stock.amounts(session, domain, locale.code)
    except SQLAlchemyError:
        session.rollback()
    return domains.amounts_in_file(domain, locale)


def staff_told() -> dict[str, object]:
    """For the page of the courses' problems: ``kept_back`` by course, and ``unread`` (course, language, number)."""
    locales: LiveLocales = current_app.extensions["locales"]
    shelf: Shelf = current_app.extensions["shelf"]
    kept_back = {course.id: list(held_problems(course)) for course in shelf.current().courses.values()}
    chosen = [locale for locale in locales if locale.status != "test"]
    kept_back[rules.INTERFACE] = [problem for locale in chosen for problem in _of_interface(locale)]
    session = current_session(current_app)
    unread: list[tuple[str, Locale, int]] = []
    for locale in chosen:
        for domain in domains.names_for(locale):
            count = domains.unread_counts(session, domain, locale)[1]
            if count:
                unread.append((domain, locale, count))
    return {"kept_back": kept_back, "unread": unread}


def _of_interface(locale: Locale) -> Sequence[Problem]:
    catalogs: LiveCatalogs = current_app.extensions["catalogs"]
    place = Place(f"translations/{locale.code}/LC_MESSAGES/messages.po")
    mend = f"English is shown; coplearn i18n check {locale.code} says why."
    return [
        Problem(
            place,
            f"message-{check}",
            f"{name.rpartition(chr(4))[2]!r}: a check keeps this translation back.",
            mend,
            "warning",
        )
        for name, checks in catalogs.held(locale).items()
        for check in checks
    ]
