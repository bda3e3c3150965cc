"""What the rubric's scores come to, how calendar months are counted, and how far a right reaches."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.cohorts.common.rules.authorisation import Right, Validity, covers, validity
from coplearn.cohorts.common.rules.words import Kind, Result
from coplearn.cohorts.outcomes.rules.certification import add_months, check_renewal, reminder_due
from coplearn.cohorts.outcomes.rules.followup import QUESTIONS, checked_answers, results_of
from coplearn.cohorts.outcomes.rules.teaching import (
    RUBRICS,
    EvaluationFacts,
    Rubric,
    checked_scores,
    result_of,
    standing,
)
from coplearn.kernel.errors import Refused

ONE = RUBRICS["1"]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SCORES = st.fixed_dictionaries({row.id: st.integers(1, 4) for row in ONE.rows})


def test_the_first_rubric_has_six_rows_and_two_of_safety() -> None:
    """The rows of the training practice, each with four descriptions that differ."""
    assert [row.id for row in ONE.rows] == [
        "accuracy", "safe-language", "disclosure", "participation", "time", "materials",
    ]  # fmt: skip
    assert {row.id for row in ONE.rows if row.safety} == {"safe-language", "disclosure"}
    assert all(len(set(row.levels)) == 4 for row in ONE.rows)


@given(SCORES)
def test_a_one_on_a_safety_row_always_fails_and_no_one_ever_passes(scores: dict[str, int]) -> None:
    """Whatever the other rows say: safety decides first, then a mean of two and a half without a single 1."""
    result = result_of(ONE, scores)
    unsafe = scores["safe-language"] == 1 or scores["disclosure"] == 1
    assert (result is Result.FAILED) == unsafe
    assert (result is Result.PASSED) == (1 not in scores.values() and sum(scores.values()) >= 15)


@given(SCORES, st.sampled_from([row.id for row in ONE.rows]))
def test_a_better_score_never_makes_the_result_worse(scores: dict[str, int], row: str) -> None:
    """Raising one row leads from failed towards passed, never back."""
    order = [Result.FAILED, Result.REPEAT, Result.PASSED]
    better = scores | {row: min(4, scores[row] + 1)}
    assert order.index(result_of(ONE, better)) >= order.index(result_of(ONE, scores))


@pytest.mark.parametrize("wrong", ["", "0", "5", "2.5", "٣", "-1", "three"])
def test_scores_that_are_missing_or_made_up_are_refused(wrong: str) -> None:
    """All rows are asked for, with one of the four descriptions."""
    with pytest.raises(Refused):
        checked_scores(ONE, {row.id: "3" for row in ONE.rows} | {"time": wrong})
    assert checked_scores(ONE, {row.id: 3 for row in ONE.rows} | {"charm": 1}) == {row.id: 3 for row in ONE.rows}


def test_an_old_rubric_still_reads_old_scores() -> None:
    """A later version with other rows leaves what the first one said of an evaluation as it was."""
    later = Rubric("2", ONE.rows[:3])
    scores = {row.id: 4 for row in ONE.rows} | {"time": 1}
    assert result_of(ONE, scores) is Result.REPEAT
    assert result_of(later, scores) is Result.PASSED


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(-400, 400))
def test_months_are_counted_as_on_a_calendar(start: date, months: int) -> None:
    """The month is so many later, and the day the same or the month's last."""
    end = add_months(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2026, 12, 31), 24, date(2028, 12, 31)),
    ],
)
def test_months_end_well_around_leap_days(start: date, months: int, end: date) -> None:
    """Leap days, short months and the turn of the year; an instant keeps its hour and zone."""
    assert add_months(start, months) == end
    hour = datetime(start.year, start.month, start.day, 17, 5, tzinfo=UTC)
    assert add_months(hour, months) == datetime(end.year, end.month, end.day, 17, 5, tzinfo=UTC)


def _right(generation: int = 1, *, may_pass_on: bool = False, **changes: object) -> Right:
    values: dict[str, object] = {
        "course_ids": frozenset({"a", "b"}),
        "country": "MA",
        "valid_until": NOW + timedelta(1),
    }
    values |= {"revoked_at": None, "generation": generation, "may_pass_on": may_pass_on} | changes
    return Right(**values)  # type: ignore[arg-type] # fields by name


