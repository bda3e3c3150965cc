"""Outcomes of people's training: those of a cohort, and deciding them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from coplearn.api.cursors import NoCursor, cursor_of, place_of
from coplearn.api.operations import PREFIX, Call, Made, operation
from coplearn.api.shapes import ListQuery, PageOut, RequestShape, ResponseShape, Text
from coplearn.cohorts.common.guards import enter
from coplearn.cohorts.common.presenters import courses_held
from coplearn.cohorts.common.queries import member_of
from coplearn.cohorts.common.rules.words import CohortPermission, TrainingOutcome
from coplearn.cohorts.outcomes.presenters import certification as presenters
from coplearn.cohorts.outcomes.queries.certification import members_page, standing_outcomes
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.rules.checklist import Checklist
from coplearn.cohorts.outcomes.service import certification as service
from coplearn.kernel.clock import utcnow
from coplearn.tokens.rules import TokenScope

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.certification import Certification
    from coplearn.cohorts.common.models.cohort import Membership


class RequirementOut(ResponseShape):
    """One thing that is asked for before somebody is certified."""

    key: str
    met: bool
    done: int
    total: int


class OutcomeOut(ResponseShape):
    """A person's standing, and the decision about it."""

    member: str
    name: str
    met: bool = Field(description="Whether all that is asked for is done.")
    requirements: list[RequirementOut]
    outcome: str | None = Field(description="The decision that stands; null while there is none.")
    turn: int = Field(description="The number of that decision, to send back with the next; 0 while there is none.")
    number: str | None = Field(description="Of the certificate: by it anybody may check it.")
    issued_at: datetime | None
    valid_until: datetime | None
    revoked_at: datetime | None


class NewOutcome(RequestShape):
    """A decision."""

    outcome: TrainingOutcome
    note: Text = Field("", description="Kind words to the trainee about what comes next.")
    turn: int = Field(0, ge=0, le=1_000_000, description="`turn` of the outcome that you saw.")


@operation(
    "GET",
    "/cohorts/<cohort_id>/outcomes",
    "List outcomes",
    TokenScope.PEOPLE_READ,
    query=ListQuery,
    answer=PageOut[OutcomeOut],
)
def list_outcomes(call: Call, cohort_id: str, query: ListQuery) -> PageOut[OutcomeOut]:
    """List everybody who takes or took part, with what is done of what is asked for, and what was decided."""
    context, after = enter(cohort_id, CohortPermission.CERTIFY), place_of(query.cursor)
    if after is not None and not isinstance(after, int):
        raise NoCursor
    found = members_page(call.session, context.cohort.id, query.limit + 1, after=after or 0)
    shown = found[: query.limit]
    lists = checklists(call.session, context.cohort, shown, courses_held(), utcnow())
    standing = standing_outcomes(call.session, [member.id for member in shown])
    return PageOut[OutcomeOut](
        items=[_out(member, lists[member.id], standing.get(member.id)) for member in shown],
        next=cursor_of(shown[-1].id) if len(found) > query.limit else None,
    )


def _out(member: Membership, way: Checklist, standing: Certification | None) -> OutcomeOut:
    return OutcomeOut(
        member=member.public_id,
        name=member.name,
        met=way.met,
        requirements=[
            RequirementOut(key=one.key, met=one.met, done=one.done, total=one.total) for one in way.requirements
        ],
        outcome=standing.outcome if standing else None,
        turn=standing.turn if standing else 0,
        number=standing.number if standing else None,
        issued_at=standing.issued_at if standing else None,
        valid_until=standing.valid_until if standing else None,
        revoked_at=standing.revoked_at if standing else None,
    )


@operation(
    "GET", "/cohorts/<cohort_id>/outcomes/<member_id>", "Read an outcome", TokenScope.PEOPLE_READ, answer=OutcomeOut
)
def read_outcome(call: Call, cohort_id: str, member_id: str) -> OutcomeOut:
    """Read how one person stands, and what was decided."""
    context = enter(cohort_id, CohortPermission.CERTIFY)
    member = member_of(call.session, context.cohort.id, member_id)
    way = checklists(call.session, context.cohort, [member], courses_held(), utcnow())[member.id]
    return _out(member, way, standing_outcomes(call.session, [member.id]).get(member.id))


@operation(
    "POST",
    "/cohorts/<cohort_id>/outcomes/<member_id>",
    "Decide an outcome",
    TokenScope.OUTCOMES_WRITE,
    body=NewOutcome,
    answer=OutcomeOut,
)
def decide_outcome(call: Call, cohort_id: str, member_id: str, body: NewOutcome) -> Made:
    """Decide what came of somebody's training, by the same law as on the page: certified is only who has done all that is
    asked for, nobody decides about themselves, and of two who decide at once the second is told."""
    context = enter(cohort_id, CohortPermission.CERTIFY)
    service.decide(
        call.session,
        context.person,
        context.cohort,
        member_id,
        body.outcome,
        body.note,
        body.turn,
        courses_held(),
        presenters.titles_today,
        utcnow(),
    )
    location = f"{PREFIX}/cohorts/{cohort_id}/outcomes/{member_id}"
    return Made(location, read_outcome(call, cohort_id=cohort_id, member_id=member_id))
