"""Closing days: what happened on them is written into the ledger of fives, once and for good."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from coplearn.insights.ledger_queries import Days, counted_by_day
from coplearn.insights.ledger_rules import Cell, Draw, LedgerBook, corrections, counts_by_cell, last_to_close
from coplearn.insights.models import Ledger, LedgerCarry, LedgerMark
from coplearn.insights.rules import OUTRIGHT, Measure, midnight
from coplearn.storage.upserts import insert_new


def close_days(session: Session, zone: str, now: datetime, draw: Draw = secrets.randbelow) -> int:
    """Close every day that can be closed and is not; how many. The first time, from the first day on which anything was.

    All of it is one transaction, and one worker does it at a time: done twice, or begun by two, or killed half way, it
    comes to the same ledger. ``zone`` is where days begin and end; what the first closing was given stays.
    """
    insert_new(session, Ledger, {"id": 1, "zone": zone, "last_day": None})
    held = select(Ledger).where(Ledger.id == 1).with_for_update().execution_options(populate_existing=True)
    ledger = session.scalars(held).one()
    last = last_to_close(now, ledger.zone)
    if ledger.last_day is not None and ledger.last_day >= last:
        return 0
    before = ledger.last_day
    for figure in Measure:
        _close(session, figure, ledger, last, now, draw)
    ledger.last_day = last
    session.flush()
    return (last - before).days if before is not None else 1


def _close(session: Session, figure: Measure, ledger: Ledger, last: date, now: datetime, draw: Draw) -> None:
    """One figure: its new days one after the other, corrections of earlier ones on the first of them."""
    zone, start, opening = ledger.zone, None, last
    if ledger.last_day is not None:
        opening = ledger.last_day + timedelta(days=1)
        start = midnight(opening, zone)
    days = counted_by_day(session, figure, start, midnight(last + timedelta(days=1), zone), zone, now)
    carries, counted = _carries(session, figure)
    book, marks = LedgerBook(carries, draw), list[dict[str, object]]()
    for day, people in sorted(_by_day(figure, days, counted, opening if start is not None else None).items()):
        given = {cell: count for cell, count in people.items() if count} if figure in OUTRIGHT else book.close(people)
        marks += [_row(figure, cell) | {"day": day, "marks": count} for cell, count in given.items()]
    if marks:
        session.execute(insert(LedgerMark), marks)
    session.execute(delete(LedgerCarry).where(LedgerCarry.figure == figure))
    truth = counts_by_cell(row for rows in days.values() for row in rows)
    kept = [
        _row(figure, cell) | {"carry": book.carries.get(cell, 0), "counted": truth[cell]}
        for cell in sorted({*truth, *book.carries})
    ]
    if kept:
        session.execute(insert(LedgerCarry), kept)


def _by_day(
    figure: Measure, days: Days, counted: Mapping[Cell, int], opening: date | None
) -> dict[date, Counter[Cell]]:
    """The numbers of arrivals by row on each new day; what has changed since of closed ones is booked on the opening one."""
    found = {day: counts_by_cell(rows) for day, rows in days.items() if day is not None}
    if opening is None:
        return found
    truth = counts_by_cell(days.get(None, ()))
    late = corrections(figure, {cell: truth[cell] - counted.get(cell, 0) for cell in {*truth, *counted}})
    if late:
        booked = found.setdefault(opening, Counter())
        for cell, count in late.items():
            booked[cell] += count
    return found


def _carries(session: Session, figure: Measure) -> tuple[dict[Cell, int], dict[Cell, int]]:
    rows = session.execute(
        select(
            LedgerCarry.scope, LedgerCarry.dimension, LedgerCarry.value, LedgerCarry.carry, LedgerCarry.counted
        ).where(LedgerCarry.figure == figure)
    ).all()
    carries = {(row[0], row[1], row[2]): row[3] for row in rows if row[1] or not row[0]}
    return carries, {(row[0], row[1], row[2]): row[4] for row in rows}


def _row(figure: Measure, cell: Cell) -> dict[str, object]:
    scope, dimension, value = cell
    return {"figure": figure.value, "scope": scope, "dimension": dimension, "value": value}
