"""Groups that were heard by talking: their numbers, each with its basis, or that none is stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypedDict

from coplearn.consultations.rules.words import LONGEST_REMARK
from coplearn.kernel.errors import Refused
from coplearn.kernel.fixed_text import plain_lines
from coplearn.kernel.text import N_
from coplearn.programme.rules.records import ReachLine, check_reach
from coplearn.programme.rules.words import AudienceGroup, CountBasis, CountUnit, Qualifier

MOST_COUNTRIES: Final = 250


class HeardColumns(TypedDict):
    """The numbers as they are stored."""

    audience: str
    age_band: str
    number: int | None
    qualifier: str
    basis: str
    countries: int | None
    countries_qualifier: str


@dataclass(frozen=True, slots=True)
class HeardNumbers:
    """A group and its numbers: people, and the countries they came from. None is not stated, and never 0."""

    audience: str
    basis: str
    number: int | None = None
    qualifier: str = Qualifier.EXACT
    age_band: str = ""
    countries: int | None = None
    countries_qualifier: str = Qualifier.EXACT

    def checked(self, said: str) -> HeardNumbers:
        """The same. Raises Refused where a number and its basis do not go together, or nothing is told of what was heard."""
        if self.audience not in set(AudienceGroup) or self.basis not in set(CountBasis):
            raise Refused(N_("Choose who was heard, and how they were counted."))
        if {self.qualifier, self.countries_qualifier} - set(Qualifier):
            raise Refused(N_("Choose how exact the number is."))
        if (self.basis == CountBasis.NOT_STATED) != (self.number is None and self.countries is None):
            raise Refused(N_("Give each number its basis. Where there is no number, choose “Not stated”: it is not 0."))
        check_reach(self.people)
        if self.countries is not None and not 1 <= self.countries <= MOST_COUNTRIES:
            raise Refused(N_("Write the number of countries with digits alone, or leave it empty."))
        if not 1 <= len(plain_lines(said)) <= LONGEST_REMARK:
            raise Refused(N_("Tell what was heard, in at most %(count)s characters."), count=LONGEST_REMARK)
        return self

    @property
    def people(self) -> ReachLine:
        """The number of people, as programme records have it."""
        basis = CountBasis.NOT_STATED if self.number is None else CountBasis(self.basis)
        group, qualifier = AudienceGroup(self.audience), Qualifier(self.qualifier)
        return ReachLine(group, basis, self.number, qualifier, CountUnit.PEOPLE, self.age_band)

    @property
    def lines(self) -> list[ReachLine]:
        """Both numbers; that of countries where one is stated."""
        if self.countries is None:
            return [self.people]
        group, qualifier = AudienceGroup(self.audience), Qualifier(self.countries_qualifier)
        countries = ReachLine(group, CountBasis(self.basis), self.countries, qualifier, CountUnit.COUNTRIES)
        return [self.people, countries]

    def columns(self) -> HeardColumns:
        """The columns of its row."""
        return {
            "audience": self.audience,
            "age_band": self.age_band,
            "number": self.number,
            "qualifier": self.qualifier,
            "basis": self.basis,
            "countries": self.countries,
            "countries_qualifier": self.countries_qualifier,
        }
