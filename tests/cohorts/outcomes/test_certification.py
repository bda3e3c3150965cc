"""Certified once however often it is pressed, only when nothing is missing, within a right that ends and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.service import grant_role
from coplearn.cohorts.common.models.certification import Certification, CertificationFile, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.common.queries import Person, entry_of, only_looks, rights_of
from coplearn.cohorts.common.rules.authorisation import permissions_in
from coplearn.cohorts.common.rules.words import CohortPermission, Kind, TrainingOutcome
from coplearn.cohorts.outcomes.queries.certification import by_fingerprint, decisions_of, due_reminders
from coplearn.cohorts.outcomes.rules.certification import CourseTitles, add_months
from coplearn.cohorts.outcomes.service.certification import (
    allow_passing_on,
    decide,
    keep_fingerprint,
    may_open,
    remind_of_ends,
    renew,
    revoke,
)
from coplearn.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from coplearn.kernel.words import Role
from coplearn.storage.database import current_session
from tests.cohorts.finishing import as_person, attend, make_ready, titles_of
from tests.cohorts.outcomes.test_checklist import courses_of
from tests.cohorts.worlds import (
    NOW,
    put_certification,
    put_cohort,
    put_evaluation,
    put_meeting,
    put_member,
    put_staff,
    put_teach_back,
    put_user,
)
from tests.crowd import all_at_once

CERTIFIED = TrainingOutcome.CERTIFIED


class Training:
    """A cohort whose trainee has done all that is asked for."""

    def __init__(self, app: Flask, session: Session, **changes: object) -> None:
        self.session, self.courses = session, courses_of(app)
        self.cohort = put_cohort(session, **changes)  # type: ignore[arg-type] # fields by name
        self.member = put_member(session, self.cohort, "aya@example.org")
        make_ready(session, self.cohort, [self.member], self.courses)
        put_staff(session, self.cohort, "lead@example.org", "lead")
        put_user(session, "coordinator@example.org")
        grant_role(session, "coordinator@example.org", Role.COORDINATOR, country="MA")
        self.lead = as_person(session, "lead@example.org")
        self.coordinator = as_person(session, "coordinator@example.org")

    def decide(
        self, outcome: TrainingOutcome = CERTIFIED, words: str = "", turn: int = 0, member: Membership | None = None
    ) -> Certification:
        """Decide about the trainee as the lead does."""
        who = (member or self.member).public_id
        return decide(self.session, self.lead, self.cohort, who, outcome, words, turn, self.courses, titles_of, NOW)

    @property
    def trainee(self) -> Person:
        """The trainee with their account."""
        return as_person(self.session, "aya@example.org")


@pytest.fixture
def training(scratch_app: Flask, scratch: Session) -> Training:
    """The training of most tests, on each engine."""
    return Training(scratch_app, scratch)


def test_certifying_a_trainer_gives_a_bounded_right(training: Training) -> None:
    """The cohort's courses, its country, two calendar years; the questions come in three months, and it is written down."""
    made = training.decide()
    assert made.number and made.name == "Aya"
    assert (made.course_ids, made.country, made.generation, made.parent_id) == (["cop-parents"], "MA", 1, None)
    assert made.valid_until == add_months(NOW, 24)
    assert [one.id for one in rights_of(training.session, training.trainee.id, NOW)] == [made.id]
    asked = training.session.scalars(select(FollowUp)).one()
    assert (asked.membership_id, asked.due_on, asked.sent_at) == (training.member.id, add_months(NOW.date(), 3), None)
    kinds = training.session.scalars(select(CohortEvent.kind)).all()
    assert "decided" in kinds


@pytest.mark.parametrize("kind", [Kind.AUDIENCE, Kind.WORKSHOP])
def test_another_training_certifies_without_a_right(scratch_app: Flask, scratch: Session, kind: Kind) -> None:
    """An honest certificate of what was done, which has no end and opens no cohort."""
    training = Training(scratch_app, scratch, kind=kind)
    made = training.decide()
    assert made.number and made.valid_until is None and made.course_ids == []
    assert rights_of(scratch, training.trainee.id, NOW) == []


