"""Permissions in a programme's records: by country, and by programme."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.rules.authorisation import countries_of
from coplearn.kernel.words import Permission
from coplearn.programme.rules.words import ProgrammeRole


@dataclass(frozen=True, slots=True)
class ProgrammeSeat:
    """A role that somebody has in a programme, in one country of it or (empty) in all."""

    programme_id: int
    role: ProgrammeRole
    country: str = ""


@dataclass(frozen=True, slots=True)
class ProgrammeAccess:
    """Everything that decides on what a person may see, write and confirm."""

    user_id: int
    countries: frozenset[str] | None
    """Those they coordinate; None for all of them."""
    seats: tuple[ProgrammeSeat, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here for them."""
        return self.countries is not None and not self.countries and not self.seats

    @property
    def sees_all(self) -> bool:
        """Whether they coordinate everywhere."""
        return self.countries is None

    @property
    def may_write(self) -> bool:
        """Whether they may write anything at all."""
        return self.countries is None or bool(self.countries) or any(_writes(seat) for seat in self.seats)

    @property
    def may_confirm_somewhere(self) -> bool:
        """Whether they may confirm anything at all."""
        return self.countries is None or bool(self.countries) or any(_edits(seat) for seat in self.seats)


def access_of(user_id: int, grants: Iterable[Granted], seats: Iterable[ProgrammeSeat]) -> ProgrammeAccess:
    """The access of a person with those grants and those seats."""
    return ProgrammeAccess(user_id, countries_of(grants, Permission.SEE_COUNTRY), tuple(seats))


def may_see(access: ProgrammeAccess, countries: Collection[str], programme_id: int | None) -> bool:
    """Whether they may read a record: of one of their countries, or of a programme in which they have a seat there.

    A record without a country is for whoever coordinates everywhere, and for its programme.
    """
    if access.countries is None or access.countries & set(countries):
        return True
    return any(_reaches(seat, countries, programme_id) for seat in access.seats)


def may_write(access: ProgrammeAccess, countries: Collection[str], programme_id: int | None) -> bool:
    """Whether they may write a draft there: in each of its countries, or with a seat in its programme."""
    if _coordinates(access, countries):
        return True
    return any(_writes(seat) and _covers(seat, countries, programme_id) for seat in access.seats)


def may_edit(access: ProgrammeAccess, countries: Collection[str], programme_id: int | None) -> bool:
    """Whether they may write on what others wrote there, and correct it."""
    if _coordinates(access, countries):
        return True
    return any(_edits(seat) and _covers(seat, countries, programme_id) for seat in access.seats)


def may_confirm(
    access: ProgrammeAccess, countries: Collection[str], programme_id: int | None, written_by: int | None
) -> bool:
    """Whether they may say that it is so: as :func:`may_edit`, and never of what they wrote themselves."""
    return written_by != access.user_id and may_edit(access, countries, programme_id)


def _coordinates(access: ProgrammeAccess, countries: Collection[str]) -> bool:
    return access.countries is None or (bool(countries) and set(countries) <= access.countries)


def _reaches(seat: ProgrammeSeat, countries: Collection[str], programme_id: int | None) -> bool:
    return seat.programme_id == programme_id and (not seat.country or seat.country in countries)


def _covers(seat: ProgrammeSeat, countries: Collection[str], programme_id: int | None) -> bool:
    return seat.programme_id == programme_id and (not seat.country or set(countries) == {seat.country})


def _writes(seat: ProgrammeSeat) -> bool:
    return seat.role is not ProgrammeRole.READER


def _edits(seat: ProgrammeSeat) -> bool:
    return seat.role is ProgrammeRole.EDITOR
