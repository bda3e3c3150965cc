"""The waiting list: in the order of coming, a seat that is free goes to who is next, and nobody is lost in a crowd."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.models.cohort import Cohort, CohortEvent, Membership
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import TrainingOutcome
from coplearn.cohorts.outcomes.service import certification
from coplearn.cohorts.people.queries import place_in_queue, queue_of
from coplearn.cohorts.people.service import joining
from coplearn.cohorts.people.service import members as member_service
from coplearn.cohorts.people.service import seats as queue
from coplearn.cohorts.people.service.forgetting import forget_person
from coplearn.cohorts.whole import service as cohorts
from coplearn.cohorts.whole.queries.export import export_of
from coplearn.kernel.errors import AppError, Conflict, Refused
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.finishing import titles_of
from tests.cohorts.worlds import NOW, put_cohort, put_staff, put_user, signed_in_client

CODE, LEAD = "K7MP3WXA", "lead@example.org"
SEATS, CROWD = 30, 50


def somebody(session: Session, name: str) -> Person:
    """Somebody with an account."""
    email = f"{name}@example.org"
    return Person(put_user(session, email), name.title(), email, "en", ())


def full_house(session: Session, seats: int = 1, **changes: Any) -> Cohort:
    """A cohort with a waiting list and a lead, joined by CODE."""
    values = {"join_code": CODE, "capacity": seats, "waiting_list": True, **changes}
    cohort = put_cohort(session, **values)
    put_staff(session, cohort, LEAD, "lead")
    return cohort


def come(session: Session, *names: str) -> list[Membership]:
    """They join one after the other."""
    return [joining.join(session, somebody(session, name), CODE, NOW) for name in names]


def waiting(session: Session, cohort: Cohort) -> list[str]:
    """Who waits, the next first."""
    return [one.name for one in queue_of(session, cohort.id)]


def written_to(session: Session) -> list[str]:
    """To whom a letter says that they have a place."""
    return list(session.scalars(select(Letter.to_address).where(Letter.kind == "cohort-place").order_by(Letter.id)))


def test_seat_that_comes_free_goes_to_the_next_by_itself_and_once(session: Session) -> None:
    """In the order of coming; with one letter; whoever is in stays in, however often the day's work looks."""
    cohort, lead = full_house(session), somebody(session, "lead")
    first, second, third = come(session, "ani", "ben", "cem")
    assert [first.state, second.state, third.state] == ["active", "queued", "queued"]
    assert [place_in_queue(session, one) for one in (second, third)] == [1, 2]
    assert come(session, "ben")[0].id == second.id
    member_service.withdraw(session, lead, cohort.id, first.public_id, NOW)
    assert (second.state, second.joined_at, second.queue_number) == ("active", NOW, None)
    assert place_in_queue(session, third) == 1
    assert queue.fill_all_seats(session, NOW) == 0
    assert written_to(session) == ["ben@example.org"]


def test_every_way_in_which_a_seat_comes_free_gives_it_on(session: Session) -> None:
    """More seats, no limit any more, an outcome "withdrawn", the code without approval, a start after a pause."""
    cohort, lead = full_house(session), somebody(session, "lead")
    first, *_ = come(session, "ani", "ben", "cem", "dan", "eve", "fay")
    details = cohorts.details_of(cohort)
    cohorts.change_cohort(session, _coordinator(session), cohort.id, cohort.rev, replace(details, capacity=2), NOW)
    assert waiting(session, cohort) == ["Cem", "Dan", "Eve", "Fay"]
    certification.decide(
        session, lead, cohort, first.public_id, TrainingOutcome.WITHDRAWN, "Until next time.", 0, {}, titles_of, NOW
    )
    assert waiting(session, cohort) == ["Dan", "Eve", "Fay"]
    joining.open_code(session, lead, cohort.id, NOW, expires_at=None, approval=True)
    cohorts.change_cohort(session, _coordinator(session), cohort.id, cohort.rev, replace(details, capacity=3), NOW)
    assert waiting(session, cohort) == ["Dan", "Eve", "Fay"]
    joining.open_code(session, lead, cohort.id, NOW, expires_at=None, approval=False)
    assert waiting(session, cohort) == ["Eve", "Fay"]
    cohorts.change_cohort(session, _coordinator(session), cohort.id, cohort.rev, replace(details, capacity=None), NOW)
    assert waiting(session, cohort) == []


