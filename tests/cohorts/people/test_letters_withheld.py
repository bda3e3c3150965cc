"""To whom nothing is written: who no longer takes part, and the people of a draft."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common import letters
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import TrainingOutcome
from coplearn.cohorts.outcomes.service.certification import decide
from coplearn.cohorts.people.queries import offers_for
from coplearn.cohorts.people.service import members as member_service
from coplearn.cohorts.people.service.joining import take_seat_of
from coplearn.cohorts.people.service.members import invite, invite_all
from coplearn.kernel.errors import Refused
from coplearn.outbox.models import Letter
from coplearn.outbox.queries import counts_of
from tests.cohorts.finishing import as_person, titles_of
from tests.cohorts.worlds import NOW, put_certification, put_cohort, put_meeting, put_member, put_staff

LEA = Person(0, "Lea", "lea@example.org", "en", ())


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
    said = [letters.offer_help(scratch, cohort, member, "idle", "Come back!", LEA, NOW) for _ in range(2)]
    assert said == [written, False]


def test_outcome_of_who_left_before_is_not_mailed(scratch: Session) -> None:
    """It stands on their page; who is withdrawn by the decision itself is told that it was made."""
    cohort = put_cohort(scratch)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead = as_person(scratch, "lead@example.org")
    here = put_member(scratch, cohort, "aya@example.org")
    gone = put_member(scratch, cohort, "gone@example.org", state="withdrawn")
    for member in (here, gone):
        decide(
            scratch,
            lead,
            cohort,
            member.public_id,
            TrainingOutcome.WITHDRAWN,
            "Thank you for coming.",
            0,
            {},
            titles_of,
            NOW,
        )
    assert _written(scratch) == ["aya@example.org"]


def _waiting(session: Session) -> list[tuple[str, str]]:
    """Whom the letters that wait are to, and their kinds."""
    found = select(Letter.to_address, Letter.kind).where(Letter.state == "waiting").order_by(Letter.id)
    return [(row[0].partition("@")[0], row[1].removeprefix("cohort-")) for row in session.execute(found)]


def _full_outbox(session: Session, cohort: Cohort, member: Membership) -> None:
    """Every letter that a cohort writes to somebody, waiting."""
    meeting = put_meeting(session, cohort, NOW + timedelta(hours=20))
    right = put_certification(session, cohort, member, outcome="repeat", number=None)
    letters.invite(session, cohort, member, "t" * 32, NOW)
    letters.give_place(session, cohort, member, NOW)
    letters.tell_meeting(session, cohort, meeting, "planned", NOW)
    letters.remind_of_meetings(session, NOW)
    letters.offer_help(session, cohort, member, "idle", "Come back!", LEA, NOW)
    letters.ask_follow_up(session, cohort, member, "t" * 32, NOW)
    letters.tell_outcome(session, cohort, member, right, NOW)
    letters.tell_expiry(session, cohort, member, right, 60, NOW)


@pytest.mark.parametrize("way", ["off the list", "decision"])
def test_letters_to_who_leaves_are_taken_back(scratch: Session, way: str) -> None:
    """All but news of what was decided, in that cohort alone, theirs alone; the outbox tells them as taken back."""
    cohort, other = put_cohort(scratch), put_cohort(scratch)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead = as_person(scratch, "lead@example.org")
    aya, ben = put_member(scratch, cohort, "aya@example.org"), put_member(scratch, cohort, "ben@example.org")
    _full_outbox(scratch, cohort, aya)
    letters.give_place(scratch, other, put_member(scratch, other, "aya@example.org"), NOW)
    kept = [("aya", "outcome"), ("aya", "expiry"), ("aya", "place")]
    if way == "decision":
        decide(
            scratch,
            lead,
            cohort,
            aya.public_id,
            TrainingOutcome.WITHDRAWN,
            "Thank you for coming.",
            1,
            {},
            titles_of,
            NOW,
        )
        kept.append(("aya", "outcome"))
    else:
        member_service.withdraw(scratch, lead, cohort.id, aya.public_id, NOW)
    assert _waiting(scratch) == [("ben", "meeting"), ("ben", "reminder"), *kept]
    assert counts_of(scratch, letters.scope_of(cohort.id))["cancelled"] == 6
    assert ben.state == "active"


def test_who_was_refused_is_not_invited_after_all(scratch: Session) -> None:
    """A letter that waits for somebody who is taken off the list before they answered."""
    cohort = put_cohort(scratch)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead = as_person(scratch, "lead@example.org")
    member = put_member(scratch, cohort, "aya@example.org", user_id=None, state="invited", joined_at=None)
    invite(scratch, lead, cohort.id, member.public_id, _sign, NOW)
    member_service.withdraw(scratch, lead, cohort.id, member.public_id, NOW)
    assert _waiting(scratch) == []


def test_who_comes_back_is_reminded_again(scratch: Session) -> None:
    """The reminder that was taken back when they left is written anew, once."""
    cohort = put_cohort(scratch)
    put_staff(scratch, cohort, "lead@example.org", "lead")
    lead = as_person(scratch, "lead@example.org")
    put_meeting(scratch, cohort, NOW + timedelta(hours=20))
    member = put_member(scratch, cohort, "aya@example.org")
    letters.remind_of_meetings(scratch, NOW)
    member_service.withdraw(scratch, lead, cohort.id, member.public_id, NOW)
    assert letters.remind_of_meetings(scratch, NOW) == 0
    member_service.take_back(scratch, lead, cohort.id, member.public_id, NOW)
    assert [letters.remind_of_meetings(scratch, NOW) for _ in range(2)] == [1, 0]
    assert _waiting(scratch) == [("aya", "reminder")]
