"""The pages on which staff read records of people, and the name of each in the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from coplearn.audit.kinds import EventKind

READS: Final[Mapping[str, EventKind]] = {
    "cohorts.people": EventKind.PEOPLE_READ,
    "cohorts.waiting_list": EventKind.PEOPLE_READ,
    "cohorts.needs": EventKind.PEOPLE_READ,
    "cohorts.later": EventKind.PEOPLE_READ,
    "cohorts.roster": EventKind.PEOPLE_READ,
    "cohorts.person": EventKind.PERSON_READ,
    "cohorts.mark_history": EventKind.PERSON_READ,
    "cohorts.outcome": EventKind.PERSON_READ,
    "cohorts.plan_teach_back": EventKind.PERSON_READ,
    "cohorts.teach_back": EventKind.PERSON_READ,
    "cohorts.teach_backs": EventKind.PEOPLE_READ,
    "cohorts.outcomes": EventKind.OUTCOMES_READ,
    "cohorts.cascade": EventKind.OUTCOMES_READ,
    "cohorts.evidence": EventKind.EVIDENCE_READ,
    "cohorts.certificate": EventKind.CERTIFICATE_READ,
    "cohorts.download_people": EventKind.PEOPLE_EXPORTED,
    "cohorts.roster_problems": EventKind.PEOPLE_EXPORTED,
    "cohorts.cards": EventKind.PEOPLE_EXPORTED,
    "cohorts.register": EventKind.REGISTER_READ,
    "cohorts.register_paper": EventKind.REGISTER_READ,
    "cohorts.scan": EventKind.PERSON_READ,
    "cohorts.letters": EventKind.LETTERS_READ,
    "cohorts.staff": EventKind.PEOPLE_READ,
    "insights.matrix": EventKind.PROGRESS_READ,
    "api.list_members": EventKind.PEOPLE_READ,
    "api.read_member": EventKind.PERSON_READ,
    "api.list_marks": EventKind.REGISTER_READ,
    "api.list_outcomes": EventKind.OUTCOMES_READ,
    "api.download_roster": EventKind.PEOPLE_EXPORTED,
    "api.read_outcome": EventKind.PERSON_READ,
    "people.everybody": EventKind.PEOPLE_READ,
    "people.account": EventKind.PERSON_READ,
    "pages.outbox": EventKind.LETTERS_READ,
    "audit_log.page": EventKind.AUDIT_READ,
    "audit_log.download": EventKind.AUDIT_EXPORTED,
}
"""The kind of event, by endpoint. What is shown is written down once the page is made, and before it leaves."""

_PERSONS: Final = {"member_id": "member", "card_code": "member", "user_id": "user"}
_THINGS: Final = {
    "cohort_id": "cohort",
    "meeting_id": "meeting",
    "roster_id": "roster",
    "teach_back_id": "teach-back",
    "evaluation_id": "evaluation",
    "number": "certificate",
}


def read_of(values: Mapping[str, object]) -> tuple[str, str]:
    """The person and the other things that an address names, as the log names them.

    >>> read_of({"cohort_id": "abc", "member_id": "m1"})
    ('member:m1', 'cohort:abc')
    """
    person = next((f"{_PERSONS[name]}:{value}" for name, value in values.items() if name in _PERSONS), "")
    return person, ",".join(f"{_THINGS[name]}:{value}" for name, value in values.items() if name in _THINGS)
