"""Everything that programme records and campaigns refuse: each with its sentence or status, and with nothing of it written."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from coplearn.accounts.models import User
from coplearn.accounts.rules import Granted
from coplearn.accounts.service import grant_role
from coplearn.campaigns.rules import CampaignDetails
from coplearn.campaigns.service import open_campaign
from coplearn.cohorts.common.evidence import look_at
from coplearn.kernel.errors import AppError
from coplearn.kernel.words import Role
from coplearn.programme.documents import LARGEST, cells_of
from coplearn.programme.forms.activities import quick_content
from coplearn.programme.forms.rows import ReachRow, reach_line
from coplearn.programme.models.countries import CountryRecord, CountryRecordStatus
from coplearn.programme.models.organisations import (
    Programme,
)
from coplearn.programme.models.records import Activity
from coplearn.programme.rules.access import access_of
from coplearn.programme.rules.periods import span
from coplearn.programme.rules.reading import UnreadableText, read_number
from coplearn.programme.rules.records import (
    LARGEST_NUMBER,
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_ROWS,
    CountryLine,
    ReachLine,
)
from coplearn.programme.rules.sheets import MOST_LINES
from coplearn.programme.rules.words import (
    AudienceGroup,
    CountBasis,
    CountryRecordKind,
    CountryStatus,
    Precision,
    ProgrammeRole,
)
from coplearn.programme.service import activities, countries, organisations, programmes, quick, sheets
from coplearn.programme.service.evidence import add_evidence
from coplearn.storage.database import current_session
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import settings_in, sites
from tests.programme.worlds import NOW, WORKSHOP, put_activity
from tests.rows import refusal, rows_of

LONG = "x" * (LONGEST_TITLE + 1)
MUCH = "x" * (LONGEST_TEXT + 1)
SOME_DAY = span(date(2025, 5, 4), None, Precision.DAY)
FRAMEWORK = countries.CountryRecordContent("AM", CountryRecordKind.FRAMEWORK)
ADOPTED = countries.StatusContent(CountryStatus.ADOPTED, SOME_DAY)


@dataclass(frozen=True, slots=True)
class World:
    """A draft, a record that was taken back, a programme and a country's framework with a state; all by Ani."""

    session: Session
    ani: int
    bagrat: int
    draft: Activity
    gone: Activity
    programme: Programme
    framework: CountryRecord
    status: CountryRecordStatus

    def write(self, title: str = "More", **changes: Any) -> object:
        """Write one more activity."""
        return put_activity(self.session, self.ani, key="more", title=title, **changes)

    def keep_quickly(self) -> object:
        """Write one of a country that Ani does not keep."""
        access, content = access_of(self.ani, [Granted("coordinator", country="MA")], []), replace(WORKSHOP, title="M")
        return quick.record_quickly(self.session, access, content, op="op", programme_id=None, now=NOW)

    def country(self, country: str = "AM", title: str = "") -> object:
        """Write one more record about a country."""
        content = replace(FRAMEWORK, country=country, title=title)
        return countries.record_country(self.session, content, key="more", by_id=self.ani, now=NOW)

    def state(self, words: str = "once more", document: str = "") -> object:
        """Write one more state of it."""
        content = replace(ADOPTED, words=words, document=document)
        return countries.add_status(self.session, self.framework, content, by_id=self.ani, now=NOW)

    def organise(self, name: str = "ITU", country: str = "", address: str = "") -> object:
        """Add an organisation."""
        content = organisations.OrganisationContent(name, country=country, address=address)
        return organisations.add_organisation(self.session, content, by_id=self.ani, now=NOW)

    def show(self, title: str, link: str = "") -> object:
        """Add evidence."""
        return add_evidence(self.session, self.draft, title, link, by_id=self.ani, now=NOW)

    def programme_called(self, name: str, summary: str = "") -> object:
        """Call the programme something else."""
        return programmes.write_programme(self.session, self.programme, name, summary, NOW)

    def seat(self, country: str, address: str = "bagrat@example.org") -> object:
        """Give Bagrat, or whoever has that address, a role there."""
        to = ProgrammeRole.EDITOR
        return programmes.seat_in_programme(self.session, self.programme, address, to, country, NOW)

    def name_country(self, country: str) -> None:
        """Say what a name in a list means."""
        organisations.name_country(self.session, "Our country", country, by_id=self.ani, now=NOW)


