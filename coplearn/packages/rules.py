"""The law of packages: their kinds and states, what a learner reached by what a package said, and which word came last."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self, TypeGuard

from coplearn.kernel.text import LabelledEnum, Phrase
from coplearn.kernel.words import CertificateKind

MEGABYTE: Final = 1_000_000
LARGEST: Final = 200 * MEGABYTE
"""Bytes of a package as it is sent: what the server takes in one body."""
MOST_KEPT: Final = 5_000 * MEGABYTE
"""Bytes of all packages of a site together, unpacked."""
LONGEST_SUSPEND: Final = 1_000_000
"""Letters of ``cmi.suspend_data``: SCORM 1.2 has 4,096, and every authoring tool writes more."""
LONGEST_COMMIT: Final = 3_200_000
"""Bytes of one commit: the longest suspend data in letters of more than one byte, and the rest."""
MOST_VALUES: Final = 2_000
"""Elements of the data model that are kept of one item."""
LONGEST_VALUE: Final = 4_096
MOST_ITEMS: Final = 2_000
"""Parts of a package: a player of cmi5 takes more than 1,000 (cmi5, 6.1)."""
LAUNCH_DAYS: Final = 7
"""So long what a page in which a package plays says is taken."""
UNDECIDED_DAYS: Final = 7
"""So long an upload waits for whoever decides about it."""
OLD_FILES_DAYS: Final = 30
"""So long the files of a version stay that another one took the place of: somebody may be in the middle of it."""
SUSPEND: Final = "cmi.suspend_data"
_ELEMENT: Final = re.compile(r"(?:cmi|adl)(?:\.[A-Za-z0-9_]{1,60}){1,8}")
_NUMBER: Final = re.compile(r"-?\d{1,9}(?:\.\d{1,12})?")
_NOT_KEPT: Final = ("cmi.interactions", "cmi.core.session_time", "cmi.session_time", "adl.")
"""The answers a package notes of single questions are for reports of the platform that it was made for; nobody here reads them."""


class PackageStandard(LabelledEnum):
    """The standards that a package may be written to."""

    SCORM_12 = "scorm-1.2", "SCORM 1.2"
    SCORM_2004 = "scorm-2004", "SCORM 2004"
    CMI5 = "cmi5", "cmi5"
    XAPI = "xapi", "xAPI (Tin Can)"

    @property
    def is_by_statements(self) -> bool:
        """Whether a package says what is reached in statements to our LRS, and not to the runtime of SCORM."""
        return self in (PackageStandard.CMI5, PackageStandard.XAPI)


class MoveOn(StrEnum):
    """The rules by which a part of cmi5 is satisfied (cmi5, 13.1.4)."""

    PASSED = "Passed"
    COMPLETED = "Completed"
    BOTH = "CompletedAndPassed"
    EITHER = "CompletedOrPassed"
    NOT_APPLICABLE = "NotApplicable"


class VersionState(StrEnum):
    """The way of an upload: it waits to be read, was read or refused; it is played, or another version took its place, whose
    files go later: then certificates alone still name it."""

    WAITING = "waiting"
    READ = "read"
    REFUSED = "refused"
    LIVE = "live"
    REPLACED = "replaced"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageItem:
    """One thing of a package that can be opened (a SCO, an asset, an AU), with what its manifest says of it."""

    id: str
    title: str
    href: str
    """Below the package, with its question string, as a browser takes it."""
    tracks: bool = True
    """Whether it talks to the runtime; of what does not, it is enough to open it."""
    mastery: float | None = None
    """Percent from which it counts as passed."""
    threshold: float | None = None
    """Share of the way, 0 to 1, from which it counts as complete (2004)."""
    launch_data: str = ""
    max_time: str = ""
    time_limit: str = ""
    by_choice: bool = True
    """Whether learners may choose it from the list, and not only come to it from the one before."""
    move_on: str = ""
    """Of cmi5, a :class:`MoveOn`; empty for every other standard."""
    launch_method: str = ""
    entitlement_key: str = ""
    blocks: tuple[str, ...] = ()
    """The identifiers of the blocks that it stands in, from the outermost."""

    def as_json(self) -> dict[str, Any]:
        """The item as it is stored."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """The item that was stored; what an earlier version did not know keeps its default."""
        found = {name: kept[name] for name in cls.__slots__ if name in kept}
        return cls(**{**found, "blocks": tuple(found.get("blocks", ()))})

    @property
    def is_asked(self) -> bool:
        """Whether a package is done only when this is: of cmi5 there are parts that nobody has to open."""
        return self.move_on != MoveOn.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class PackageReport:
    """Everything that reading a package came to: what may be played, and what whoever brought it should know."""

    standard: PackageStandard
    title: str
    language: str
    """As the package names it (``fr-CA``); empty where it says nothing."""
    items: tuple[PackageItem, ...]
    files: int
    bytes: int
    notes: tuple[Phrase, ...] = ()
    course: str = ""
    """The identifier of the course that it is (cmi5); empty for every other standard."""
    made_by: str = ""
    """The tool that its files tell of, such as ``Rise``; empty where none is known."""
    digest: str = ""
    """SHA-256 of the archive."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A learner's result in one item, or in a whole package."""

    done: bool = False
    passed: bool | None = None
    score: int | None = None
    """Whole percent."""

    def better(self, other: Reached) -> Reached:
        """Both together: nothing that was reached is taken back."""
        scores = [one for one in (self.score, other.score) if one is not None]
        passed = True if self.passed or other.passed else self.passed if other.passed is None else other.passed
        return Reached(self.done or other.done, passed, max(scores, default=None))


