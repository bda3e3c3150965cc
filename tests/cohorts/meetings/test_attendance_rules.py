"""What attendance comes to: the law as properties, and the cases a person would argue about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.cohorts.common.rules.words import WORTH, Presence
from coplearn.cohorts.meetings.rules.attendance import AlikeStandings, AttendanceStanding, Planned, standing
from tests.sizes import examples

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def meeting(
    number: int, days: int, *, mandatory: bool = False, makes_up: int | None = None, off: bool = False
) -> Planned:
    """A two-hour meeting so many days from now."""
    starts = NOW + timedelta(days=days)
    return Planned(number, starts, starts + timedelta(hours=2), mandatory, makes_up, off)


@st.composite
def plans(draw: st.DrawFn) -> list[Planned]:
    """Up to eight meetings, some over, some making up for others (in rings too), some cancelled."""
    count = draw(st.integers(0, 8))
    return [
        meeting(
            number,
            draw(st.integers(-5, 5)),
            mandatory=draw(st.booleans()) and draw(st.booleans()),
            makes_up=draw(st.none() | st.integers(0, count)),
            off=draw(st.booleans()) and draw(st.booleans()),
        )
        for number in range(count)
    ]


marks = st.dictionaries(st.integers(0, 8), st.sampled_from(list(Presence)), max_size=9)
thresholds = st.integers(0, 100)


def share(found: AttendanceStanding) -> float:
    """The exact share that was attended."""
    return found.attended / found.planned if found.planned else 0.0


@given(plans(), marks, thresholds)
@examples(60, 300)
def test_standing_of_any_plan_stays_within_bounds(plan: list[Planned], held: dict[int, str], threshold: int) -> None:
    """Nobody attends more than is planned, and who has reached the threshold can reach it."""
    found = standing(plan, held, threshold, NOW)
    assert 0 <= found.attended <= found.planned <= sum(not one.cancelled for one in plan)
    assert 0 <= found.percent <= 100
    assert 0 <= found.over <= len(plan)
    assert found.attended * 2 == int(found.attended * 2)
    assert not (found.reached and not found.can_reach)
    assert not (found.waits_for_marks and (found.can_reach or not found.not_marked))


@given(plans(), marks, thresholds, st.randoms())
@examples(50, 200)
def test_standing_does_not_depend_on_order(
    plan: list[Planned], held: dict[int, str], threshold: int, random: object
) -> None:
    """Meetings come from the database in any order."""
    mixed = list(plan)
    random.shuffle(mixed)  # type: ignore[attr-defined] # Hypothesis' own random.Random
    assert standing(mixed, held, threshold, NOW) == standing(plan, held, threshold, NOW)


@given(plans(), marks, thresholds, st.integers(0, 8), st.sampled_from(list(Presence)))
@examples(60, 500)
def test_standing_with_a_better_mark_is_never_worse(
    plan: list[Planned], held: dict[int, str], threshold: int, where: int, better: str
) -> None:
    """Coming, or coming for longer, never costs anybody anything."""
    before = held.get(where)
    if before == Presence.EXCUSED and better != Presence.PRESENT:
        return
    if WORTH[better] < WORTH.get(before or "", 0.0) or better == Presence.EXCUSED:
        return
    old, new = standing(plan, held, threshold, NOW), standing(plan, {**held, where: better}, threshold, NOW)
    assert share(new) >= share(old)
    assert new.reached >= old.reached
    assert new.can_reach >= old.can_reach
    assert set(new.missing_mandatory) <= set(old.missing_mandatory)


@given(plans(), marks, thresholds, st.integers(0, 8))
@examples(60, 500)
def test_standing_with_an_excuse_is_never_worse_than_absence(
    plan: list[Planned], held: dict[int, str], threshold: int, where: int
) -> None:
    """Somebody who says why they cannot come is not worse off than somebody who stays away."""
    absent = standing(plan, {**held, where: Presence.ABSENT}, threshold, NOW)
    excused = standing(plan, {**held, where: Presence.EXCUSED}, threshold, NOW)
    assert share(excused) >= share(absent)
    assert excused.reached >= absent.reached
    assert excused.can_reach >= absent.can_reach
    assert excused.missing_mandatory == absent.missing_mandatory


@given(plans(), marks, thresholds)
@examples(50, 200)
def test_standing_as_time_goes_on_gives_no_chance_back(
    plan: list[Planned], held: dict[int, str], threshold: int
) -> None:
    """A warning stays until somebody marks or plans something: the clock alone never takes it back."""
    early = standing(plan, held, threshold, NOW - timedelta(days=3))
    assert early.can_reach >= standing(plan, held, threshold, NOW).can_reach


def test_standing_before_the_last_meeting_counts_planned_meetings() -> None:
    """Two of three attended with one to come are 66 %, not 100 %."""
    found = standing([meeting(1, -3), meeting(2, -2), meeting(3, 1)], {1: "present", 2: "late"}, 80, NOW)
    assert (found.planned, found.over, found.attended, found.percent) == (3, 2, 2.0, 66)
    assert not found.reached
    assert found.can_reach


@pytest.mark.parametrize(("second", "can"), [("absent", False), ("left-early", True), ("excused", True)])
def test_warning_comes_as_soon_as_the_rest_is_not_enough(second: str, can: bool) -> None:
    """With 80 % of four meetings one absence is too much already; half of one is not, at 80 % of four... 87 %."""
    plan = [meeting(1, -3), meeting(2, -2), meeting(3, 1), meeting(4, 2)]
    assert standing(plan, {1: "present", 2: second}, 80, NOW).can_reach is can


def test_make_up_counts_for_the_meeting_it_makes_up() -> None:
    """The make-up adds nothing to the denominator, and whoever comes to it has not missed anything."""
    plan = [meeting(1, -5, mandatory=True), meeting(2, -4), meeting(3, -1, makes_up=1)]
    missed = standing(plan, {1: "absent", 2: "present"}, 80, NOW)
    assert (missed.planned, missed.percent, missed.missing_mandatory) == (2, 50, (1,))
    made_up = standing(plan, {1: "absent", 2: "present", 3: "present"}, 80, NOW)
    assert (made_up.planned, made_up.percent, made_up.made_up, made_up.reached) == (2, 100, (1,), True)


def test_make_ups_of_a_cancelled_meeting_stand_in_for_it_once() -> None:
    """A day that was called off and offered twice is still one day."""
    plan = [meeting(1, -5, off=True), meeting(2, -2, makes_up=1), meeting(3, -1, makes_up=1)]
    found = standing(plan, {3: "present"}, 80, NOW)
    assert (found.planned, found.attended, found.reached) == (1, 1.0, True)


def test_make_up_still_to_come_keeps_the_chance() -> None:
    """Who missed a mandatory day is not warned while its make-up is ahead."""
    plan = [meeting(1, -5, mandatory=True), meeting(2, 2, makes_up=1)]
    found = standing(plan, {1: "absent"}, 80, NOW)
    assert found.can_reach
    assert found.mandatory_to_come == (1,)
    assert not found.reached


def test_excused_from_a_mandatory_meeting_must_still_make_up() -> None:
    """An excuse does not teach the lesson that everybody must have had."""
    found = standing([meeting(1, -2, mandatory=True), meeting(2, -1)], {1: "excused", 2: "present"}, 50, NOW)
    assert (found.planned, found.percent, found.missing_mandatory) == (2, 50, (1,))
    assert not found.reached


def test_meeting_without_a_mark_is_told_apart_from_absence() -> None:
    """An empty register is the trainer's to fill, and the page can say so."""
    plan = [meeting(1, -2), meeting(2, -1)]
    found = standing(plan, {1: "present"}, 80, NOW)
    assert (found.percent, found.not_marked, found.can_reach, found.waits_for_marks) == (50, (2,), False, True)
    absent = standing(plan, {1: "present", 2: "absent"}, 80, NOW)
    assert (absent.not_marked, absent.can_reach, absent.waits_for_marks) == ((), False, False)