@pytest.fixture
def world(session: Session) -> World:
    """The programme's records."""
    ani, bagrat = put_user(session, "ani@example.org"), put_user(session, "bagrat@example.org")
    draft, gone = put_activity(session, ani), put_activity(session, ani, key="k2", title="Twice")
    activities.take_back(session, gone, base=1, why="It is there twice", by_id=ani, now=NOW)
    programme = programmes.write_programme(session, None, "COP", "", NOW)
    framework = countries.record_country(session, FRAMEWORK, key="f", by_id=ani, now=NOW)
    status = countries.add_status(session, framework, ADOPTED, by_id=ani, now=NOW)
    return World(session, ani, bagrat, draft, gone, programme, framework, status)


Do = Callable[[World], object]
WRITING: list[tuple[Do, str]] = [
    (lambda world: world.write(title=" \n"), "Give the activity a title"),
    (lambda world: world.write(title=LONG), "at most 200 characters"),
    (lambda world: world.write(place=LONG), "at most 200 characters"),
    (lambda world: world.write(audience_words=LONG), "at most 200 characters"),
    (lambda world: world.write(summary=MUCH), "at most 4000 characters"),
    (lambda world: world.write(source=MUCH), "at most 4000 characters"),
    (lambda world: world.write(countries=(CountryLine("AM"),) * (MOST_ROWS + 1)), "at most 60 countries"),
    (lambda world: world.write(reach=(reached(LARGEST_NUMBER + 1),)), "with digits alone"),
    (lambda world: world.write(reach=(reached(9, "9-12"),)), "Age bands are for children"),
    (lambda world: world.keep_quickly(), "You keep no records of this country"),
    (
        lambda world: activities.confirm_activity(world.session, world.gone, number=2, by_id=world.bagrat, now=NOW),
        "was taken back. Correct it first",
    ),
    (
        lambda world: activities.take_back(world.session, world.gone, base=2, why="Again", by_id=world.ani, now=NOW),
        "taken back already",
    ),
    (lambda world: world.show(" \n", "https://example.org"), "Say what it is"),
    (lambda world: world.show(LONG, "https://example.org"), "at most 200 characters"),
    (lambda world: world.show("A page", "https://example.org/" + LONG * 5), "at most 1000 characters"),
    (lambda world: world.show("A page"), "a link or a file"),
    (lambda world: world.show("A page", "javascript:alert(1)"), "Begin the address with https"),
]
PLACES: list[tuple[Do, str]] = [
    (lambda world: world.country("ZZ"), "Choose a country"),
    (lambda world: world.country(title=LONG), "at most 200 characters"),
    (lambda world: world.state(MUCH), "at most 4000 characters"),
    (lambda world: world.state(document="https://example.org/" + LONG * 5), "at most 1000 characters"),
    (lambda world: world.state(document="javascript:alert(1)"), "Begin the address with https"),
    (
        lambda world: countries.confirm_status(world.session, world.status, by_id=world.ani, now=NOW),
        "You wrote this yourself",
    ),
    (lambda world: world.organise(" – "), "Give the organisation a name"),
    (lambda world: world.organise(LONG), "at most 200 characters"),
    (lambda world: world.organise(country="ZZ"), "Choose a country"),
    (lambda world: world.organise(address="javascript:alert(1)"), "Begin the address with https"),
    (lambda world: world.organise(address="https://example.org/" + LONG * 3), "at most 500 characters"),
    (lambda world: world.name_country("ZZ"), "Choose a country"),
    (lambda world: world.programme_called(" \n"), "Give the programme a name"),
    (lambda world: world.programme_called(LONG), "at most 200 characters"),
    (lambda world: world.programme_called("Other", MUCH), "at most 4000 characters"),
    (lambda world: world.seat("ZZ"), "Choose a country"),
    (lambda world: world.seat("AM", "nobody@example.org"), "Nobody with an account here has this address"),
]


def reached(number: int, age_band: str = "") -> ReachLine:
    """So many parents."""
    return ReachLine(AudienceGroup.PARENTS, CountBasis.PARTNER, number, age_band=age_band)


@pytest.mark.parametrize(("do", "told"), [*WRITING, *PLACES], ids=lambda one: one if type(one) is str else "")
def test_what_cannot_be_is_refused_and_nothing_is_kept(world: World, do: Do, told: str) -> None:
    """Missing, too long, of no country, of no web, or taken back before: whoever sent it is told which."""
    assert told in refusal(world.session, lambda: do(world))


