"""The people of a cohort: the list, one of them, putting somebody on it, correcting, letting in, taking off and back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from coplearn.api.cursors import NoCursor, cursor_of, place_of
from coplearn.api.operations import PREFIX, Call, Invalid, Made, operation
from coplearn.api.shapes import Line, ListQuery, PageOut, RequestShape, ResponseShape
from coplearn.cohorts.common.guards import StaffContext, enter
from coplearn.cohorts.common.queries import member_of
from coplearn.cohorts.common.rules.words import CohortPermission, MemberState
from coplearn.cohorts.common.service import locked_cohort
from coplearn.cohorts.people.presenters.members import invitation_token, language_choices
from coplearn.cohorts.people.queries import people_page
from coplearn.cohorts.people.rules.columns import Column
from coplearn.cohorts.people.rules.rosters import Fault, PersonDraft, Reading, read_person
from coplearn.cohorts.people.service import members as service
from coplearn.kernel.clock import utcnow
from coplearn.kernel.text import N_, Phrase
from coplearn.tokens.rules import TokenScope

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Membership


class PersonIn(RequestShape):
    """The facts that the list has of a person."""

    name: Line
    email: Line = Field("", description="Empty for somebody without: they get a card.")
    phone: Line = ""
    organisation: Line = ""
    region: Line = ""
    language: Line = Field("", description="A locale's code; empty for the cohort's own.")


class PersonChange(RequestShape):
    """Corrections; what is left out stays."""

    name: Line | None = None
    email: Line | None = None
    phone: Line | None = None
    organisation: Line | None = None
    region: Line | None = None
    language: Line | None = None


class MemberOut(ResponseShape):
    """A person in a cohort."""

    id: str
    name: str = Field(description="Empty for somebody who was erased: they are counted and no longer named.")
    email: str | None
    phone: str
    organisation: str
    region: str
    language: str
    state: str
    has_account: bool
    created_at: datetime
    joined_at: datetime | None
    left_at: datetime | None


class MemberListing(ListQuery):
    """Query of the list of people."""

    state: MemberState | None = Field(None, description="Only those.")
    search: Line = Field("", description="A part of a name or address.")


class MemberChange(RequestShape):
    """An action on somebody of the list."""

    do: Literal["approve", "withdraw", "take-back", "invite"]


@operation(
    "GET",
    "/cohorts/<cohort_id>/members",
    "List a cohort's people",
    TokenScope.PEOPLE_READ,
    query=MemberListing,
    answer=PageOut[MemberOut],
)
def list_members(call: Call, cohort_id: str, query: MemberListing) -> PageOut[MemberOut]:
    """The people of a cohort by name, for whoever runs it. That they are read is written down, as it is of the page."""
    context, after = enter(cohort_id, CohortPermission.PEOPLE), _after(query.cursor)
    state, search = query.state.value if query.state else "", query.search.strip()[:100]
    found = people_page(call.session, context.cohort.id, state=state, search=search, after=after, limit=query.limit + 1)
    shown = found[: query.limit]
    more = len(found) > query.limit
    return PageOut[MemberOut](
        items=[_out(one) for one in shown], next=cursor_of([shown[-1].name, shown[-1].id]) if more else None
    )


def _after(cursor: str | None) -> tuple[str, int] | None:
    match place_of(cursor):
        case None:
            return None
        case [str() as name, int() as number]:
            return name, number
        case _:
            raise NoCursor


def _out(member: Membership) -> MemberOut:
    return MemberOut(
        id=member.public_id,
        name=member.name,
        email=member.email,
        phone=member.phone,
        organisation=member.organisation,
        region=member.region,
        language=member.locale,
        state=member.state,
        has_account=member.user_id is not None,
        created_at=member.created_at,
        joined_at=member.joined_at,
        left_at=member.left_at,
    )


@operation("GET", "/cohorts/<cohort_id>/members/<member_id>", "Read a person", TokenScope.PEOPLE_READ, answer=MemberOut)
def read_member(call: Call, cohort_id: str, member_id: str) -> MemberOut:
    """One person of a cohort."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    return _out(member_of(call.session, context.cohort.id, member_id))


