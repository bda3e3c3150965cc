"""Reading what the ledger gave out: the sums of editions. The carries are read by who closes days, and by nobody else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.insights.models import Ledger, LedgerMark
from coplearn.insights.rules.ledger import FIVE
from coplearn.insights.rules.report import OUTRIGHT, Dimension, Measure


def ledger_of(session: Session) -> Ledger | None:
    """How far the ledger is; None while no day was ever closed (one statement)."""
    return session.get(Ledger, 1)


def given_out(
    session: Session, countries: Collection[str] | None, first: date, last: date
) -> dict[Measure, dict[tuple[str, str], int]]:
    """What was given on those days, to the site (None) or to those countries together, by (dimension, value).

    One statement.
    """
    scopes = sorted(countries) if countries is not None else [""]
    named = (LedgerMark.figure, LedgerMark.scope, LedgerMark.dimension, LedgerMark.value)
    rows = session.execute(
        select(*named, func.sum(LedgerMark.marks))
        .where(LedgerMark.scope.in_(scopes), LedgerMark.day >= first, LedgerMark.day <= last)
        .group_by(*named)
    )
    found: dict[Measure, dict[tuple[str, str], int]] = {}
    for figure, scope, dimension, value, marks in rows:
        measure = Measure(figure)
        count = int(marks) * (1 if measure in OUTRIGHT else FIVE)
        tally = found.setdefault(measure, {})
        tally[dimension, value] = tally.get((dimension, value), 0) + count
        if scope and not dimension:
            tally[Dimension.COUNTRY, scope] = tally.get((Dimension.COUNTRY, scope), 0) + count
    return found


def known_countries(session: Session) -> list[str]:
    """The countries that anything was ever given to (one statement)."""
    rows = session.scalars(select(LedgerMark.scope).where(LedgerMark.scope != "").distinct())
    return sorted(rows)
