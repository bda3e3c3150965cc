"""A series of sessions: three held, one of them full; who has a place, who was there, and nobody trained by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.rules import Granted
from coplearn.cohorts.common.counting import trained_members
from coplearn.cohorts.common.letters import remind_of_meetings
from coplearn.cohorts.common.models.cohort import Cohort, Membership
from coplearn.cohorts.common.models.meeting import Meeting
from coplearn.cohorts.common.queries import Person
from coplearn.cohorts.common.rules.words import StaffRole, State
from coplearn.cohorts.meetings.queries import own_meetings_of
from coplearn.cohorts.meetings.rules.meetings import MeetingDetails
from coplearn.cohorts.meetings.service.attendance import Sent, save_marks
from coplearn.cohorts.meetings.service.meetings import plan_meeting, set_cancelled
from coplearn.cohorts.people.service.members import withdraw
from coplearn.cohorts.people.service.staffing import add_agreed_staff
from coplearn.cohorts.series import queries, service
from coplearn.cohorts.series.rules import (
    Entrant,
    PagePart,
    PartDraft,
    SessionNotes,
    SessionSetup,
    counted_once,
    name_in,
    notes_problems,
)
from coplearn.cohorts.whole.queries.export import export_of
from coplearn.cohorts.whole.rules import SERIES
from coplearn.cohorts.whole.service import move_cohort, open_cohort
from coplearn.insights import queries as insights
from coplearn.insights.rules import ReportScope
from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.kernel.words import Role
from coplearn.outbox.models import Letter
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import NOW, put_user, signed_in_client

LINK = "https://meet.example.org/round"
ZONE = "Africa/Casablanca"
HOURS = timedelta(hours=2)


def somebody(session: Session, name: str, *grants: Granted) -> Person:
    """Somebody with an account."""
    email = f"{name}@example.org"
    return Person(put_user(session, email, name.title()), name.title(), email, "en", grants)


def put_series(session: Session, **changes: Any) -> tuple[Cohort, Person]:
    """A running series with somebody who runs it."""
    coordinator = somebody(session, "coordinator", Granted(Role.COORDINATOR, "", "", "MA"))
    values: dict[str, Any] = {
        "title": "Industry Connect",
        "country": "MA",
        "time_zone": ZONE,
        "languages": ("en",),
        "is_public": True,
    }
    series = open_cohort(session, coordinator, replace(SERIES, **(values | changes)), NOW - timedelta(days=90))
    host = somebody(session, "host")
    add_agreed_staff(session, coordinator, series.id, host.email, StaffRole.LEAD, NOW - timedelta(days=90))
    for state in (State.OPEN, State.RUNNING):
        move_cohort(session, coordinator, series.id, state, NOW - timedelta(days=89))
    return series, host


def put_session(session: Session, series: Cohort, host: Person, days: int, title: str, **setup: Any) -> Meeting:
    """A session that many days from now, planned two weeks before."""
    starts = NOW + timedelta(days=days)
    details = MeetingDetails(
        title=title, day=starts.date(), begins=starts.time(), ends=(starts + HOURS).time(), link=LINK
    )
    planned = min(starts, NOW) - timedelta(days=14)
    meeting = plan_meeting(session, host, series.id, details, planned)
    service.set_up(session, host, series.id, meeting.public_id, SessionSetup(**setup), planned)
    return meeting


def come(session: Session, series: Cohort, meeting: Meeting, *people: tuple[str, str, str]) -> list[str]:
    """They register one after the other, a week before it; how each stands."""
    states = []
    for name, organisation, sector in people:
        entrant = Entrant(name=name.title(), organisation=organisation, sector=sector)
        at = meeting.starts_at - timedelta(days=7)
        own = service.register(session, somebody(session, name), series.id, meeting.public_id, entrant, at)
        states.append(own.state)
    return states


def hold(session: Session, series: Cohort, host: Person, meeting: Meeting) -> None:
    """Everybody who has a place is there."""
    at = meeting.starts_at + timedelta(minutes=30)
    here = [
        one.member.public_id for one in queries.places_of(session, meeting.id) if one.registration.state == "active"
    ]
    sent = [Sent(token_hex(8), one, "present", 0, at) for one in here]
    assert save_marks(session, host, series, meeting.public_id, sent, at, decides=False).taken == len(here)


ANI, BEN, CEM = (
    ("ani", "Ministry of Youth", "government"),
    ("ben", "Kite  Games", "company"),
    ("cem", "kite games", "company"),
)
DIA = ("dia", "Family Line", "civil-society")


def letters(session: Session, kind: str = "cohort-session") -> list[tuple[str, str]]:
    """To whom which news of a session was written."""
    rows = session.scalars(select(Letter).where(Letter.kind == kind).order_by(Letter.id))
    return [(one.to_address.partition("@")[0], one.params.get("what", "")) for one in rows]


def test_three_sessions_are_held_and_one_has_a_waiting_list(session: Session) -> None:
    """A place that is given back goes to who is next, with a letter; organisations count once; a fourth is planned."""
    series, host = put_series(session)
    first = put_session(session, series, host, -60, "Chatbots")
    assert come(session, series, first, ANI, BEN, CEM) == ["active"] * 3
    full = put_session(session, series, host, -30, "Social media", capacity=2, waiting_list=True)
    assert come(session, series, full, ANI, BEN, CEM, DIA) == ["active", "active", "queued", "queued"]
    assert come(session, series, full, CEM) == ["queued"]
    service.leave_session(session, somebody(session, "ani"), series.id, full.public_id, full.starts_at)
    assert [one.member.name for one in queries.queue_at(session, full.id)] == ["Dia"]
    third = put_session(session, series, host, -3, "Games", needs_approval=True)
    assert come(session, series, third, ANI, DIA) == ["waiting", "waiting"]
    ani, dia = (one.member.public_id for one in queries.places_of(session, third.id))
    service.approve_place(session, host, series.id, third.public_id, ani, third.starts_at)
    service.refuse_place(session, host, series.id, third.public_id, dia, third.starts_at)
    for meeting in (first, full, third):
        hold(session, series, host, meeting)
    planned = put_session(session, series, host, 7, "Apps", capacity=1)
    with pytest.raises(Refused):
        come(session, series, planned, ANI, BEN)
    lines = queries.own_sessions(session, NOW - timedelta(days=90), NOW + timedelta(days=90), {"MA"}, NOW)
    assert [(one.title, one.status, one.registered, one.attended) for one in lines] == [
        ("Chatbots", "held", 3, 3),
        ("Social media", "held", 2, 2),
        ("Games", "held", 1, 1),
        ("Apps", "planned", 1, 0),
    ]
    assert lines[0].organisations == {"government": 1, "company": 1}
    assert queries.organisations_of(session, series.id) == {"government": 1, "company": 1}
    assert queries.own_sessions(session, NOW - timedelta(days=90), NOW, {"AM"}, NOW) == []
    assert ("cem", "place") in letters(session) and ("dia", "none") in letters(session)
    assert session.scalars(trained_members(NOW)).all() == []
    assert insights.cohorts_by(session, ReportScope(None)) == {}


def test_only_who_has_a_place_is_reminded_marked_and_has_it_in_the_calendar(session: Session) -> None:
    """And no letter holds the link to join, which could be sent on; who leaves the series leaves its sessions."""
    series, host = put_series(session)
    soon = put_session(session, series, host, 1, "Chatbots", capacity=1, waiting_list=True)
    come(session, series, soon, ANI, BEN)
    assert remind_of_meetings(session, NOW) == 1
    assert LINK not in str([one.params for one in session.scalars(select(Letter))])
    ani, ben = session.scalars(select(Membership).order_by(Membership.id)).all()
    assert [len(own_meetings_of(session, series, one.id)) for one in (ani, ben)] == [1, 0]
    sent = [Sent(token_hex(8), one.public_id, "present", 0, soon.starts_at) for one in (ani, ben)]
    saved = save_marks(session, host, series, soon.public_id, sent, soon.starts_at, decides=False)
    assert (saved.taken, saved.strangers) == (1, [(ben.public_id, "Ben")])
    assert [one["session"] for one in export_of(session, ben.user_id or 0)["registrations"]] == ["Chatbots"]
    withdraw(session, host, series.id, ani.public_id, NOW)
    assert service.fill_all_places(session, NOW) == 1
    assert own_meetings_of(session, series, ben.id) == [soon]


def test_names_stay_out_of_notes_under_the_chatham_house_rule() -> None:
    """A name as words of its own, in any case and script, and never lifted once people spoke."""
    names = ["Ani Petrosyan", "Kite Games", "王美玲", "أحمد العلوي", "Li"]
    for text in ("KITE  GAMES will look", "said ani petrosyan.", "会上王美玲说", "وأحمد العلوي قال"):
        assert name_in(text, names)
    assert name_in("Kites and games; liking", names) == ""
    chatham, public = SessionNotes(), SessionNotes(notes_rule="public", notes="Ani Petrosyan said so")
    assert set(notes_problems(SessionNotes(notes="Ani Petrosyan said so"), chatham, names, has_begun=True)) == {"notes"}
    assert set(notes_problems(public, chatham, names, has_begun=True)) == {"notes_rule"}
    assert notes_problems(public, public, names, has_begun=True) == {}
    assert set(notes_problems(SessionNotes(recording="http://x.org"), chatham, names, has_begun=False)) == {"recording"}


@given(
    st.lists(
        st.tuples(st.sampled_from(["Kite", "kite ", "KITE", "Bird", ""]), st.sampled_from(["company", "other", "x"]))
    )
)
def test_organisation_is_counted_once_however_often_it_is_named(stated: list[tuple[str, str]]) -> None:
    """Whoever of it comes, in whatever spelling and sector, and in whatever order."""
    known = {name.strip().casefold() for name, _ in stated} - {""}
    assert sum(counted_once(stated).values()) == len(known)
    assert counted_once(stated) == counted_once(stated[::-1])


def test_visitor_finds_the_page_registers_and_sees_the_link_alone(app: Flask) -> None:
    """Open to all is the page and never the link; what is no longer open to all is no page; and staff see the list."""
    with app.app_context():
        session = current_session(app)
        series, host = put_series(session)
        meeting = put_session(session, series, host, 1, "Chatbots", link_minutes=3 * 24 * 60, agenda="Welcome")
        drafts = (PartDraft(text="Dr Who", yes=True), PartDraft(text="Dr No"))
        for draft in drafts:
            service.add_part(session, host, series.id, meeting.public_id, PagePart.SPEAKER, draft, NOW)
        meeting.starts_at, meeting.ends_at = _ahead(1), _ahead(3)
        somebody(session, "guest")
        keys = dict(session.execute(select(User.email, User.fs_uniquifier)).all())
        number, page = series.id, f"/en/series/{series.public_id}/{meeting.public_id}"
        session.commit()
    visitor, guest = app.test_client(), signed_in_client(app, keys["guest@example.org"])
    shown = visitor.get(page)
    assert "Welcome" in shown.text and "Dr Who" in shown.text and "Dr No" not in shown.text and LINK not in shown.text
    assert "Industry Connect" in visitor.get("/en/series/").text
    ask = guest.get(page)
    assert LINK not in ask.text
    sent = hidden_fields(ask.text)
    assert guest.post(f"{page}/register", data=sent).status_code == 422
    said = {"name": "Guest", "organisation": "Kite Games", "sector": "company"}
    assert guest.post(f"{page}/register", data=sent | said).status_code == 303
    assert LINK in guest.get(page).text
    calendar = guest.get(f"{page}/session.ics").text
    assert "SUMMARY:Session: Industry Connect" in calendar and LINK not in calendar
    assert guest.get(f"{page}/run").status_code == 404
    staff = signed_in_client(app, keys["host@example.org"])
    run, overview = (
        staff.get(f"{page}/run").text,
        staff.get(page.replace("/series/", "/cohorts/").rpartition("/")[0] + "/").text,
    )
    assert "session is planned" in overview and "meeting is planned" not in overview
    assert "Kite Games" in run and "Dr No" in run
    assert "raining" not in run.partition("<main")[2].partition("</main>")[0]
    with app.app_context():
        current_session(app).get_one(Cohort, number).is_public = False
        current_session(app).commit()
    assert visitor.get(page).status_code == 302 and guest.get(page).status_code == 200
    guest.post(f"{page}/leave", data=sent)
    assert LINK not in guest.get(page).text


def test_search_finds_what_anybody_may_read_and_nobody_who_speaks(session: Session) -> None:
    """A public series and its sessions by name, subject and agenda; none that is not public, archived or cancelled."""
    series, host = put_series(session, about="Companies and children's rights")
    first = put_session(session, series, host, 7, "Age assurance", agenda="Opening\nTwo approaches")
    dropped = put_session(session, series, host, 8, "Dropped")
    speaker = PartDraft(text="Amina Bennani", organisation="A company", yes=True)
    service.add_part(session, host, series.id, first.public_id, PagePart.SPEAKER, speaker, NOW)
    ((piece, before),) = queries.series_stamps(session).items()
    set_cancelled(session, host, series.id, dropped.public_id, cancelled=True, now=NOW)
    session.flush()
    found = list(queries.series_piece(session, piece))
    assert [(one.title, one.endpoint, one.locale) for one in found] == [
        ("Industry Connect", "series.series", "en"), ("Age assurance", "series.session", "en"),
    ]  # fmt: skip
    assert found[1].texts == ("Industry Connect", "Opening", "Two approaches")
    assert found[0].texts == ("Companies and children's rights",)
    ((_, after),) = queries.series_stamps(session).items()
    service.set_up(session, host, series.id, first.public_id, SessionSetup(agenda="Closing"), NOW + HOURS)
    session.flush()
    (read,) = queries.series_at(session, [first.public_id])
    assert read.texts == ("Industry Connect", "Closing")
    ((_, last),) = queries.series_stamps(session).items()
    assert len({before, after, last}) == 3
    series.is_public = False
    session.flush()
    assert queries.series_stamps(session) == {}
    assert list(queries.series_at(session, [first.public_id, series.public_id])) == []


def _ahead(days: int) -> datetime:
    return utcnow() + timedelta(days=days)
