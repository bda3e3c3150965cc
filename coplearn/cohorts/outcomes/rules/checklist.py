"""The checklist to be certified in a cohort, piece by piece: what is there, what is missing, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from coplearn.cohorts.common.rules.words import Result
from coplearn.cohorts.meetings.rules.attendance import AttendanceStanding
from coplearn.kernel.text import N_, Phrase

_NO_ACCOUNT = N_(
    "Nothing is counted for the course %(course)s yet, because this place has no account. Take the place over with an"
    " account, and what was done there counts."
)
_WITH_CARD = N_(
    "The course %(course)s is not started. It can be taken with the card and without an account: in any browser, by the"
    " card's code, or on a trainer's device."
)
_CLOSED = N_("The course %(course)s cannot be opened at the moment, so it cannot be counted. Tell the coordinator.")
_TEACH_BACKS = N_("%(done)s of %(total)s teach-backs are passed.")
_FAILED = N_(
    "%(done)s of %(total)s teach-backs are passed. In the last one something was not safe for children or for those who"
    " listened: read the notes, practise it with a trainer and teach again."
)
_REPEAT = N_(
    "%(done)s of %(total)s teach-backs are passed. The last one is to be repeated: the notes say what to work on."
)
_WAITS = N_("%(done)s of %(total)s teach-backs are passed. One waits for the examiner's sign-off.")
_PLANNED = N_("%(done)s of %(total)s teach-backs are passed. The next one is on %(day)s.")
_UNPLANNED = N_("%(done)s of %(total)s teach-backs are passed. The next one has no day yet: ask a trainer for one.")


class RequirementKind(StrEnum):
    """The kinds of requirements."""

    COURSE = "course"
    ATTENDANCE = "attendance"
    TEACH_BACK = "teach-back"
    BADGE = "badge"
    OPTIONAL = "optional"


class StudyMode(StrEnum):
    """The ways to take the online courses."""

    ACCOUNT = "account"
    CARD = "card"
    """Without an account, by the code on a card."""
    INVITED = "invited"
    """Not yet: the place waits for its account."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of the checklist."""

    key: str
    """Stands for the same requirement for everybody in the cohort: ``course:<id>``, ``attendance``, ``teach-back``,
    ``badge:<id>`` or ``optional:<id>``."""
    kind: RequirementKind
    met: bool
    phrase: Phrase
    """How it stands and, when it is not met, what is missing and why; said of the trainee, to whoever reads it."""
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Checklist:
    """One person's way to being certified, in the order in which it is gone."""

    membership_id: int
    requirements: tuple[Requirement, ...]

    @property
    def met(self) -> bool:
        """Whether everything that is asked for is there; optional lines are not asked for."""
        return all(one.met for one in self.requirements if one.kind is not RequirementKind.OPTIONAL)

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """The requirements that are not met yet."""
        return tuple(one for one in self.requirements if not one.met and one.kind is not RequirementKind.OPTIONAL)


@dataclass(frozen=True, slots=True)
class CourseStanding:
    """The progress of somebody in a course as it is now."""

    done: int
    items: int
    points: int
    """The sum of the best scores of its checks; a check not tried counts as 0."""
    checks: int

    @property
    def mark(self) -> int | None:
        """The mean of the checks in whole percent, rounded down; None for a course without checks."""
        return self.points // self.checks if self.checks else None

    def finished(self, mark: int) -> bool:
        """Whether every item is done and the mean of the checks is at least ``mark`` percent."""
        return 0 < self.items == self.done and self.points >= mark * self.checks


@dataclass(frozen=True, slots=True)
class Taught:
    """One teach-back as it stands, oldest first where there are several."""

    result: Result
    planned_on: date | None


def course_requirement(
    course_id: str, title: str, standing: CourseStanding | None, mark: int, *, way: StudyMode, optional: bool = False
) -> Requirement:
    """The line of a course; ``standing`` is None when the site does not hold the course at the moment."""
    kind = RequirementKind.OPTIONAL if optional else RequirementKind.COURSE
    key = f"{kind}:{course_id}"
    if standing is None:
        return Requirement(key, kind, False, Phrase(_CLOSED, {"course": title}), 0, 0)
    done, total, met = standing.done, standing.items, standing.finished(mark)
    if way is StudyMode.INVITED:
        return Requirement(key, kind, False, Phrase(_NO_ACCOUNT, {"course": title}), 0, total)
    if way is StudyMode.CARD and not done:
        return Requirement(key, kind, False, Phrase(_WITH_CARD, {"course": title}), 0, total)
    return Requirement(key, kind, met, _course_phrase(title, standing, mark, met), done, total)


