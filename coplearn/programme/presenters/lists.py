"""The list of activities: its question, its lines, what waits for a second person, and what this site knows by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from coplearn.cohorts.common.rules.words import AgeBand
from coplearn.kernel.text import N_
from coplearn.programme.documents import TableWords
from coplearn.programme.forms.activities import FilterForm
from coplearn.programme.forms.records import labels
from coplearn.programme.presenters.words import (
    countries_to_choose,
    country_words,
    language_name,
    programmes_to_choose,
    reach_words,
    span_words,
)
from coplearn.programme.queries.lists import SHOWN, WAITS, ActivityFilters, ActivityLine, activity_lines, waiting_for
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.records import ActivityContent, OwnActivity, is_counted
from coplearn.programme.rules.words import (
    AudienceGroup,
    CountBasis,
    CountUnit,
    PartRole,
    Qualifier,
    RecordState,
)
from coplearn.site import site
from coplearn.web.forms import Choices
from coplearn.web.render import say

_OWN_SHOWN: Final = 20
BADGES: Final[Mapping[str, str]] = {
    RecordState.DRAFT: "again",
    RecordState.CONFIRMED: "done",
    RecordState.CORRECTED: "done",
    RecordState.TAKEN_BACK: "wrong",
}


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """The question of a list with its form."""

    form: FilterForm
    filters: ActivityFilters


@dataclass(frozen=True, slots=True)
class OwnLine:
    """An activity of this site's own records, with its words."""

    own: OwnActivity
    kind: str
    status: str
    when: str
    countries: str
    numbers: Sequence[str]


def asked_of(session: Session, access: ProgrammeAccess, args: MultiDict[str, str]) -> ListQuestion:
    """The question in an address; what cannot be asked is left out."""
    form = FilterForm(args)
    states = [(WAITS, say(N_("Waits for a second person"))), *labels(RecordState)]
    form.offer(countries_to_choose(access), states, programmes_to_choose(session, access))
    programme = _chosen(form.programme)
    asked = ActivityFilters(
        _day(form.since),
        _day(form.until),
        _chosen(form.country),
        _chosen(form.kind),
        _chosen(form.status),
        _chosen(form.state),
        int(programme) if programme else None,
    )
    return ListQuestion(form, asked)


def _day(field: Any) -> date | None:
    found: date | None = None if field.process_errors else field.data
    return found


def _chosen(field: Any) -> str:
    return field.data if field.data in {value for value, _ in field.choices} else ""


def home_page(session: Session, access: ProgrammeAccess, args: MultiDict[str, str]) -> dict[str, object]:
    """Everything the list's page shows."""
    question, after = asked_of(session, access, args), args.get("after", "")[:40]
    lines = activity_lines(session, access, question.filters, after, SHOWN + 1)
    wanted = {name: value for name, value in args.items() if name != "after" and value}
    return {
        "form": question.form,
        "asked": wanted,
        "lines": [line_words(line) for line in lines[:SHOWN]],
        "after": lines[SHOWN - 1].key if len(lines) > SHOWN else "",
        "is_first": not after,
        "waiting": waiting_for(session, access),
        "own": own_lines(own_of(session, access, question.filters)) if not after else [],
    }


@dataclass(frozen=True, slots=True)
class ListedActivity:
    """A line of the list with its words."""

    line: ActivityLine
    kind: str
    status: str
    when: str
    countries: str
    state: str
    badge: str


def line_words(line: ActivityLine) -> ListedActivity:
    """A line in the page's language."""
    return ListedActivity(
        line,
        say(line.kind.label),
        say(line.status.label),
        span_words(line.span),
        " · ".join(country_words(*one) for one in line.countries),
        say(N_("Waits for a second person")) if line.waits else say(line.state.label),
        "again" if line.waits else BADGES[line.state],
    )


def own_of(session: Session, access: ProgrammeAccess, asked: ActivityFilters) -> list[OwnActivity]:
    """The activities that this site knows by itself, of that question, the newest first; parts stand with their whole."""
    if asked.state or asked.programme_id is not None:
        return []
    countries = None if access.countries is None else access.countries
    if asked.country:
        countries = frozenset({asked.country}) if countries is None else countries & {asked.country}
    if countries is not None and not countries:
        return []
    found = [one for source in site().activity_sources for one in source(session, asked.since, asked.until, countries)]
    kept = [
        one for one in found if not one.part_of and asked.kind in ("", one.kind) and asked.status in ("", one.status)
    ]
    return sorted(kept, key=lambda one: one.span.since, reverse=True)


def own_lines(own: Sequence[OwnActivity]) -> list[OwnLine]:
    """The first of them in the page's language."""
    return [
        OwnLine(
            one,
            say(one.kind.label),
            say(one.status.label),
            span_words(one.span),
            " · ".join(country_words(code, "") for code in one.countries),
            [reach_words(line) for line in one.reach] if is_counted(one) else [],
        )
        for one in own[:_OWN_SHOWN]
    ]


def row_choices() -> dict[str, Choices]:
    """The lists to choose from in the rows of partners and numbers."""
    return {
        "roles": labels(PartRole),
        "groups": [("", say(N_("Choose a group"))), *labels(AudienceGroup)],
        "qualifiers": labels(Qualifier),
        "units": labels(CountUnit),
        "bases": labels(CountBasis),
        "bands": [("", say(N_("Not stated"))), *labels(AgeBand)],
    }


def table_words() -> TableWords:
    """The columns of the table that is taken away."""
    return TableWords(
        [
            (say(N_("Title")), lambda one: one.title),
            (say(N_("Kind")), lambda one: say(one.kind.label)),
            (say(N_("Where it stands")), lambda one: say(one.status.label)),
            (say(N_("From")), lambda one: one.span.since.isoformat()),
            (say(N_("Until")), lambda one: one.span.until.isoformat()),
            (say(N_("How exactly the dates are told")), lambda one: say(one.span.precision.label)),
            (say(N_("Countries")), _countries),
            (say(N_("Place")), lambda one: one.place),
            (say(N_("Whom it is for")), _audiences),
            (say(N_("Partners")), lambda one: "; ".join(line.text for line in one.partners)),
            (say(N_("Languages")), lambda one: "; ".join(language_name(code) for code in one.languages)),
            (say(N_("Numbers")), _numbers),
            (say(N_("What the source says of it")), lambda one: "; ".join(say(trait.label) for trait in one.traits)),
            (say(N_("Summary")), lambda one: one.summary),
            (say(N_("Source")), lambda one: one.source),
        ],
        say(N_("Record")),
        lambda one: say(one.state.label),
    )


def _countries(content: ActivityContent) -> str:
    return "; ".join(country_words(line.country, line.as_source_says) for line in content.countries)


def _audiences(content: ActivityContent) -> str:
    parts = [*(say(one.label) for one in content.audiences), content.audience_words]
    return "; ".join(part for part in parts if part) or say(N_("Not stated"))


def _numbers(content: ActivityContent) -> str:
    told = [f"{reach_words(line)} ({say(line.basis.label)})" for line in content.reach]
    return "; ".join(told) or say(N_("Not stated"))
