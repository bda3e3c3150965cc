"""Rules of a cohort's fields, of its way from draft to closed, and of who needs help."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from coplearn.cohorts.common.rules.words import Kind, State
from coplearn.cohorts.meetings.rules.attendance import AttendanceStanding
from coplearn.cohorts.outcomes.rules.teaching import NEWEST, RUBRICS
from coplearn.i18n.countries import COUNTRIES
from coplearn.i18n.time_zones import ZONES
from coplearn.kernel.text import N_, LabelledEnum, Phrase, counted
from coplearn.kernel.words import Audience

LARGEST: Final = 100_000
USUAL: Final[Mapping[str, int]] = {"threshold": 80, "course_mark": 80, "teach_backs": 2}
USUAL_MONTHS: Final = 24
"""What a training of trainers asks for, unless a coordinator decides otherwise."""
NEXT_STATES: Final[Mapping[State, tuple[State, ...]]] = {
    State.DRAFT: (State.OPEN,),
    State.OPEN: (State.RUNNING, State.DRAFT),
    State.RUNNING: (State.CLOSED, State.OPEN),
    State.CLOSED: (State.RUNNING,),
}
"""Where a cohort may go next: on, or one step back. The first is the usual one."""


@dataclass(frozen=True, kw_only=True)
class Details:
    """All that a person decides about a cohort, with what a new one's form begins with.

    Each field is a column of ``Cohort`` and a field of ``CohortForm`` by the same name; everything else follows.
    """

    kind: str = Kind.TRAINERS
    title: str = ""
    country: str = ""
    region: str = ""
    place: str = ""
    online: bool = False
    languages: tuple[str, ...] = ()
    time_zone: str = ""
    audience: str = ""
    course_ids: tuple[str, ...] = ()
    optional_course_ids: tuple[str, ...] = ()
    capacity: int | None = 30
    threshold: int = USUAL["threshold"]
    course_mark: int = USUAL["course_mark"]
    teach_backs: int = USUAL["teach_backs"]
    validity_months: int = USUAL_MONTHS
    waiting_list: bool = False
    is_public: bool = False
    about: str = ""
    rubric_version: str = NEWEST


SERIES: Final = Details(kind=Kind.SERIES, capacity=None, teach_backs=0)
"""What a new series begins with; its seats are those of each session."""
SERIES_ONLY: Final = frozenset({"is_public", "about"})
"""What is decided about a series alone."""
LONGEST_ABOUT: Final = 3_000


def problems_of(
    details: Details, courses: Collection[str], locales: Collection[str], active: int = 0
) -> dict[str, Phrase]:
    """The faults by field; empty when all is well. ``active`` people take part already."""
    problems: dict[str, Phrase] = {}
    if not details.title.strip():
        problems["title"] = Phrase(N_("Give the cohort a name that its people will know."))
    elif len(details.title) > 200:
        problems["title"] = Phrase(N_("Use at most %(count)s characters."), {"count": 200})
    for name, most in (("region", 100), ("place", 300), ("about", LONGEST_ABOUT)):
        if len(getattr(details, name)) > most:
            problems[name] = Phrase(N_("Use at most %(count)s characters."), {"count": most})
    if details.kind not in set(Kind):
        problems["kind"] = Phrase(N_("Choose what the cohort is for."))
    elif details.kind == Kind.SERIES and (details.course_ids or details.optional_course_ids or details.teach_backs):
        problems["kind"] = Phrase(N_("A series asks for no courses and no teach-backs: nobody is trained in it."))
    if details.country not in COUNTRIES:
        problems["country"] = Phrase(N_("Choose the country it is run in."))
    if details.time_zone not in ZONES:
        problems["time_zone"] = Phrase(N_("Choose the time zone its meetings are held in."))
    if details.audience and details.audience not in set(Audience):
        problems["audience"] = Phrase(N_("Choose one of the audiences, or leave it open."))
    if not details.languages or not set(details.languages) <= set(locales):
        problems["languages"] = Phrase(N_("Choose at least one language."))
    if not set(details.course_ids) | set(details.optional_course_ids) <= set(courses):
        problems["course_ids"] = Phrase(N_("One of those courses is not on this site."))
    if details.rubric_version not in RUBRICS:
        problems["rubric_version"] = Phrase(N_("Choose one of the rubrics."))
    return problems | _numbers(details, active)


def _numbers(details: Details, active: int) -> dict[str, Phrase]:
    problems: dict[str, Phrase] = {}
    for name, low, high in (("threshold", 1, 100), ("course_mark", 0, 100), ("teach_backs", 0, 10)):
        if not low <= getattr(details, name) <= high:
            problems[name] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": low, "high": high})
    if not 1 <= details.validity_months <= 120:
        problems["validity_months"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": 1, "high": 120})
    if details.capacity is not None and not 1 <= details.capacity <= LARGEST:
        problems["capacity"] = Phrase(N_("Choose a number from %(low)s to %(high)s."), {"low": 1, "high": LARGEST})
    elif details.capacity is not None and details.capacity < active:
        problems["capacity"] = counted(
            "%(num)s person takes part already. The number of seats cannot be smaller.",
            "%(num)s people take part already. The number of seats cannot be smaller.",
            active,
        )
    return problems


def asks_less(details: Details, before: Details | None = None) -> bool:
    """Whether a training of trainers asks less of its people than is usual, and than it did before.

    The usual is attendance and marks of 80 percent, two teach-backs and a certificate of at most 24 months.
    """
    if details.kind != Kind.TRAINERS:
        return False
    lower = any(
        getattr(details, name) < min(usual, getattr(before, name) if before is not None else usual)
        for name, usual in USUAL.items()
    )
    longest = max(USUAL_MONTHS, before.validity_months if before is not None else 0)
    return lower or details.validity_months > longest


START_WITHIN: Final = timedelta(days=7)
IDLE_AFTER: Final = timedelta(days=14)
FAILED_TIMES: Final = 3


class Need(LabelledEnum):
    """The reasons why somebody may need help, the most urgent first."""

    DANGER = "danger", N_("Attendance in danger")
    FAILED = "failed", N_("The same check failed again and again")
    NO_ACCOUNT = "no-account", N_("No account yet")
    NOT_STARTED = "not-started", N_("Online course not begun")
    IDLE = "idle", N_("Nothing done for a while")


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one active member."""

    joined_at: datetime
    has_way: bool
    """Whether they can take online courses: with an account, or with a card."""
    wants_courses: bool
    """Whether the cohort asks for online courses that they have not finished."""
    done: int
    """Items done in those courses."""
    last_at: datetime | None
    """When they last did something in them."""
    failed: Sequence[str]
    """Titles of the checks failed at least :data:`FAILED_TIMES` times and not passed."""
    standing: AttendanceStanding | None


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason to write to somebody, in words for a trainer."""

    need: Need
    phrase: Phrase


def reasons_of(facts: Facts, now: datetime) -> list[Reason]:
    """The reasons why that person may need help, the most urgent first; empty when nothing says so."""
    reasons = []
    if facts.standing is not None and not facts.standing.can_reach and not facts.standing.came_late:
        reasons.append(Reason(Need.DANGER, _danger(facts.standing)))
    if facts.failed:
        failed = counted(
            "Failed the check “%(check)s” %(num)s time or more, and has not passed it.",
            "Failed the check “%(check)s” %(num)s times or more, and has not passed it.",
            FAILED_TIMES,
            check=facts.failed[0],
        )
        reasons.append(Reason(Need.FAILED, failed))
    if not facts.wants_courses:
        return reasons
    if not facts.has_way:
        if now - facts.joined_at >= START_WITHIN:
            reasons.append(Reason(Need.NO_ACCOUNT, Phrase(N_("Has not taken the place over with an account yet."))))
    elif not facts.done and facts.last_at is None:
        if now - facts.joined_at >= START_WITHIN:
            text = N_("Joined on %(day)s and has not begun the online course.")
            reasons.append(Reason(Need.NOT_STARTED, Phrase(text, {"day": facts.joined_at})))
    elif facts.last_at is not None and now - facts.last_at >= IDLE_AFTER:
        text = N_("Has done nothing in the online course since %(day)s.")
        reasons.append(Reason(Need.IDLE, Phrase(text, {"day": facts.last_at})))
    return reasons


def _danger(standing: AttendanceStanding) -> Phrase:
    if standing.waits_for_marks:
        return Phrase(
            N_("Cannot reach the attendance that is needed, unless meetings that nobody marked were attended.")
        )
    return Phrase(
        N_("Cannot reach the attendance that is needed any more, even by coming to all meetings that are left.")
    )


DEEPEST: Final = 12
"""No line is followed further than this, so that a ring in the data ends."""
