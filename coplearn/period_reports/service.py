"""Making an edition: the records of a report as they stand, kept for good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.rules.words import new_public_id
from coplearn.insights.ledger_queries import ledger_of
from coplearn.period_reports.models import PeriodEdition, PeriodEditionRow
from coplearn.period_reports.queries import AskedReport, edition_facts, latest_edition, question_of, records_of
from coplearn.period_reports.rules.counting import Correction, corrections
from coplearn.period_reports.rules.facts import RecordFact, digest, frozen, to_hand_on
from coplearn.programme.rules.access import ProgrammeAccess
from coplearn.programme.rules.sources import ActivitySource


def make_edition(
    session: Session,
    access: ProgrammeAccess,
    asked: AskedReport,
    sources: Sequence[ActivitySource],
    *,
    by_id: int | None,
    now: datetime,
) -> PeriodEdition:
    """Keep the report as it stands, with what it corrects in the edition before of the same scope.

    Numbers of people that this site counted are left out of its records: those come from the ledger alone, and only where
    every day of the period is closed.
    """
    found, scope = records_of(session, access, asked, sources), asked.scope
    lines = [(fact, frozen(to_hand_on(fact))) for fact in (*found.counted, *found.planned, *found.cancelled)]
    digests = [digest(line) for _, line in lines]
    ledger = ledger_of(session) if scope.programme_id is None else None
    closed = ledger.last_day if ledger is not None else None
    previous = latest_edition(session, scope.countries or (), scope.programme_id)
    corrected = _corrected(session, access, previous, sources) if previous is not None else ()
    edition = PeriodEdition(
        public_id=new_public_id(),
        first_day=asked.first,
        last_day=asked.last,
        countries=sorted(scope.countries or ()),
        programme_id=scope.programme_id,
        people_until=closed if closed is not None and asked.last <= closed else None,
        previous_id=previous.id if previous is not None else None,
        corrections=[_kept(one) for one in corrected],
        digest=_whole(asked, digests),
        made_at=now,
        made_by_id=by_id,
    )
    session.add(edition)
    session.flush()
    rows = [
        {"edition_id": edition.id, "key": fact.key, "version": fact.version, "digest": one, "content": line}
        for (fact, line), one in zip(lines, digests, strict=True)
    ]
    if rows:
        session.execute(insert(PeriodEditionRow), rows)
    audit.record(session, EventKind.PERIOD_EDITION_MADE, about=f"edition:{edition.id}", now=now)
    return edition


def _corrected(
    session: Session, access: ProgrammeAccess, previous: PeriodEdition, sources: Sequence[ActivitySource]
) -> tuple[Correction, ...]:
    now = records_of(session, access, question_of(previous), sources)
    told = _by_key(edition_facts(session, previous.id))
    return corrections(told, _by_key((*now.counted, *now.planned, *now.cancelled)))


def _by_key(facts: Iterable[RecordFact]) -> dict[str, RecordFact]:
    """Records that somebody wrote: what the site's own records tell goes on by itself, and is not corrected."""
    return {fact.key: to_hand_on(fact) for fact in facts if not fact.is_own}


def _kept(one: Correction) -> list[str]:
    """The record before and after; empty for none."""
    return [frozen(fact) if fact is not None else "" for fact in (one.before, one.now)]


def _whole(asked: AskedReport, digests: Iterable[str]) -> str:
    scope = asked.scope
    head = [asked.first.isoformat(), asked.last.isoformat(), ",".join(sorted(scope.countries or ()))]
    return hashlib.sha256("\n".join([*head, str(scope.programme_id or ""), *sorted(digests)]).encode()).hexdigest()
