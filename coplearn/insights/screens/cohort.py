"""What the numbers of one cohort show, to those who run it: as they are, nothing hidden."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from flask import current_app
from sqlalchemy.orm import Session

from coplearn.cohorts.queries.certification import outcome_counts
from coplearn.cohorts.queries.checklist import checklists
from coplearn.cohorts.rules.counting import ATTENDED
from coplearn.cohorts.rules.words import MEMBER_STATES, OUTCOMES, PRESENCES, MemberState, Presence
from coplearn.i18n import formats
from coplearn.insights.queries import cohort as queries
from coplearn.insights.queries.cohort import MeetingLine
from coplearn.insights.rules.matrix import Met, met_of
from coplearn.insights.screens.charts import Bar, Parts, bar, parts
from coplearn.insights.screens.matrix import requirement_name, titles_of
from coplearn.kernel.text import N_
from coplearn.web.render import page_locale, say

if TYPE_CHECKING:
    from coplearn.cohorts.models.cohort import Cohort

KEEP_FROM: Final = 200
"""In a cohort of more people than this, what they have met is counted once in :data:`KEPT_FOR` and not at each look."""
KEPT_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people have met what, as it was counted then."""

    lines: tuple[Met, ...]
    ready: int
    people: int
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class Numbers:
    """Everything the page shows."""

    people: list[Bar]
    meetings: list[Parts]
    requirements: list[Parts]
    outcomes: list[Bar]
    progress: Progress


class KeptProgress:
    """What was counted of large cohorts, by the cohort's id; one a process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, Progress] = {}

    def get(self, cohort_id: int, now: datetime) -> Progress | None:
        """What was counted not long ago."""
        with self._lock:
            found = self._kept.get(cohort_id)
        return found if found is not None and now - KEPT_FOR < found.counted_at <= now else None

    def put(self, cohort_id: int, progress: Progress) -> None:
        """Keep it, and let go what is old."""
        with self._lock:
            fresh = progress.counted_at - KEPT_FOR
            self._kept = {key: one for key, one in self._kept.items() if one.counted_at > fresh}
            self._kept[cohort_id] = progress


def numbers(session: Session, cohort: Cohort, now: datetime) -> Numbers:
    """The page of one cohort (nine statements at most, for up to 10,000 people)."""
    states = queries.states_of(session, cohort.id)
    active = states.get(MemberState.ACTIVE, 0)
    progress = _progress(session, cohort, active, now)
    return Numbers(
        [bar(say(text), states.get(state, 0)) for state, text in MEMBER_STATES.items()],
        [_meeting(line, active) for line in queries.meetings_of(session, cohort.id, now)],
        _requirements(cohort, progress),
        _outcomes(outcome_counts(session, cohort.id), states),
        progress,
    )


def _progress(session: Session, cohort: Cohort, active: int, now: datetime) -> Progress:
    kept: KeptProgress = current_app.extensions.setdefault("kept_progress", KeptProgress())
    found = kept.get(cohort.id, now) if active > KEEP_FROM else None
    if found is None:
        members = queries.people_after(session, cohort.id, "", active)
        ways = checklists(session, cohort, members, current_app.extensions["shelf"].current().courses, now)
        lines, ready = met_of(ways.values())
        found = Progress(tuple(lines), ready, len(members), now)
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
        say(PRESENCES[Presence.EXCUSED]),
        say(PRESENCES[Presence.ABSENT]),
        say(N_("Not marked")),
    ]


def _requirements(cohort: Cohort, progress: Progress) -> list[Parts]:
    titles = titles_of(cohort)
    return [
        parts(requirement_name(one.key, one.kind, titles), (one.met, one.begun, one.people - one.met - one.begun))
        for one in progress.lines
    ]


def requirement_parts() -> list[str]:
    """The names of the parts of a requirement's bar."""
    return [say(N_("Done")), say(N_("Begun")), say(N_("Not begun"))]


def _outcomes(counts: dict[tuple[str, bool], int], states: dict[str, int]) -> list[Bar]:
    lines = [bar(say(text), counts.get((outcome.value, False), 0)) for outcome, text in OUTCOMES.items()]
    revoked = sum(count for (_, is_revoked), count in counts.items() if is_revoked)
    decided = sum(counts.values())
    people = states.get(MemberState.ACTIVE, 0) + states.get(MemberState.WITHDRAWN, 0)
    if revoked:
        lines.append(bar(say(N_("Taken back")), revoked))
    return [*lines, bar(say(N_("Not decided yet")), max(0, people - decided))]
