"""Teach-backs are signed off by independent examiners alone, once for each press, and nothing written is ever lost."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.certification import Evaluation, TeachBack
from coplearn.cohorts.common.models.cohort import Cohort, CohortStaff, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import CohortPermission, Result
from coplearn.cohorts.outcomes.queries.checklist import taught_by
from coplearn.cohorts.outcomes.queries.teaching import evaluations_of, independence, standing_of
from coplearn.cohorts.outcomes.rules.teaching import RUBRICS
from coplearn.cohorts.outcomes.service.teaching import Judgement, TeachBackPlan, evaluate, plan_teach_back
from coplearn.kernel.errors import Conflict, NotFound, Refused
from coplearn.storage.database import current_session
from tests.cohorts.finishing import as_person, put_mark
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_meeting,
    put_member,
    put_staff,
    put_teach_back,
    put_user,
)
from tests.crowd import all_at_once

EXAMINES = frozenset({CohortPermission.SEE, CohortPermission.OBSERVE, CohortPermission.SIGN_OFF})
OBSERVES = frozenset({CohortPermission.SEE, CohortPermission.OBSERVE})
NOTHING = TeachBackPlan(course_id="", module_id="", meeting_id="", planned_on=None)


def scores(value: int = 3, **changes: int) -> dict[str, int]:
    """The same score in every row, but for those named."""
    return {row.id: value for row in RUBRICS["1"].rows} | {name.replace("_", "-"): one for name, one in changes.items()}


def seen(op_id: str = "op-000001", **changes: Any) -> Judgement:
    """A good sign-off, changed where the keywords say."""
    values: dict[str, Any] = {"decides": True, "scores": scores(), "note_to_trainee": "", "note_internal": ""}
    return Judgement(op_id=op_id, **(values | changes))


class Room:
    """A cohort with a trainee who has taught once, an examiner and an observer."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.cohort = put_cohort(session)
        self.member = put_member(session, self.cohort, "trainee@example.org", name="Aya")
        self.taught = put_teach_back(session, self.member)
        for role in ("lead", "examiner", "observer"):
            put_staff(session, self.cohort, f"{role}@example.org", role)
        self.examiner = as_person(session, "examiner@example.org")

    def judge(
        self, by: Person | None = None, permissions: frozenset[CohortPermission] = EXAMINES, **changes: Any
    ) -> Evaluation:
        """Write an evaluation, the examiner's sign-off unless it is said otherwise."""
        now = changes.pop("now", NOW)
        return evaluate(
            self.session, by or self.examiner, permissions, self.cohort, self.taught.public_id, seen(**changes), now
        )


@pytest.fixture
def room(scratch: Session) -> Room:
    """The room of most tests, on each engine."""
    return Room(scratch)


def test_an_examiner_who_trained_nobody_signs_off(room: Room) -> None:
    """The teach-back is passed, and the checklist counts it."""
    made = room.judge()
    assert (made.result, made.decides, made.observer_name) == ("passed", True, "Examiner")
    taught = taught_by(room.session, room.cohort, [room.member.id])
    assert [one.result for one in taught[room.member.id]] == [Result.PASSED]


def test_an_observer_writes_notes_that_decide_nothing(room: Room) -> None:
    """However good or bad they are; to sign off is refused to observers, whatever their page sends."""
    observer = as_person(room.session, "observer@example.org")
    room.judge(observer, OBSERVES, decides=False, scores=scores(safe_language=1))
    assert standing_of(evaluations_of(room.session, room.taught.id)) == (Result.NOT_EVALUATED, None)
    with pytest.raises(Refused):
        room.judge(observer, OBSERVES, op_id="op-000002")


@pytest.mark.parametrize("op_id", ["", "short", "x" * 65])
def test_sheet_without_a_good_press_is_not_taken(room: Room, op_id: str) -> None:
    """A page that lost its key could be counted twice: the examiner loads it again, and nothing is written."""
    with pytest.raises(Refused, match="Load the page again"):
        room.judge(op_id=op_id)
    assert evaluations_of(room.session, room.taught.id) == []


def _trained_elsewhere(session: Session, member: Membership, email: str, role: str, *, ended: bool) -> None:
    old = put_cohort(session, title="Last year")
    put_member(session, old, "trainee@example.org", state="withdrawn", user_id=member.user_id)
    put_staff(session, old, email, role)
    if ended:
        row = session.scalars(select(CohortStaff).where(CohortStaff.cohort_id == old.id)).one()
        row.ended_at = NOW
    session.flush()


