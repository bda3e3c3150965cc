"""Every page of cohorts, brought together on one blueprint."""

from __future__ import annotations

from coplearn.cohorts.common.views import blueprint
from coplearn.cohorts.meetings.views import attendance, checkin, meetings
from coplearn.cohorts.outcomes.views import badges, certification, checklist, followup, teaching
from coplearn.cohorts.people.views import join, members, rosters, staffing
from coplearn.cohorts.whole.views import cascade, cohort, needs

__all__ = [
    "attendance",
    "badges",
    "blueprint",
    "cascade",
    "certification",
    "checkin",
    "checklist",
    "cohort",
    "followup",
    "join",
    "meetings",
    "members",
    "needs",
    "rosters",
    "staffing",
    "teaching",
]
