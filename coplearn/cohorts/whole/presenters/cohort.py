"""The contents of a cohort's own pages: choices, facts, what is left to do, and its history in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import request, url_for

from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.guards import StaffContext
from coplearn.cohorts.common.presenters import (
    audience_name,
    country_choices,
    country_name,
    course_titles,
    language_names,
    zone_name,
)
from coplearn.cohorts.common.queries import StaffLine
from coplearn.cohorts.common.rules.authorisation import Authorisation, countries_of
from coplearn.cohorts.common.rules.words import CohortPermission, Kind, StaffRole, State
from coplearn.cohorts.outcomes.rules.teaching import RUBRICS
from coplearn.cohorts.whole.forms import CohortForm
from coplearn.cohorts.whole.queries.cohort import CohortWork
from coplearn.cohorts.whole.rules import NEXT_STATES
from coplearn.i18n import formats
from coplearn.i18n.time_zones import zone_choices
from coplearn.kernel.text import N_, counted
from coplearn.kernel.words import Permission
from coplearn.site import site
from coplearn.web.render import page_locale, say, say_phrase

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent


STEP_WORDS: Final = {
    (State.DRAFT, State.OPEN): N_("Open the cohort for joining"),
    (State.OPEN, State.RUNNING): N_("Start the cohort"),
    (State.RUNNING, State.CLOSED): N_("Close the cohort"),
    (State.OPEN, State.DRAFT): N_("Back to draft"),
    (State.RUNNING, State.OPEN): N_("Open the cohort for joining again"),
    (State.CLOSED, State.RUNNING): N_("Take the cohort up again"),
}
SERIES_STEPS: Final = {
    (State.DRAFT, State.OPEN): N_("Open the series"),
    (State.OPEN, State.RUNNING): N_("Start the series"),
    (State.RUNNING, State.CLOSED): N_("Close the series"),
    (State.OPEN, State.DRAFT): N_("Back to draft"),
    (State.RUNNING, State.OPEN): N_("Back to open"),
    (State.CLOSED, State.RUNNING): N_("Take the series up again"),
}
_EVENTS: Final = {
    "opened": N_("%(who)s made the cohort."),
    "changed": N_("%(who)s changed what was decided about it."),
    "moved": N_("%(who)s moved it on."),
    "archived": N_("%(who)s archived it."),
    "taken-out": N_("%(who)s took it out of the archive."),
    "staff-asked": N_("%(who)s asked somebody to work in it."),
    "staff-not-asked": N_("%(who)s took back what somebody was asked."),
    "staff-agreed": N_("%(who)s works in it now."),
    "staff-added": N_("%(who)s named %(name)s."),
    "staff-until": N_("%(who)s changed the last day of %(name)s."),
    "staff-ended": N_("%(who)s ended the work of %(name)s."),
    "code-opened": N_("%(who)s decided how people join by the code."),
    "code-renewed": N_("%(who)s made a new code to join by."),
    "code-closed": N_("%(who)s closed the code to join by."),
    "joined": N_("%(who)s joined by the code."),
    "asked-to-join": N_("%(who)s asked to join."),
    "seat-taken": N_("%(who)s took the seat that was kept."),
    "person-added": N_("%(who)s put somebody on the list."),
    "person-corrected": N_("%(who)s corrected what stands on the list about somebody."),
    "person-approved": N_("%(who)s let somebody in."),
    "person-withdrawn": N_("%(who)s took somebody off the list."),
    "person-taken-back": N_("%(who)s took somebody back."),
    "person-invited": N_("%(who)s wrote an invitation."),
    "people-invited": N_("%(who)s wrote invitations."),
    "queued": N_("%(who)s is on the waiting list."),
    "queue-left": N_("%(who)s left the waiting list."),
    "queue-moved": N_("%(who)s gave somebody another place on the waiting list: %(reason)s"),
    "seat-given": N_("Somebody from the waiting list has a seat now."),
    "card-first-used": N_("A card was used to learn for the first time."),
    "person-erased": N_("%(who)s erased what told who a person was."),
    "card-renewed": N_("%(who)s gave a card a new code."),
    "cards-made": N_("%(who)s made cards."),
    "roster-begun": N_("%(who)s brought in a list."),
    "session-registered": N_("%(who)s registered for a session."),
    "session-left": N_("%(who)s gave a place at a session back."),
    "session-approved": N_("%(who)s gave somebody a place at a session."),
    "session-refused": N_("%(who)s took somebody off the list of a session."),
    "session-seat-given": N_("Somebody from the waiting list has a place at a session now."),
    "session-changed": N_("%(who)s changed the page of a session."),
}


@dataclass(frozen=True, slots=True)
class NextState:
    """A state to move to."""

    state: str
    words: str
    is_onward: bool
    """Whether it is the next on the way; closing is not pressed for, so it is no step onward."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history."""

    when: object
    words: str


