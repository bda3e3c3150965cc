"""The countries whose numbers somebody may see: the countries they coordinate."""

from __future__ import annotations

from dataclasses import dataclass

from coplearn.cohorts.common.guards import nobody_here, present_person
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.authorisation import countries_of
from coplearn.i18n.countries import COUNTRIES
from coplearn.kernel.words import Permission


@dataclass(frozen=True, slots=True)
class ReportAccess:
    """A person who sees the numbers of countries."""

    person: Person
    countries: frozenset[str] | None
    """None for all of them."""

    def narrowed(self, country: str) -> frozenset[str] | None:
        """The countries, or only the one that is named. Raises NotFound for a country that is not theirs."""
        if not country:
            return self.countries
        if country not in (COUNTRIES if self.countries is None else self.countries):
            raise nobody_here()
        return frozenset({country})


def places_asked(country: str) -> frozenset[str] | None:
    """The countries that an edition's address names (``ES-MA``); None for the whole site.

    Whoever sees numbers may see every edition: it is made for everybody. Raises NotFound for what is no country.
    """
    if not country:
        return None
    codes = frozenset(country.split("-"))
    if not codes <= frozenset(COUNTRIES):
        raise nobody_here()
    return codes


def report_access() -> ReportAccess:
    """Let a coordinator or an administrator in (one statement). Raises NotFound for everybody else."""
    person = present_person()
    countries = countries_of(person.grants, Permission.SEE_COUNTRY)
    if countries is not None and not countries:
        raise nobody_here()
    return ReportAccess(person, countries)
