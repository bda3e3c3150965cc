"""Editions against an attacker who has all of them; and the same attacker against what was there before."""

from __future__ import annotations

import statistics

import pytest

from tests.insights.attack import (
    bounds_of_editions,
    bounds_of_suppressed,
    bounds_with_errors,
    errors_of,
    ledger_of,
    populate,
    printed_of,
    tried,
)
from tests.sizes import whole_only

SEEDS = (1, *(pytest.param(seed, marks=whole_only) for seed in (2, 3)))
STEPS = 24


@pytest.mark.parametrize("seed", SEEDS)
def test_attack_undoes_what_was_there_before(seed: int) -> None:
    """The control: hiding small numbers in each report is undone nearly everywhere, so the attack is not blind."""
    population = populate(seed, people=2_000, countries=4, steps=STEPS)
    outcome = tried(population, bounds_of_suppressed(population))
    assert outcome.wrong == 0
    assert outcome.small > 1000
    assert outcome.proved > 0.9 * outcome.small


@pytest.mark.parametrize("seed", SEEDS)
def test_attack_learns_no_small_number_from_editions(seed: int) -> None:
    """All periods, all scopes, nested figures: no cell of one to four people is known, and most stay wide open."""
    population = populate(seed, people=2_000, countries=4, steps=STEPS)
    printed = printed_of(ledger_of(population, seed), population)
    outcome = tried(population, bounds_of_editions(printed))
    assert outcome.wrong == 0
    assert outcome.proved == 0
    assert outcome.median_range >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_attack_learns_nothing_when_it_is_told_how_far_each_row_is_off(seed: int) -> None:
    """Though the greatest error of every single row were given away."""
    population = populate(seed, people=2_000, countries=4, steps=STEPS)
    printed = printed_of(ledger_of(population, seed), population)
    outcome = tried(population, bounds_with_errors(population, printed))
    assert (outcome.wrong, outcome.proved) == (0, 0)


@pytest.mark.parametrize("seed", SEEDS)
def test_editions_are_near_the_truth(seed: int) -> None:
    """The site within four people in every period, a country within ten, a row within sixteen, and none leans to a side."""
    population = populate(seed, people=1_500, countries=8, steps=26)
    errors = errors_of(population, printed_of(ledger_of(population, seed), population))
    assert max(map(abs, errors["site"])) <= 4
    assert max(map(abs, errors["country"])) <= 10
    assert max(map(abs, errors["row"])) <= 16
    assert abs(statistics.mean(errors["row"])) < 0.2
