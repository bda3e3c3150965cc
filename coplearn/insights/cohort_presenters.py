"""One cohort's numbers and its matrix, for those who run it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import (
    ATTENDED,
    MemberState,
    Presence,
    TrainingOutcome,
)
from coplearn.cohorts.outcomes.presenters.certification import titles_for
from coplearn.cohorts.outcomes.queries.certification import outcome_counts, standing_outcomes
from coplearn.cohorts.outcomes.queries.checklist import checklists
from coplearn.cohorts.outcomes.rules.checklist import Checklist, Requirement, RequirementKind
from coplearn.i18n import formats
from coplearn.insights import queries
from coplearn.insights.charts import Bar, Parts, bar, parts
from coplearn.insights.queries import MeetingLine
from coplearn.insights.rules import RequirementCount, met_of, missing_first, page_behind
from coplearn.kernel.text import N_
from coplearn.site import site
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.cohorts.common.models.certification import Certification
    from coplearn.cohorts.common.models.cohort import Cohort, Membership


KEEP_FROM: Final = 200
"""In a cohort of more people than this, what they have met is counted once in :data:`KEPT_FOR` and not at each look."""
KEPT_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ChecklistProgress:
    """The numbers of people who have met each requirement, as they were counted then."""

    lines: tuple[RequirementCount, ...]
    ready: int
    people: int
    order: tuple[int, ...]
    """Everybody's membership, who misses most first."""
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class CohortNumbers:
    """Everything the page shows."""

    people: list[Bar]
    meetings: list[Parts]
    requirements: list[Parts]
    outcomes: list[Bar]
    progress: ChecklistProgress


class ProgressCache:
    """The counts of large cohorts, by the cohort's id; one a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, ChecklistProgress] = {}

    def get(self, cohort_id: int, now: datetime) -> ChecklistProgress | None:
        """The counts of not long ago."""
        with self._lock:
            found = self._kept.get(cohort_id)
        return found if found is not None and now - KEPT_FOR < found.counted_at <= now else None

    def put(self, cohort_id: int, progress: ChecklistProgress) -> None:
        """Keep it, and let go what is old."""
        with self._lock:
            fresh = progress.counted_at - KEPT_FOR
            self._kept = {key: one for key, one in self._kept.items() if one.counted_at > fresh}
            self._kept[cohort_id] = progress


def cohort_numbers(session: Session, cohort: Cohort, now: datetime) -> CohortNumbers:
    """The page of one cohort (nine statements at most, for up to 10,000 people)."""
    states = queries.states_of(session, cohort.id)
    active = states.get(MemberState.ACTIVE, 0)
    progress = _progress(session, cohort, active, now)
    return CohortNumbers(
        [bar(say(state.label), states.get(state, 0)) for state in MemberState],
        [_meeting(line, active) for line in queries.meetings_of(session, cohort.id, now)],
        _requirements(cohort, progress),
        _outcome_bars(outcome_counts(session, cohort.id), states),
        progress,
    )


def _progress(session: Session, cohort: Cohort, active: int, now: datetime) -> ChecklistProgress:
    kept = site().progress
    found = kept.get(cohort.id, now) if active > KEEP_FROM else None
    if found is None:
        members = queries.people_counted(session, cohort.id)
        ways = checklists(session, cohort, members, site().library.current().courses, now)
        lines, ready = met_of(ways.values())
        found = ChecklistProgress(tuple(lines), ready, len(members), missing_first(ways), now)
        if active > KEEP_FROM:
            kept.put(cohort.id, found)
    return found


def _meeting(line: MeetingLine, active: int) -> Parts:
    there = sum(line.marks.get(status, 0) for status in ATTENDED)
    excused, absent = line.marks.get(Presence.EXCUSED, 0), line.marks.get(Presence.ABSENT, 0)
    day = formats.day(line.starts_at, page_locale())
    label = say(N_("%(title)s, %(day)s"), title=line.title, day=day)
    return parts(label, (there, excused, absent, max(0, active - there - excused - absent)))


def meeting_parts() -> list[str]:
    """The names of the parts of a meeting's bar."""
    return [
        say(N_("Were there")),
        say(Presence.EXCUSED.label),
        say(Presence.ABSENT.label),
        say(N_("Not marked")),
    ]


def _requirements(cohort: Cohort, progress: ChecklistProgress) -> list[Parts]:
    titles = titles_for(cohort)
    return [
        parts(requirement_name(one.key, one.kind, titles), (one.met, one.begun, one.people - one.met - one.begun))
        for one in progress.lines
    ]


def requirement_parts() -> list[str]:
    """The names of the parts of a requirement's bar."""
    return [say(N_("Done")), say(N_("Begun")), say(N_("Not begun"))]