@operation(
    "POST",
    "/cohorts/<cohort_id>/members",
    "Put a person on the list",
    TokenScope.PEOPLE_WRITE,
    body=PersonIn,
    answer=MemberOut,
    status=201,
)
def add_member(call: Call, cohort_id: str, body: PersonIn) -> Made:
    """Put somebody on the list. Who has no mail address takes part at once and gets a card; everybody else is asked in."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    draft = _draft(context, body)
    member = service.add_by_hand(call.session, context.person, context.cohort.id, draft, utcnow())
    return Made(f"{PREFIX}/cohorts/{cohort_id}/members/{member.public_id}", _out(member))


def _draft(context: StaffContext, sent: PersonIn, own: str = "") -> PersonDraft:
    """The person as sent, by the law of rosters. Raises Invalid."""
    own = own or context.cohort.languages[0]
    known = {code for code, _ in language_choices(context.cohort, own)}
    if sent.language and sent.language not in known:
        raise Invalid({"language": Phrase(N_("Choose at least one language."))})
    cells = {
        Column.NAME: sent.name,
        Column.EMAIL: sent.email,
        Column.PHONE: sent.phone,
        Column.ORGANISATION: sent.organisation,
        Column.REGION: sent.region,
        Column.LANGUAGE: sent.language or own,
    }
    person = read_person(0, cells, Reading(lambda word: word if word in known else None, context.cohort.country))
    if isinstance(person, Fault):
        raise Invalid({str(one.column or "name"): one.reason for one in person.remarks})
    return person


def current_member(call: Call, cohort_id: str, member_id: str) -> MemberOut:
    """The person as they stand, held until the change is made."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    locked_cohort(call.session, context.cohort.id)
    return _out(member_of(call.session, context.cohort.id, member_id))


@operation(
    "PATCH",
    "/cohorts/<cohort_id>/members/<member_id>",
    "Correct a person",
    TokenScope.PEOPLE_WRITE,
    body=PersonChange,
    answer=MemberOut,
    current=current_member,
)
def correct_member(call: Call, cohort_id: str, member_id: str, body: PersonChange) -> MemberOut:
    """Correct what stands on the list about somebody."""
    context = enter(cohort_id, CohortPermission.PEOPLE)
    now = _out(member_of(call.session, context.cohort.id, member_id))
    values = {name: getattr(now, name) or "" for name in PersonIn.model_fields}
    values |= {name: value for name, value in body.model_dump(exclude_unset=True).items() if value is not None}
    draft = _draft(context, PersonIn.model_validate(values), now.language)
    return _out(service.correct(call.session, context.person, context.cohort.id, member_id, draft, utcnow()))


_VERBS: Final = {"approve": service.approve, "withdraw": service.withdraw, "take-back": service.take_back}


@operation(
    "POST",
    "/cohorts/<cohort_id>/members/<member_id>/deeds",
    "Let in, take off, take back or invite a person",
    TokenScope.PEOPLE_WRITE,
    body=MemberChange,
    answer=MemberOut,
)
def change_member(call: Call, cohort_id: str, member_id: str, body: MemberChange) -> Made:
    """Let in who waits, take somebody off the list, take them back, or write them an invitation. Twice is as once, but for
    invitations: send an Idempotency-Key with those."""
    permission = CohortPermission.WRITE if body.do == "invite" else CohortPermission.PEOPLE
    context = enter(cohort_id, permission)
    member_of(call.session, context.cohort.id, member_id)
    here = (call.session, context.person, context.cohort.id, member_id)
    invites = body.do == "invite"
    member = service.invite(*here, invitation_token, utcnow()) if invites else _VERBS[body.do](*here, utcnow())
    return Made(f"{PREFIX}/cohorts/{cohort_id}/members/{member_id}", _out(member))
