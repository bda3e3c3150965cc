"""Cohorts: the list, one of them, opening, changing and moving on."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import Field

from coplearn.accounts.rules import may_somewhere
from coplearn.api.cursors import NoCursor, cursor_of, place_of
from coplearn.api.operations import PREFIX, Call, Made, operation, refuse_if
from coplearn.api.shapes import Code, Line, ListQuery, PageOut, RequestShape, ResponseShape, Text
from coplearn.cohorts.common.guards import StaffContext, enter, nobody_here, present_person
from coplearn.cohorts.common.queries import Person, rights_of
from coplearn.cohorts.common.rules.authorisation import countries_of
from coplearn.cohorts.common.rules.words import CohortPermission, Kind, State
from coplearn.cohorts.common.service import locked_cohort
from coplearn.cohorts.whole import service
from coplearn.cohorts.whole.queries.cohort import cohorts_for
from coplearn.cohorts.whole.rules import SERIES, Details, problems_of
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.tokens.rules import TokenScope
from coplearn.web.request_checks import MOST

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort


class Decided(RequestShape):
    """Decisions about a cohort; what is left out stays as it was, or as it is for a new one."""

    title: Line | None = None
    country: Code | None = Field(None, description="ISO 3166 code.")
    region: Line | None = None
    place: Line | None = None
    online: bool | None = None
    languages: list[Code] | None = Field(None, max_length=50)
    time_zone: Line | None = Field(None, description="IANA name.")
    audience: Line | None = None
    course_ids: list[Code] | None = Field(None, max_length=100)
    optional_course_ids: list[Code] | None = Field(None, max_length=100)
    capacity: int | None = Field(None, ge=1, le=MOST, description="Seats; null for no limit.")
    threshold: int | None = Field(None, ge=0, le=1_000)
    course_mark: int | None = Field(None, ge=0, le=1_000)
    teach_backs: int | None = Field(None, ge=0, le=1_000)
    validity_months: int | None = Field(None, ge=0, le=10_000)
    waiting_list: bool | None = None
    is_public: bool | None = Field(None, description="Of a series alone.")
    about: Text | None = Field(None, description="Of a series alone.")
    rubric_version: Code | None = None


class NewCohort(Decided):
    """A new cohort."""

    kind: Kind = Kind.TRAINERS


class NewState(RequestShape):
    """The state that a cohort goes to next: one step on, or one back."""

    state: State


class CohortOut(ResponseShape):
    """A cohort with what was decided about it."""

    id: str
    kind: str
    state: str
    archived: bool
    title: str
    country: str
    region: str
    place: str
    online: bool
    languages: list[str]
    time_zone: str
    audience: str
    course_ids: list[str]
    optional_course_ids: list[str]
    capacity: int | None
    threshold: int
    course_mark: int
    teach_backs: int
    validity_months: int
    waiting_list: bool
    is_public: bool
    about: str
    rubric_version: str
    generation: int
    created_at: datetime


class CohortLineOut(ResponseShape):
    """A cohort in a list."""

    id: str
    kind: str
    state: str
    title: str
    country: str
    languages: list[str]
    people: int = Field(description="Those who take part.")
    certified: int


class CohortListing(ListQuery):
    """Query of the list of cohorts."""

    archived: bool = Field(False, description="Those that were put away instead.")


@operation(
    "GET", "/cohorts", "List cohorts", TokenScope.COHORTS_READ, query=CohortListing, answer=PageOut[CohortLineOut]
)
def list_cohorts(call: Call, query: CohortListing) -> PageOut[CohortLineOut]:
    """The cohorts that the caller works in, and those of the countries they coordinate, the newest first."""
    person, before = present_person(), place_of(query.cursor)
    if before is not None and not isinstance(before, int):
        raise NoCursor
    countries = countries_of(person.grants, Permission.SEE_COUNTRY)
    lines = cohorts_for(
        call.session, person.id, countries, archived=query.archived, before=before, limit=query.limit + 1
    )
    shown = lines[: query.limit]
    return PageOut[CohortLineOut](
        items=[
            CohortLineOut(
                id=one.cohort.public_id,
                kind=one.cohort.kind,
                state=one.cohort.state,
                title=one.cohort.title,
                country=one.cohort.country,
                languages=list(one.cohort.languages),
                people=one.people,
                certified=one.certified,
            )
            for one in shown
        ],
        next=cursor_of(shown[-1].cohort.id) if len(lines) > query.limit else None,
    )


@operation("GET", "/cohorts/<cohort_id>", "Read a cohort", TokenScope.COHORTS_READ, answer=CohortOut)
def read_cohort(_call: Call, cohort_id: str) -> CohortOut:
    """One cohort, for whoever works in it or coordinates its country."""
    return _out(enter(cohort_id, CohortPermission.SEE).cohort)


def _out(cohort: Cohort) -> CohortOut:
    decided: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(service.details_of(cohort)).items()
    }
    return CohortOut(
        id=cohort.public_id,
        state=cohort.state,
        archived=cohort.archived_at is not None,
        generation=cohort.generation,
        created_at=cohort.created_at,
        **decided,
    )


@operation("POST", "/cohorts", "Open a cohort", TokenScope.COHORTS_WRITE, body=NewCohort, answer=CohortOut, status=201)
def open_cohort(call: Call, body: NewCohort) -> Made:
    """Make a draft of a cohort; nobody sees it before it is opened. For coordinators and certified trainers."""
    person = present_person()
    if not _may_open(call, person):
        raise nobody_here()
    first = SERIES if body.kind is Kind.SERIES else Details(kind=body.kind)
    details = _decided(first, body)
    refuse_if(problems_of(details, *_known()))
    opened = service.open_cohort(call.session, person, details, utcnow())
    return Made(f"{PREFIX}/cohorts/{opened.public_id}", _out(opened))


def _may_open(call: Call, person: Person) -> bool:
    if may_somewhere(person.grants, Permission.OPEN_COHORTS):
        return True
    return site().settings.cohorts_opened_by == "trainers" and bool(rights_of(call.session, person.id, utcnow()))


def _decided(before: Details, sent: Decided) -> Details:
    values: dict[str, Any] = {name: getattr(sent, name) for name in sent.model_fields_set if name != "kind"}
    empty = [name for name, value in values.items() if value is None and name != "capacity"]
    kept: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items() if name not in empty
    }
    return replace(before, **kept)


def _known() -> tuple[list[str], list[str]]:
    return list(site().library.current().courses), [locale.code for locale in site().locales]


def current_cohort(call: Call, cohort_id: str) -> CohortOut:
    """The cohort as it stands, held until the change is made."""
    context = enter(cohort_id, CohortPermission.EDIT)
    return _out(locked_cohort(call.session, context.cohort.id))


@operation(
    "PATCH",
    "/cohorts/<cohort_id>",
    "Change a cohort",
    TokenScope.COHORTS_WRITE,
    body=Decided,
    answer=CohortOut,
    current=current_cohort,
)
def change_cohort(call: Call, cohort_id: str, body: Decided) -> CohortOut:
    """Change what was decided about a cohort."""
    context = enter(cohort_id, CohortPermission.EDIT)
    details = _decided(service.details_of(context.cohort), body)
    refuse_if(problems_of(details, *_known(), service.active_people(call.session, context.cohort.id)))
    service.change_cohort(call.session, context.person, context.cohort.id, context.cohort.rev, details, utcnow())
    return _again(cohort_id)


def _again(cohort_id: str, permission: CohortPermission = CohortPermission.SEE) -> CohortOut:
    context: StaffContext = enter(cohort_id, permission)
    return _out(context.cohort)


def _current_for_staff(call: Call, cohort_id: str) -> CohortOut:
    context = enter(cohort_id, CohortPermission.STAFF)
    return _out(locked_cohort(call.session, context.cohort.id))


@operation(
    "PATCH",
    "/cohorts/<cohort_id>/state",
    "Move a cohort on or back",
    TokenScope.COHORTS_WRITE,
    body=NewState,
    answer=CohortOut,
    current=_current_for_staff,
)
def move_cohort(call: Call, cohort_id: str, body: NewState) -> CohortOut:
    """Open a cohort for joining, begin it, close it, or go one step back. For its leads and the country's coordinator.

    If-Match takes the ETag of the cohort.
    """
    context = enter(cohort_id, CohortPermission.STAFF)
    service.move_cohort(call.session, context.person, context.cohort.id, body.state, utcnow())
    return _again(cohort_id)