@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("role", ["lead", "trainer"])
def test_whoever_ever_trained_the_trainee_is_refused(room: Room, role: str, ended: bool) -> None:
    """In whichever cohort, ended long ago or not; the refusal names who else can, and nothing is written."""
    _trained_elsewhere(room.session, room.member, "examiner@example.org", role, ended=ended)
    put_staff(room.session, room.cohort, "free@example.org", "examiner")
    with pytest.raises(Refused) as refused:
        room.judge()
    assert refused.value.phrase.params == {"name": "Aya", "others": ("Free",)}
    assert evaluations_of(room.session, room.taught.id) == []


def test_an_examiner_of_another_cohort_of_theirs_is_still_free(room: Room) -> None:
    """To have examined or observed somebody before is not to have trained them."""
    _trained_elsewhere(room.session, room.member, "examiner@example.org", "examiner", ended=False)
    assert room.judge().decides


def test_nobody_signs_off_their_own(room: Room) -> None:
    """Not even as examiner, and not as an observer either."""
    own = as_person(room.session, "trainee@example.org")
    with pytest.raises(Refused) as refused:
        room.judge(own)
    assert "others" in refused.value.phrase.params
    with pytest.raises(Refused):
        room.judge(own, OBSERVES, decides=False)


def test_who_marked_their_attendance_as_a_trainer_is_refused(room: Room) -> None:
    """A mark is a trainer's work, wherever the roles stand now; without anybody else, the coordinator is named."""
    put_mark(room.session, put_meeting(room.session, room.cohort), room.member, room.examiner.id)
    with pytest.raises(Refused) as refused:
        room.judge()
    assert refused.value.phrase.params == {"name": "Aya"}
    assert "coordinator" in refused.value.phrase.text


def test_the_trainer_under_whose_right_they_are_trained_is_refused(room: Room) -> None:
    """The parent in the line is no independent examiner, though they never stood in the room."""
    before = put_cohort(room.session)
    parent = put_member(room.session, before, "examiner@example.org")
    room.cohort.right_id = put_certification(room.session, before, parent).id
    room.session.flush()
    with pytest.raises(Refused):
        room.judge()


def test_somebody_without_an_account_is_known_again_by_their_address(scratch: Session) -> None:
    """Two memberships with one mail address are one person, whether or not they ever signed in."""
    room = Room(scratch)
    old = put_cohort(scratch)
    put_staff(scratch, old, "examiner@example.org", "trainer")
    guest, before = put_member(scratch, room.cohort, None), put_member(scratch, old, None)
    guest.email = before.email = "guest@example.org"
    scratch.flush()
    assert independence(scratch, room.examiner.id, guest)[0]
    assert not independence(scratch, room.examiner.id, put_member(scratch, room.cohort, None))[0]


def test_the_same_press_twice_is_one_evaluation(room: Room) -> None:
    """A double click or a page sent again gives what the first made."""
    first, again = room.judge(), room.judge(scores=scores(1))
    assert again.id == first.id
    assert again.result == "passed"
    assert len(evaluations_of(room.session, room.taught.id)) == 1


def test_a_second_sign_off_must_amend_the_first_and_say_why(room: Room) -> None:
    """Nothing is changed in place: the old row stays, the new one names who, when and why, and it decides."""
    first = room.judge(note_internal="As seen.")
    with pytest.raises(Conflict):
        room.judge(op_id="op-000002")
    with pytest.raises(Refused):
        room.judge(op_id="op-000003", amends_id=first.id, reason=" ")
    later = NOW + timedelta(days=1)
    amended = room.judge(op_id="op-000004", amends_id=first.id, reason="Row 2", scores=scores(disclosure=1), now=later)
    assert (amended.decides, amended.reason, amended.at) == (True, "Row 2", later)
    rows = evaluations_of(room.session, room.taught.id)
    assert [(row.result, row.note_internal) for row in rows] == [("passed", "As seen."), ("failed", "")]
    assert standing_of(rows) == (Result.FAILED, amended.id)


def test_observers_notes_are_amended_by_their_writer_alone(room: Room) -> None:
    """An examiner writes notes of their own instead."""
    observer = as_person(room.session, "observer@example.org")
    notes = room.judge(observer, OBSERVES, decides=False)
    with pytest.raises(Refused):
        room.judge(op_id="op-000002", amends_id=notes.id, reason="Mine")
    assert not room.judge(observer, OBSERVES, op_id="op-000003", amends_id=notes.id, reason="Typo").decides


