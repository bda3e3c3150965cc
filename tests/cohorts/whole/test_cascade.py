"""The line from master to trainer to learner is counted from records, once a person, and the questions come later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coplearn.accounts.service import erase_user
from coplearn.cohorts.common.models.certification import Certification, Evaluation, FollowUp
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.common.models.meeting import Mark
from coplearn.cohorts.common.service import log_event
from coplearn.cohorts.outcomes.queries.certification import by_token, results_in
from coplearn.cohorts.outcomes.rules.certification import add_months
from coplearn.cohorts.outcomes.rules.followup import QUESTIONS
from coplearn.cohorts.outcomes.service.followup import (
    answer,
    ask_cohort_later,
    ask_later,
    ask_what_is_due,
    due_followups,
)
from coplearn.cohorts.people.service.forgetting import forget_person
from coplearn.cohorts.whole.queries.cascade import Reach, Scope, branch, own_rights, reach, roots_page
from coplearn.cohorts.whole.queries.export import export_of
from coplearn.kernel.errors import NotFound, Refused
from coplearn.outbox.models import Letter
from tests.cohorts.finishing import as_person, attend, put_mark
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
from tests.counting import counted

MOROCCO = Scope(frozenset({"MA"}), frozenset(), whole=True)
LATER = NOW + timedelta(days=1)
"""When the meetings that begin now are over."""
GOOD = {question.id: next(iter(question.choices)) for question in QUESTIONS}


class Line:
    """A master's training, a trainer's two cohorts of parents, and a third step; with people who come twice."""

    def __init__(self, session: Session) -> None:
        self.top = put_cohort(session, title="Masters")
        trainers = [put_member(session, self.top, f"t{one}@example.org") for one in range(3)]
        meeting = put_meeting(session, self.top)
        for one in trainers:
            attend(session, meeting, one)
        self.right = put_certification(session, self.top, trainers[0])
        put_certification(session, self.top, trainers[1], revoked_at=NOW)
        put_certification(session, self.top, trainers[2], outcome="completed", number=None, course_ids=[])
        self.parents = [
            put_cohort(
                session, kind="audience-training", right_id=self.right.id, generation=2, region=region, title=region
            )
            for region in ("Fes", "Tanger")
        ]
        for cohort in self.parents:
            meeting = put_meeting(session, cohort)
            for number in range(4):
                member = put_member(session, cohort, f"p{number}@example.org", locale="es" if number else "fr")
                attend(session, meeting, member, "left-early" if number else "absent")
                put_certification(session, cohort, member, course_ids=[], valid_until=None, parent_id=self.right.id)
        second = put_cohort(session, right_id=self.right.id, generation=2, title="Second", audience="educators")
        deeper = put_certification(session, second, put_member(session, second, "deep@example.org"), generation=2)
        self.third = put_cohort(session, right_id=deeper.id, generation=3, title="Third")
        self.second = second
        put_cohort(session, "AM", title="Elsewhere")


def test_people_count_once_a_tier_however_often_they_came(scratch: Session) -> None:
    """Four parents in two cohorts are four; who was only absent is not trained; a revoked certificate counts no more."""
    Line(scratch)
    assert reach(scratch, MOROCCO, LATER) == [Reach(1, "", 1, 3, 2, 1), Reach(2, "", 3, 3, 5, 5)]
    by_region = {(row.tier, row.group): row.certified for row in reach(scratch, MOROCCO, LATER, "region")}
    assert by_region == {(1, "Rabat"): 1, (2, "Fes"): 4, (2, "Rabat"): 1, (2, "Tanger"): 4}
    by_language = {(row.tier, row.group): row.trained for row in reach(scratch, MOROCCO, LATER, "language")}
    assert by_language == {(1, "ar"): 3, (2, "ar"): 0, (2, "es"): 3, (2, "fr"): 0}


def test_a_meeting_that_was_cancelled_trained_nobody(scratch: Session) -> None:
    """Marks that were made before it was cancelled stay, and count for nobody, as in the report of a period."""
    cohort = put_cohort(scratch)
    meeting, member = put_meeting(scratch, cohort), put_member(scratch, cohort, "aya@example.org")
    attend(scratch, meeting, member)
    assert [one.trained for one in reach(scratch, MOROCCO, LATER)] == [1]
    meeting.state = "cancelled"
    scratch.flush()
    assert [one.trained for one in reach(scratch, MOROCCO, LATER)] == [0]


def test_one_person_with_and_without_two_accounts(scratch: Session) -> None:
    """People without accounts are known again by what makes them one person in rosters."""
    for title in ("One", "Two"):
        cohort = put_cohort(scratch, title=title)
        member = put_member(scratch, cohort, None, key="k" * 64)
        attend(scratch, put_meeting(scratch, cohort), member)
    assert [row.trained for row in reach(scratch, MOROCCO, LATER)] == [1]


def test_the_tree_follows_rights_down_the_line(scratch: Session) -> None:
    """From the masters to the third step, each cohort under the one its trainer was trained in."""
    line = Line(scratch)
    nodes = branch(scratch, roots_page(scratch, MOROCCO, 20))
    parents = {node.title: node.parent_cohort_id for node in nodes}
    assert parents == {
        "Masters": None, "Fes": line.top.id, "Tanger": line.top.id, "Second": line.top.id, "Third": line.second.id,
    }  # fmt: skip
    assert [node.depth for node in nodes] == [0, 1, 1, 1, 2]
    fes = next(node for node in nodes if node.title == "Fes")
    assert (fes.people, fes.certified, fes.trainer) == (4, 4, "T0")


def test_a_trainers_branch_begins_with_their_own_rights(scratch: Session) -> None:
    """Their cohorts and what came of them; not the training they were made in, and nothing of others."""
    line = Line(scratch)
    rights = own_rights(scratch, put_user(scratch, "t0@example.org"))
    assert rights == {line.right.id}
    own = Scope(frozenset(), rights, whole=False)
    nodes = branch(scratch, roots_page(scratch, own, 20))
    assert {node.title for node in nodes} == {"Fes", "Tanger", "Second", "Third"}
    assert [row.tier for row in reach(scratch, own, LATER)] == [2]
    assert own_rights(scratch, put_user(scratch, "t2@example.org")) == frozenset()


def test_a_ring_in_the_line_ends(scratch: Session) -> None:
    """Should a cohort ever stand under its own trainer, the page is drawn all the same."""
    cohort = put_cohort(scratch)
    cohort.right_id = put_certification(scratch, cohort, put_member(scratch, cohort, "a@example.org")).id
    scratch.flush()
    assert [node.id for node in branch(scratch, [cohort.id])] == [cohort.id]


def test_the_tree_and_the_tables_take_one_statement_each(scratch_app: Flask, scratch: Session) -> None:
    """However long the line is."""
    Line(scratch)
    scratch.flush()
    with counted(scratch_app) as sent:
        branch(scratch, roots_page(scratch, MOROCCO, 20))
        reach(scratch, MOROCCO, LATER)
    assert len(sent) == 3


def test_everybody_is_asked_once_three_months_later(scratch: Session) -> None:
    """At the close and at a certificate, whichever comes first; who withdrew or has no address is passed over."""
    cohort = put_cohort(scratch)
    members = [put_member(scratch, cohort, f"p{one}@example.org") for one in range(3)]
    put_member(scratch, cohort, None)
    put_member(scratch, cohort, "gone@example.org", state="withdrawn")
    ask_later(scratch, [members[0].id], NOW - timedelta(days=40))
    ask_cohort_later(scratch, cohort, NOW)
    ask_cohort_later(scratch, cohort, NOW + timedelta(days=9))
    days = dict(scratch.execute(select(FollowUp.membership_id, FollowUp.due_on)).all())
    assert len(days) == 4
    assert days[members[0].id] == add_months((NOW - timedelta(days=40)).date(), 3)
    assert days[members[1].id] == add_months(NOW.date(), 3)
    assert ask_what_is_due(scratch, NOW) == 0
    late = add_months(NOW, 3)
    assert [ask_what_is_due(scratch, late) for _ in range(2)] == [3, 0]
    letters = scratch.scalars(select(Letter.to_address).where(Letter.kind == "cohort-follow-up")).all()
    assert sorted(letters) == ["p0@example.org", "p1@example.org", "p2@example.org"]


def _asked(session: Session, cohort: Cohort, count: int) -> list[str]:
    """The private addresses of so many people who were asked."""
    ask_later(session, [put_member(session, cohort, f"a{one}@example.org").id for one in range(count)], NOW)
    return [due.token for due in due_followups(session, add_months(NOW, 3))]


def test_answers_are_taken_once_and_may_change_for_thirty_days(scratch: Session) -> None:
    """At the private address alone; a made-up one is no page, a made-up answer is refused."""
    cohort = put_cohort(scratch)
    (token,) = _asked(scratch, cohort, 1)
    at = add_months(NOW, 3)
    for wrong in ("", "x" * 32):
        with pytest.raises(NotFound):
            answer(scratch, wrong, GOOD, at)
    with pytest.raises(Refused):
        answer(scratch, token, GOOD | {"help": "a case"}, at)
    answer(scratch, token, GOOD, at)
    answer(scratch, token, GOOD | {"help": "time"}, at + timedelta(days=30))
    with pytest.raises(Refused):
        answer(scratch, token, GOOD, at + timedelta(days=31))
    found = by_token(scratch, token)
    assert found is not None and found.answers["help"] == "time" and found.answered_at == at
    assert found.token_hash != token


def test_results_tell_how_many_were_asked_and_hide_the_few(scratch: Session) -> None:
    """Four answers show nothing but their number; with six the counts are there."""
    cohort = put_cohort(scratch)
    tokens = _asked(scratch, cohort, 8)
    for token in tokens[:4]:
        answer(scratch, token, GOOD, NOW)
    few = results_in(scratch, cohort.id)
    assert (few.asked, few.answered, few.rate) == (8, 4, 0.5)
    assert {cell for cells in few.counts.values() for cell in cells.values()} == {None}
    for token in tokens[4:6]:
        answer(scratch, token, GOOD, NOW)
    assert results_in(scratch, cohort.id).counts["held"] == {"several": 6, "one": 0, "planned": 0, "no": 0}


MARKER = "Zyx Marker"


def _everywhere(session: Session) -> int:
    """Somebody whose name stands wherever cohorts keep one; the account's id."""
    cohort = put_cohort(session)
    user_id = put_user(session, "zyx.marker@example.org", MARKER)
    member = put_member(session, cohort, "zyx.marker@example.org", name=MARKER, organisation=MARKER, region=MARKER)
    judged = put_teach_back(session, member)
    sha256 = "a" * 64
    put_evaluation(
        session, judged, note_to_trainee=MARKER, note_internal=MARKER, evidence_name=MARKER, evidence_sha256=sha256
    )
    other = put_member(session, cohort, "other@example.org")
    put_evaluation(session, put_teach_back(session, other), observer_id=user_id, observer_name=MARKER)
    put_certification(session, cohort, member, note=MARKER)
    put_certification(session, cohort, other, issued_by_id=user_id, issued_by_name=MARKER)
    meeting = put_meeting(session, cohort)
    attend(session, meeting, member)
    put_mark(session, meeting, other, user_id)
    session.scalars(select(Mark)).one().by_name = MARKER
    put_staff(session, put_cohort(session), "zyx.marker@example.org", "lead")
    log_event(session, cohort.id, as_person(session, "zyx.marker@example.org"), "opened", NOW)
    ask_later(session, [member.id], NOW)
    session.flush()
    return user_id


