"""Everything that a series refuses: each with its sentence, and with nothing of it written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Registration
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.series import service
from coplearn.cohorts.series.rules import MOST_PARTS, Entrant, PagePart, PartDraft
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.series.test_series import ANI, BEN, come, put_series, put_session, somebody
from tests.cohorts.traces import refuses
from tests.cohorts.worlds import NOW, put_meeting, put_member, signed_in_client


@dataclass(slots=True)
class World:
    """A series with a session of tomorrow, whose one place Ani has and Ben waits for; Dia left, Eva waits, Fay takes part."""

    session: Session
    series: Cohort
    host: Person
    meeting: str

    def register(self, name: str, days: int = 0) -> object:
        """Register somebody so many days from now."""
        who, entrant = somebody(self.session, name), Entrant(name=name, organisation="Kite", sector="company")
        return service.register(self.session, who, self.series.id, self.meeting, entrant, NOW + timedelta(days=days))

    def leave(self, name: str, days: int = 0) -> None:
        """Give somebody's place back so many days from now."""
        who, now = somebody(self.session, name), NOW + timedelta(days=days)
        service.leave_session(self.session, who, self.series.id, self.meeting, now)

    def decide(self, verb: Callable[..., object], name: str, days: int = 0) -> object:
        """Do that to somebody's place as the host, so many days from now."""
        own = select(Membership.public_id).where(Membership.email == f"{name}@example.org")
        who, now = self.session.scalars(own).one(), NOW + timedelta(days=days)
        return verb(self.session, self.host, self.series.id, self.meeting, who, now)

    def speak(self) -> None:
        """Write one more speaker down."""
        draft = PartDraft(text="Dr Who", yes=True)
        service.add_part(self.session, self.host, self.series.id, self.meeting, PagePart.SPEAKER, draft, NOW)


@pytest.fixture
def world(scratch: Session) -> World:
    """The series of these tests, on each engine."""
    series, host = put_series(scratch)
    meeting = put_session(scratch, series, host, 1, "Chatbots", capacity=1, waiting_list=True)
    assert come(scratch, series, meeting, ANI, BEN) == ["active", "queued"]
    for name, state in (("dia", "withdrawn"), ("eva", "waiting"), ("fay", "active")):
        put_member(scratch, series, f"{name}@example.org", state=state)
    somebody(scratch, "gul")
    return World(scratch, series, host, meeting.public_id)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda w: w.register("dia"), "You left this series. Whoever runs it can take you back."),
        (lambda w: w.register("eva"), "You asked to take part in this series. Whoever runs it lets you in first."),
        (lambda w: w.register("gul", 2), "This session is over. What came of it stands on this page."),
        (lambda w: w.decide(service.put_on_list, "eva"), "This person does not take part in the series yet."),
        (lambda w: w.decide(service.put_on_list, "fay", 2), "This session is over. What came of it stands on this"),
        (lambda w: w.leave("gul"), "There is no page at this address for you."),
        (lambda w: w.leave("fay"), "There is no page at this address for you."),
        (lambda w: w.leave("ani", 2), "This session is over, so its list stays as it is."),
        (lambda w: w.decide(service.refuse_place, "ani", 2), "This session is over, so its list stays as it is."),
        (lambda w: w.decide(service.approve_place, "ben"), "Every place at this session is taken."),
        (lambda w: w.decide(service.approve_place, "fay"), "They are no longer on this list. Load the page again."),
    ],
)
def test_series_refuses_with_a_sentence(world: World, do: Callable[[World], object], words: str) -> None:
    """Who left or waits, a session that is over or full, and a list that somebody is not on."""
    with refuses(world.session, words):
        do(world)


def test_meeting_that_nobody_registers_for_has_no_list(world: World) -> None:
    """A meeting of the same people without registration is no session."""
    meeting = put_meeting(world.session, world.series, NOW + timedelta(days=1), by_registration=False)
    world.meeting = meeting.public_id
    with refuses(world.session, "There is no page at this address for you."):
        world.register("fay")


def test_page_of_a_session_holds_so_many_speakers_and_no_more(world: World) -> None:
    """One more than the most is refused."""
    for _ in range(MOST_PARTS):
        world.speak()
    with refuses(world.session, "There are %(count)s already, the most there can be."):
        world.speak()


def test_session_that_is_not_the_series_has_no_page(app: Flask) -> None:
    """Neither for a visitor nor for who runs it; and a list does what it offers alone."""
    with app.app_context():
        session = current_session(app)
        series, host = put_series(session)
        meeting = put_session(session, series, host, 1, "Chatbots").public_id
        member = put_member(session, series, "fay@example.org").public_id
        other = put_session(session, put_series(session, title="Elsewhere")[0], host, 1, "Other").public_id
        key = session.scalars(select(User.fs_uniquifier).where(User.email == host.email)).one()
        page = f"/en/series/{series.public_id}"
        session.commit()
        staff = signed_in_client(app, key)
        assert app.test_client().get(f"{page}/{other}").status_code == 302
        assert [staff.get(f"{page}/{other}{end}").status_code for end in ("", "/run")] == [404, 404]
        sent = hidden_fields(staff.get(f"{page}/{meeting}/run").text) | {"member": member, "do": "seize"}
        assert staff.post(f"{page}/{meeting}/people", data=sent).status_code == 404
        session.rollback()
        assert session.scalars(select(Registration)).all() == []