@given(plans(), marks, thresholds, st.integers(-6, 6))
@examples(60, 300)
def test_coming_late_changes_nothing_but_who_is_warned(
    plan: list[Planned], held: dict[int, str], threshold: int, days: int
) -> None:
    """Whoever came later needs as much as everybody; what they could not come to is only told apart, where it is the reason."""
    late = standing(plan, held, threshold, NOW, NOW + timedelta(days=days))
    assert replace(late, came_late=False) == standing(plan, held, threshold, NOW)
    assert not (late.came_late and not late.waits_for_marks)


@given(plans(), st.lists(st.tuples(marks, st.none() | st.integers(-122, 122)), max_size=12), thresholds)
@examples(60, 300)
def test_many_people_stand_as_each_would_alone(
    plan: list[Planned], people: list[tuple[dict[int, str], int | None]], threshold: int
) -> None:
    """Whoever is counted with somebody alike has the standing of their own; the very end of a meeting is no exception."""
    alike = AlikeStandings(plan, threshold, NOW)
    for held, hours in people:
        came = None if hours is None else NOW + timedelta(hours=hours)
        assert alike.of(held, came) == standing(plan, held, threshold, NOW, came)


def test_meetings_before_somebody_came_are_told_apart_from_those_they_missed() -> None:
    """Brought in today: no warning for last week. A mark of absence, or a meeting missed since, is one."""
    plan = [meeting(1, -9), meeting(2, -8), meeting(3, -1)]
    today = standing(plan, {}, 80, NOW, NOW)
    assert (today.planned, today.can_reach, today.came_late) == (3, False, True)
    assert not standing(plan, {1: "absent"}, 80, NOW, NOW).came_late
    assert not standing(plan, {}, 80, NOW, NOW - timedelta(days=7)).came_late


def test_nothing_planned_is_neither_reached_nor_lost() -> None:
    """A new cohort warns nobody and certifies nobody."""
    found = standing([], {}, 80, NOW)
    assert (found.planned, found.percent, found.reached, found.can_reach) == (0, 0, False, True)
