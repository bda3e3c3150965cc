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
    "series.run": EventKind.PEOPLE_READ,
    "insights.matrix": EventKind.PROGRESS_READ,
    "experts.votes": EventKind.PEOPLE_READ,
    "programme.programme": EventKind.PEOPLE_READ,
    "consulting.consultation": EventKind.PEOPLE_READ,
    "platforms.members": EventKind.PEOPLE_READ,
    "tokens.clients": EventKind.PEOPLE_READ,
    "api.list_members": EventKind.PEOPLE_READ,
    "api.read_member": EventKind.PERSON_READ,
    "api.list_marks": EventKind.REGISTER_READ,
    "api.list_outcomes": EventKind.OUTCOMES_READ,
    "api.download_roster": EventKind.PEOPLE_EXPORTED,
    "api.read_outcome": EventKind.PERSON_READ,
    "people.everybody": EventKind.PEOPLE_READ,
    "people.ask_invite": EventKind.PEOPLE_READ,
    "people.account": EventKind.PERSON_READ,
    "pages.outbox": EventKind.LETTERS_READ,
    "audit_log.page": EventKind.AUDIT_READ,
    "audit_log.download": EventKind.AUDIT_EXPORTED,
    # Forms that show the page with the records again when something in them is wrong.
    "cohorts.add_staff": EventKind.PEOPLE_READ,
    "cohorts.correct_person": EventKind.PERSON_READ,
    "cohorts.erase_person": EventKind.PERSON_READ,
    "cohorts.judge": EventKind.PERSON_READ,
    "cohorts.decide": EventKind.PERSON_READ,
    "cohorts.renew": EventKind.PERSON_READ,
    "cohorts.revoke": EventKind.PERSON_READ,
    "cohorts.pass_on": EventKind.PERSON_READ,
    "cohorts.correct_name": EventKind.PERSON_READ,
    "series.set_up": EventKind.PEOPLE_READ,
    "series.write_notes": EventKind.PEOPLE_READ,
    "series.change_part": EventKind.PEOPLE_READ,
    "experts.nominate": EventKind.PEOPLE_READ,
    "programme.seat": EventKind.PEOPLE_READ,
    "consulting.ask": EventKind.PEOPLE_READ,
    "consulting.summarise": EventKind.PEOPLE_READ,
    "people.invite": EventKind.PEOPLE_READ,
    "people.give_role": EventKind.PERSON_READ,
}
"""The kind of event, by endpoint. What is shown is written down once the page is made, and before it leaves.

A page that shows people to some of its readers alone writes that down itself: a cohort's overview, and the hub's desk."""
SHOWS_AGAIN: Final = frozenset({409, 422})
"""The answers to a form in which something is wrong: its page again, with all that stands on it."""

_PERSONS: Final = {"member_id": "member", "card_code": "member", "user_id": "user"}
_THINGS: Final = {
    "cohort_id": "cohort",
    "series_id": "cohort",
    "meeting_id": "meeting",
    "roster_id": "roster",
    "teach_back_id": "teach-back",
    "evaluation_id": "evaluation",
    "number": "certificate",
    "programme_id": "programme",
    "asking_id": "consultation",
    "platform_id": "platform",
    "link_id": "link",
}


def read_of(values: Mapping[str, object]) -> tuple[str, str]:
    """The person and the other things that an address names, as the log names them.

    >>> read_of({"cohort_id": "abc", "member_id": "m1"})
    ('member:m1', 'cohort:abc')
    """
    person = next((f"{_PERSONS[name]}:{value}" for name, value in values.items() if name in _PERSONS), "")
    return person, ",".join(f"{_THINGS[name]}:{value}" for name, value in values.items() if name in _THINGS)
