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


def cohort_tabs(desk: Desk) -> list[tuple[str, str, bool]]:
    """(text, address, whether it is this page) of the pages that the person may open."""
    return [
        (say(text), url_for(endpoint, cohort_id=desk.cohort.public_id), request.endpoint == endpoint)
        for endpoint, text, deed in _TABS
        if deed in desk.deeds
    ]
