"""The contents of the pages of a cohort's people, and what is printed for them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, g, url_for
from itsdangerous import BadData, URLSafeTimedSerializer

from coplearn.cohorts.common.guards import StaffContext
from coplearn.cohorts.common.presenters import seat_name
from coplearn.cohorts.common.rules.words import MemberState
from coplearn.cohorts.people.documents import Card, CardWords, Poster
from coplearn.cohorts.people.forms import last_day
from coplearn.cohorts.people.queries import MemberCounts, Offer, seat_by_id
from coplearn.cohorts.people.rules.joining import is_full, read_code, shown_phone, why_no_code
from coplearn.i18n import formats
from coplearn.i18n.locales import Locale
from coplearn.kernel.short_codes import spaced
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.storage.database import current_session
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, Membership


PAGE: Final = 40
_TOKEN_DAYS: Final = 90
_BADGES: Final = {
    MemberState.ACTIVE: "done",
    MemberState.INVITED: "note",
    MemberState.WAITING: "again",
    MemberState.QUEUED: "again",
    MemberState.WITHDRAWN: "quiet",
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One line of the list."""

    public_id: str
    name: str
    email: str
    phone: str
    organisation: str
    language: str
    state: str
    badge: str
    waits: bool
    has_account: bool
    has_card: bool
    card_used: bool
    erased: bool
    """Nothing is left that tells who they were: no name, no address, no card and no account."""


@dataclass(frozen=True, slots=True)
class Joining:
    """The way people join the cohort now."""

    code: str
    address: str
    until: object
    approval: bool
    taken: int
    capacity: int | None
    told: str
    """Why the code opens nothing at the moment; empty when it does."""


def locale_of(code: str) -> Locale:
    """The language of that code; the source's when it is gone."""
    locales = site().locales
    return locales.get(code) if code in locales else locales.source


def language_choices(cohort: Cohort, own: str = "") -> list[tuple[str, str]]:
    """The languages somebody may be written to in, the cohort's own first."""
    locales = site().locales
    codes = [*cohort.languages, *(locale.code for locale in locales.live), *([own] if own else [])]
    return [(code, locale_of(code).name) for code in dict.fromkeys(codes) if code in locales]


def all_languages() -> dict[str, str]:
    """A language's own name by its code."""
    locales = site().locales
    return {locale.code: locale.name for locale in locales if not locale.is_pseudo}


def person_rows(members: Iterable[Membership], learning: Collection[int] = ()) -> list[PersonRow]:
    """The list's lines; ``learning`` are the members (by id) whose card was learned with."""
    return [
        PersonRow(
            member.public_id,
            member.name or say(N_("Somebody who left no name")),
            member.email or "",
            shown_phone(member.phone),
            member.organisation,
            locale_of(member.locale).name,
            seat_name(member.state),
            _BADGES[MemberState(member.state)],
            member.state == MemberState.WAITING,
            member.user_id is not None,
            member.card_code is not None,
            member.user_id is not None or member.id in learning,
            not (member.name or member.email or member.card_code or member.user_id),
        )
        for member in members
    ]


def state_links(cohort: Cohort, counts: MemberCounts, chosen: str) -> list[tuple[str, str, bool]]:
    """(text, address, whether it is shown) of each state that anybody is in."""
    address = url_for("cohorts.people", cohort_id=cohort.public_id)
    links = [(_with_number(say(N_("All")), counts.total), address, not chosen)]
    for state in MemberState:
        number = counts.by_state.get(state, 0)
        if number or state == chosen:
            links.append((_with_number(seat_name(state), number), f"{address}?state={state}", state == chosen))
    return links


def _with_number(words: str, number: int) -> str:
    return say(N_("%(what)s: %(count)s"), what=words, count=formats.number(number, page_locale()))