def _coordinator(session: Session) -> Person:
    made = somebody(session, "nadia")
    return Person(made.id, made.name, made.email, "en", (Granted(Role.COORDINATOR, country="MA"),))


def test_trainer_who_looks_at_each_person_lets_in_the_next(session: Session) -> None:
    """With approval nobody gets a seat by themselves; newcomers stand behind who waits, also when a seat is free."""
    cohort, lead = full_house(session, join_needs_approval=True), somebody(session, "lead")
    (first,) = come(session, "ani")
    assert first.state == "waiting"
    member_service.approve(session, lead, cohort.id, first.public_id, NOW)
    second, third = come(session, "ben", "cem")
    with pytest.raises(Refused, match="Every seat"):
        member_service.approve(session, lead, cohort.id, second.public_id, NOW)
    member_service.withdraw(session, lead, cohort.id, first.public_id, NOW)
    assert waiting(session, cohort) == ["Ben", "Cem"]
    assert come(session, "dan")[0].state == "queued"
    member_service.approve(session, lead, cohort.id, second.public_id, NOW)
    assert waiting(session, cohort) == ["Cem", "Dan"]
    assert third.state == "queued"


def test_order_is_changed_for_a_reason_that_is_kept(session: Session) -> None:
    """Without a reason nothing moves; with one everybody moves up or down by one, and the history says why."""
    cohort, lead = full_house(session), somebody(session, "lead")
    members = come(session, "ani", "ben", "cem", "dan")
    for place, reason in ((1, " "), (0, "Far away"), (9, "Far away")):
        with pytest.raises(AppError):
            queue.move_in_queue(session, lead, cohort.id, members[3].public_id, place, reason, NOW)
    queue.move_in_queue(session, lead, cohort.id, members[3].public_id, 1, "Comes from far away", NOW)
    assert waiting(session, cohort) == ["Dan", "Ben", "Cem"]
    event = session.scalars(select(CohortEvent).where(CohortEvent.kind == "queue-moved")).one()
    assert event.details["reason"] == "Comes from far away"
    assert come(session, "eve")[0].queue_number == 4


def test_only_who_waits_is_moved(session: Session) -> None:
    """Somebody who has a seat already is not there to be moved, and nobody else moves."""
    cohort, lead = full_house(session), somebody(session, "lead")
    seated, before = come(session, "ani", "ben")[0], waiting(session, cohort)
    assert seated.state == "active"
    with pytest.raises(Conflict):
        queue.move_in_queue(session, lead, cohort.id, seated.public_id, 1, "Comes from far away", NOW)
    assert waiting(session, cohort) == before


def test_who_leaves_the_list_or_the_site_frees_their_place(session: Session) -> None:
    """Stepping off, and erasing the account, move the others up; a seat never goes to nobody."""
    cohort, lead = full_house(session), somebody(session, "lead")
    first, second, third, fourth = come(session, "ani", "ben", "cem", "dan")
    queue.leave_queue(session, somebody(session, "ben"), cohort.public_id, NOW)
    queue.leave_queue(session, somebody(session, "ben"), cohort.public_id, NOW)
    assert (second.state, place_in_queue(session, third)) == ("withdrawn", 1)
    assert third.user_id is not None
    assert export_of(session, third.user_id)["memberships"][0]["queue_number"] == 2
    forget_person(session, third.user_id)
    member_service.withdraw(session, lead, cohort.id, first.public_id, NOW)
    assert (third.state, fourth.state) == ("withdrawn", "active")


