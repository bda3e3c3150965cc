"""Take hold of a cohort, and write down what is done to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.audit import service as audit
from coplearn.audit.kinds import EventKind
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent
from coplearn.cohorts.common.queries import Person

_KINDS: Final[Mapping[str, EventKind]] = {
    "opened": EventKind.COHORT_OPENED,
    "changed": EventKind.COHORT_CHANGED,
    "moved": EventKind.COHORT_MOVED,
    "archived": EventKind.COHORT_ARCHIVED,
    "taken-out": EventKind.COHORT_ARCHIVED,
    "staff-asked": EventKind.STAFF_ASKED,
    "staff-not-asked": EventKind.STAFF_ASKED,
    "staff-agreed": EventKind.STAFF_CHANGED,
    "staff-added": EventKind.STAFF_CHANGED,
    "staff-until": EventKind.STAFF_CHANGED,
    "staff-ended": EventKind.STAFF_ENDED,
    "code-opened": EventKind.COHORT_CODE,
    "code-renewed": EventKind.COHORT_CODE,
    "code-closed": EventKind.COHORT_CODE,
    "person-added": EventKind.MEMBER_ADDED,
    "person-corrected": EventKind.MEMBER_CORRECTED,
    "person-approved": EventKind.MEMBER_APPROVED,
    "person-withdrawn": EventKind.MEMBER_WITHDRAWN,
    "person-taken-back": EventKind.MEMBER_TAKEN_BACK,
    "person-erased": EventKind.MEMBER_ERASED,
    "person-invited": EventKind.MEMBERS_INVITED,
    "people-invited": EventKind.MEMBERS_INVITED,
    "queue-moved": EventKind.QUEUE_MOVED,
    "roster-begun": EventKind.ROSTER_IMPORTED,
    "cards-made": EventKind.CARDS_MADE,
    "card-renewed": EventKind.CARD_RENEWED,
    "session-approved": EventKind.MEMBER_APPROVED,
    "session-refused": EventKind.MEMBER_WITHDRAWN,
    "session-changed": EventKind.MEETING_CHANGED,
    "meeting-planned": EventKind.MEETING_CHANGED,
    "meeting-changed": EventKind.MEETING_CHANGED,
    "meeting-cancelled": EventKind.MEETING_CHANGED,
    "meeting-restored": EventKind.MEETING_CHANGED,
    "calendar-renewed": EventKind.CALENDAR_RENEWED,
    "teach-back-planned": EventKind.TEACH_BACK_PLANNED,
    "signed-off": EventKind.TEACH_BACK_JUDGED,
    "observed": EventKind.TEACH_BACK_JUDGED,
    "decided": EventKind.OUTCOME_DECIDED,
    "renewed": EventKind.CERTIFICATION_RENEWED,
    "revoked": EventKind.CERTIFICATION_REVOKED,
    "certificate-name": EventKind.CERTIFICATE_NAME,
    "passing-on": EventKind.PASSING_ON,
    "badge-asked": EventKind.COHORT_CHANGED,
    "badge-not-asked": EventKind.COHORT_CHANGED,
}
"""The events of a cohort's history that the audit log names as well; the others are what its people did themselves, or the site."""


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
    found, member = _KINDS.get(kind), details.get("member")
    if found is not None and person is not None:
        about = [
            f"cohort:{cohort_id}",
            *(f"{name}:{details[name]}" for name in ("meeting", "roster") if name in details),
        ]
        audit.record(session, found, whom=f"member:{member}" if member else "", about=",".join(about), now=now)


def locked_cohort(session: Session, cohort_id: int) -> Cohort:
    """The cohort as it is now, held until the transaction ends: its writers take turns."""
    return session.execute(
        select(Cohort).where(Cohort.id == cohort_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()