def test_nobody_is_certified_while_something_is_missing(training: Training) -> None:
    """Not by a lead and not by a coordinator with good words; every other outcome is open."""
    beginner = put_member(training.session, training.cohort, "ben@example.org")
    for person in (training.lead, training.coordinator):
        with pytest.raises(Refused):
            decide(
                training.session, person, training.cohort, beginner.public_id, CERTIFIED, "Really.", 0,
                training.courses, titles_of, NOW,
            )  # fmt: skip
    made = training.decide(TrainingOutcome.COMPLETED, "Come again in spring.", member=beginner)
    assert (made.number, made.valid_until, made.note) == (None, None, "Come again in spring.")


@pytest.mark.parametrize("outcome", [TrainingOutcome.COMPLETED, TrainingOutcome.REPEAT, TrainingOutcome.WITHDRAWN])
def test_whoever_is_not_certified_is_owed_kind_words(training: Training, outcome: TrainingOutcome) -> None:
    """Without a note about what comes next nothing is decided."""
    with pytest.raises(Refused):
        training.decide(outcome, "  ")
    assert decisions_of(training.session, training.member.id) == []


def test_withdrawing_ends_the_place_and_a_withdrawn_person_is_not_certified(training: Training) -> None:
    """Their records stay, and they are taken back before they can be certified."""
    training.decide(TrainingOutcome.WITHDRAWN, "You are welcome again.")
    assert training.member.state == "withdrawn"
    with pytest.raises(Refused):
        training.decide(CERTIFIED, turn=1)


def test_a_stale_page_decides_nothing(training: Training) -> None:
    """Somebody decided meanwhile: the second page is told, and the first decision stands until it is decided anew."""
    training.decide(TrainingOutcome.REPEAT, "One more teach-back.")
    with pytest.raises(Conflict):
        training.decide(TrainingOutcome.COMPLETED, "Well done.", turn=0)
    assert training.decide(CERTIFIED, turn=1).turn == 2
    with pytest.raises(Refused):
        training.decide(TrainingOutcome.REPEAT, "No.", turn=2)


def test_drafts_archives_and_people_who_have_not_joined_have_no_outcome(training: Training) -> None:
    """And somebody of another cohort is not found."""
    invited = put_member(training.session, training.cohort, None, state="invited")
    with pytest.raises(Refused):
        training.decide(TrainingOutcome.COMPLETED, "Words.", member=invited)
    stranger = put_member(training.session, put_cohort(training.session), None)
    with pytest.raises(NotFound):
        training.decide(TrainingOutcome.COMPLETED, "Words.", member=stranger)
    training.cohort.state = "draft"
    with pytest.raises(Refused):
        training.decide()


def test_fifty_presses_of_certify_make_one_certification(each_app: Flask) -> None:
    """However many press at the same moment: one decision, one number, and nobody sees an error."""
    with each_app.app_context():
        session = current_session(each_app)
        training = Training(each_app, session)
        cohort_id, member, courses = training.cohort.id, training.member.public_id, training.courses
        session.commit()
    numbers: list[str | None] = []

    def press() -> None:
        with each_app.app_context():
            own = current_session(each_app)
            lead, cohort = as_person(own, "lead@example.org"), own.get_one(Cohort, cohort_id)
            made = decide(own, lead, cohort, member, CERTIFIED, "", 0, courses, titles_of, NOW)
            numbers.append(made.number)
            own.commit()

    errors = all_at_once([press] * 50)
    with each_app.app_context():
        session = current_session(each_app)
        rows = session.scalars(select(Certification)).all()
        assert errors == []
        assert len(rows) == 1
        assert set(numbers) == {rows[0].number}
        assert len(session.scalars(select(CohortEvent).where(CohortEvent.kind == "decided")).all()) == 1