@pytest.mark.parametrize(
    ("right", "kind", "courses", "country", "yes"),
    [
        (_right(), Kind.AUDIENCE, {"a"}, "MA", True),
        (_right(), Kind.TRAINERS, {"a", "b"}, "MA", True),
        (_right(2), Kind.AUDIENCE, {"a"}, "MA", True),
        (_right(2), Kind.TRAINERS, {"a"}, "MA", False),
        (_right(2, may_pass_on=True), Kind.TRAINERS, {"a"}, "MA", True),
        (_right(3, may_pass_on=True), Kind.TRAINERS, {"a"}, "MA", False),
        (_right(), Kind.AUDIENCE, {"a", "c"}, "MA", False),
        (_right(), Kind.AUDIENCE, set(), "MA", False),
        (_right(), Kind.AUDIENCE, {"a"}, "AM", False),
        (_right(valid_until=NOW), Kind.AUDIENCE, {"a"}, "MA", False),
        (_right(valid_until=None), Kind.AUDIENCE, {"a"}, "MA", False),
        (_right(revoked_at=NOW), Kind.AUDIENCE, {"a"}, "MA", False),
        (_right(course_ids=frozenset()), Kind.AUDIENCE, set(), "MA", False),
    ],
)
def test_a_right_covers_its_courses_in_its_country_until_its_day(
    right: Right, kind: Kind, courses: set[str], country: str, yes: bool
) -> None:
    """Named courses, one country, a date, and trainers of trainers at most two steps away, or one more when allowed."""
    assert covers(right, kind, courses, country, NOW) is yes


def test_the_latest_sign_off_that_stands_decides() -> None:
    """Observers decide nothing, an amended row no more, and its amendment instead."""
    notes = EvaluationFacts(1, None, False, "failed")
    first, second = EvaluationFacts(2, None, True, "repeat"), EvaluationFacts(3, 2, True, "passed")
    assert standing([]) == (Result.NOT_EVALUATED, None)
    assert standing([notes]) == (Result.NOT_EVALUATED, None)
    assert standing([first, notes]) == (Result.REPEAT, 2)
    assert standing([second, notes, first]) == (Result.PASSED, 3)


def test_a_certificate_expires_at_its_end_and_no_reason_is_needed_to_say_it_was_revoked() -> None:
    """Valid to the last moment; without an end for ever; revoked is stronger than expired."""
    assert validity(NOW, None, NOW - timedelta(seconds=1)) is Validity.VALID
    assert validity(NOW, None, NOW) is Validity.EXPIRED
    assert validity(None, None, NOW) is Validity.VALID
    assert validity(NOW, NOW, NOW + timedelta(days=9)) is Validity.REVOKED


def test_reminders_come_sixty_and_fourteen_days_before() -> None:
    """The latest that has come, so that a job that slept a week misses none and repeats none."""
    found = [reminder_due(NOW, NOW - timedelta(days=days)) for days in (61, 60, 30, 14, 1, 0)]
    assert found == [None, 60, 60, 14, 14, None]


def test_renewal_needs_a_refresher_and_a_time() -> None:
    """From six months before to twelve months after the end, with a refresher of the last twelve months."""
    recent = NOW - timedelta(days=20)
    check_renewal(add_months(NOW, 5), recent, NOW)
    check_renewal(add_months(NOW, -11), recent, NOW)
    for ends, refreshed in (
        (add_months(NOW, 7), recent),
        (add_months(NOW, -13), recent),
        (NOW, None),
        (NOW, add_months(NOW, -13)),
        (None, recent),
    ):
        with pytest.raises(Refused):
            check_renewal(ends, refreshed, NOW)


_ANSWERS = st.fixed_dictionaries({one.id: st.sampled_from(sorted(one.choices)) for one in QUESTIONS})


@given(st.lists(_ANSWERS, max_size=40))
def test_no_small_number_of_answers_is_shown_or_can_be_worked_out(given_: list[dict[str, str]]) -> None:
    """No cell from 1 to 4 is shown, and never exactly one is hidden where the others would give it away."""
    results = results_of(50, given_)
    for question in QUESTIONS:
        cells = list(results.counts[question.id].values())
        assert not any(cell is not None and 0 < cell < 5 for cell in cells)
        hidden = sum(cell is None for cell in cells)
        others = sum(cell for cell in cells if cell)
        assert hidden != 1 or others == 0


def test_only_the_fixed_answers_are_taken() -> None:
    """Nobody can write about a case: what is not one of the choices is refused."""
    good = {one.id: next(iter(one.choices)) for one in QUESTIONS}
    assert checked_answers(good | {"story": "a child"}) == good
    for question in QUESTIONS:
        with pytest.raises(Refused):
            checked_answers(good | {question.id: "a child said"})
        with pytest.raises(Refused):
            checked_answers({key: value for key, value in good.items() if key != question.id})
