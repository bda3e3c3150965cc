"""To whom nothing is written: who no longer takes part, and the people of a draft."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.models.cohort import Membership
from coplearn.cohorts.queries.joining import offers_for
from coplearn.cohorts.rules.words import Outcome
from coplearn.cohorts.service import letters
from coplearn.cohorts.service.certification import decide
from coplearn.cohorts.service.invitations import invite, invite_all
from coplearn.cohorts.service.joining import take_seat_of
from coplearn.kernel.errors import Refused
from coplearn.outbox.models import Letter
from tests.cohorts.finishing import as_person
from tests.cohorts.worlds import NOW, put_cohort, put_meeting, put_member, put_staff


def _sign(_member: Membership) -> str:
    return "t" * 32


def _written(session: Session) -> list[str]:
    return list(session.scalars(select(Letter.to_address).order_by(Letter.id)))


@pytest.mark.parametrize(("state", "reminded"), [("draft", 0), ("open", 1), ("running", 1), ("closed", 0)])
def test_reminders_go_out_while_a_cohort_is_at_work(scratch: Session, state: str, reminded: int) -> None:
    """Who stands on the list of a draft knows of nothing yet; who has left is not reminded."""
    cohort = put_cohort(scratch, state=state)
    put_meeting(scratch, cohort, NOW + timedelta(hours=20))
    put_member(scratch, cohort, "aya@example.org")
    put_member(scratch, cohort, "gone@example.org", state="withdrawn")
    assert letters.remind_of_meetings(scratch, NOW) == reminded
    assert letters.remind_of_meetings(scratch, NOW) == 0
    assert _written(scratch) == ["aya@example.org"] * reminded


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nobody_is_invited_to_what_is_not_open(scratch: Session, state: str) -> None:
    """Neither one by one nor all at once, and the people are still to be invited afterwards."""
    cohort = put_cohort(scratch, state=state)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead = as_person(scratch, "lead@example.org")
    member = put_member(scratch, cohort, "aya@example.org", user_id=None, state="invited")
    with pytest.raises(Refused, match="Open it first"):
        invite(scratch, lead, cohort.id, member.public_id, _sign, NOW)
    with pytest.raises(Refused, match="Open it first"):
        invite_all(scratch, lead, cohort.id, _sign, NOW)
    assert _written(scratch) == []
    assert member.invited_at is None


def test_draft_offers_and_gives_no_seat(scratch: Session) -> None:
    """A seat on the list of a draft is neither shown to its owner nor taken, by card or letter, before it opens."""
    cohort = put_cohort(scratch, state="draft")
    member = put_member(scratch, cohort, "aya@example.org", state="invited")
    person = as_person(scratch, "aya@example.org")
    member.user_id = None
    assert offers_for(scratch, person) == []
    with pytest.raises(Refused, match="not open yet"):
        take_seat_of(scratch, person, cohort.id, member.public_id, NOW)
    assert member.user_id is None


@pytest.mark.parametrize(("state", "written"), [("active", True), ("withdrawn", False), ("invited", False)])
def test_help_is_offered_to_who_takes_part(scratch: Session, state: str, written: bool) -> None:
    """Once a day, whatever an old page still shows."""
    cohort = put_cohort(scratch)
    member = put_member(scratch, cohort, "aya@example.org", state=state)
    said = [letters.offer_help(scratch, cohort, member, "idle", "Come back!", "Lea", NOW) for _ in range(2)]
    assert said == [written, False]


def test_outcome_of_who_left_before_is_not_mailed(scratch: Session) -> None:
    """It stands on their page; who is withdrawn by the decision itself is told that it was made."""
    cohort = put_cohort(scratch)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead = as_person(scratch, "lead@example.org")
    here = put_member(scratch, cohort, "aya@example.org")
    gone = put_member(scratch, cohort, "gone@example.org", state="withdrawn")
    for member in (here, gone):
        decide(scratch, lead, cohort, member.public_id, Outcome.WITHDRAWN, "Thank you for coming.", 0, {}, NOW)
    assert _written(scratch) == ["aya@example.org"]
