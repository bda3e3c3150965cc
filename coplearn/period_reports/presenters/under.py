"""The records under one number, a page at a time, each number of theirs with its basis and what shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final

from flask import request, url_for
from sqlalchemy.orm import Session

from coplearn.period_reports.documents.report import FigureLine, RecordLine
from coplearn.period_reports.presenters.figures import figure_lines, name_of
from coplearn.period_reports.presenters.wording import number_texts, record_line
from coplearn.period_reports.queries import RecordEvidence, evidence_under
from coplearn.period_reports.rules.counting import Count
from coplearn.period_reports.rules.facts import RecordFact
from coplearn.period_reports.rules.indicators import UNIT_RULES
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.records import number_keys
from coplearn.web.render import say

ON_A_PAGE: Final = 100
_ASKED: Final = ("from", "to", "country", "programme", "of")


@dataclass(frozen=True, slots=True)
class EvidenceShown:
    """A link or a file, and the address where it is read."""

    title: str
    href: str
    is_elsewhere: bool


@dataclass(frozen=True, slots=True)
class NumberUnder:
    """A number of a record with its basis, and what shows that very number."""

    text: str
    evidence: Sequence[EvidenceShown]


@dataclass(frozen=True, slots=True)
class RecordUnder:
    """A record under a number."""

    line: RecordLine
    numbers: Sequence[NumberUnder]
    evidence: Sequence[EvidenceShown]
    """What shows the record, and none of its numbers in particular."""


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some of the records under a number, with the number and its rule."""

    title: str
    rule: str
    figures: Sequence[FigureLine]
    records: Sequence[RecordUnder]
    number: int
    is_last: bool

    def address(self, number: int) -> str:
        """The address of another page of the same records."""
        values: dict[str, Any] = dict(request.view_args or {})
        # Of the query no more than was asked: other names would be options of url_for.
        values |= {name: request.args[name] for name in _ASKED if name in request.args}
        return url_for(str(request.endpoint), **values, page=number)


def record_pages(session: Session, access: ProgrammeAccess, count: Count, asked: str) -> RecordPage:
    """The page of that number; the first one for whatever is no number of a page. One statement, for what shows the records
    today that the reader may see."""
    number = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    start = ON_A_PAGE * (number - 1)
    if not 0 <= start < len(count.records):
        number, start = 1, 0
    shown = count.records[start : start + ON_A_PAGE]
    one, evidence = count.indicator, evidence_under(session, access, [fact.key for fact in shown])
    return RecordPage(
        name_of(one),
        say(UNIT_RULES[one.unit]),
        figure_lines(count),
        [_record(fact, evidence.get(fact.key, ())) for fact in shown],
        number,
        start + ON_A_PAGE >= len(count.records),
    )


def _record(fact: RecordFact, evidence: Sequence[RecordEvidence]) -> RecordUnder:
    keys = number_keys((one.group, one.unit, one.ages, one.basis) for one in fact.reach)
    return RecordUnder(
        record_line(fact),
        [
            NumberUnder(text, [_shown(fact, one) for one in evidence if key and one.shows == key])
            for text, key in zip_longest(number_texts(fact), keys, fillvalue="")
        ],
        [_shown(fact, one) for one in evidence if one.shows not in keys],
    )


def _shown(fact: RecordFact, one: RecordEvidence) -> EvidenceShown:
    name = fact.key.partition(":")[2]
    href = one.link or url_for("programme.evidence", activity_id=name, evidence_id=one.id)
    return EvidenceShown(one.title, href, bool(one.link))