def _outcome_bars(counts: dict[tuple[str, bool], int], states: dict[str, int]) -> list[Bar]:
    lines = [bar(say(outcome.label), counts.get((outcome.value, False), 0)) for outcome in TrainingOutcome]
    revoked = sum(count for (_, is_revoked), count in counts.items() if is_revoked)
    decided = sum(counts.values())
    people = states.get(MemberState.ACTIVE, 0) + states.get(MemberState.WITHDRAWN, 0)
    if revoked:
        lines.append(bar(say(N_("Taken back")), revoked))
    return [*lines, bar(say(N_("Not decided yet")), max(0, people - decided))]


PAGE: Final = 40
LOOKED_AT: Final = 120
"""Of so many people at most one page shows those who miss something: it must not look through ten thousand."""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """The state of one requirement: a mark and a word, never a colour alone."""

    state: str
    """``met``, ``begun`` or ``open``."""
    words: str
    """Read out; a sign says it to those who see."""
    figures: str


@dataclass(frozen=True, slots=True)
class MatrixLine:
    """One person."""

    public_id: str
    name: str
    cells: tuple[MatrixCell, ...]
    outcome: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """One page of it."""

    columns: tuple[str, ...]
    lines: tuple[MatrixLine, ...]
    after: str | None
    """Behind whom the next page begins."""
    looked_at: int

    @property
    def totals(self) -> tuple[int, ...]:
        """The number of those shown who have what stands above each column."""
        return tuple(sum(line.cells[place].state == "met" for line in self.lines) for place in range(len(self.columns)))


def matrix(
    session: Session, cohort: Cohort, after: str, now: datetime, *, only_missing: bool, most_first: bool = False
) -> Matrix:
    """The page behind that person (nine statements at most); with ``most_first`` in the order of who misses most of all the
    cohort (seventeen)."""
    limit = LOOKED_AT if only_missing else PAGE
    if most_first:
        page, more = _page_in_order(session, cohort, after, now)
    else:
        members = queries.people_after(session, cohort.id, after, limit + 1)
        page, more = members[:limit], len(members) > limit
    ways = checklists(session, cohort, page, site().library.current().courses, now, titles_for(cohort))
    looked_at = page
    if only_missing:
        page = [member for member in page if not ways[member.id].met]
        if len(page) > PAGE:
            page, more = page[:PAGE], True
            looked_at = looked_at[: looked_at.index(page[-1]) + 1]
    outcomes = standing_outcomes(session, [member.id for member in page]) if page else {}
    lines = [_line(member, ways[member.id], outcomes.get(member.id)) for member in page]
    first = ways[looked_at[0].id].requirements if looked_at else ()
    return Matrix(
        columns_of(cohort, first),
        tuple(lines),
        looked_at[-1].public_id if more and looked_at else None,
        len(looked_at),
    )


def _page_in_order(session: Session, cohort: Cohort, after: str, now: datetime) -> tuple[list[Membership], bool]:
    """The members, who misses most first, over the whole cohort; in a large one in the order of the last count."""
    active = queries.states_of(session, cohort.id).get(MemberState.ACTIVE, 0)
    order = _progress(session, cohort, active, now).order
    ids, more = page_behind(order, queries.membership_id_of(session, cohort.id, after) if after else None, PAGE)
    return queries.people_by_ids(session, cohort.id, ids), more


def columns_of(cohort: Cohort, requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """The heading above each requirement."""
    titles = titles_for(cohort)
    return tuple(requirement_name(one.key, one.kind, titles) for one in requirements)


def requirement_name(key: str, kind: RequirementKind, titles: dict[str, str]) -> str:
    """A requirement in a few words."""
    if kind is RequirementKind.ATTENDANCE:
        return say(N_("Attendance"))
    if kind is RequirementKind.TEACH_BACK:
        return say(N_("Teach-backs"))
    if kind is RequirementKind.BADGE:
        return say(N_("A badge of others"))
    title = titles.get(key.partition(":")[2], key)
    return say(N_("Recommended: %(course)s"), course=title) if kind is RequirementKind.OPTIONAL else title


def _line(member: Membership, way: Checklist, outcome: Certification | None) -> MatrixLine:
    cells = tuple(_cell(one) for one in way.requirements)
    return MatrixLine(member.public_id, member.name, cells, _outcome_words(outcome))


def _outcome_words(found: Certification | None) -> str:
    if found is None:
        return say(N_("Not decided yet"))
    return say(N_("Taken back")) if found.revoked_at is not None else say(TrainingOutcome(found.outcome).label)


def _cell(one: Requirement) -> MatrixCell:
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
    return MatrixCell(state, say(words), figures)


WORDS: Final = {"met": N_("Done"), "begun": N_("Begun"), "open": N_("Still missing"), "recommended": N_("Not begun")}
