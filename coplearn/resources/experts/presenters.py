"""The pages of experts, ready for their templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.formats import country_names
from coplearn.kernel.text import N_
from coplearn.resources.experts import queries
from coplearn.resources.experts.forms import NominationForm
from coplearn.resources.experts.rules import NominationState, PanelResult, VoteChoice
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.resources.experts.models import ExpertNomination
    from coplearn.resources.hub.models import HubMember


@dataclass(frozen=True, slots=True)
class ExpertLine:
    """An expert whom a panel elected."""

    nomination: ExpertNomination
    country: str
    result: PanelResult


def expert_lines(session: Session) -> list[ExpertLine]:
    """The experts, by name."""
    names = dict(country_names(sorted(COUNTRIES), page_locale()))
    return [ExpertLine(one, names.get(one.country, ""), result) for one, result in queries.elected(session)]


@dataclass(frozen=True, slots=True)
class NominationLine:
    """A nomination as the panel sees it: its votes only once they are over."""

    nomination: ExpertNomination
    state: str
    result: PanelResult | None
    choice: str | None
    """The reader's own choice in a vote that goes on: empty while they have not voted, None without a vote."""
    may_open: bool


def nomination_lines(session: Session, member: HubMember | None, *, keeps: bool) -> list[NominationLine]:
    """Nominations, the newest first (three statements)."""
    nominations = queries.recent_nominations(session)
    results = queries.results_of(session, nominations)
    places = queries.places_of(session, member.id) if member is not None else {}
    return [
        NominationLine(
            one,
            say(NominationState(one.state).label),
            results.get(one.id) if one.state in (NominationState.ELECTED, NominationState.NOT_ELECTED) else None,
            places.get(one.id),
            keeps and one.state == NominationState.AGREED,
        )
        for one in nominations
    ]


def vote_choices() -> Choices:
    """The choices of a vote."""
    return [(one.value, say(one.label)) for one in VoteChoice]


def offer(form: NominationForm) -> NominationForm:
    """The form with countries and the site's languages to choose from."""
    languages: Sequence[tuple[str, str]] = [(one.code, one.name) for one in site().locales.live]
    countries = [("", say(N_("Choose a country"))), *country_names(sorted(COUNTRIES), page_locale())]
    form.offer(countries, list(languages))
    return form
