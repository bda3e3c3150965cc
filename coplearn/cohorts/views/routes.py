"""Every page of cohorts, brought together on one blueprint."""

from __future__ import annotations

from coplearn.cohorts.views import (
    attendance,
    cards,
    cascade,
    certification,
    checklist,
    cohort,
    door,
    entering,
    followup,
    joining,
    letters,
    meetings,
    queue,
    rosters,
    schedule,
    staffing,
    teaching,
)
from coplearn.cohorts.views.base import blueprint

__all__ = [
    "attendance",
    "blueprint",
    "cards",
    "cascade",
    "certification",
    "checklist",
    "cohort",
    "door",
    "entering",
    "followup",
    "joining",
    "letters",
    "meetings",
    "queue",
    "rosters",
    "schedule",
    "staffing",
    "teaching",
]
