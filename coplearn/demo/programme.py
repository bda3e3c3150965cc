"""The programme of January to September 2025, written and confirmed through the same verbs as records of real people."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy.orm import Session

from coplearn.programme.rules.periods import Span, span
from coplearn.programme.rules.records import ActivityContent, CountryLine, PartnerLine, ReachLine
from coplearn.programme.rules.words import (
    ActivityKind,
    ActivityStatus,
    AudienceGroup,
    CountBasis,
    CountryRecordKind,
    CountryStatus,
    CountUnit,
    Precision,
    Qualifier,
    Trait,
)
from coplearn.programme.service.activities import confirm_activity, record_activity
from coplearn.programme.service.countries import (
    CountryRecordContent,
    StatusContent,
    add_status,
    confirm_status,
    record_country,
)
from coplearn.programme.service.programmes import write_programme


def fill_programme(session: Session, writer_id: int, second_id: int, now: datetime) -> int:
    """Write the 41 records as one person and confirm each as a second one; how many there are. Uncommitted."""
    told = tomllib.loads(files("coplearn.demo").joinpath("programme_2025.toml").read_text(encoding="utf-8"))
    when = span(told["since"], told["until"], Precision.WITHIN)
    programme = write_programme(session, None, told["programme"], told["summary"], now)
    by: Mapping[str, Any] = {"by_id": writer_id, "now": now}
    number = 0
    for row in told["activity"]:
        for place, countries in enumerate(_each(row), row["row"]):
            content = _content(row, countries, when, _source(told, place))
            made = record_activity(session, content, key=f"seed-2025:{place}", programme_id=programme.id, **by)
            confirm_activity(session, made, number=made.newest, by_id=second_id, now=now)
            number += 1
    for row in told["country"]:
        for place, country in enumerate(row["each"], row["row"]):
            record = record_country(
                session,
                CountryRecordContent(country, CountryRecordKind(row["kind"])),
                key=f"seed-2025:{place}",
                programme_id=programme.id,
                **by,
            )
            state = StatusContent(CountryStatus(row["status"]), when, row["words"], source=_source(told, place))
            confirm_status(session, add_status(session, record, state, **by), by_id=second_id, now=now)
            number += 1
    return number


def _each(row: Mapping[str, Any]) -> Sequence[Sequence[str]]:
    """The countries of each record that a line stands for."""
    return [[country] for country in row["each"]] if "each" in row else [row.get("countries", [])]


def _source(told: Mapping[str, Any], row: int) -> str:
    return f"{told['source']} ({row})"


def _content(row: Mapping[str, Any], countries: Sequence[str], when: Span, source: str) -> ActivityContent:
    return ActivityContent(
        title=row["title"],
        kind=ActivityKind(row["kind"]),
        status=ActivityStatus(row["status"]),
        span=when,
        countries=tuple(CountryLine(country, row.get("named", {}).get(country, "")) for country in countries),
        place=row.get("place", ""),
        audiences=tuple(map(AudienceGroup, row.get("audiences", ()))),
        audience_words=row.get("audience_words", ""),
        partners=tuple(map(PartnerLine, row.get("partners", ()))),
        languages=tuple(row.get("languages", ())),
        reach=tuple(map(_reach, row.get("reach", ()))),
        traits=tuple(map(Trait, row.get("traits", ()))),
        summary=row.get("text", ""),
        source=source,
    )


def _reach(line: Mapping[str, Any]) -> ReachLine:
    return ReachLine(
        AudienceGroup(line["group"]),
        CountBasis(line["basis"]),
        line["number"],
        Qualifier(line["qualifier"]),
        CountUnit(line["unit"]),
        words=line["words"],
    )