def test_a_right_is_renewed_after_a_refresher_without_losing_a_day(training: Training) -> None:
    """A new turn under a new number from the old end on; twice is refused as too early, and before a refresher too."""
    first = training.decide()
    late = add_months(NOW, 20)
    with pytest.raises(Refused):
        renew(training.session, training.coordinator, training.cohort, training.member.public_id, titles_of, late)
    refresher = put_meeting(training.session, training.cohort, late - timedelta(days=10))
    attend(training.session, refresher, training.member)
    with pytest.raises(Refused):
        renew(
            training.session, training.lead, training.cohort, training.member.public_id, titles_of, add_months(NOW, 17)
        )
    again = renew(training.session, training.lead, training.cohort, training.member.public_id, titles_of, late)
    assert (again.turn, again.renewed_from_id) == (2, first.id)
    assert again.number != first.number
    assert again.valid_until == add_months(NOW, 48)
    assert [one.id for one in rights_of(training.session, training.trainee.id, late)] == [again.id]
    with pytest.raises(Refused):
        renew(training.session, training.lead, training.cohort, training.member.public_id, titles_of, late)


def test_a_certificate_keeps_what_its_courses_were_called_on_its_day(training: Training) -> None:
    """The first keeps its titles when a renewal, on a later day, has others; what names no course keeps none."""
    beginner = put_member(training.session, training.cohort, "ben@example.org")
    assert training.decide(TrainingOutcome.COMPLETED, "Come again.", member=beginner).course_titles == {}
    first, late = training.decide(), add_months(NOW, 20)
    attend(training.session, put_meeting(training.session, training.cohort, late - timedelta(days=10)), training.member)

    def renamed(course_id: str) -> CourseTitles | None:
        return CourseTitles(language="en", titles={"en": f"New {course_id}"})

    again = renew(training.session, training.lead, training.cohort, training.member.public_id, renamed, late)
    training.session.flush()
    training.session.expire_all()
    assert first.course_titles == {"cop-parents": {"language": "en", "titles": {"en": "COP-PARENTS", "ar": "طفلك"}}}
    assert again.course_titles == {"cop-parents": {"language": "en", "titles": {"en": "New cop-parents"}}}


def test_a_passed_teach_back_renews_a_right_that_has_run_out_from_that_day_on(training: Training) -> None:
    """The time between is not given back; a teach-back that is to be repeated does not count."""
    training.decide()
    late = add_months(NOW, 30)
    put_evaluation(training.session, put_teach_back(training.session, training.member, turn=3), 2, at=late)
    with pytest.raises(Refused):
        renew(training.session, training.lead, training.cohort, training.member.public_id, titles_of, late)
    put_evaluation(training.session, put_teach_back(training.session, training.member, turn=4), 3, at=late)
    again = renew(training.session, training.lead, training.cohort, training.member.public_id, titles_of, late)
    assert again.valid_until == add_months(late, 24)


def test_reminders_go_out_once_each_and_not_to_those_who_renewed(scratch_app: Flask, scratch: Session) -> None:
    """Sixty days before, then fourteen; the daily job may run as often as it likes."""
    cohort = put_cohort(scratch)
    member = put_member(scratch, cohort, "aya@example.org")
    held = put_certification(scratch, cohort, member, valid_until=NOW + timedelta(days=50))
    revoked = put_member(scratch, cohort, "rev@example.org")
    put_certification(scratch, cohort, revoked, valid_until=NOW + timedelta(days=50), revoked_at=NOW)
    assert [(one.certification.id, one.days) for one in due_reminders(scratch, NOW)] == [(held.id, 60)]
    assert [remind_of_ends(scratch, NOW + timedelta(days=one)) for one in (0, 1, 36, 37, 49)] == [1, 0, 1, 0, 0]
    put_certification(scratch, cohort, member, turn=2, valid_until=NOW + timedelta(days=900))
    assert due_reminders(scratch, NOW) == []


def _branch(training: Training) -> tuple[Cohort, Membership]:
    """A cohort of parents that the trainee runs under their right, with a certified learner in it."""
    right = training.decide()
    cohort = put_cohort(training.session, kind="audience-training", right_id=right.id, generation=2)
    put_staff(training.session, cohort, "aya@example.org", "lead")
    learner = put_member(training.session, cohort, "mona@example.org")
    put_certification(training.session, cohort, learner, course_ids=[], valid_until=None, parent_id=right.id)
    return cohort, learner


