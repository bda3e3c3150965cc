"""Reading exercises that were run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.drills.models import DrillEntry, DrillFix, DrillRun


def run_of(session: Session, public_id: str, user_id: int) -> DrillRun | None:
    """The exercise of that facilitator."""
    return session.scalar(select(DrillRun).where(DrillRun.public_id == public_id, DrillRun.by_id == user_id))


def run_in_room(session: Session, room_id: int) -> DrillRun | None:
    """The exercise that is played in a room."""
    return session.scalar(select(DrillRun).where(DrillRun.room_id == room_id))


def runs_of(session: Session, user_id: int) -> Sequence[DrillRun]:
    """The exercises of a facilitator, newest first."""
    return session.scalars(select(DrillRun).where(DrillRun.by_id == user_id).order_by(DrillRun.id.desc())).all()


def entries_of(session: Session, run_id: int) -> Sequence[DrillEntry]:
    """Every entry of a run, in the order in which the server took them."""
    return session.scalars(select(DrillEntry).where(DrillEntry.run_id == run_id).order_by(DrillEntry.id)).all()


def fixes_of(session: Session, run_id: int) -> Sequence[DrillFix]:
    """The fixes that were agreed on."""
    return session.scalars(select(DrillFix).where(DrillFix.run_id == run_id).order_by(DrillFix.number)).all()


def export_of(session: Session, user_id: int) -> list[dict[str, Any]]:
    """Everything kept of the exercises that somebody ran, for their own download."""
    return [
        {
            "course": run.course_id,
            "exercise": run.item_id,
            "began_at": _text(run.began_at),
            "over_at": _text(run.over_at),
            "people": run.people,
            "entries": [[one.key, one.value, _text(one.happened_at)] for one in entries_of(session, run.id)],
            "fixes": [[fix.what, fix.office, str(fix.due_on or ""), fix.state] for fix in fixes_of(session, run.id)],
        }
        for run in runs_of(session, user_id)
    ]


def _text(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""