def offer_choices(form: CohortForm, grants: Sequence[Granted], right_countries: Iterable[str]) -> None:
    """Fill the form's lists: a coordinator's countries, or those of the rights somebody holds."""
    locale, locales = page_locale(), site().locales
    allowed = countries_of(grants, Permission.OPEN_COHORTS)
    countries = [
        pair
        for pair in country_choices(locale)
        if allowed is None or pair[0] in allowed or pair[0] in set(right_countries)
    ]
    courses = list(site().library.current().courses)
    form.offer(
        countries,
        list(zone_choices(locale)),
        [(one.code, one.name) for one in locales if one.is_reachable and not one.is_pseudo],
        [(one, rubric_name(one)) for one in RUBRICS],
        list(zip(courses, course_titles(courses), strict=True)),
    )


def when_next(work: CohortWork) -> str:
    """The day and hour of the next meeting there, as the cohort's clock and the page's language have it."""
    return formats.moment(work.meeting.starts_at, work.cohort.time_zone, page_locale()) if work.meeting else ""


def _listed(names: Iterable[str]) -> str:
    """Names as the page's language joins them, each kept to itself: one from right to left does not turn the others round."""
    return formats.listing([formats.isolate(name) for name in names], page_locale())


def facts(cohort: Cohort) -> list[tuple[str, str]]:
    """The decisions, as (name, value) in the page's language; values are plain text, and what was typed is isolated."""
    locale = page_locale()
    if cohort.kind == Kind.SERIES:
        return _series_facts(cohort)
    shown = [
        (say(N_("What it is for")), say(Kind(cohort.kind).label)),
        (say(N_("Whom it is for")), audience_name(cohort.audience)),
        (say(N_("Country")), country_name(cohort.country)),
        (say(N_("Region or town")), cohort.region and formats.isolate(cohort.region)),
        (say(N_("Where")), (formats.isolate(cohort.place) if cohort.place else "") or (say(N_("Online")) if cohort.online else "")),
        (say(N_("Languages")), _listed([one.name for one in language_names(cohort.languages)])),
        (say(N_("Time zone")), zone_name(cohort.time_zone)),
        (say(N_("Online courses")), _listed(course_titles(cohort.course_ids))),
        (say(N_("Offered besides")), _listed(course_titles(cohort.optional_course_ids))),
        (say(N_("Seats")), formats.number(cohort.capacity, locale) if cohort.capacity else ""),
        (say(N_("When every seat is taken")), say(N_("Whoever joins is put on a waiting list")) if cohort.waiting_list else ""),
        (say(N_("Attendance needed")), formats.percent(cohort.threshold / 100, locale)),
        (say(N_("Mark needed in the courses")), formats.percent(cohort.course_mark / 100, locale)),
        (say(N_("Teach-backs to pass")), formats.number(cohort.teach_backs, locale)),
        (say(N_("Rubric of the teach-backs")), rubric_name(cohort.rubric_version) if cohort.teach_backs else ""),
        (
            say(N_("The certificate is valid for")),
            say_phrase(counted("%(num)s month", "%(num)s months", cohort.validity_months)),
        ),
    ]  # fmt: skip
    return [(name, value) for name, value in shown if value]


def _series_facts(cohort: Cohort) -> list[tuple[str, str]]:
    shown = [
        (say(N_("What it is for")), say(Kind(cohort.kind).label)),
        (say(N_("What the series is about")), formats.isolate(cohort.about) if cohort.about else ""),
        (say(N_("Who may read its page")), say(N_("Anybody") if cohort.is_public else N_("Its people"))),
        (say(N_("Country")), country_name(cohort.country)),
        (say(N_("Region or town")), cohort.region and formats.isolate(cohort.region)),
        (say(N_("Where")), (formats.isolate(cohort.place) if cohort.place else "") or (say(N_("Online")) if cohort.online else "")),
        (say(N_("Languages")), _listed([one.name for one in language_names(cohort.languages)])),
        (say(N_("Time zone")), zone_name(cohort.time_zone)),
    ]  # fmt: skip
    return [(name, value) for name, value in shown if value]


def rubric_name(version: str) -> str:
    """A rubric by its version, in the page's language."""
    return say(N_("Version %(version)s"), version=version)


def steps(context: StaffContext, authorisation: Authorisation) -> list[NextState]:
    """The next states of the cohort, for whoever may move it; it is not opened for joining when nobody new may come in."""
    if CohortPermission.STAFF not in context.permissions:
        return []
    now = State(context.cohort.state)
    words = SERIES_STEPS if context.is_series else STEP_WORDS
    return [
        NextState(state.value, say(words[now, state]), place == 0 and state is not State.CLOSED)
        for place, state in enumerate(NEXT_STATES[now])
        if state is not State.OPEN or authorisation is Authorisation.FIRM
    ]


