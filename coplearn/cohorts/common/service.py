"""Take hold of a cohort, and write down what is done to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent
from coplearn.cohorts.common.queries import Person


def log_event(
    session: Session, cohort_id: int, person: Person | None, kind: str, now: datetime, **details: object
) -> None:
    """Write one line of the cohort's history; ``details`` are JSON values, never anything secret. None is the site itself."""
    session.add(
        CohortEvent(
            cohort_id=cohort_id,
            at=now,
            by_id=person.id if person is not None else None,
            by_name=person.name if person is not None else "",
            kind=kind,
            details=details,
        )
    )


def locked_cohort(session: Session, cohort_id: int) -> Cohort:
    """The cohort as it is now, held until the transaction ends: its writers take turns."""
    return session.execute(
        select(Cohort).where(Cohort.id == cohort_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()
