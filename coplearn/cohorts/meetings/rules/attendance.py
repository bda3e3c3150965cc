"""The law of attendance: planned meetings are the denominator, and nobody is told too late that it will not do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from coplearn.cohorts.common.rules.words import WORTH, Presence


@dataclass(frozen=True, slots=True)
class Planned:
    """A meeting as far as counting goes."""

    id: int
    starts_at: datetime
    ends_at: datetime
    mandatory: bool
    makes_up_id: int | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class AttendanceStanding:
    """The attendance of one person. A meeting and those that make up for it are one; its id is the original's while that is on."""

    planned: int
    """The denominator: meetings that are not cancelled and that the person is not excused from."""
    over: int
    """How many of them are over, make-ups included."""
    attended: float
    """In whole and half meetings."""
    percent: int
    """Of the planned ones, rounded down, so that it never says more than was reached; 0 when nothing is planned."""
    missing_mandatory: tuple[int, ...]
    """Mandatory meetings that are over and were not attended in full, with no make-up still to come."""
    mandatory_to_come: tuple[int, ...]
    """Mandatory meetings that can still be attended."""
    not_marked: tuple[int, ...]
    """Meetings that are over and have no mark: they count as not attended until somebody says otherwise."""
    made_up: tuple[int, ...]
    """Meetings that were missed and made up for."""
    reached: bool
    """Whether the rule is kept already: the threshold, and every mandatory meeting."""
    can_reach: bool
    """False is the early warning: attending all that is left would not be enough."""
    waits_for_marks: bool
    """With an early warning: whether marks that are still wanting could take it back."""
    came_late: bool = False
    """With an early warning: whether it is for meetings alone that were over before the person came, and have no mark."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A meeting with those that make up for it: one unit of what is planned."""

    id: int
    """The original's, while that is on."""
    meeting_ids: tuple[int, ...]
    mandatory: bool
    over: bool


@dataclass(frozen=True, slots=True)
class _Held:
    """A meeting with its make-ups, seen for one person."""

    id: int
    mandatory: bool
    over: bool
    marked: bool
    before: bool
    """Whether it was over when the person came, and nobody marked them for it."""
    excused: bool
    worth: float
    made_up: bool


