"""The one way in to the pages of a series: open to all, or for its people and for those who run it."""

from __future__ import annotations

from dataclasses import dataclass

from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here, person_or_none, the_session
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import Person, entry_of, member_entry
from coplearn.cohorts.common.rules.authorisation import permissions_in
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState, State
from coplearn.cohorts.series.queries import series_of, session_of


@dataclass(frozen=True, slots=True)
class SeriesVisit:
    """A person on a page of a series."""

    cohort: Cohort
    person: Person | None
    """None for visitors, on a page that is open to all."""
    member: Membership | None
    """Their own place among the people of the series."""
    runs: bool
    """Whether they plan its sessions."""

    @property
    def takes_part(self) -> bool:
        """Whether they are one of its people now."""
        return self.member is not None and self.member.state == MemberState.ACTIVE


def visit(series_id: str) -> SeriesVisit:
    """Let somebody read the pages of a series (five statements at most). Raises NotFound for everybody else.

    A page that is open to all is read by anybody, once the series is no draft and until it is archived.
    """
    session, person = the_session(), person_or_none()
    cohort = series_of(session, series_id)
    if cohort is None:
        raise nobody_here()
    own = member_entry(session, series_id, person.id) if person is not None else None
    member = own[1] if own is not None else None
    sees = runs = False
    entry = entry_of(session, series_id, person.id) if person is not None else None
    if person is not None and entry is not None:
        permissions = permissions_in(cohort.country, entry.roles, person.grants)
        sees, runs = CohortPermission.SEE in permissions, CohortPermission.MEETINGS in permissions
    is_out = cohort.state != State.DRAFT and cohort.archived_at is None
    takes_part = member is not None and member.state == MemberState.ACTIVE and cohort.state != State.DRAFT
    if not (sees or takes_part or (cohort.is_public and is_out)):
        raise nobody_here()
    return SeriesVisit(cohort, person, member, runs)


def visit_session(series_id: str, meeting_id: str) -> tuple[SeriesVisit, Meeting]:
    """The same for a session's page. Raises NotFound for one that is not the series'."""
    visitor = visit(series_id)
    meeting = session_of(the_session(), visitor.cohort.id, meeting_id)
    if meeting is None:
        raise nobody_here()
    return visitor, meeting


def run_session(series_id: str, meeting_id: str, permission: CohortPermission) -> tuple[StaffContext, Meeting]:
    """Let somebody who may do that in the series to a session's page behind the scenes. Raises NotFound for everybody else."""
    context = enter(series_id, permission)
    meeting = session_of(the_session(), context.cohort.id, meeting_id) if context.is_series else None
    if meeting is None:
        raise nobody_here()
    return context, meeting
