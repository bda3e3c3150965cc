"""The closed vocabularies of cohorts: what is stored, what each word allows, and how people are told of it."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.kernel.words import Audience


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


class CohortPermission(StrEnum):
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

_SEES: Final = frozenset({CohortPermission.SEE})
_RUNS: Final = _SEES | {
    CohortPermission.EDIT,
    CohortPermission.PEOPLE,
    CohortPermission.MEETINGS,
    CohortPermission.MARK,
    CohortPermission.OBSERVE,
    CohortPermission.WRITE,
    CohortPermission.REPORT,
}
STAFF_PERMISSIONS: Final[Mapping[StaffRole, frozenset[CohortPermission]]] = {
    StaffRole.LEAD: _RUNS | {CohortPermission.STAFF, CohortPermission.CERTIFY, CohortPermission.ERASE},
    StaffRole.TRAINER: _RUNS,
    StaffRole.EXAMINER: _SEES | {CohortPermission.OBSERVE, CohortPermission.SIGN_OFF},
    StaffRole.OBSERVER: _SEES | {CohortPermission.OBSERVE},
}
"""What each role may do in its own cohort. A sign-off is the examiner's alone, and never of somebody they trained."""
COORDINATOR_PERMISSIONS: Final[frozenset[CohortPermission]] = frozenset(CohortPermission) - {
    CohortPermission.SIGN_OFF,
    CohortPermission.OBSERVE,
}
"""What a country's coordinator may do in each of its cohorts; to judge teach-backs they must be named as examiner."""


AUDIENCES: Mapping[Audience, str] = {
    Audience.PARENTS: N_("Parents and carers"),
    Audience.EDUCATORS: N_("Educators"),
    Audience.INDUSTRY: N_("Industry"),
    Audience.POLICYMAKERS: N_("Policymakers"),
}


WORTH: Final[Mapping[str, float]] = MappingProxyType(
    {Presence.PRESENT: 1.0, Presence.LATE: 1.0, Presence.LEFT_EARLY: 0.5, Presence.ABSENT: 0.0, Presence.EXCUSED: 0.0}
)
"""What each mark counts of a meeting. Halves only, so that sums are exact."""


ATTENDED: Final = tuple(mark for mark, worth in WORTH.items() if worth > 0)
"""Marks of somebody who was there, for the whole meeting or a part of it."""
IN_FULL: Final = tuple(mark for mark, worth in WORTH.items() if worth == 1)
"""Marks of somebody who was there as much as a mandatory meeting asks for."""
ENDED_WELL: Final = (Outcome.CERTIFIED, Outcome.COMPLETED)
"""Outcomes of a training that was completed."""


PLANNED: Final = "planned"
CANCELLED: Final = "cancelled"


_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


def goes_on(state: str, archived_at: datetime | None) -> bool:
    """Whether people are at work in a cohort of that state now."""
    return state in (State.OPEN, State.RUNNING) and archived_at is None


def new_public_id() -> str:
    """A fresh name for addresses: 80 random bits in letters that read well."""
    return "".join(_LETTERS[byte % 32] for byte in secrets.token_bytes(16))


def latin_digits(text: str) -> str:
    """The same with 0 to 9 for the digits of every script."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(letter)) if letter.isdecimal() else letter for letter in text)


LONGEST_REASON: Final = 300


def checked_reason(reason: str) -> str:
    """A reason in words. Raises Refused when there is none or it is too long."""
    kept = " ".join(reason.split())
    if not kept:
        raise Refused(N_("Say why, in a few words. It is kept with the record."))
    if len(kept) > LONGEST_REASON:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_REASON)
    return kept
