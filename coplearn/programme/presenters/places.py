"""Places of records of a programme: the countries and programmes that a form offers, and the refusal of others."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from coplearn.cohorts.common.presenters import country_choices
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.text import N_
from coplearn.programme.queries.organisations import programmes
from coplearn.programme.rules.access import ProgrammeAccess, may_write
from coplearn.web.forms import Choices
from coplearn.web.render import page_locale, say


def offered_places(session: Session, access: ProgrammeAccess) -> tuple[Choices, Choices]:
    """The countries by code, and the programmes by id, that somebody may choose (one statement)."""
    codes = access.countries if access.countries is not None and not access.seats else COUNTRIES
    own = {seat.programme_id for seat in access.seats}
    countries = [(code, name) for code, name in country_choices(page_locale()) if code in codes]
    return countries, [(str(one.id), one.name) for one in programmes(session) if access.sees_all or one.id in own]


def blame_place(field: Any, access: ProgrammeAccess, country: str, programme_id: int | None) -> None:
    """Say at the field of the country that somebody does not work there, unless something else is wrong with it already."""
    if not field.errors and not may_write(access, [country], programme_id):
        field.errors = [say(N_("You do not work in this country. Choose another one, or a programme of yours."))]