def left_to_do(cohort: Cohort, staff: Sequence[StaffLine], meetings: int) -> list[str]:
    """The things still missing before the cohort can do its work, in sentences."""
    roles = {line.role for line in staff}
    missing = []
    is_series = cohort.kind == Kind.SERIES
    if StaffRole.LEAD not in roles:
        missing.append(N_("Name an organiser in charge.") if is_series else N_("Name a lead trainer."))
    if cohort.teach_backs and StaffRole.EXAMINER not in roles:
        missing.append(N_("Name an examiner who has trained none of its people."))
    if not meetings and cohort.state != State.CLOSED:
        missing.append(N_("Plan its sessions.") if is_series else N_("Plan its meetings."))
    if not cohort.course_ids and cohort.kind == Kind.TRAINERS:
        missing.append(N_("Choose the courses its trainers will be certified for."))
    return [say(one) for one in missing]


def history(events: Iterable[CohortEvent]) -> list[HistoryLine]:
    """The actions we have words for, newest first."""
    return [
        HistoryLine(
            event.at,
            say(
                _EVENTS[event.kind],
                who=event.by_name or say(N_("The site")),
                **{
                    name: event.details.get(name, "")
                    for name in ("name", "reason")
                    if f"%({name})s" in _EVENTS[event.kind]
                },
            ),
        )
        for event in events
        if event.kind in _EVENTS
    ]


_TABS: Final = (
    ("cohorts.cohort", N_("Overview"), CohortPermission.SEE),
    ("cohorts.people", N_("People"), CohortPermission.PEOPLE),
    ("cohorts.meetings", N_("Meetings"), CohortPermission.SEE),
    ("cohorts.teach_backs", N_("Teach-backs"), CohortPermission.OBSERVE),
    ("cohorts.outcomes", N_("Outcomes"), CohortPermission.CERTIFY),
    ("cohorts.needs", N_("Who needs help"), CohortPermission.WRITE),
    ("cohorts.letters", N_("Letters"), CohortPermission.WRITE),
    ("insights.matrix", N_("Progress"), CohortPermission.REPORT),
)


_BELONGS_TO: Final = {
    "cohorts.ask_copy": "cohorts.cohort",
    "cohorts.copy": "cohorts.cohort",
    "cohorts.asked_badges": "cohorts.cohort",
    "cohorts.ask_for_badge": "cohorts.cohort",
    "cohorts.staff": "cohorts.cohort",
    "cohorts.add_staff": "cohorts.cohort",
    "cohorts.ask_person": "cohorts.people",
    "cohorts.add_person": "cohorts.people",
    "cohorts.person": "cohorts.people",
    "cohorts.correct_person": "cohorts.people",
    "cohorts.ask_roster": "cohorts.people",
    "cohorts.upload_roster": "cohorts.people",
    "cohorts.roster": "cohorts.people",
    "cohorts.new_meeting": "cohorts.meetings",
    "cohorts.plan_meeting": "cohorts.meetings",
    "cohorts.ask_days": "cohorts.meetings",
    "cohorts.plan_days": "cohorts.meetings",
    "cohorts.edit_meeting": "cohorts.meetings",
    "cohorts.change_meeting": "cohorts.meetings",
    "cohorts.mark_history": "cohorts.meetings",
    "cohorts.children": "cohorts.meetings",
    "cohorts.count_children": "cohorts.meetings",
    "cohorts.scan": "cohorts.meetings",
    "series.run": "cohorts.meetings",
    "series.set_up": "cohorts.meetings",
    "series.write_notes": "cohorts.meetings",
    "series.change_part": "cohorts.meetings",
    "cohorts.plan_teach_back": "cohorts.teach_backs",
    "cohorts.keep_plan": "cohorts.teach_backs",
    "cohorts.teach_back": "cohorts.teach_backs",
    "cohorts.judge": "cohorts.teach_backs",
    "cohorts.outcome": "cohorts.outcomes",
    "cohorts.decide": "cohorts.outcomes",
    "cohorts.renew": "cohorts.outcomes",
    "cohorts.later": "cohorts.outcomes",
    "insights.cohort": "insights.matrix",
}
"""Under which of the tabs a further page stands, so that the place is marked there too."""


def cohort_tabs(context: StaffContext) -> list[tuple[str, str, bool]]:
    """(text, address, whether it is this page) of the pages that the person may open."""
    here = _BELONGS_TO.get(request.endpoint or "", request.endpoint)
    named = {"cohorts.meetings": N_("Sessions")} if context.is_series else {}
    return [
        (say(named.get(endpoint, text)), url_for(endpoint, cohort_id=context.cohort.public_id), here == endpoint)
        for endpoint, text, permission in _TABS
        if permission in context.permissions and not (context.is_series and endpoint == "cohorts.needs")
    ]
