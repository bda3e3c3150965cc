"""The gain of a course: the mean of paired differences with its interval, and never of few people."""

from __future__ import annotations

from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.assessments.rules import FEWEST, PairedSums, gain_of, student_t

PAIRS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=FEWEST, max_size=300)


def summed(pairs: list[tuple[int, int]]) -> PairedSums:
    """What the database sums up of those people."""
    gained = [after - before for before, after in pairs]
    return PairedSums(
        len(pairs),
        sum(before for before, _ in pairs),
        sum(after for _, after in pairs),
        sum(one * one for one in gained),
    )


@pytest.mark.parametrize(
    ("freedom", "bound"), [(19, 2.0930), (24, 2.0639), (29, 2.0452), (59, 2.0010), (99, 1.9842), (999, 1.9623)]
)
def test_bound_is_that_of_the_tables(freedom: int, bound: float) -> None:
    """Student's distribution as printed in any table of it."""
    assert student_t(freedom) == pytest.approx(bound, abs=0.0005)


@given(PAIRS)
def test_gain_is_the_mean_of_paired_differences(pairs: list[tuple[int, int]]) -> None:
    """However it is summed up: mean and spread are those of the differences themselves, and the interval is around it."""
    gain = gain_of(summed(pairs))
    gained = [after - before for before, after in pairs]
    assert gain is not None
    assert gain.mean == pytest.approx(fmean(gained), abs=1e-9)
    half = student_t(len(pairs) - 1) * stdev(gained) / len(pairs) ** 0.5
    assert (gain.low, gain.high) == pytest.approx((fmean(gained) - half, fmean(gained) + half), abs=1e-6)


@given(PAIRS.map(lambda pairs: pairs[: FEWEST - 1]))
def test_of_few_people_nothing_is_told(pairs: list[tuple[int, int]]) -> None:
    """Nineteen are too few, however much they gained."""
    assert gain_of(summed(pairs)) is None


def test_whoever_all_gained_the_same_is_sure() -> None:
    """No spread, no doubt: the interval is the mean itself."""
    gain = gain_of(summed([(40, 70)] * FEWEST))
    assert gain is not None and (gain.before, gain.after, gain.low, gain.mean, gain.high) == (40, 70, 30, 30, 30)
