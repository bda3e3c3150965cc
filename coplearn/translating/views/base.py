"""What every translators' view begins with: the blueprint, and who may work where."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, current_app, request
from sqlalchemy.orm import Session

from coplearn.i18n.locales import Locale
from coplearn.kernel.words import Permission
from coplearn.storage.database import current_session, reading
from coplearn.translating import domains, guards, queries
from coplearn.translating.guards import Worker
from coplearn.translating.rows import Spot
from coplearn.web.telling import refusals_told, tell

__all__ = ["Desk", "blueprint", "enter", "message_here", "refusals_told", "tell", "the_session"]

blueprint = Blueprint("translating", __name__, url_prefix="/<lang:lang>/translate", template_folder="../templates")


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works here, into which language, on which domain (a course's id or ``interface``)."""

    worker: Worker
    locale: Locale
    domain: str

    def may(self, permission: Permission) -> bool:
        """Whether they may do that here."""
        return self.worker.may(permission, self.locale, self.domain)

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


def enter(target: str, domain: str, permission: Permission = Permission.SUGGEST) -> Desk:
    """Let somebody in who holds the permission there; a page that reads also brings the domain up to its source.

    Raises NotFound for everybody else.
    """
    locale = guards.target_of(target)
    if request.method == "POST":
        worker = guards.present_worker()
        guards.require_on(worker, permission, locale, domain)
        return Desk(worker, locale, domain)
    with reading(the_session()):
        worker = guards.present_worker()
    guards.require_on(worker, permission, locale, domain)
    domains.open_domain(domain, locale)
    return Desk(worker, locale, domain)


def message_here(desk: Desk, number: int) -> Spot:
    """The message with that id; raises NotFound when it belongs to another domain."""
    return queries.spot_of(the_session(), number, desk.domain)
