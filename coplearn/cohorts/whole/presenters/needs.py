"""The people of a cohort who may need help, and why, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.cohorts.common.guards import StaffContext
from coplearn.cohorts.whole.queries.needs import facts_of
from coplearn.cohorts.whole.rules import Need, Reason, reasons_of
from coplearn.courses.course import Course
from coplearn.kernel.text import Phrase
from coplearn.site import site
from coplearn.web.render import page_locale, say


@dataclass(frozen=True, slots=True)
class InNeed:
    """One person with the reasons to write to them."""

    public_id: str
    name: str
    organisation: str
    has_mail: bool
    need: Need
    """The most urgent one."""
    reasons: tuple[Phrase, ...]
    """Put into words where they are shown: of ten thousand people forty are."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One reason, with how many people it holds for."""

    need: Need
    words: str
    count: int


def in_need(session: Session, context: StaffContext, now: datetime) -> list[InNeed]:
    """Active people for whom a rule says so, the most urgent first and then by name."""
    people = []
    for member, facts in facts_of(session, context.cohort, _courses(), _check_titles(), now):
        reasons = reasons_of(facts, now)
        if reasons:
            people.append(_line(member.public_id, member.name, member.organisation, member.email, reasons))
    order = list(Need)
    return sorted(people, key=lambda line: order.index(line.need))


def _line(public_id: str, name: str, organisation: str, email: str | None, reasons: list[Reason]) -> InNeed:
    phrases = tuple(reason.phrase for reason in reasons)
    return InNeed(public_id, name, organisation, email is not None, reasons[0].need, phrases)


def tabs(people: list[InNeed]) -> list[Tab]:
    """The reasons that hold for somebody."""
    counted = [(need, sum(line.need is need for line in people)) for need in Need]
    return [Tab(need, say(need.label), count) for need, count in counted if count]


def _courses() -> Mapping[str, Course]:
    return site().library.current().courses


def _check_titles() -> dict[tuple[str, str], str]:
    live_library, locale = site().library, page_locale()
    return {
        (course.id, item): live_library.texts(course, locale).get(f"{item}#title").text
        for course in live_library.current().courses.values()
        for item in course.checks
    }
