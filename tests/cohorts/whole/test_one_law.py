"""Every page, table and report that counts people says the same number, on random worlds and also while a meeting is on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.meetings.queries import standings
from coplearn.cohorts.outcomes.queries import certification
from coplearn.cohorts.whole.queries import cascade
from coplearn.cohorts.whole.queries.cohort import cohorts_for, counts_of
from coplearn.insights import queries
from coplearn.insights.queries import trainings
from coplearn.insights.rules import Dimension, Measure, Period, ReportScope
from tests.cohorts.worlds import NOW, put_certification, put_cohort, put_meeting, put_member, put_user
from tests.insights.figures import put_presence
from tests.sizes import examples

OVER = NOW + timedelta(days=2)
"""When every meeting of these worlds is over."""
YEAR = Period(date(2026, 1, 1), OVER.date(), "UTC")
BEGINS = {"over": -50, "just over": -3, "on": -1, "to come": 5, "cancelled": -60}
"""Hours from now until a meeting of three hours begins."""
HISTORIES = {
    "none": (),
    "certified": ("certified",),
    "completed": ("completed",),
    "repeat": ("repeat",),
    "completed, then certified": ("completed", "certified"),
    "repeat, then completed": ("repeat", "completed"),
    "renewed": ("certified", "renewed"),
    "revoked": ("certified", "revoked"),
    "renewed and revoked": ("certified", "renewed", "revoked"),
    "revoked and certified anew": ("certified", "revoked", "certified"),
    "revoked, then completed": ("certified", "revoked", "completed"),
}


@dataclass
class World:
    """What was put into the tables, and what is to be counted of it by hand."""

    cohorts: list[Cohort] = field(default_factory=list)
    members: dict[int, list[tuple[Membership, str]]] = field(default_factory=dict)
    """By cohort, each with who it is."""
    trained: dict[int, set[int]] = field(default_factory=dict)
    """By cohort, memberships of whoever attended a meeting that is over now."""
    marked: dict[int, set[int]] = field(default_factory=dict)
    """The same at any meeting that was not cancelled, as if all of them were over."""
    outcome: dict[int, str] = field(default_factory=dict)
    """What stands about a membership."""

    def people(self, tier: int, of: set[int]) -> int:
        """Those of the tier, each once."""
        own = [pair for cohort in self.cohorts if cohort.generation == tier for pair in self.members[cohort.id]]
        return len({who for member, who in own if member.id in of})

    def standing(self, *outcomes: str) -> set[int]:
        """Memberships with one of those outcomes."""
        return {member for member, outcome in self.outcome.items() if outcome in outcomes}


MEMBER = st.tuples(
    st.integers(0, 4),
    st.sampled_from(["active", "active", "withdrawn", "invited"]),
    st.lists(st.sampled_from(["present", "late", "left-early", "absent", "excused", ""]), min_size=5, max_size=5),
    st.sampled_from(sorted(HISTORIES)),
)
COHORT = st.tuples(st.integers(1, 2), st.lists(MEMBER, max_size=4, unique_by=lambda one: one[0]))


def put_world(session: Session, drawn: list[Any]) -> World:
    """Cohorts of Morocco with those members; people 0 to 2 have accounts, 3 and 4 are known by their rosters."""
    world = World()
    for tier, members in drawn:
        cohort = put_cohort(session, generation=tier, threshold=0)
        world.cohorts.append(cohort)
        world.members[cohort.id], world.trained[cohort.id], world.marked[cohort.id] = [], set(), set()
        meetings = {
            name: put_meeting(
                session, cohort, NOW + timedelta(hours=hours), state="cancelled" if name == "cancelled" else "planned"
            )
            for name, hours in BEGINS.items()
        }
        for number, state, marks, history in members:
            keyed = {"key": f"{number}" * 64} if number > 2 else {}
            address = None if keyed else f"person{number}@example.org"
            member = put_member(session, cohort, address, state=state, **keyed)
            world.members[cohort.id].append((member, str(number)))
            _mark(session, world, member, meetings, marks)
            _decide(session, world, cohort, member, HISTORIES[history])
    return world


def _mark(session: Session, world: World, member: Membership, meetings: dict[str, Meeting], marks: list[str]) -> None:
    for (name, meeting), mark in zip(meetings.items(), marks, strict=True):
        if mark:
            put_presence(session, meeting, member, mark)
        if mark in ("present", "late", "left-early") and name != "cancelled":
            world.marked[member.cohort_id].add(member.id)
            if name in ("over", "just over"):
                world.trained[member.cohort_id].add(member.id)


def _decide(session: Session, world: World, cohort: Cohort, member: Membership, history: tuple[str, ...]) -> None:
    made: list[Any] = []
    for step in history:
        at = NOW - timedelta(days=40 - len(made))
        if step == "revoked":
            for one in made:
                one.revoked_at = one.revoked_at or NOW
            world.outcome[member.id] = step
            continue
        renewed = {"renewed_from_id": made[-1].id} if step == "renewed" else {}
        outcome = "certified" if step == "renewed" else step
        papers = {} if outcome == "certified" else {"number": None, "valid_until": None}
        turn = len(made) + 1
        made.append(
            put_certification(session, cohort, member, turn=turn, outcome=outcome, issued_at=at, **papers, **renewed)
        )
        world.outcome[member.id] = outcome
    session.flush()


@given(st.lists(COHORT, min_size=1, max_size=3))
@examples(15, 60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_page_counts_by_one_law(scratch: Session, drawn: list[Any]) -> None:
    """Trained, completed and certified: the cascade, the report, the months, the country's bars and each cohort's own."""
    with scratch.begin_nested() as attempt:
        world = put_world(scratch, drawn)
        _programme_agrees(scratch, world)
        for cohort in world.cohorts:
            _cohort_agrees(scratch, world, cohort)
        attempt.rollback()


def _programme_agrees(session: Session, world: World) -> None:
    start, end = YEAR.start, YEAR.end
    trained = set().union(*world.trained.values())
    ended, certified = world.standing("certified", "completed"), world.standing("certified")
    lines = {one.tier: one for one in cascade.reach(session, cascade.Scope(None, frozenset(), whole=True), NOW)}
    for tier in (1, 2):
        wanted = [world.people(tier, of) for of in (trained, ended, certified)]
        report = trainings(session, ReportScope(None, tier), start, end, NOW)
        counted = [report[one].get(("", ""), 0) for one in (Measure.TRAINED, Measure.COMPLETED, Measure.CERTIFIED)]
        (month,) = queries.months(session, ReportScope(None, tier), [YEAR], NOW)
        line = lines.get(tier)
        reached = [line.trained, line.completed, line.certified] if line is not None else [0, 0, 0]
        bars = queries.trained_by(session, ReportScope(None, tier), start, end, NOW, [Dimension.TIER])
        assert counted == reached == wanted
        assert [month.trained, month.completed, month.certified] == wanted
        assert bars.get(("", ""), 0) == bars.get(("tier", str(tier)), 0) == wanted[0]


def _cohort_agrees(session: Session, world: World, cohort: Cohort) -> None:
    own = {member.id for member, _ in world.members[cohort.id]}
    certified = len(own & world.standing("certified"))
    lead = put_user(session, "lead@example.org")
    lines = cohorts_for(session, lead, None, archived=False, before=None, limit=20)
    (node,) = cascade.branch(session, [cohort.id])
    assert {line.cohort.id: line.certified for line in lines}[cohort.id] == certified
    assert counts_of(session, cohort.id).certified == node.certified == certified
    outcomes = certification.outcome_counts(session, cohort.id)
    assert outcomes.get(("certified", False), 0) == certified
    assert certification.counts_of(session, cohort.id).get("certified", 0) == certified
    assert sum(count for (_, revoked), count in outcomes.items() if revoked) == len(own & world.standing("revoked"))
    # A checklist counts a mark as soon as it is made; once nothing is on any more it has counted whoever is trained.
    later = trainings(session, ReportScope(None), YEAR.start, YEAR.end, OVER)[Measure.TRAINED]
    attended = {one for one, found in standings(session, cohort, own, OVER).items() if found.attended}
    assert attended == world.marked[cohort.id]
    assert later.get(("", ""), 0) == len(
        {who for members in world.members.values() for member, who in members if member.id in _marked(world)}
    )


def _marked(world: World) -> set[int]:
    return set().union(*world.marked.values())
