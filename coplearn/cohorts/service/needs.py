"""The week's letter to trainers: how many of their people may need help, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Cohort
from coplearn.cohorts.queries.needs import facts_of
from coplearn.cohorts.rules.needs import reasons_of
from coplearn.cohorts.rules.words import State
from coplearn.cohorts.service.letters import send_digest
from coplearn.courses.course import Course


def send_digests(session: Session, courses: Mapping[str, Course], now: datetime) -> int:
    """Write to the trainers of each running cohort in which somebody needs help, once an ISO week; how many letters."""
    year, week, _ = now.isocalendar()
    running = select(Cohort).where(Cohort.state == State.RUNNING, Cohort.archived_at.is_(None))
    written = 0
    for cohort in session.scalars(running).all():
        urgent = [reasons_of(facts, now)[:1] for _, facts in facts_of(session, cohort, courses, {}, now)]
        counted = Counter(reason.need.value for reasons in urgent for reason in reasons)
        if counted:
            written += send_digest(session, cohort, counted, f"{year}-{week:02}", now)
    return written
