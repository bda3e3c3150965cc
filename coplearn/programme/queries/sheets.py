"""Reading lists that wait to be brought in, and which of their activities are here already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.programme.models.records import Activity, ActivitySheet, ActivityVersion
from coplearn.programme.queries.activities import contents_of, is_newest
from coplearn.programme.rules.records import ActivityContent
from coplearn.programme.rules.sheets import identity

_AT_ONCE = 500


def sheet_by(session: Session, public_id: str, user_id: int) -> ActivitySheet | None:
    """The list of that address; whoever brought it sees it, and nobody else."""
    return session.scalar(
        select(ActivitySheet).where(ActivitySheet.public_id == public_id, ActivitySheet.by_id == user_id)
    )


def sheets_of(session: Session, user_id: int) -> Sequence[ActivitySheet]:
    """The lists of a person, newest first."""
    return session.scalars(
        select(ActivitySheet).where(ActivitySheet.by_id == user_id).order_by(ActivitySheet.id.desc()).limit(20)
    ).all()


def known_keys(session: Session, keys: Iterable[str]) -> set[str]:
    """The keys among those under which an activity is here (a statement for each five hundred)."""
    wanted, found = sorted(set(keys)), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        found |= set(session.scalars(select(Activity.key).where(Activity.key.in_(wanted[start : start + _AT_ONCE]))))
    return found


def alike(session: Session, days: Collection[date]) -> dict[tuple[str, ...], str]:
    """Activities that begin on one of those days, by what makes them one thing, with their addresses."""
    wanted, found = sorted(set(days)), dict[tuple[str, ...], str]()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = session.execute(
            select(Activity.public_id, ActivityVersion)
            .join(ActivityVersion, is_newest())
            .where(ActivityVersion.since.in_(wanted[start : start + _AT_ONCE]))
        ).all()
        contents: dict[int, ActivityContent] = contents_of(session, [row[1] for row in rows])
        found |= {tuple(identity(contents[version.id])): public_id for public_id, version in rows}
    return found