def _everything(session: Session) -> str:
    models = (Membership, Evaluation, Certification, Mark, CohortEvent, FollowUp)
    rows = [row for model in models for row in session.execute(select(*model.__table__.columns)).all()]
    return repr(rows)


def test_erasing_forgets_the_person_and_keeps_the_sums(scratch: Session) -> None:
    """Names, notes and addresses go wherever they stand; attendance, outcomes and numbers stay, and a file may go."""
    user_id = _everywhere(scratch)
    second = put_cohort(scratch, "MA", title="Second")
    attend(scratch, put_meeting(scratch, second), put_member(scratch, second, None, user_id=user_id))
    before = reach(scratch, MOROCCO, LATER)
    assert MARKER in _everything(scratch)
    assert forget_person(scratch, user_id) == ["a" * 64]
    erase_user(scratch, user_id)
    kept = _everything(scratch)
    assert MARKER not in kept and "zyx.marker" not in kept
    assert reach(scratch, MOROCCO, LATER) == before
    assert scratch.scalar(select(func.count()).where(Certification.number.is_not(None))) == 2


def test_the_download_holds_all_about_the_person_and_nothing_of_others(scratch: Session) -> None:
    """Internal notes too, because they are about them; no key, token or code, and nobody else's address."""
    user_id = _everywhere(scratch)
    kept = export_of(scratch, user_id)
    assert len(kept["memberships"]) == len(kept["teach_backs"]) == len(kept["attendance"]) == 1
    assert [row["note_internal"] for row in kept["evaluations_of_me"]] == [MARKER]
    assert [row["outcome"] for row in kept["outcomes"]] == ["certified"]
    assert [row["kind"] for row in kept["work"]["did"]] == ["opened"]
    text = repr(kept)
    assert "other@example.org" not in text
    assert not any(f"'{name}'" in text for name in ("key", "calendar_token", "token_hash", "card_code"))
