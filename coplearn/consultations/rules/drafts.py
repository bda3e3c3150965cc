"""Everything that a person types at once, as forms hand it to the verbs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from coplearn.consultations.rules.groups import HeardNumbers


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A new statement."""

    title: str
    body: str
    locale: str
    country: str = ""
    programme_id: int | None = None


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """A new version of a statement, made of the version ``made_of``."""

    made_of: int
    title: str
    body: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ConsultationPlan:
    """A consultation to open."""

    number: int
    way: str
    opens_on: date | None
    closes_on: date | None
    question: str = ""


@dataclass(frozen=True, slots=True)
class RemarkDraft:
    """A remark on a block; an empty one is the whole text."""

    block: str
    text: str
    locale: str


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    """An answer to a remark."""

    outcome: str
    reason: str
    theme: str = ""


@dataclass(frozen=True, slots=True)
class HeardDraft:
    """A group that was heard by talking."""

    numbers: HeardNumbers
    said: str
    place: str = ""
    heard_on: date | None = None
    source: str = ""
    why: str = ""
    """The reason, where it corrects another one."""
