"""What the matrix of a cohort shows: each person's way, requirement by requirement, forty people a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from flask import current_app
from sqlalchemy.orm import Session

from coplearn.cohorts.queries.certification import standing_outcomes
from coplearn.cohorts.queries.checklist import checklists
from coplearn.cohorts.rules.checklist import Checklist, Requirement, RequirementKind
from coplearn.cohorts.rules.words import OUTCOMES, Outcome
from coplearn.cohorts.screens.cohort import course_titles
from coplearn.i18n import formats
from coplearn.insights.queries import cohort as queries
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.cohorts.models.certification import Certification
    from coplearn.cohorts.models.cohort import Cohort, Membership

PAGE: Final = 40
LOOKED_AT: Final = 120
"""Of so many people at most one page shows those who miss something: it must not look through ten thousand."""


@dataclass(frozen=True, slots=True)
class Cell:
    """How one requirement stands: a mark and a word, never a colour alone."""

    state: str
    """``met``, ``begun`` or ``open``."""
    words: str
    """Read out; a sign says it to those who see."""
    figures: str


@dataclass(frozen=True, slots=True)
class Line:
    """One person."""

    public_id: str
    name: str
    cells: tuple[Cell, ...]
    outcome: str
    missing: int


@dataclass(frozen=True, slots=True)
class Matrix:
    """One page of it."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    after: str | None
    """Behind whom the next page begins."""
    looked_at: int

    @property
    def totals(self) -> tuple[int, ...]:
        """How many of those shown have what stands above each column."""
        return tuple(sum(line.cells[place].state == "met" for line in self.lines) for place in range(len(self.columns)))


def matrix(
    session: Session, cohort: Cohort, after: str, now: datetime, *, only_missing: bool, missing_first: bool = False
) -> Matrix:
    """The page behind that person (nine statements at most); with ``missing_first`` who misses most begins it."""
    limit = LOOKED_AT if only_missing else PAGE
    members = queries.people_after(session, cohort.id, after, limit + 1)
    page, more = members[:limit], len(members) > limit
    ways = checklists(session, cohort, page, current_app.extensions["shelf"].current().courses, now, titles_of(cohort))
    if only_missing:
        looked_at = page
        page = [member for member in page if not ways[member.id].met]
        if len(page) > PAGE:
            page, more = page[:PAGE], True
            looked_at = looked_at[: looked_at.index(page[-1]) + 1]
    else:
        looked_at = page
    outcomes = standing_outcomes(session, [member.id for member in page]) if page else {}
    lines = [_line(member, ways[member.id], outcomes.get(member.id)) for member in page]
    if missing_first:
        lines.sort(key=lambda line: -line.missing)
    first = ways[looked_at[0].id].requirements if looked_at else ()
    return Matrix(
        columns_of(cohort, first),
        tuple(lines),
        looked_at[-1].public_id if more and looked_at else None,
        len(looked_at),
    )


def titles_of(cohort: Cohort) -> dict[str, str]:
    """The cohort's courses by id, in the page's language."""
    ids = [*cohort.course_ids, *cohort.optional_course_ids]
    return dict(zip(ids, course_titles(ids), strict=True))


def columns_of(cohort: Cohort, requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """What stands above each requirement."""
    titles = titles_of(cohort)
    return tuple(requirement_name(one.key, one.kind, titles) for one in requirements)


def requirement_name(key: str, kind: RequirementKind, titles: dict[str, str]) -> str:
    """A requirement in a few words."""
    if kind is RequirementKind.ATTENDANCE:
        return say(N_("Attendance"))
    if kind is RequirementKind.TEACH_BACK:
        return say(N_("Teach-backs"))
    title = titles.get(key.partition(":")[2], key)
    return say(N_("Recommended: %(course)s"), course=title) if kind is RequirementKind.OPTIONAL else title


def _line(member: Membership, way: Checklist, outcome: Certification | None) -> Line:
    cells = tuple(_cell(one) for one in way.requirements)
    return Line(member.public_id, member.name, cells, _outcome(outcome), len(way.missing))


def _outcome(found: Certification | None) -> str:
    if found is None:
        return say(N_("Not decided yet"))
    return say(N_("Taken back")) if found.revoked_at is not None else say(OUTCOMES[Outcome(found.outcome)])


def _cell(one: Requirement) -> Cell:
    state = "met" if one.met else "begun" if one.done else "open"
    words = WORDS["recommended" if state == "open" and one.kind is RequirementKind.OPTIONAL else state]
    locale = page_locale()
    if one.kind is RequirementKind.ATTENDANCE:
        figures = formats.percent(one.done / 100, locale) if one.done else ""
    elif state == "begun" and one.kind is RequirementKind.COURSE and one.done >= one.total:
        figures = say(N_("All steps, mark too low"))
    elif state == "begun":
        done, total = formats.number(one.done, locale), formats.number(one.total, locale)
        figures = say(N_("%(done)s of %(total)s"), done=done, total=total)
    else:
        figures = ""
    return Cell(state, say(words), figures)


WORDS: Final = {"met": N_("Done"), "begun": N_("Begun"), "open": N_("Still missing"), "recommended": N_("Not begun")}