def test_a_state_that_was_taken_back_is_not_confirmed(world: World) -> None:
    """A second person comes too late."""
    countries.take_status_back(world.session, world.status, why="Only drafted", by_id=world.ani, now=NOW)
    told = refusal(
        world.session,
        lambda: countries.confirm_status(world.session, world.status, by_id=world.bagrat, now=NOW),
    )
    assert "taken back already" in told


def test_a_list_is_brought_in_once(world: World) -> None:
    """Whoever presses again is told so, and no second time of it is kept."""
    sheet = sheets.keep_sheet(
        world.session, "l.csv", "d", [(1, ["Title"])], programme_id=None, by_id=world.ani, now=NOW
    )
    assert sheets.bring_in(world.session, sheet, [], by_id=world.ani, now=NOW) == 0
    assert "brought in already" in refusal(
        world.session, lambda: sheets.bring_in(world.session, sheet, [], by_id=world.ani, now=NOW)
    )


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda: span(date(1989, 12, 31), None, Precision.DAY), "between 1990 and 2100"),
        (lambda: span(date(2025, 1, 1), date(2101, 1, 1), Precision.DAY), "between 1990 and 2100"),
        (lambda: read_number("1234567890"), "too large"),
        (lambda: reach_line(ReachRow("robots", number="9", basis="partner")), "Choose the group"),
        (lambda: reach_line(ReachRow("parents", number="9", basis="partner", age_band="9-12")), "are for children"),
        (lambda: reach_line(ReachRow("children", number="9", basis="partner", age_band="90")), "are for children"),
        (lambda: quick_content({"kind": "party", "title": "A"}, ["AM"]), "Choose a kind"),
        (lambda: cells_of(io.BytesIO(b"x" * (LARGEST + 1)), ["en"]), "The file is larger than"),
        (lambda: cells_of(io.BytesIO(), ["en"]), "The file is empty"),
    ],
)
def test_what_cannot_be_read_is_said(read: Callable[[], object], told: str) -> None:
    """Days of no record, numbers and groups that are none, and files of which nothing can be told."""
    with pytest.raises((AppError, UnreadableText), match=told):
        read()


@dataclass(frozen=True, slots=True)
class Site:
    """A site with a programme: Greta coordinates everywhere, Ani Armenia, Mina Morocco; and somebody reads there."""

    app: Flask
    clients: dict[str, FlaskClient]
    names: dict[str, str]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """That site, for requests that change nothing."""
    with sites(settings_in(tmp_path_factory.mktemp("refusing"))) as make:
        app = make()
        app.config["WTF_CSRF_ENABLED"] = False
        with app.app_context():
            session = current_session(app)
            ids = {name: put_user(session, f"{name}@example.org") for name in ("greta", "ani", "mina", "reader")}
            for name, country in (("greta", ""), ("ani", "AM"), ("mina", "MA")):
                grant_role(session, f"{name}@example.org", Role.COORDINATOR, country=country)
            cop = programmes.write_programme(session, None, "COP", "", NOW)
            programmes.seat_in_programme(session, cop, "reader@example.org", ProgrammeRole.READER, "", NOW)
            activity = activities.record_activity(
                session, WORKSHOP, key="k", by_id=ids["ani"], now=NOW, programme_id=cop.id
            )
            # Of a file that the store does not have (any more).
            stored = look_at("list.pdf", io.BytesIO(b"%PDF-1.4 never kept"))
            evidence = add_evidence(session, activity, "The list", stored=stored, by_id=ids["ani"], now=NOW)
            days = CampaignDetails("Posters", "AM", date(2026, 11, 1), date(2026, 11, 30), cop.id)
            framework = countries.record_country(session, FRAMEWORK, key="f", by_id=ids["ani"], now=NOW)
            names = {
                "activity": f"activities/{activity.public_id}",
                "evidence": f"activities/{activity.public_id}/evidence/{evidence.id}",
                "programme": f"programmes/{cop.public_id}",
                "campaign": f"campaigns/{open_campaign(session, days, ids['ani'], NOW).public_id}",
                "state": str(countries.add_status(session, framework, ADOPTED, by_id=ids["ani"], now=NOW).id),
                "organisation": organisations.add_organisation(
                    session, organisations.OrganisationContent("UNICEF"), by_id=ids["ani"], now=NOW
                ).public_id,
            }
            session.commit()
            keys = {name: session.get_one(User, number).fs_uniquifier for name, number in ids.items()}
        yield Site(app, {name: signed_in_client(app, key) for name, key in keys.items()}, names)


