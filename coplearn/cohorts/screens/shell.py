"""The way from one page of a cohort to its others, by what the person may do there."""

from __future__ import annotations

from typing import Final

from flask import request, url_for

from coplearn.cohorts.guards import Desk
from coplearn.cohorts.rules.words import Deed
from coplearn.kernel.text import N_
from coplearn.web.render import say

_TABS: Final = (
    ("cohorts.cohort", N_("Overview"), Deed.SEE),
    ("cohorts.people", N_("People"), Deed.PEOPLE),
    ("cohorts.meetings", N_("Meetings"), Deed.SEE),
    ("cohorts.teach_backs", N_("Teach-backs"), Deed.OBSERVE),
    ("cohorts.outcomes", N_("Outcomes"), Deed.CERTIFY),
    ("cohorts.needs", N_("Who needs help"), Deed.WRITE),
    ("cohorts.letters", N_("Letters"), Deed.WRITE),
    ("insights.matrix", N_("Progress"), Deed.REPORT),
)


_BELONGS_TO: Final = {
    "cohorts.ask_copy": "cohorts.cohort",
    "cohorts.copy": "cohorts.cohort",
    "cohorts.staff": "cohorts.cohort",
    "cohorts.add_staff": "cohorts.cohort",
    "cohorts.ask_person": "cohorts.people",
    "cohorts.add_person": "cohorts.people",
    "cohorts.person": "cohorts.people",
    "cohorts.correct_person": "cohorts.people",
    "cohorts.ask_roster": "cohorts.people",
    "cohorts.upload_roster": "cohorts.people",
    "cohorts.roster": "cohorts.people",
    "cohorts.new_meeting": "cohorts.meetings",
    "cohorts.plan_meeting": "cohorts.meetings",
    "cohorts.ask_days": "cohorts.meetings",
    "cohorts.plan_days": "cohorts.meetings",
    "cohorts.edit_meeting": "cohorts.meetings",
    "cohorts.change_meeting": "cohorts.meetings",
    "cohorts.mark_history": "cohorts.meetings",
    "cohorts.children": "cohorts.meetings",
    "cohorts.count_children": "cohorts.meetings",
    "cohorts.scan": "cohorts.meetings",
    "cohorts.plan_teach_back": "cohorts.teach_backs",
    "cohorts.keep_plan": "cohorts.teach_backs",
    "cohorts.teach_back": "cohorts.teach_backs",
    "cohorts.judge": "cohorts.teach_backs",
    "cohorts.outcome": "cohorts.outcomes",
    "cohorts.decide": "cohorts.outcomes",
    "cohorts.renew": "cohorts.outcomes",
    "cohorts.later": "cohorts.outcomes",
    "insights.cohort": "insights.matrix",
}
"""Under which of the tabs a further page stands, so that the place is marked there too."""


def cohort_tabs(desk: Desk) -> list[tuple[str, str, bool]]:
    """(text, address, whether it is this page) of the pages that the person may open."""
    here = _BELONGS_TO.get(request.endpoint or "", request.endpoint)
    return [
        (say(text), url_for(endpoint, cohort_id=desk.cohort.public_id), here == endpoint)
        for endpoint, text, deed in _TABS
        if deed in desk.deeds
    ]
