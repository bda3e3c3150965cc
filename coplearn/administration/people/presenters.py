"""The contents of the pages of accounts: names of roles and places, one line a person, and what was done in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from coplearn.accounts.queries import AccountActionLine
from coplearn.accounts.rules import AccountAction, Granted, may, may_take
from coplearn.administration.people.queries import (
    AccountLine,
    AccountState,
    HeldRole,
    OpenInvitation,
    Wanted,
    manages_people,
    work_of,
)
from coplearn.cohorts.common.presenters import country_choices, country_name
from coplearn.cohorts.common.presenters import role_name as staff_role_name
from coplearn.cohorts.common.queries import Person
from coplearn.i18n import formats
from coplearn.i18n.po import INTERFACE
from coplearn.kernel.clock import last_day
from coplearn.kernel.text import N_
from coplearn.kernel.words import Permission, Role
from coplearn.site import site
from coplearn.translating.catalogs.domains import title_of
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say

PAGE: Final = 40
ROLES: Final[Mapping[Role, str]] = {
    Role.SUGGESTER: N_("Suggests translations"),
    Role.TRANSLATOR: N_("Translator"),
    Role.REVIEWER: N_("Reviewer of translations"),
    Role.COORDINATOR: N_("Coordinator"),
    Role.ADMIN: N_("Administrator"),
}
STATES: Final[Mapping[AccountState, str]] = {
    AccountState.ON: N_("On"),
    AccountState.OFF: N_("Off"),
    AccountState.UNCONFIRMED: N_("Address not confirmed"),
}


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role somebody holds, in words."""

    id: int
    name: str
    places: tuple[str, ...]
    """The language, course and country it is limited to; empty for the whole site."""
    last_day: datetime | None
    may_take: bool


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A cohort that somebody works in."""

    public_id: str
    title: str
    role: str
    last_day: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationLine:
    """An invitation that nobody has taken yet, in words."""

    id: int
    email: str
    role: RoleLine
    expires_at: datetime


def invitation_lines(open_ones: Sequence[OpenInvitation], person: Person) -> list[InvitationLine]:
    """The invitations that somebody may take back."""
    lines = [
        InvitationLine(one.id, one.email, _role_line(one.id, one.granted, person), one.expires_at) for one in open_ones
    ]
    return [line for line in lines if line.role.may_take]


def role_offered(granted: Granted) -> RoleLine:
    """The role of an invitation, for whoever is invited."""
    return RoleLine(0, role_name(granted.role), places_of(granted), _last_day(granted), may_take=False)


def role_name(role: str) -> str:
    """The role in the page's language; one that this version does not know as it is stored."""
    return say(ROLES[Role(role)]) if role in set(Role) else role


def role_lines(roles: Sequence[HeldRole], person: Person) -> list[RoleLine]:
    """The roles of an account as somebody sees them who may take some of them away."""
    return [_role_line(one.id, one.granted, person) for one in roles]


def work_lines(session: Session, user_id: int, person: Person) -> list[WorkLine]:
    """The cohorts that an account works in, as far as whoever looks may see them."""
    return [
        WorkLine(cohort.public_id, cohort.title, staff_role_name(role, cohort), last_day(end) if end else None)
        for cohort, role, end in work_of(session, user_id)
        if may(person.grants, Permission.SEE_COUNTRY, country=cohort.country)
    ]


def _last_day(granted: Granted) -> datetime | None:
    return last_day(granted.until) if granted.until is not None else None


def _role_line(number: int, granted: Granted, person: Person) -> RoleLine:
    may = may_take(person.grants, granted)
    return RoleLine(number, role_name(granted.role), places_of(granted), _last_day(granted), may)


def places_of(granted: Granted) -> tuple[str, ...]:
    """The places where a role holds, in the page's language; empty for the whole site."""
    found = []
    if granted.locale:
        found.append(language_name(granted.locale))
    if granted.course:
        found.append(course_name(granted.course))
    if granted.country:
        found.append(country_name(granted.country))
    return tuple(found)


def language_name(code: str) -> str:
    """The language's own name."""
    return site().locales.get(code).name if code in site().locales else code


def course_name(course: str) -> str:
    """The course's title, or what the site's own sentences are called."""
    return title_of(course)


def role_choices(person: Person) -> Choices:
    """The roles that the person may give somewhere."""
    return [
        (role, say(name))
        for role, name in ROLES.items()
        if any(may_take(person.grants, Granted(role, one.locale, one.course, one.country)) for one in person.grants)
    ]


def own_place(person: Person) -> dict[str, str]:
    """The place to begin a form with: where the person looks after people, if that is one place."""
    places = [one for one in person.grants if manages_people([one])]
    return (
        {"locale": places[0].locale, "course": places[0].course, "country": places[0].country}
        if len(places) == 1
        else {}
    )


def place_choices() -> tuple[Choices, Choices, Choices]:
    """The languages, the courses and the countries of the lists."""
    locales = [(locale.code, locale.name) for locale in site().locales if locale.status != "test"]
    courses = [(name, course_name(name)) for name in (INTERFACE, *site().library.current().courses)]
    return locales, courses, list(country_choices(page_locale()))


def action_sentence(action: AccountActionLine) -> str:
    """The action in words, with the role and its place where it is about one."""
    kind, details = action.kind, action.details
    label = say(AccountAction(kind).label) if kind in set(AccountAction) else kind
    if "role" not in details:
        return label
    parts = [role_name(details["role"]), *places_of(_granted(details))]
    return say(N_("%(deed)s: %(role)s"), deed=label, role=formats.listing(parts, page_locale()))


def _granted(details: Mapping[str, Any]) -> Granted:
    return Granted(details["role"], details.get("locale", ""), details.get("course", ""), details.get("country", ""))


def next_before(lines: Sequence[AccountLine]) -> int | None:
    """The id that the next page ends before; None on the last one."""
    return lines[PAGE - 1].id if len(lines) > PAGE else None


def asked_for(wanted: Wanted) -> dict[str, str]:
    """The filters of the list, for the addresses of its other pages."""
    found = {
        "search": wanted.search,
        "role": wanted.role,
        "locale": wanted.locale,
        "country": wanted.country,
        "state": wanted.state,
    }
    return {name: value for name, value in found.items() if value}