@dataclass(frozen=True, slots=True)
class CertificateRule:
    """The decision about a package's certificate: whether it earns one, and from which score; None is what the package says."""

    is_given: bool = False
    score: int | None = None

    def earned(self, reached: Reached) -> tuple[CertificateKind, ...]:
        """The certificates that a result has earned, by the law of our own courses: participation where everything is done,
        achievement where it is passed as well. Where a score is needed, it is what passing means, and below it there is none.

        >>> [len(CertificateRule(True, needed).earned(Reached(True, None, 70))) for needed in (None, 70, 80)]
        [1, 2, 0]
        """
        if not self.is_given or not reached.done:
            return ()
        if self.score is not None:
            return tuple(CertificateKind) if (reached.score or 0) >= self.score else ()
        return tuple(CertificateKind) if reached.passed else (CertificateKind.PARTICIPATION,)


@dataclass(frozen=True, slots=True)
class PackageCommit:
    """A commit as a page sent it: its number in the launch, and the elements that changed."""

    number: int
    values: Mapping[str, str]
    seconds: int
    """How long this launch has lasted, as the package or the page counted it."""


def read_sent(told: object) -> PackageCommit | None:
    """The commit that some JSON is; None for what no page of ours sends."""
    if not isinstance(told, dict) or told.keys() - {"number", "values", "seconds"}:
        return None
    number, values, seconds = told.get("number"), told.get("values"), told.get("seconds", 0)
    if not (_is_count(number) and isinstance(values, dict) and len(values) <= MOST_VALUES and _is_count(seconds)):
        return None
    for name, value in values.items():
        if not isinstance(value, str) or "\0" in value or not _ELEMENT.fullmatch(name):
            return None
        if len(value) > (LONGEST_SUSPEND if name == SUSPEND else LONGEST_VALUE) or not _is_text(value):
            return None
    kept = {name: value for name, value in values.items() if not name.startswith(_NOT_KEPT)}
    return PackageCommit(number, kept, min(seconds, 86_400 * LAUNCH_DAYS))


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_text(value: str) -> bool:
    """Whether a database takes it: half of a pair of UTF-16 is no letter."""
    return not any("\ud800" <= letter <= "\udfff" for letter in value) if not value.isascii() else True


def is_later(sent: tuple[int, int], kept: tuple[int, int]) -> bool:
    """Whether a commit (launch, number) comes after the one that is kept: a late one never takes its place.

    >>> is_later((7, 1), (6, 90)), is_later((7, 3), (7, 3)), is_later((6, 91), (7, 1))
    (True, False, False)
    """
    return sent > kept


def reached_in(standard: PackageStandard, item: PackageItem, values: Mapping[str, str]) -> Reached:
    """The result that the elements of an item say, by the standard's own rules."""
    if not item.tracks:
        return Reached(done=True)
    if standard is PackageStandard.SCORM_12:
        return _reached_12(item, values)
    return _reached_2004(item, values)


