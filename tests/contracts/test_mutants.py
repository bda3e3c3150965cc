"""The proof that takes guards away: it finds them, takes away the one that is named, and sees whether a test misses it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import mutants
from tests.mutants import Guard, all_guards, evenly, guards_of, is_missed, without

SOURCE = """\
def áge(given):
    if (
        given is None or "é" in given
    ):
        raise ValueError
    if (found := int(given)) < 0:
        log(found)
        abort(400)
    if found > 200:
        found = 200
    if found:
        raise KeyError
    else:
        return found
"""
RING = "tests/keys/test_ring.py::"


def test_guard_is_what_refuses_and_its_condition_is_still_asked() -> None:
    """Two of four `if`; each is taken away alone, and what its condition names is there afterwards."""
    first, second = guards_of("one.py", SOURCE)
    assert (first.line, first.body, second.line, second.body) == (2, 5, 6, 7)
    assert 'if (\n        (given is None or "é" in given) and False\n    ):' in without(SOURCE, first)
    assert "if ((found := int(given)) < 0) and False:" in without(SOURCE, second)


def test_guards_are_taken_evenly_and_each_once() -> None:
    """All of them where fewer are there than were asked for."""
    every = all_guards()
    assert evenly(every[:3], 200) == every[:3]
    assert len({*evenly(every, 200)}) == 200


def ring_guard() -> Guard:
    """Keys of the environment are renewed there, and not here."""
    return next(one for one in all_guards() if one.path == "coplearn/keys/ring.py")


@pytest.mark.sampled
def test_guard_is_missed_by_its_test() -> None:
    """In a process of its own, which goes without it."""
    assert is_missed(ring_guard(), [f"{RING}test_keys_of_the_environment_are_the_same_on_every_host"])


@pytest.mark.whole
def test_guard_is_not_missed_by_another_test() -> None:
    """So nothing but the missing guard made the test beside it fail."""
    assert not is_missed(ring_guard(), [f"{RING}test_wrong_keys_in_the_environment_are_named_without_being_told"])


@pytest.mark.whole
def test_guard_is_entered_by_its_test_beside_a_server() -> None:
    """A platform answers in another thread of the same process meanwhile."""
    file = "tests/lti/test_refusals.py"
    guards = [one for one in all_guards() if one.path == "coplearn/lti/views/platforms.py"]
    with ThreadPoolExecutor(1) as pool:
        entered = mutants.tests_entering(guards, file, pool)
    test = f"{file}::test_activity_that_is_not_there_has_no_people_and_no_scores"
    assert sum(test in tests for tests in entered.values()) == 2
