"""What was done to a cohort, written down as it is done."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import CohortEvent
from coplearn.cohorts.queries.cohort import Person


def note(session: Session, cohort_id: int, person: Person | None, kind: str, now: datetime, **details: object) -> None:
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