def test_an_evaluation_keeps_the_rubric_it_was_made_with(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a new version comes, amending an old row reads and writes the old one."""
    first = room.judge()
    monkeypatch.setitem(RUBRICS, "2", RUBRICS["1"])
    room.cohort.rubric_version = "2"
    amended = room.judge(op_id="op-000002", amends_id=first.id, reason="Again")
    assert amended.rubric_version == "1"


def test_a_teach_back_that_is_still_to_come_is_not_judged(room: Room) -> None:
    """From its day on it can be, by the cohort's own clock."""
    room.taught.planned_on = NOW + timedelta(days=3)
    with pytest.raises(Refused):
        room.judge()
    assert room.judge(now=NOW + timedelta(days=3)).decides


def test_things_of_another_cohort_are_not_found(room: Room) -> None:
    """A member, a meeting or a teach-back of another cohort is no such thing here."""
    other = put_cohort(room.session, "AM")
    stranger = put_member(room.session, other, "stranger@example.org")
    meeting = put_meeting(room.session, other)
    for member, plan in (
        (stranger.public_id, NOTHING),
        (
            room.member.public_id,
            TeachBackPlan(course_id="", module_id="", meeting_id=meeting.public_id, planned_on=None),
        ),
    ):
        with pytest.raises(NotFound):
            plan_teach_back(room.session, room.examiner, room.cohort, member, plan, [], NOW)
    with pytest.raises(NotFound):
        evaluate(room.session, room.examiner, EXAMINES, other, room.taught.public_id, seen(), NOW)


def test_a_plan_takes_the_day_of_its_meeting_and_only_the_cohorts_own_modules(room: Room) -> None:
    """Teach-backs are numbered in their order; a part of another course is refused."""
    meeting = put_meeting(room.session, room.cohort, NOW + timedelta(days=2))
    plan = TeachBackPlan(course_id="a", module_id="m", meeting_id=meeting.public_id, planned_on=None)
    made = plan_teach_back(room.session, room.examiner, room.cohort, room.member.public_id, plan, [("a", "m")], NOW)
    assert (made.turn, made.module_id, made.planned_on) == (2, "m", meeting.starts_at)
    with pytest.raises(Refused):
        plan_teach_back(room.session, room.examiner, room.cohort, room.member.public_id, plan, [("b", "m")], NOW)


def test_of_two_amendments_at_once_one_wins_and_the_other_is_told(each_app: Flask) -> None:
    """Ten examiners amend the same row at the same moment: one row takes its place, nine are told of it."""
    with each_app.app_context():
        session = current_session(each_app)
        room = Room(session)
        first, cohort_id, teach_back = room.judge().id, room.cohort.id, room.taught.public_id
        for one in range(10):
            put_staff(session, room.cohort, f"e{one}@example.org", "examiner")
        session.commit()
    came: list[str] = []

    def press(one: int) -> None:
        with each_app.app_context():
            own = current_session(each_app)
            person, cohort = as_person(own, f"e{one}@example.org"), own.get_one(Cohort, cohort_id)
            own.rollback()
            judgement = seen(f"amend-00{one}", amends_id=first, reason="Look again")
            try:
                evaluate(own, person, EXAMINES, cohort, teach_back, judgement, NOW)
            except Conflict:
                came.append("refused")
                return
            own.commit()
            came.append("won")

    assert all_at_once(partial(press, one) for one in range(10)) == []
    with each_app.app_context():
        session = current_session(each_app)
        taught = session.scalars(select(TeachBack).where(TeachBack.public_id == teach_back)).one()
        assert sorted(came) == ["refused"] * 9 + ["won"]
        assert len(evaluations_of(session, taught.id)) == 2


def test_who_has_no_account_can_be_planned_for_and_who_left_cannot(scratch: Session) -> None:
    """People without mail teach as well; nothing is planned for somebody who withdrew."""
    cohort = put_cohort(scratch)
    put_user(scratch, "lead@example.org")
    lead = as_person(scratch, "lead@example.org")
    made = plan_teach_back(scratch, lead, cohort, put_member(scratch, cohort, None).public_id, NOTHING, [], NOW)
    assert (made.turn, made.planned_on) == (1, None)
    gone = put_member(scratch, cohort, None, state="withdrawn")
    with pytest.raises(Refused):
        plan_teach_back(scratch, lead, cohort, gone.public_id, NOTHING, [], NOW)
