"""The law of counting: nothing twice, nothing added that must not be, and what is not stated is never zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from coplearn.period_reports.rules.counting import (
    Indicator,
    by_country,
    corrections,
    count,
    count_all,
    reach_of,
    sort_out,
)
from coplearn.period_reports.rules.facts import (
    BASES,
    EXACT,
    NOT_STATED,
    CountryFact,
    PartnerFact,
    ReachFact,
    RecordFact,
    digest,
    frozen,
    once_each,
    thawed,
    to_hand_on,
)
from coplearn.period_reports.rules.indicators import BY_KEY, INDICATORS
from coplearn.programme.rules.words import ActivityKind, ActivityStatus, CountryRecordKind, CountUnit, Qualifier


def gives(indicator: Indicator, fact: RecordFact) -> bool:
    """Whether a record is of the indicator's kind, and gives a number of its unit where it adds up numbers."""
    numbered = any(line.unit == indicator.of and line.number is not None for line in fact.reach)
    return indicator.is_of(fact) and (not indicator.of or numbered)


FIRST, LAST = date(2025, 1, 1), date(2025, 9, 30)
KINDS = [kind.value for words in (ActivityKind, CountryRecordKind) for kind in words]
TELLS: Mapping[str, Callable[[RecordFact], bool]] = {
    "un-languages": lambda fact: bool({"ar", "fr", "zh_Hans_CN"} & {*fact.languages}),
    "other-languages": lambda fact: "hy" in fact.languages,
    "organisations": lambda fact: bool(fact.partners),
}
"""Of which records such a number is made: whoever opens it finds these and no others."""
DAYS = st.dates(date(2024, 10, 1), date(2025, 12, 31))


def some_of(chance: Random, values: list[str]) -> tuple[str, ...]:
    """Any of the values, none or all of them."""
    return tuple(one for one in values if chance.random() < 0.4)


def some_reach(chance: Random) -> ReachFact:
    """A number of any basis, or one that is not stated."""
    group, basis = chance.choice(["children", "educators"]), chance.choice([*BASES, NOT_STATED])
    unit = chance.choice(["people", "countries"])
    if basis == NOT_STATED:
        return ReachFact(group, basis, None, EXACT, unit)
    return ReachFact(group, basis, chance.randrange(500), chance.choice([one.value for one in Qualifier]), unit)


def some_record(chance: Random, number: int) -> RecordFact:
    """A record with a key of its own; its days are about those of the period."""
    days = sorted(date(2024, 10, 1) + timedelta(days=chance.randrange(456)) for _ in range(2))
    return RecordFact(
        key=f"activity:{number}",
        version=1,
        kind=chance.choice(KINDS),
        state=chance.choice([one.value for one in ActivityStatus]),
        title="Something",
        first=days[0],
        last=days[1],
        precision=chance.choice(["day", "within"]),
        is_confirmed=chance.random() < 0.7,
        countries=tuple(map(CountryFact, some_of(chance, ["AM", "MA", "NP", "BN"]))),
        audiences=some_of(chance, ["children", "educators"]),
        languages=some_of(chance, ["ar", "hy", "fr", "zh_Hans_CN"]),
        partners=tuple(map(PartnerFact, some_of(chance, ["ITU", "UNICEF"]))),
        reach=tuple(some_reach(chance) for _ in range(chance.randrange(3))),
    )


def some_records(seed: int, most: int) -> list[RecordFact]:
    """As many records, the same ones for the same seed: drawing each field by itself takes longer than all the tests."""
    chance = Random(seed)
    return [some_record(chance, number) for number in range(most)]


def facts() -> st.SearchStrategy[list[RecordFact]]:
    """A dozen records at most."""
    return st.builds(some_records, st.integers(0, 2**32), st.integers(0, 12))


def numbers(records: list[RecordFact]) -> dict[str, object]:
    """Every indicator of them."""
    found = sort_out(records, FIRST, LAST)
    return {one.key: (count(one, found).values, count(one, found).amounts) for one in INDICATORS}


@given(facts())
def test_the_order_and_what_does_not_count_change_nothing(records: list[RecordFact]) -> None:
    """The same records in another order, and without those that are planned, cancelled, unconfirmed or of other days."""
    kept = [
        one
        for one in records
        if one.is_confirmed and one.state not in ("planned", "cancelled") and one.first <= LAST and one.last >= FIRST
    ]
    kept.reverse()
    assert numbers(records) == numbers(kept)


@given(facts())
def test_a_country_counts_once_whatever_tells_of_it(records: list[RecordFact]) -> None:
    """Records told twice under other keys leave every country, language and organisation as it was."""
    again = [replace(one, key=f"{one.key}b") for one in records]
    once, twice = sort_out(records, FIRST, LAST), sort_out([*records, *again], FIRST, LAST)
    for one in INDICATORS:
        if one.unit not in ("records", "amounts"):
            assert count(one, once).values == count(one, twice).values
    training = BY_KEY["training"]
    told = {country.code for fact in once.counted if fact.kind == "training" for country in fact.countries}
    assert set(count(training, once).values) == told
    assert set(by_country([count(training, once)])) == told