def standing(
    meetings: Iterable[Planned],
    presence_by_meeting: Mapping[int, str],
    threshold: int,
    now: datetime,
    joined_at: datetime | None = None,
) -> AttendanceStanding:
    """The attendance of somebody with those marks at ``now``; ``threshold`` is in percent. The order of meetings is nothing to it.

    Whoever came at ``joined_at`` needs as much as everybody: it only tells what they could not have come to.

    Present and late count one, left early a half. Excused takes the meeting out of the denominator, unless it is
    mandatory: that must be made up for. Only present and late do for a mandatory meeting. An excuse never makes
    anything worse than absence.
    """
    slots = [_held(group, presence_by_meeting, now, joined_at) for group in _groups(meetings)]
    attended, planned = _sum(slots, [slot.worth for slot in slots])
    missing = tuple(slot.id for slot in slots if slot.mandatory and slot.over and slot.worth < 1)
    to_come = tuple(slot.id for slot in slots if slot.mandatory and not slot.over and slot.worth < 1)
    can_reach = _enough(slots, threshold, lambda slot: not slot.over)
    return AttendanceStanding(
        planned=planned,
        over=sum(slot.over for slot in slots if slot.worth == 1 or not _needs_no_make_up(slot)),
        attended=attended,
        percent=int(attended * 100 // planned) if planned else 0,
        missing_mandatory=missing,
        mandatory_to_come=to_come,
        not_marked=tuple(slot.id for slot in slots if slot.over and not slot.marked),
        made_up=tuple(slot.id for slot in slots if slot.made_up),
        reached=not missing
        and not to_come
        and attended * 100 >= threshold * planned
        and (planned > 0 or not threshold),
        can_reach=can_reach,
        waits_for_marks=not can_reach and _enough(slots, threshold, lambda slot: not slot.over or not slot.marked),
        came_late=not can_reach and _enough(slots, threshold, lambda slot: not slot.over or slot.before),
    )


class AlikeStandings:
    """The standings of many people with the same planned meetings, each counted once for all who are alike in what counts.

    Of when somebody came it only counts which meetings were over by then.
    """

    def __init__(self, meetings: Iterable[Planned], threshold: int, now: datetime) -> None:
        self._meetings, self._threshold, self._now = tuple(meetings), threshold, now
        self._ends = sorted(meeting.ends_at for meeting in self._meetings)
        self._kept: dict[tuple[int, frozenset[tuple[int, str]]], AttendanceStanding] = {}

    def of(self, presence_by_meeting: Mapping[int, str], joined_at: datetime | None) -> AttendanceStanding:
        """The :func:`standing` of one of them."""
        over_before = 0 if joined_at is None else bisect_right(self._ends, joined_at)
        key = (over_before, frozenset(presence_by_meeting.items()))
        if key not in self._kept:
            self._kept[key] = standing(self._meetings, presence_by_meeting, self._threshold, self._now, joined_at)
        return self._kept[key]


def slots_of(meetings: Iterable[Planned], now: datetime) -> list[Slot]:
    """The parts of the denominator, for everybody alike; in order of time."""
    return [
        Slot(
            id=group[0].id,
            meeting_ids=tuple(meeting.id for meeting in group),
            mandatory=any(meeting.mandatory for meeting in group),
            over=all(meeting.ends_at <= now for meeting in group),
        )
        for group in _groups(meetings)
    ]


def _groups(meetings: Iterable[Planned]) -> list[list[Planned]]:
    """Meetings with their make-ups, those that are on only; the original first. In order of time."""
    known = {meeting.id: meeting for meeting in meetings}
    groups: dict[int, list[Planned]] = {}
    for meeting in sorted(known.values(), key=lambda one: (one.starts_at, one.id)):
        if not meeting.cancelled:
            groups.setdefault(_origin(meeting, known), []).append(meeting)
    for origin, group in groups.items():
        group.sort(key=lambda one: (one.id != origin, one.starts_at, one.id))
    return list(groups.values())


def _origin(meeting: Planned, known: Mapping[int, Planned]) -> int:
    """The first meeting of the line: a make-up may itself be made up for. In a ring it is the one with the lowest id."""
    seen = [meeting.id]
    while meeting.makes_up_id is not None and meeting.makes_up_id in known:
        meeting = known[meeting.makes_up_id]
        if meeting.id in seen:
            return min(seen[seen.index(meeting.id) :])
        seen.append(meeting.id)
    return meeting.id


def _held(group: list[Planned], presence: Mapping[int, str], now: datetime, joined_at: datetime | None) -> _Held:
    marks = [presence[meeting.id] for meeting in group if meeting.id in presence]
    first = WORTH.get(presence.get(group[0].id, ""), 0.0)
    worth = max((WORTH.get(mark, 0.0) for mark in marks), default=0.0)
    return _Held(
        id=group[0].id,
        mandatory=any(meeting.mandatory for meeting in group),
        over=all(meeting.ends_at <= now for meeting in group),
        marked=bool(marks),
        before=not marks and joined_at is not None and all(meeting.ends_at <= joined_at for meeting in group),
        excused=Presence.EXCUSED in marks,
        worth=worth,
        made_up=worth == 1 > first,
    )


def _needs_no_make_up(slot: _Held) -> bool:
    """Whether somebody is excused from it and need not make up for it."""
    return slot.excused and not slot.mandatory


def _sum(slots: list[_Held], worths: list[float]) -> tuple[float, int]:
    """Meetings attended, and the denominator. Half a make-up after an excuse counts only where that is better."""
    counted = [worth for slot, worth in zip(slots, worths, strict=True) if worth == 1 or not _needs_no_make_up(slot)]
    halves = [worth for slot, worth in zip(slots, worths, strict=True) if 0 < worth < 1 and _needs_no_make_up(slot)]
    without, among = sum(counted), len(counted)
    within, all_of = without + sum(halves), among + len(halves)
    if halves and within * max(among, 1) > without * all_of:
        return within, all_of
    return without, among


def _enough(slots: list[_Held], threshold: int, may_count: Callable[[_Held], bool]) -> bool:
    """Whether it would do to attend all that may still count, as ``may_count`` has it."""
    hopes = [1.0 if may_count(slot) else slot.worth for slot in slots]
    if any(slot.mandatory and hope < 1 for slot, hope in zip(slots, hopes, strict=True)):
        return False
    attended, planned = _sum(slots, hopes)
    return attended * 100 >= threshold * planned
