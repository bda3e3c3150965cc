"""What decisions, sign-offs and badges refuse: each with its sentence, and with nothing of it written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from coplearn.cohorts.common.rules.words import LONGEST_REASON
from coplearn.cohorts.outcomes.rules.badges import MOST, asked_in
from coplearn.cohorts.outcomes.rules.certification import LONGEST_NOTE
from coplearn.cohorts.outcomes.rules.teaching import LONGEST_NOTE as LONGEST_TEACHING_NOTE
from coplearn.cohorts.outcomes.service.badges import ask_for_badge, asked_badge, bring_badge
from coplearn.cohorts.outcomes.service.certification import renew, revoke
from coplearn.credentials.rules import BroughtCredential
from tests.cohorts.finishing import as_person, titles_of
from tests.cohorts.outcomes.test_brought_badges import KEYS
from tests.cohorts.outcomes.test_certification import Training
from tests.cohorts.outcomes.test_certification import training as training
from tests.cohorts.outcomes.test_teaching import Room
from tests.cohorts.outcomes.test_teaching import room as room
from tests.cohorts.outcomes.test_teaching_pages import Site
from tests.cohorts.outcomes.test_teaching_pages import site as site
from tests.cohorts.traces import refuses
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_evaluation,
    put_member,
    put_staff,
    put_teach_back,
)


def _renew(one: Training) -> object:
    return renew(one.session, one.lead, one.cohort, one.member.public_id, titles_of, NOW)


def _revoke(one: Training, reason: str = "Showed films.") -> object:
    return revoke(one.session, one.coordinator, one.cohort, one.member.public_id, reason, NOW)


@pytest.mark.parametrize(
    ("held", "name", "do", "words"),
    [
        (None, "Aya", lambda one: one.decide(words="x" * (LONGEST_NOTE + 1)), "Use at most %(count)s characters."),
        (None, "", lambda one: one.decide(), "This person is no longer named here, so no certificate can be made out."),
        (None, "Aya", _renew, "There is no certificate to renew. Decide about the training first."),
        ({"outcome": "completed"}, "Aya", _renew, "There is no certificate to renew."),
        ({"revoked_at": NOW}, "Aya", _renew, "There is no certificate to renew."),
        (None, "Aya", _revoke, "%(name)s holds no certificate of this cohort."),
        ({"outcome": "completed"}, "Aya", _revoke, "%(name)s holds no certificate of this cohort."),
        ({}, "Aya", lambda one: _revoke(one, "x" * (LONGEST_REASON + 1)), "Use at most %(count)s characters."),
    ],
)
def test_decision_refuses_with_a_sentence(
    training: Training, held: dict[str, Any] | None, name: str, do: Callable[[Training], object], words: str
) -> None:
    """Words that are too long, somebody without a name, and a certificate that there is not."""
    training.member.name = name
    if held is not None:
        put_certification(training.session, training.cohort, training.member, **held)
    with refuses(training.session, words):
        do(training)


def test_sign_off_is_of_its_own_teach_back_and_of_who_takes_part(room: Room) -> None:
    """A press of another teach-back, an evaluation of another, a note without end, and somebody who has withdrawn."""
    other = put_evaluation(room.session, put_teach_back(room.session, room.member, turn=2), op_id="op-000002")
    with refuses(room.session, "Load the page again and send it once more."):
        room.judge(op_id="op-000002")
    with refuses(room.session, "There is no such evaluation in this cohort."):
        room.judge(amends_id=other.id, reason="A slip.")
    with refuses(room.session, "Use at most %(count)s characters."):
        room.judge(note_to_trainee="x" * (LONGEST_TEACHING_NOTE + 1))
    with refuses(room.session, "Use at most %(count)s characters."):
        room.judge(note_internal="x" * (LONGEST_TEACHING_NOTE + 1))
    room.member.state = "withdrawn"
    with refuses(room.session, "That person has withdrawn. What was written before stays."):
        room.judge()


def test_teach_back_and_file_that_are_not_there_have_no_page(site: Site) -> None:
    """An unknown teach-back, and the file of an evaluation that came without one, or of none."""
    assert site.send("examiner").status_code == 303
    (row,) = site.rows()
    examiner, every = site.clients["examiner"], site.address.rpartition("/")[0]
    pages = (f"{every}/nobody", f"{site.address}/evidence/{row.id}", f"{site.address}/evidence/{row.id + 1}")
    assert [examiner.get(page).status_code for page in pages] == [404, 404, 404]


def test_badges_are_asked_for_by_name_and_five_at_most(scratch: Session) -> None:
    """And a badge is brought only to what is asked for, under the keys of today."""
    cohort = put_cohort(scratch)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead, member = as_person(scratch, "lead@example.org"), put_member(scratch, cohort, "aya@example.org")

    def ask(issuer: str, achievement: str) -> None:
        ask_for_badge(scratch, lead, cohort, issuer, achievement, KEYS, NOW)

    with refuses(scratch, "Write whose badge it is."):
        ask("  ", "First aid")
    for number in range(MOST):
        ask("Red Crescent", f"Step {number}")
    with refuses(scratch, "A cohort asks for five badges at most."):
        ask("Red Crescent", "One more")
    asked = asked_in(cohort.asked_badges)[0]
    found = BroughtCredential("urn:1", asked.achievement, "", (member.name,), (), None)
    for old in (replace(asked, keys={"id": "did:web:old.example"}), replace(asked, id="gone")):
        with refuses(scratch, "This badge is not asked for."):
            bring_badge(scratch, cohort, member.public_id, old, found, NOW)
    with refuses(scratch, "This badge is not asked for."):
        asked_badge(cohort, "gone")
