"""What waits for somebody in the languages they work on."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from sqlalchemy.orm import Session

from coplearn.accounts.rules import Granted, may
from coplearn.i18n.locales import Locale
from coplearn.kernel.words import Permission
from coplearn.translating.guards import domains_of, languages_of
from coplearn.translating.languages import Shares
from coplearn.translating.queries import overview
from coplearn.translating.rows import Standing


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
    locale: Locale, grants: tuple[Granted, ...] | list[Granted], standings: dict[tuple[str, str], Standing]
) -> LanguageWork:
    shares: Shares = current_app.extensions["shares"]
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
