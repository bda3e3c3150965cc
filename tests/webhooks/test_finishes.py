"""Of every course that somebody finished a server is told once, whatever day it was finished and whenever that became known."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import CardLearner, Cohort, Membership
from coplearn.courses.plugin import Outcome
from coplearn.kernel.clock import utcnow
from coplearn.learning.joining import join_kept, join_visitor, keep_learner
from coplearn.learning.service import AnsweredItem, answer_item, learner_of_account, start_visitor
from coplearn.learning.tasks import note_finished
from coplearn.storage.database import current_session
from tests.api.worlds import ApiWorld
from tests.cohorts.worlds import put_cohort, put_member
from tests.sizes import examples
from tests.webhooks.conftest import Listener, go_on

COURSE = "cop-parents"
COURSES = {COURSE: ("a", "b")}
AGES = st.integers(0, 90).map(lambda days: timedelta(days=days))
"""How long ago something was done that becomes known now."""


def answer(session: Session, learner_id: int, items: str, when: datetime, of: str = "ab") -> None:
    """Do those items of the course, which has the items ``of`` (one letter each)."""
    for item in items:
        target = AnsweredItem(COURSE, "1.0.0", "d" * 64, item, 0, tuple(of))
        answer_item(session, learner_id, target, secrets.token_hex(8), "en", 1, Outcome(done=True, answers={}), when)


class Finishing:
    """Ways to have finished the course, each of somebody new in the cohort."""

    def __init__(self, session: Session, cohort: Cohort, then: datetime) -> None:
        """``then`` is when all but the last was done."""
        self.session, self.cohort, self.then = session, cohort, then

    def someone(self) -> tuple[Membership, int]:
        """A member with an account, and the learner they are."""
        member = put_member(self.session, self.cohort, f"{secrets.token_hex(8)}@example.org")
        assert member.user_id is not None
        return member, learner_of_account(self.session, member.user_id, self.then).id

    def signs_in(self, visited: str, signed_in: str) -> Membership:
        """They did this as a visitor and that with their account, and sign in now."""
        member, learner_id = self.someone()
        visitor, token = start_visitor(self.session, self.then, self.then - timedelta(days=90))
        answer(self.session, visitor.id, visited, self.then)
        answer(self.session, learner_id, signed_in, self.then)
        assert member.user_id is not None
        join_visitor(self.session, token, member.user_id, utcnow(), COURSES)
        return member

    def at_once(self) -> Membership:
        """With the account, just now."""
        member, learner_id = self.someone()
        answer(self.session, learner_id, "ab", utcnow())
        return member

    def visitor(self) -> Membership:
        """All of it as a visitor."""
        return self.signs_in("ab", "")

    def halves(self) -> Membership:
        """By two records together."""
        return self.signs_in("a", "b")

    def again(self) -> Membership:
        """With the account, and before that, half of it, as a visitor; the day becomes an earlier one before anybody was told."""
        member, learner_id = self.someone()
        visitor, token = start_visitor(self.session, self.then, self.then - timedelta(days=90))
        answer(self.session, visitor.id, "a", self.then)
        answer(self.session, learner_id, "ab", utcnow())
        assert member.user_id is not None
        join_visitor(self.session, token, member.user_id, utcnow(), COURSES)
        return member

    def lost_item(self) -> Membership:
        """By the day's work, after the course lost the item that was open."""
        member, learner_id = self.someone()
        answer(self.session, learner_id, "ab", self.then, of="abc")
        self.session.commit()
        note_finished(self.session, COURSE, ("a", "b"))
        return member

    def card(self) -> Membership:
        """Without an account, with a card, and then with one."""
        member = put_member(self.session, self.cohort, None)
        token = secrets.token_hex(8)
        card = CardLearner(membership_id=member.id, learner_id=keep_learner(self.session, None, token, self.then))
        self.session.add(card)
        answer(self.session, card.learner_id, "a", self.then)
        answer(self.session, card.learner_id, "b", utcnow())
        return member


WAYS = [way for way in vars(Finishing) if way not in {"someone", "signs_in"} and not way.startswith("_")]


def cohort_of(world: ApiWorld, session: Session) -> Cohort:
    """The cohort of the scene."""
    return session.scalars(select(Cohort).where(Cohort.public_id == world.names["cohort"])).one()


@given(st.lists(st.tuples(st.sampled_from(WAYS), AGES, st.booleans(), st.booleans()), min_size=1, max_size=8))
@examples(6, 200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_finish_is_told_once_whenever_it_becomes_known(
    world: ApiWorld, listener: Listener, ways: list[tuple[str, timedelta, bool, bool]]
) -> None:
    """In any order, at once or late, told one by one or together, and also when the server failed meanwhile."""
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["course-finished"]}).json
    assert made is not None
    listener.told, listener.answers = [], []
    members, later = list[str](), timedelta()
    for way, age, looks, fails in ways:
        with world.app.app_context():
            session = current_session(world.app)
            finishing = Finishing(session, cohort_of(world, session), utcnow() - age)
            members.append(getattr(finishing, way)().public_id)
            session.commit()
        if looks:
            later += timedelta(hours=13)
            listener.answers = [500] if fails else []
            go_on(world.app, later)
    listener.answers = []
    for hours in (13, 26):
        go_on(world.app, later + timedelta(hours=hours))
    told = Counter(headers["webhook-id"] for headers, _ in listener.told)
    assert world.ask("lead", "DELETE", f"/webhooks/{made['id']}").status_code == 204
    assert set(told) == {f"finish-{one}-{COURSE}" for one in members}
    assert len(listener.told) - len(told) <= sum(fails for _, _, _, fails in ways)


def test_account_that_takes_over_a_card_is_told_in_its_other_cohort_as_well(
    world: ApiWorld, listener: Listener
) -> None:
    """There it becomes known now; whoever heard of it before may hear of it again, under the same number."""
    assert world.ask("coordinator", "POST", "/webhooks", {"url": listener.url, "events": ["course-finished"]}).json
    with world.app.app_context():
        session = current_session(world.app)
        by_card = Finishing(session, cohort_of(world, session), utcnow() - timedelta(days=2)).card()
        elsewhere = put_member(session, put_cohort(session, "MA"), "carla@example.org")
        session.commit()
        go_on(world.app, timedelta(minutes=1))
        assert [headers["webhook-id"] for headers, _ in listener.told] == [f"finish-{by_card.public_id}-{COURSE}"]
        by_card.user_id, card = elsewhere.user_id, session.get_one(CardLearner, by_card.id)
        assert by_card.user_id is not None
        join_kept(session, card.learner_id, by_card.user_id, utcnow(), COURSES)
        session.commit()
        members = {by_card.public_id, elsewhere.public_id}
    go_on(world.app, timedelta(minutes=2))
    assert {headers["webhook-id"] for headers, _ in listener.told} == {f"finish-{one}-{COURSE}" for one in members}