@pytest.mark.parametrize(
    ("who", "place", "form"),
    [
        ("reader", "activities/new", None),
        ("reader", "activities/new", {"title": "A"}),
        ("reader", "{activity}/edit", None),
        ("reader", "{activity}/confirm", {"number": "1"}),
        ("reader", "{activity}/evidence", {"title": "A", "link": "https://example.org"}),
        ("reader", "{evidence}/remove", {}),
        ("ani", "{activity}/evidence/999/remove", {}),
        ("ani", "{evidence}", None),
        ("ani", "activities/none", None),
        ("reader", "countries/AM/records/new", None),
        ("reader", "countries/AM/states/{state}", {"do": "back", "why": "It is wrong"}),
        ("ani", "countries/AM/states/999", {"do": "confirm"}),
        ("ani", "countries/AM/records/none", None),
        ("reader", "lists/", None),
        ("reader", "quick", None),
        ("reader", "organisations/", None),
        ("ani", "organisations/none", None),
        ("ani", "organisations/{organisation}/undo", {"match": "999"}),
        ("ani", "programmes/", None),
        ("ani", "programmes/", {"name": "Mine"}),
        ("greta", "programmes/none", None),
        ("greta", "programmes/none", {"email": "ani@example.org", "role": "editor"}),
        ("greta", "{programme}/end", {"member": "999"}),
        ("reader", "campaigns/new", None),
        ("reader", "{campaign}/edit", None),
        (
            "reader",
            "{campaign}/given-out",
            {"what": "parents", "locale": "en", "number": "9", "given_on": "2026-11-20"},
        ),
        ("mina", "{campaign}", None),
        ("ani", "campaigns/none", None),
    ],
)
def test_who_may_not_finds_nothing_there(site: Site, who: str, place: str, form: dict[str, str] | None) -> None:
    """A reader writes nothing, a coordinator nothing of others, and what is not there is no error of ours."""
    client, address, before = site.clients[who], f"/en/programme/{place.format(**site.names)}", rows_of(site.app)
    answer = client.get(address) if form is None else client.post(address, data=form)
    assert answer.status_code == 404
    assert rows_of(site.app) == before


@pytest.mark.parametrize("operations", [[], [{"op": "short"}], [{"op": "aaaaaaaa-1"}, "no entry"], [{"fields": {}}]])
def test_entries_of_a_device_all_have_a_name(site: Site, operations: list[object]) -> None:
    """Otherwise the device could not be told which of them it may forget."""
    client, before = site.clients["ani"], rows_of(site.app)
    owner = client.get("/en/programme/quick").text.partition('data-owner="')[2].partition('"')[0]
    answer = client.post("/en/programme/quick/send", json={"owner": owner, "operations": operations})
    assert answer.status_code == 400
    assert rows_of(site.app) == before


MANY: list[tuple[int, list[str]]] = [(at, ["A", "2025-03-01"]) for at in range(2, MOST_LINES + 3)]


@pytest.mark.parametrize(
    ("head", "told"),
    [("Title", "There are more than 2000 lines"), ("Name of it", "A line has to name the columns")],
)
def test_a_list_that_cannot_be_read_says_so(app: Flask, head: str, told: str) -> None:
    """Of too many lines, or without its headings: it is not cut off or guessed at, and none of it can be brought in."""
    with app.app_context():
        session = current_session(app)
        number = put_user(session, "greta@example.org")
        grant_role(session, "greta@example.org", Role.COORDINATOR)
        lines = [(1, [head, "From"]), *MANY]
        sheet = sheets.keep_sheet(session, "l.csv", "d", lines, programme_id=None, by_id=number, now=NOW).public_id
        session.commit()
        client = signed_in_client(app, session.get_one(User, number).fs_uniquifier)
    app.config["WTF_CSRF_ENABLED"] = False
    page = f"/en/programme/lists/{sheet}"
    assert told in client.get(page).text.replace(",", "")
    assert told in client.post(page, data={"do": "take"}, follow_redirects=True).text.replace(",", "")
    with app.app_context():
        assert current_session(app).scalars(select(Activity)).all() == []