def test_cohort_that_is_over_or_has_no_list_puts_nobody_on_one(session: Session) -> None:
    """Without the list a full cohort refuses as before; in a closed one no seat is given any more."""
    full_house(session, waiting_list=False)
    come(session, "ani")
    with pytest.raises(Refused, match="Every seat"):
        come(session, "ben")
    session.rollback()
    cohort, lead = full_house(session), somebody(session, "lead")
    first, second = come(session, "ani", "ben")
    cohort.state = "closed"
    member_service.withdraw(session, lead, cohort.id, first.public_id, NOW)
    assert second.state == "queued"
    cohort.state = "running"
    assert queue.fill_all_seats(session, NOW + timedelta(days=1)) == 1


def test_fifty_at_the_door_of_thirty_seats(each_app: Flask) -> None:
    """From eight threads: thirty are in, twenty wait in one order without a gap; then ten leave at once and ten come in."""
    with each_app.app_context():
        session = current_session(each_app)
        cohort_id = full_house(session, SEATS).id
        crowd = [somebody(session, f"p{number}") for number in range(CROWD)]
        lead = somebody(session, "lead")
        session.commit()

    def knock(who: Person) -> str:
        with each_app.app_context():
            session = current_session(each_app)
            state = joining.join(session, who, CODE, NOW).state
            session.commit()
            return state

    def leave(public_id: str) -> None:
        with each_app.app_context():
            session = current_session(each_app)
            member_service.withdraw(session, lead, cohort_id, public_id, NOW)
            session.commit()

    with ThreadPoolExecutor(8) as threads:
        states = list(threads.map(knock, crowd))
        assert (states.count("active"), states.count("queued")) == (SEATS, CROWD - SEATS)
        with each_app.app_context():
            session = current_session(each_app)
            order = queue_of(session, cohort_id)
            assert [one.queue_number for one in order] == list(range(1, CROWD - SEATS + 1))
            nexts = {one.public_id for one in order[:10]}
            going = session.scalars(select(Membership.public_id).where(Membership.state == "active").limit(10)).all()
        list(threads.map(leave, going))
    with each_app.app_context():
        session = current_session(each_app)
        active = set(session.scalars(select(Membership.public_id).where(Membership.state == "active")))
        assert len(active) == SEATS
        assert nexts <= active
        assert len(written_to(session)) == 10


def test_pages_say_the_place_and_let_staff_change_the_order(app: Flask) -> None:
    """Who joins is told before and after; their place stands on their page; staff see the order, and move with a reason."""
    with app.app_context():
        session = current_session(app)
        cohort = full_house(session)
        come(session, "ani", "ben")
        put_user(session, "cem@example.org")
        session.commit()
        keys = {user.email.partition("@")[0]: user.fs_uniquifier for user in session.scalars(select(User))}
        path = f"/en/cohorts/{cohort.public_id}/people/waiting-list"
    newcomer, lead = signed_in_client(app, keys["cem"]), signed_in_client(app, keys["lead"])
    door = newcomer.get(f"/en/cohorts/join/{CODE}").text
    assert "put on the waiting list" in door
    assert "1 person waits already" in door
    assert newcomer.post(f"/en/cohorts/join/{CODE}", data=hidden_fields(door)).status_code == 303
    for page in (f"/en/cohorts/join/{CODE}", "/en/cohorts/"):
        assert "2" in newcomer.get(page).text.partition("lace ")[2][:40], page
    listed = lead.get(path).text
    assert listed.index("Ben") < listed.index("Cem")
    token = hidden_fields(listed)["csrf_token"]
    with app.app_context():
        cem = current_session(app).scalars(select(Membership).where(Membership.email == "cem@example.org")).one()
        address = path.replace("waiting-list", f"{cem.public_id}/place")
    for reason in ("", "Lives alone on the island"):
        assert lead.post(address, data={"csrf_token": token, "place": "1", "reason": reason}).status_code == 303
    listed = lead.get(path).text
    assert listed.index("Cem") < listed.index("Ben")
    assert "Lives alone on the island" in lead.get(path.replace("people/waiting-list", "")).text
    for kind in ("csv", "xlsx"):
        assert lead.get(path.replace("waiting-list", f"list.{kind}")).status_code == 200
    assert "On the waiting list" in lead.get(path.replace("waiting-list", "list.csv")).data.decode("utf-8-sig")
    assert "on the waiting list" in lead.get(path.removesuffix("/waiting-list")).text