def _course_phrase(title: str, standing: CourseStanding, mark: int, met: bool) -> Phrase:
    if met and standing.mark is None:
        return Phrase(N_("The course %(course)s is finished."), {"course": title})
    if met:
        words = {"course": title, "mark": standing.mark}
        return Phrase(N_("The course %(course)s is finished, and its checks come to %(mark)s percent."), words)
    steps = {"course": title, "done": standing.done, "total": standing.items}
    if not standing.done:
        return Phrase(N_("The course %(course)s is not started. It has %(total)s steps."), steps)
    if standing.done < standing.items:
        return Phrase(N_("The course %(course)s is begun: %(done)s of %(total)s steps are done."), steps)
    words = {"course": title, "mark": standing.mark, "needed": mark}
    return Phrase(
        N_(
            "Every step of the course %(course)s is done. Its checks come to %(mark)s percent, and %(needed)s percent are"
            " needed: the checks can be tried again."
        ),
        words,
    )


def attendance_requirement(standing: AttendanceStanding, threshold: int) -> Requirement:
    """The line of attendance, in percent of what is planned."""
    phrase = _attendance_phrase(standing, threshold)
    return Requirement("attendance", RequirementKind.ATTENDANCE, standing.reached, phrase, standing.percent, threshold)


def _attendance_phrase(standing: AttendanceStanding, threshold: int) -> Phrase:
    if not standing.planned and not standing.reached:
        return Phrase(N_("No meeting is planned yet, so attendance cannot be counted."))
    if not standing.planned:
        return Phrase(N_("No meeting is asked for."))
    words = {"percent": standing.percent, "needed": threshold}
    if standing.reached:
        return Phrase(N_("Attended %(percent)s percent of the planned meetings; %(needed)s percent are needed."), words)
    if standing.missing_mandatory:
        return Phrase(
            N_(
                "Attended %(percent)s percent of the planned meetings. One mandatory meeting is missing: ask a trainer for"
                " a meeting that makes up for it."
            ),
            words | {"count": len(standing.missing_mandatory)},
            N_(
                "Attended %(percent)s percent of the planned meetings. %(count)s mandatory meetings are missing: ask a"
                " trainer for meetings that make up for them."
            ),
            len(standing.missing_mandatory),
        )
    if standing.percent >= threshold and standing.mandatory_to_come:
        return Phrase(
            N_("Attended %(percent)s percent of the planned meetings so far. A mandatory meeting is still to come."),
            words,
        )
    if not standing.can_reach and standing.waits_for_marks:
        return Phrase(
            N_(
                "Attended %(percent)s percent of the planned meetings; %(needed)s percent are needed. Some past meetings are"
                " not marked yet: ask a trainer to mark them."
            ),
            words,
        )
    if not standing.can_reach:
        return Phrase(
            N_(
                "Attended %(percent)s percent of the planned meetings. The meetings that are left no longer reach the"
                " %(needed)s percent that are needed: ask a trainer for a meeting that makes up for a missed one."
            ),
            words,
        )
    return Phrase(
        N_(
            "Attended %(percent)s percent of the planned meetings so far; %(needed)s percent are needed, and the meetings"
            " that are left can reach it."
        ),
        words,
    )


def teach_back_requirement(taught: Sequence[Taught], needed: int, today: date) -> Requirement:
    """The line of teach-backs; ``taught`` are the person's own, oldest first."""
    passed = sum(one.result is Result.PASSED for one in taught)
    words: dict[str, object] = {"done": passed, "total": needed}
    return Requirement(
        "teach-back",
        RequirementKind.TEACH_BACK,
        passed >= needed,
        _teach_back_phrase(taught, passed, needed, today, words),
        min(passed, needed),
        needed,
    )


def _teach_back_phrase(
    taught: Sequence[Taught], passed: int, needed: int, today: date, words: dict[str, object]
) -> Phrase:
    if passed >= needed:
        return Phrase(_TEACH_BACKS, words)
    waiting = [one for one in taught if one.result is Result.NOT_EVALUATED]
    ahead = [one.planned_on for one in waiting if one.planned_on is not None and one.planned_on >= today]
    if ahead:
        return Phrase(_PLANNED, words | {"day": min(ahead)})
    if any(one.planned_on is not None for one in waiting):
        return Phrase(_WAITS, words)
    judged = [one.result for one in taught if one.result is not Result.NOT_EVALUATED]
    if judged and judged[-1] is Result.FAILED:
        return Phrase(_FAILED, words)
    if judged and judged[-1] is Result.REPEAT:
        return Phrase(_REPEAT, words)
    return Phrase(_UNPLANNED, words)