def joining_of(context: StaffContext, counts: MemberCounts, now: datetime) -> Joining | None:
    """The way people join it now; None when nobody can by themselves."""
    cohort = context.cohort
    if cohort.join_code is None:
        return None
    reason = why_no_code(cohort.state, cohort.archived_at, cohort.join_expires_at, now)
    full = is_full(cohort.capacity, counts.taken)
    why_closed = (
        say_phrase(reason)
        if reason
        else say(N_("Every seat is taken or kept. Whoever joins now is put on the waiting list."))
        if full and cohort.waiting_list
        else say(N_("Every seat is taken or kept, so nobody else can join."))
        if full
        else ""
    )
    return Joining(
        spaced(cohort.join_code),
        whole_address("cohorts.join_with", cohort, code=cohort.join_code),
        last_day(cohort.join_expires_at, cohort.time_zone),
        cohort.join_needs_approval,
        counts.taken,
        cohort.capacity,
        why_closed,
    )


def whole_address(endpoint: str, cohort: Cohort, **values: Any) -> str:
    """A page's address as it is printed: in the cohort's own language, with the site's name in front."""
    settings = site().settings
    return settings.address + url_for(endpoint, lang=locale_of(cohort.languages[0]).url, **values)


# ── Invitations ──


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="cohort-invitation")


def _mark(email: str | None) -> str:
    return hashlib.sha256((email or "").encode()).hexdigest()[:12]


def invitation_token(member: Membership) -> str:
    """The private part of the address in an invitation: good for 90 days, and as long as the mail address stays."""
    return str(_signer().dumps([member.public_id, _mark(member.email)]))


def seat_of_token(token: str) -> Offer | None:
    """The member of the invitation; None for one that is forged, old, or went to an address that was corrected since."""
    try:
        public_id, mark = _signer().loads(token, max_age=int(timedelta(days=_TOKEN_DAYS).total_seconds()))
    except (BadData, ValueError, TypeError):
        return None
    offer = seat_by_id(current_session(current_app), str(public_id))
    return offer if offer is not None and _mark(offer.membership.email) == mark else None


# ── On paper ──


def _said(locale: Locale, text: str, **params: object) -> str:
    """An interface sentence in another language than the page's."""
    translated = g.catalogs.translations(locale).gettext(text)
    isolated = {key: formats.isolate(value) for key, value in params.items()}
    try:
        return str(translated % isolated if isolated else translated)
    except (KeyError, ValueError, TypeError):
        return text % isolated


def poster_of(cohort: Cohort, now: datetime) -> Poster:
    """The cohort's poster, in its own language."""
    locale, code = locale_of(cohort.languages[0]), cohort.join_code or ""
    day = last_day(cohort.join_expires_at, cohort.time_zone)
    until = _said(locale, N_("The code works until %(day)s."), day=formats.day(day, locale)) if day else ""
    return Poster(
        title=_said(locale, N_("Join here")),
        cohort=cohort.title,
        steps=(
            _said(locale, N_("Scan the picture with your phone, or open the page and type the code.")),
            _said(locale, N_("Sign in, or make an account with your mail address.")),
            _said(locale, N_("Press “Join”.")),
        ),
        code_label=_said(locale, N_("The code")),
        code=spaced(code),
        until=until,
        address=whole_address("cohorts.join_with", cohort, code=code),
        typed=whole_address("cohorts.join", cohort),
        code_alt=_said(locale, N_("A picture to scan: it opens the page to join.")),
        language=locale.bcp47,
        dir=locale.dir,
        made=now.date(),
    )


def cards_for(cohort: Cohort, members: Sequence[Membership], now: datetime) -> tuple[list[Card], CardWords]:
    """The cards of those people, in the cohort's own language."""
    locale = locale_of(cohort.languages[0])
    cards = [
        Card(
            member.name,
            member.organisation,
            spaced(member.card_code or ""),
            whole_address("cohorts.open_card", cohort, code=member.card_code or ""),
        )
        for member in members
    ]
    words = CardWords(
        title=_said(locale, N_("Cards")),
        cohort=cohort.title,
        how=_said(locale, N_("Your own card. Scan it, or open the page and type the code. Keep it to yourself.")),
        address=whole_address("cohorts.join", cohort),
        code_alt=_said(locale, N_("A picture to scan: it opens your place.")),
        language=locale.bcp47,
        dir=locale.dir,
        made=now.date(),
    )
    return cards, words


def typed_code(text: str) -> str:
    """A code as somebody typed it, or as the address of a scanned picture."""
    return read_code(text.rstrip("/").rpartition("/")[2])
