"""Different people, in all and by each dimension, whatever their rows are: as sets count them."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import literal, select, union_all

from coplearn.insights.counting import people_by, tallied
from coplearn.insights.rules import Dimension
from coplearn.storage.database import current_session
from tests.sizes import examples

BY = (Dimension.COUNTRY, Dimension.LANGUAGE)


class Row(NamedTuple):
    """Somebody once, with the values they are counted by, and two marks."""

    who: str
    country: str
    language: str
    first: int
    second: int


ROWS = st.builds(
    Row,
    who=st.sampled_from("abcd"),
    country=st.sampled_from(["", "MA", "AM"]),
    language=st.sampled_from(["ar", "fr"]),
    first=st.integers(0, 1),
    second=st.integers(0, 1),
)


def by_sets(rows: list[Row], mark: str = "") -> dict[tuple[str, str], int]:
    """The same by hand."""
    people: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if not mark or getattr(row, mark):
            for cell in (("", ""), ("country", row.country), ("language", row.language)):
                people[cell].add(row.who)
    return {cell: len(who) for cell, who in people.items()}


@given(st.lists(ROWS, min_size=1, max_size=12))
@examples(10, 200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_people_are_counted_as_sets_count_them(each_app: Flask, drawn: list[Row]) -> None:
    """Somebody with two countries is one person in all and one in each; a mark of one of their rows is theirs."""
    with each_app.app_context():
        session = current_session(each_app)
        rows = union_all(
            *(select(*(literal(cell).label(name) for name, cell in row._asdict().items())) for row in drawn)
        )
        (everybody,) = tallied(session, people_by(rows.cte("drawn"), BY), 1)
        assert everybody == by_sets(drawn)
        marked = tallied(session, people_by(rows.cte("drawn"), BY, "first", "second"), 2)
        for found, mark in zip(marked, ("first", "second"), strict=True):
            assert {cell: count for cell, count in found.items() if count} == by_sets(drawn, mark)
