"""The closed vocabularies of cohorts: what is stored, what each word allows, and how people are told of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, LabelledEnum


class Kind(LabelledEnum):
    """The purposes of a cohort."""

    TRAINERS = "training-of-trainers", N_("Training of trainers")
    AUDIENCE = "audience-training", N_("Training for an audience")
    WORKSHOP = "workshop", N_("Workshop")
    SERIES = "series", N_("Series of sessions")
    """Meetings that people register for one by one; nobody is trained in one, and no figure of training counts it."""


TRAINING_KINDS: Final = tuple(kind for kind in Kind if kind is not Kind.SERIES)
"""The purposes of a cohort in which people are trained."""


class Sector(LabelledEnum):
    """The sorts of organisation that people come from to a series."""

    GOVERNMENT = "government", N_("Government")
    COMPANY = "company", N_("Company")
    CIVIL_SOCIETY = "civil-society", N_("Civil society")
    INTERNATIONAL = "international", N_("International organisation")
    ACADEMIA = "academia", N_("University or research")
    OTHER = "other", N_("Something else")


class NotesRule(LabelledEnum):
    """The rules under which what was said at a session is written down."""

    CHATHAM = "chatham", N_("Chatham House Rule: what was said may be used, and never who said it")
    PUBLIC = "public", N_("Public: who said what may be named")


class State(LabelledEnum):
    """The states of a cohort."""

    DRAFT = "draft", N_("Draft")
    OPEN = "open", N_("Open for joining")
    RUNNING = "running", N_("Running")
    CLOSED = "closed", N_("Closed")


class StaffRole(LabelledEnum):
    """The roles in a cohort."""

    LEAD = "lead", N_("Lead trainer")
    TRAINER = "trainer", N_("Trainer")
    EXAMINER = "examiner", N_("Examiner")
    OBSERVER = "observer", N_("Observer")


class MemberState(LabelledEnum):
    """Whether somebody belongs to a cohort."""

    INVITED = "invited", N_("Invited")
    WAITING = "waiting", N_("Waiting for approval")
    """For the trainer's word."""
    QUEUED = "queued", N_("On the waiting list")
    """For a seat."""
    ACTIVE = "active", N_("Taking part")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


class Presence(LabelledEnum):
    """The ways to be marked at a meeting."""

    PRESENT = "present", N_("Present")
    LATE = "late", N_("Late")
    LEFT_EARLY = "left-early", N_("Left early")
    EXCUSED = "excused", N_("Excused")
    ABSENT = "absent", N_("Absent")


class Via(LabelledEnum):
    """The ways a mark comes in."""

    REGISTER = "register", N_("in the register")
    OFFLINE = "offline", N_("on a device without network")
    CHECKIN = "checkin", N_("by themselves, at the door")
    CARD = "card", N_("by their card")
    PAPER = "paper", N_("from a paper register")


class AgeBand(LabelledEnum):
    """Ages in which children are counted."""

    UNDER_9 = "under-9", N_("Under 9")
    FROM_9 = "9-12", N_("9 to 12")
    FROM_13 = "13-15", N_("13 to 15")
    FROM_16 = "16-17", N_("16 and 17")


class Result(LabelledEnum):
    """The results of a teach-back."""

    NOT_EVALUATED = "not-evaluated", N_("Not evaluated yet")
    PASSED = "passed", N_("Passed")
    REPEAT = "repeat", N_("Asked to repeat")
    FAILED = "failed", N_("Failed")


class TrainingOutcome(LabelledEnum):
    """The outcomes of a training."""

    CERTIFIED = "certified", N_("Certified")
    COMPLETED = "completed", N_("Completed without certification")
    REPEAT = "repeat", N_("Asked to repeat")
    WITHDRAWN = "withdrawn", N_("Withdrawn")


class CohortPermission(StrEnum):
    """The permissions in one cohort."""

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


WORTH: Final[Mapping[str, float]] = MappingProxyType(
    {Presence.PRESENT: 1.0, Presence.LATE: 1.0, Presence.LEFT_EARLY: 0.5, Presence.ABSENT: 0.0, Presence.EXCUSED: 0.0}
)
"""What each mark counts of a meeting. Halves only, so that sums are exact."""


ATTENDED: Final = tuple(mark for mark, worth in WORTH.items() if worth > 0)
"""Marks of somebody who was there, for the whole meeting or a part of it."""
IN_FULL: Final = tuple(mark for mark, worth in WORTH.items() if worth == 1)
"""Marks of somebody who was there as much as a mandatory meeting asks for."""
ENDED_WELL: Final = (TrainingOutcome.CERTIFIED, TrainingOutcome.COMPLETED)
"""Outcomes of a training that was completed."""


PLANNED: Final = "planned"
CANCELLED: Final = "cancelled"


TRAINING_ONLY: Final = frozenset(
    {CohortPermission.SIGN_OFF, CohortPermission.OBSERVE, CohortPermission.CERTIFY, CohortPermission.REPORT}
)
"""What nobody may do in a series, because there is nothing of the kind in one."""


_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"


def goes_on(state: str, archived_at: datetime | None) -> bool:
    """Whether people are at work in a cohort of that state now."""
    return state in (State.OPEN, State.RUNNING) and archived_at is None


def new_public_id() -> str:
    """A fresh name for addresses: 80 random bits in letters that read well."""
    return "".join(_LETTERS[byte % 32] for byte in secrets.token_bytes(16))


LONGEST_REASON: Final = 300


def checked_reason(reason: str) -> str:
    """A reason in words. Raises Refused when there is none or it is too long."""
    words = " ".join(reason.split())
    if not words:
        raise Refused(N_("Say why, in a few words. It is kept with the record."))
    if len(words) > LONGEST_REASON:
        raise Refused(N_("Use at most %(count)s characters."), count=LONGEST_REASON)
    return words