def test_revoking_a_trainer_leaves_their_learners_what_they_earned(training: Training) -> None:
    """Every turn is taken back, the trainer's cohorts may only be looked at, and the learners' certificates stand."""
    cohort, learner = _branch(training)
    with pytest.raises(Refused):
        revoke(training.session, training.coordinator, training.cohort, training.member.public_id, " ", NOW)
    revoke(training.session, training.coordinator, training.cohort, training.member.public_id, "Films.", NOW)
    again = revoke(training.session, training.coordinator, training.cohort, training.member.public_id, "More.", NOW)
    assert again.revoked_reason == "Films."
    entry = entry_of(training.session, cohort.public_id, training.trainee.id)
    assert entry is not None
    assert only_looks(training.session, entry, training.trainee.id, NOW)
    assert permissions_in("MA", entry.roles, (), only_looks=True) == {CohortPermission.SEE, CohortPermission.REPORT}
    assert may_open(training.session, training.trainee, Kind.AUDIENCE, ["cop-parents"], "MA", NOW) is None
    (earned,) = decisions_of(training.session, learner.id)
    assert earned.revoked_at is None and earned.number


def test_only_the_countrys_coordinator_revokes_and_allows_a_step_more(training: Training) -> None:
    """Not the lead who certified, and not a coordinator of another country."""
    training.decide()
    put_user(training.session, "foreign@example.org")
    grant_role(training.session, "foreign@example.org", Role.COORDINATOR, country="AM")
    foreign = as_person(training.session, "foreign@example.org")
    member = training.member.public_id
    for person in (training.lead, foreign):
        with pytest.raises(NotAllowed):
            revoke(training.session, person, training.cohort, member, "Because.", NOW)
        with pytest.raises(NotAllowed):
            allow_passing_on(training.session, person, training.cohort, member, allowed=True, now=NOW)


def test_a_revoked_person_can_be_certified_anew(training: Training) -> None:
    """As a new decision, when the checklist is met, under a new number."""
    first = training.decide()
    revoke(training.session, training.coordinator, training.cohort, training.member.public_id, "Mistake.", NOW)
    again = training.decide(turn=1)
    assert again.turn == 2 and again.number != first.number
    assert again.revoked_at is None and decisions_of(training.session, training.member.id)[1].revoked_at == NOW


def test_the_third_step_needs_the_coordinators_leave(training: Training) -> None:
    """A trainer two steps from the authors trains learners; to train trainers it takes an allowance, written down."""
    right = training.decide()
    right.generation = 2
    ask = (training.session, training.trainee)
    assert may_open(*ask, Kind.AUDIENCE, ["cop-parents"], "MA", NOW) is right
    assert may_open(*ask, Kind.TRAINERS, ["cop-parents"], "MA", NOW) is None
    member = training.member.public_id
    allow_passing_on(training.session, training.coordinator, training.cohort, member, allowed=True, now=NOW)
    assert may_open(*ask, Kind.TRAINERS, ["cop-parents"], "MA", NOW) is right
    assert may_open(*ask, Kind.AUDIENCE, ["cop-industry"], "MA", NOW) is None
    assert may_open(*ask, Kind.AUDIENCE, ["cop-parents"], "AM", NOW) is None
    events = training.session.scalars(select(CohortEvent).where(CohortEvent.kind == "passing-on")).all()
    assert [one.details["allowed"] for one in events] == [True]


def test_a_made_file_is_known_again_with_the_name_it_carries(training: Training) -> None:
    """The same bytes are kept once; one byte more is nobody's certificate."""
    made = training.decide()
    for _ in range(2):
        keep_fingerprint(training.session, made, b"%PDF made", NOW)
    training.session.flush()
    rows = training.session.scalars(select(CertificationFile)).all()
    assert len(rows) == 1
    found = by_fingerprint(training.session, rows[0].sha256)
    assert found is not None and found.certification.id == made.id
    assert by_fingerprint(training.session, "0" * 64) is None
