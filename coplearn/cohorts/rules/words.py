"""The closed vocabularies of cohorts: what is stored, what each word allows, and how people are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from coplearn.kernel.text import N_


class Kind(StrEnum):
    """What a cohort is for."""

    TRAINERS = "training-of-trainers"
    AUDIENCE = "audience-training"
    WORKSHOP = "workshop"


class State(StrEnum):
    """Where a cohort is on its way."""

    DRAFT = "draft"
    OPEN = "open"
    RUNNING = "running"
    CLOSED = "closed"


class StaffRole(StrEnum):
    """What somebody does in a cohort."""

    LEAD = "lead"
    TRAINER = "trainer"
    EXAMINER = "examiner"
    OBSERVER = "observer"


class MemberState(StrEnum):
    """Whether somebody belongs to a cohort."""

    INVITED = "invited"
    WAITING = "waiting"
    """For the trainer's word."""
    QUEUED = "queued"
    """For a seat."""
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"


class Presence(StrEnum):
    """How somebody was at a meeting."""

    PRESENT = "present"
    LATE = "late"
    LEFT_EARLY = "left-early"
    EXCUSED = "excused"
    ABSENT = "absent"


class Via(StrEnum):
    """Which way a mark came in."""

    REGISTER = "register"
    OFFLINE = "offline"
    CHECKIN = "checkin"
    CARD = "card"
    PAPER = "paper"


class AgeBand(StrEnum):
    """Ages in which children are counted."""

    UNDER_9 = "under-9"
    FROM_9 = "9-12"
    FROM_13 = "13-15"
    FROM_16 = "16-17"


class Result(StrEnum):
    """What came of a teach-back."""

    NOT_EVALUATED = "not-evaluated"
    PASSED = "passed"
    REPEAT = "repeat"
    FAILED = "failed"


class Outcome(StrEnum):
    """What came of somebody's training."""

    CERTIFIED = "certified"
    COMPLETED = "completed"
    REPEAT = "repeat"
    WITHDRAWN = "withdrawn"


class Deed(StrEnum):
    """What may be done in one cohort."""

    SEE = "see it"
    EDIT = "change it"
    STAFF = "name its staff"
    PEOPLE = "see and change its people"
    MEETINGS = "plan its meetings"
    MARK = "mark attendance"
    SIGN_OFF = "judge teach-backs"
    OBSERVE = "write down what was seen in teach-backs"
    CERTIFY = "decide outcomes"
    ERASE = "erase people who have no account"
    WRITE = "write to its people"
    REPORT = "see its numbers"


KINDS: Final[Mapping[Kind, str]] = {
    Kind.TRAINERS: N_("Training of trainers"),
    Kind.AUDIENCE: N_("Training for an audience"),
    Kind.WORKSHOP: N_("Workshop"),
}
STATES: Final[Mapping[State, str]] = {
    State.DRAFT: N_("Draft"),
    State.OPEN: N_("Open for joining"),
    State.RUNNING: N_("Running"),
    State.CLOSED: N_("Closed"),
}
STAFF_ROLES: Final[Mapping[StaffRole, str]] = {
    StaffRole.LEAD: N_("Lead trainer"),
    StaffRole.TRAINER: N_("Trainer"),
    StaffRole.EXAMINER: N_("Examiner"),
    StaffRole.OBSERVER: N_("Observer"),
}
MEMBER_STATES: Final[Mapping[MemberState, str]] = {
    MemberState.INVITED: N_("Invited"),
    MemberState.WAITING: N_("Waiting for approval"),
    MemberState.QUEUED: N_("On the waiting list"),
    MemberState.ACTIVE: N_("Taking part"),
    MemberState.WITHDRAWN: N_("Withdrawn"),
}
PRESENCES: Final[Mapping[Presence, str]] = {
    Presence.PRESENT: N_("Present"),
    Presence.LATE: N_("Late"),
    Presence.LEFT_EARLY: N_("Left early"),
    Presence.EXCUSED: N_("Excused"),
    Presence.ABSENT: N_("Absent"),
}
AGE_BANDS: Final[Mapping[AgeBand, str]] = {
    AgeBand.UNDER_9: N_("Under 9"),
    AgeBand.FROM_9: N_("9 to 12"),
    AgeBand.FROM_13: N_("13 to 15"),
    AgeBand.FROM_16: N_("16 and 17"),
}
RESULTS: Final[Mapping[Result, str]] = {
    Result.NOT_EVALUATED: N_("Not evaluated yet"),
    Result.PASSED: N_("Passed"),
    Result.REPEAT: N_("Asked to repeat"),
    Result.FAILED: N_("Failed"),
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.CERTIFIED: N_("Certified"),
    Outcome.COMPLETED: N_("Completed without certification"),
    Outcome.REPEAT: N_("Asked to repeat"),
    Outcome.WITHDRAWN: N_("Withdrawn"),
}

_SEES: Final = frozenset({Deed.SEE})
_RUNS: Final = _SEES | {
    Deed.EDIT,
    Deed.PEOPLE,
    Deed.MEETINGS,
    Deed.MARK,
    Deed.OBSERVE,
    Deed.WRITE,
    Deed.REPORT,
}
STAFF_DEEDS: Final[Mapping[StaffRole, frozenset[Deed]]] = {
    StaffRole.LEAD: _RUNS | {Deed.STAFF, Deed.CERTIFY, Deed.ERASE},
    StaffRole.TRAINER: _RUNS,
    StaffRole.EXAMINER: _SEES | {Deed.OBSERVE, Deed.SIGN_OFF},
    StaffRole.OBSERVER: _SEES | {Deed.OBSERVE},
}
"""What each role may do in its own cohort. A sign-off is the examiner's alone, and never of somebody they trained."""
COORDINATOR_DEEDS: Final[frozenset[Deed]] = frozenset(Deed) - {Deed.SIGN_OFF, Deed.OBSERVE}
"""What a country's coordinator may do in each of its cohorts; to judge teach-backs they must be named as examiner."""