def reached_by_statements(item: PackageItem, said: Mapping[str, str]) -> Reached:
    """The result of the verbs that statements said, without a score: by the rule of moving on where the item has one.

    >>> reached_by_statements(PackageItem(id="a", title="", href="", move_on="CompletedAndPassed"), {"completed": ""}).done
    False
    """
    completed, has_passed = "completed" in said, "passed" in said
    passed = True if has_passed else False if "failed" in said else None
    done = {
        MoveOn.PASSED: has_passed,
        MoveOn.COMPLETED: completed,
        MoveOn.BOTH: completed and has_passed,
        MoveOn.NOT_APPLICABLE: "launched" in said,
    }.get(MoveOn(item.move_on) if item.move_on else MoveOn.EITHER, completed or has_passed)
    return Reached(done, passed)


def _reached_12(item: PackageItem, values: Mapping[str, str]) -> Reached:
    status, raw = values.get("cmi.core.lesson_status", ""), number_of(values.get("cmi.core.score.raw"))
    score = _percent(raw, values.get("cmi.core.score.min"), values.get("cmi.core.score.max"))
    passed = True if status == "passed" else False if status == "failed" else None
    done = status in {"passed", "completed", "failed"}
    if item.mastery is not None and raw is not None and done:
        passed = raw >= item.mastery
    return Reached(done and passed is not False, passed, score)


def _reached_2004(item: PackageItem, values: Mapping[str, str]) -> Reached:
    said = values.get("cmi.success_status", "")
    passed = True if said == "passed" else False if said == "failed" else None
    scaled, way = number_of(values.get("cmi.score.scaled")), number_of(values.get("cmi.progress_measure"))
    if item.mastery is not None and scaled is not None:
        passed = scaled * 100 >= item.mastery
    done = values.get("cmi.completion_status") == "completed"
    if item.threshold is not None and way is not None:
        done = way >= item.threshold
    raw = number_of(values.get("cmi.score.raw"))
    own = _percent(raw, values.get("cmi.score.min"), values.get("cmi.score.max"))
    return Reached(done, passed, _whole(scaled * 100) if scaled is not None else own)


def number_of(text: str | None) -> float | None:
    """The number that an element holds; None for none."""
    return float(text) if text and _NUMBER.fullmatch(text) else None


def percent_of(score: Mapping[str, float]) -> int | None:
    """The whole percent that a score of a statement says; None where it says none.

    >>> percent_of({"scaled": 0.855}), percent_of({"raw": 7, "min": 0, "max": 10}), percent_of({})
    (86, 70, None)
    >>> percent_of({"raw": 10**308, "min": -(10**308), "max": 1e308})  # whose range no number holds
    """
    if "scaled" in score:
        return _whole(score["scaled"] * 100)
    low, high = float(score.get("min", 0)), float(score.get("max", 100))
    says = "raw" in score and 0 < high - low < math.inf
    return _whole((float(score["raw"]) - low) / (high - low) * 100) if says else None


def _percent(raw: float | None, least: str | None, most: str | None) -> int | None:
    if raw is None:
        return None
    low, high = number_of(least) or 0.0, number_of(most)
    high = 100.0 if high is None or high <= low else high
    return _whole((raw - low) / (high - low) * 100)


def _whole(percent: float) -> int:
    return math.floor(min(100.0, max(0.0, percent)) + 0.5)


def reached_together(items: Iterable[Reached]) -> Reached:
    """The result of a whole package: done when every item is, passed when every one that judges is, the mean of the scores."""
    rows = list(items)
    judged = [one.passed for one in rows if one.passed is not None]
    scores = [one.score for one in rows if one.score is not None]
    done = bool(rows) and all(one.done for one in rows)
    passed = None if not judged else all(judged) if done else False if not all(judged) else None
    return Reached(done, passed, round(sum(scores) / len(scores)) if scores else None)


def time_told(standard: PackageStandard, seconds: int) -> str:
    """Seconds as the standard writes them.

    >>> time_told(PackageStandard.SCORM_12, 3723), time_told(PackageStandard.SCORM_2004, 3723)
    ('0001:02:03', 'PT1H2M3S')
    """
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if standard is PackageStandard.SCORM_12:
        return f"{min(hours, 9999):04}:{minutes:02}:{rest:02}"
    return f"PT{hours}H{minutes}M{rest}S"