@given(facts())
def test_one_pass_over_the_records_counts_each_indicator_by_itself(records: list[RecordFact]) -> None:
    """Its own records in their order, those of them within a longer time, and what is known from what goes on alone."""
    found = sort_out(records, FIRST, LAST)
    for key, one in count_all(INDICATORS, found).items():
        assert one == count(BY_KEY[key], found)
        taken = [fact for fact in found.counted if gives(BY_KEY[key], fact) and TELLS.get(key, bool)(fact)]
        assert list(one.records) == taken
        assert one.perhaps == len([fact for fact in taken if fact.key in found.perhaps])
        if one.indicator.unit == "countries":
            ended = {country.code for fact in taken if fact.state != "under-way" for country in fact.countries}
            assert set(one.under_way) == set(one.values) - ended
            assert one.nowhere == len([fact for fact in taken if not fact.countries])


@given(facts())
def test_every_record_of_the_period_is_in_one_list(records: list[RecordFact]) -> None:
    """Counted, planned, cancelled and waiting make up all that belong to the period, each once."""
    found = sort_out(records, FIRST, LAST)
    keys = [one.key for some in (found.counted, found.planned, found.cancelled, found.waiting) for one in some]
    assert sorted(keys) == sorted(one.key for one in records if one.first <= LAST and one.last >= FIRST)
    assert found.perhaps <= {one.key for one in found.counted}


@given(facts(), DAYS)
def test_a_record_belongs_to_a_period_if_it_belongs_to_a_part_of_it(records: list[RecordFact], cut: date) -> None:
    """Two periods that join hold what the whole one holds."""
    cut = min(max(cut, FIRST), LAST - timedelta(days=1))
    parts = (sort_out(records, FIRST, cut), sort_out(records, cut + timedelta(days=1), LAST))
    assert {one.key for part in parts for one in part.counted} == {
        one.key for one in sort_out(records, FIRST, LAST).counted
    }


@given(facts())
def test_numbers_are_added_only_where_they_may_be(records: list[RecordFact]) -> None:
    """Exact numbers of one basis alone are added up; the others stand by themselves, and silence is no zero."""
    counted = sort_out(records, FIRST, LAST).counted
    for group in reach_of(counted):
        given_in = [one for fact in counted for one in fact.reach if one.group == group.group and one.unit == "people"]
        for known in group.sums:
            same = [one for one in given_in if one.basis == known.basis]
            exact = [one.number or 0 for one in same if one.qualifier == EXACT]
            assert known.exact == (sum(exact) if exact else None)
            assert len(known.others) == len(same) - len(exact)
        assert group.not_stated >= sum(one.number is None for one in given_in)
        assert group.weakest == (
            NOT_STATED if group.not_stated else max((one.basis for one in group.sums), key=BASES.index)
        )


@given(facts())
def test_what_is_kept_comes_back_as_it_was(records: list[RecordFact]) -> None:
    """The canonical line of a record gives the record back, and another record is another line."""
    for one in records:
        assert thawed(frozen(one)) == one
        assert digest(frozen(one)) != digest(frozen(replace(one, title="Something else")))
    by_key = {one.key: one for one in records}
    assert not corrections(by_key, {key: replace(one, version=2, reason="a typo") for key, one in by_key.items()})
    told = corrections(by_key, {key: replace(one, title="Another") for key, one in by_key.items()})
    assert len(told) == len(records)


def test_what_the_site_knows_itself_is_not_counted_twice() -> None:
    """A cohort that somebody also typed in: the typed words, the counted numbers, once; a draft takes nothing's place."""
    own = RecordFact(
        "cohort:1", 1, "training", "held", "Rabat", FIRST, FIRST, is_own=True, about="cohort:1",
        reach=(ReachFact("educators", "counted", 18),),
    )  # fmt: skip
    typed = RecordFact(
        "activity:a", 1, "training", "held", "Training in Rabat", FIRST, FIRST, about="cohort:1",
        reach=(ReachFact("educators", "partner", 25), ReachFact("parents", "partner", 4)),
    )  # fmt: skip
    (both,) = once_each([typed], [own])
    assert both.title == "Training in Rabat"
    assert [(one.group, one.basis, one.number) for one in both.reach] == [
        ("educators", "counted", 18), ("parents", "partner", 4),
    ]  # fmt: skip
    assert len(once_each([replace(typed, is_confirmed=False)], [own])) == 2
    assert [one.basis for one in to_hand_on(both).reach] == ["partner"]


def test_a_framework_is_not_its_carrying_out() -> None:
    """The carrying out of a framework adds no country with a framework, and countries of a number are no people."""
    facts = [
        RecordFact("country:1", 1, "framework-implementation", "not-stated", "", FIRST, LAST, countries=(CountryFact("AM"),)),
        RecordFact(
            "activity:2", 1, "consultation", "held", "Talks", FIRST, LAST, audiences=("young-people",),
            reach=(ReachFact("young-people", "partner", 15, "more-than", str(CountUnit.COUNTRIES)),),
        ),
    ]  # fmt: skip
    found = sort_out(facts, FIRST, LAST)
    assert count(BY_KEY["frameworks"], found).values == ()
    assert count(BY_KEY["carrying-out"], found).values == ("AM",)
    (reach,) = reach_of(found.counted)
    assert (reach.sums, reach.not_stated, reach.weakest) == ((), 1, NOT_STATED)
    (known,) = count(BY_KEY["consulted"], found).amounts
    assert known.exact is None
    assert [(one.number, one.qualifier) for one in known.others] == [(15, "more-than")]
