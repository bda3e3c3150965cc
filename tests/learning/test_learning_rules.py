"""Progress joins to the same result in any order, and counts only what the course still has."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from coplearn.certificates.rules import earned
from coplearn.kernel.words import CertificateKind
from coplearn.learning.rules import Visited, Walked, completion, finished_together, join, may_retry

START = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 5_000_000).map(lambda seconds: START + timedelta(seconds=seconds))
visits = st.builds(
    Visited,
    first_at=instants,
    done_at=st.none() | instants,
    score=st.none() | st.integers(0, 100),
    passed_at=st.none() | instants,
    state=st.dictionaries(st.sampled_from(["path", "did"]), st.text(max_size=3), max_size=2),
    state_at=instants,
)


@given(st.lists(visits, min_size=1, max_size=4))
def test_join_gives_the_same_in_any_order(records: Sequence[Visited]) -> None:
    """Devices that meet in any order leave one record."""
    results = {repr(reduce(join, order)) for order in permutations(records)}
    assert len(results) == 1


@given(visits)
def test_join_with_itself_changes_nothing(record: Visited) -> None:
    """The same record arriving twice is one."""
    assert join(record, record) == record


@given(st.lists(visits, min_size=1, max_size=5))
def test_join_never_loses_what_was_reached(records: Sequence[Visited]) -> None:
    """Done stays done from the earliest time on, and the best score stays."""
    joined = reduce(join, records)
    done = [record.done_at for record in records if record.done_at]
    scores = [record.score for record in records if record.score is not None]
    assert joined.done_at == (min(done) if done else None)
    assert joined.score == (max(scores) if scores else None)
    assert joined.first_at == min(record.first_at for record in records)


ITEMS = ("a", "b", "c")


def walked(done: dict[str, datetime]) -> Walked:
    """A record of a course that kept its items: finished when the last of them was done."""
    return Walked(done, max(done.values()) if len(done) == len(ITEMS) else None)


def together(one: Walked, other: Walked) -> Walked:
    """Both records as one."""
    done = {key: min(half.done[key] for half in (one, other) if key in half.done) for key in {*one.done, *other.done}}
    return Walked(done, finished_together(one, other, ITEMS))


@given(st.lists(st.dictionaries(st.sampled_from(ITEMS), instants).map(walked), min_size=1, max_size=3))
def test_course_is_finished_at_the_same_moment_in_whatever_order_devices_join(records: Sequence[Walked]) -> None:
    """When the last item was done for the first time on any of them; never later than any of them had it."""
    results = {reduce(together, order).finished_at for order in permutations(records)}
    all_of_it = reduce(together, records).done
    assert results == {max(all_of_it.values()) if len(all_of_it) == len(ITEMS) else None}


def test_finished_course_stays_finished_whatever_it_asks_for_now() -> None:
    """A record keeps the day on which it did all there was, when an item was added or taken out since."""
    ten, hour = START + timedelta(hours=10), timedelta(hours=1)
    finished, begun = Walked({"a": START, "b": ten}, ten), Walked({"a": START + hour})
    assert finished_together(finished, begun, ["a", "b", "new"]) == ten
    assert finished_together(begun, finished, ["a"]) == ten
    assert finished_together(finished, Walked({"b": START + hour}), ["a"]) == START + hour
    assert finished_together(begun, Walked(), ["a"]) == START + hour
    assert finished_together(begun, Walked(), []) is None


@given(
    st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40))
)
def test_completion_counts_only_what_the_course_has(
    items: set[int], checks: set[int], done: set[int], passed: set[int]
) -> None:
    """Items the course no longer has count for nothing, and no count exceeds its whole."""
    names = [str(item) for item in sorted(items | checks)]
    check_names = [str(check) for check in sorted(checks)]
    found = completion(names, check_names, [str(one) for one in done], [str(one) for one in passed])
    assert found.items_done == len((items | checks) & done)
    assert found.checks_passed == len(checks & passed)
    assert found.took_part == bool(names and (items | checks) <= done)


def test_participation_needs_every_item_and_achievement_every_check_too() -> None:
    """The two certificates, at their borders."""
    items, checks = ["a", "b", "q"], ["q"]
    assert earned(completion(items, checks, ["a", "b"], [])) == ()
    assert earned(completion(items, checks, ["a", "b", "q"], [])) == (CertificateKind.PARTICIPATION,)
    assert earned(completion(items, checks, ["a", "b", "q"], ["q"])) == tuple(CertificateKind)
    assert earned(completion([], [], [], [])) == ()


def test_retry_without_limit_and_with_one() -> None:
    """0 is without limit; otherwise as many tries as the check allows."""
    assert may_retry(0, 1_000)
    assert may_retry(2, 1)
    assert not may_retry(2, 2)
