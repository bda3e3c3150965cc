"""Access to reports: readers of a programme's records, each for what they may see."""

from __future__ import annotations

from dataclasses import dataclass

from coplearn.cohorts.common.guards import nobody_here
from coplearn.cohorts.common.queries import Person
from coplearn.i18n.countries import COUNTRIES
from coplearn.period_reports.models import PeriodEdition
from coplearn.programme.guards import present_access
from coplearn.programme.rules.access import ProgrammeAccess


@dataclass(frozen=True, slots=True)
class ReportReader:
    """A person who reads reports of a programme."""

    person: Person
    access: ProgrammeAccess

    def countries(self, asked: str) -> frozenset[str] | None:
        """The countries of a report: the one that was asked for, else all that are theirs. Raises NotYours for one that is not."""
        own = self.access.countries
        if not asked:
            return own or None
        if asked not in COUNTRIES or not (own is None or asked in own or self._sits_in(asked)):
            raise nobody_here()
        return frozenset({asked})

    def _sits_in(self, country: str) -> bool:
        return any(seat.country in ("", country) for seat in self.access.seats)

    def may_hand_on(self, countries: frozenset[str] | None) -> bool:
        """Whether they may make an edition of those countries (None: of all), and see the true numbers of this site's own
        records there."""
        own = self.access.countries
        return own is None or (bool(countries) and countries is not None and countries <= own)

    def may_read(self, edition: PeriodEdition) -> bool:
        """Whether an edition is of what they coordinate."""
        return self.may_hand_on(frozenset(edition.countries) or None)


def report_reader() -> ReportReader:
    """Let in whoever reads a programme's records (two statements). Raises NotYours for everybody else."""
    context = present_access()
    return ReportReader(context.person, context.access)
