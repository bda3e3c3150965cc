"""A country's course on a running site: who sees it, what is kept of it, what it costs, and who decides about it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from coplearn.accounts.queries import user_by_email
from coplearn.accounts.service import grant_role
from coplearn.audit.models import AuditEvent
from coplearn.certificates.service import issue_certificates
from coplearn.courses.course import Course
from coplearn.courses.overlays.contract import EditAction, text_hash
from coplearn.courses.overlays.reporting import Lack, report
from coplearn.courses.texts import Catalog, CatalogEntry
from coplearn.i18n.gate import UNREAD
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import CertificateKind, Role
from coplearn.learning.models import Attempt, CourseEdition
from coplearn.learning.rules import edition_of
from coplearn.learning.service import learner_for_user
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client
from tests.conftest import MakeSite
from tests.counting import counted
from tests.courses.makecourse import LESSON, TONES, Folder, add_recording, make_course
from tests.courses.makeoverlay import OWN_LESSON, change, make_overlay


@dataclass
class World:
    """A site with the template course, and Morocco's overlay of it in the instance folder."""

    app: Flask
    course: Folder
    overlay: Folder

    def shown(self, country: str | None = None) -> Course:
        """The course as that country has it."""
        library = site_of(self.app).library.current()
        return library.shown_in(library.courses["my-course"], country)

    def page(self, item: str = "first-page") -> str:
        """The address of a step."""
        course = self.shown("MA")
        return f"/en/c/{course.code}/{course.items[item].code}"

    def browser(self, country: str | None = None) -> FlaskClient:
        """Somebody who has picked that country."""
        client = self.app.test_client()
        if country is not None:
            client.set_cookie("country", country)
        return client


@pytest.fixture
def world(make_app: MakeSite, tmp_path: Path) -> World:
    """One text replaced, a page of its own, a brand and words for the start page; then the course changes another text."""
    course = make_course(tmp_path / "courses")
    overlay = make_overlay(tmp_path / "instance" / "overlays", course)
    change(overlay, course.course(), "first-page#b2tysj3", "Sit on the carpet together.")
    change(overlay, course.course(), "first-page#bcheaqg", "Begin with mint tea.")
    overlay.write("items/our-page.md", OWN_LESSON)
    overlay.add(
        "overlay.toml",
        '[brand]\nname = "Our country learns"\ncolour = "#7a2f1d"\ncolour_dark = "#f0b7a5"\n'
        '[home]\ntitle = "For our families"\ntext = "Begin at once."\n'
        '[[items]]\npath = "items/our-page.md"\nafter = "first-page"\n[[to_fill]]\nwhat = "Our law."\n',
    )
    course.swap(LESSON, "A good talk begins", "A calm talk begins")
    return World(make_app(course_path=(course.path.parent,)), course, overlay)


def test_country_sees_its_course_and_nobody_else_does(world: World) -> None:
    """By the country that somebody picked; the site's own pages bear the country's name, colours and words."""
    theirs, ours = world.browser().get(world.page()).text, world.browser("MA").get(world.page()).text
    assert "Sit on the carpet" in ours and "Sit beside your child" not in ours
    assert "Sit on the carpet" not in theirs and "Our country learns" not in theirs
    assert "A calm talk begins" in ours and "mint tea" not in ours  # the course changed it, and nobody has decided
    home, plain = world.browser("MA").get("/en/").text, world.browser("FR").get("/en/").text
    assert "For our families" in home and "Our country learns" in home
    assert "For our families" not in plain
    style = home.partition('href="/brand/')[2].partition('"')[0]
    assert "--act: #7a2f1d" in world.browser().get(f"/brand/{style}").text
    assert "As adapted by" in world.browser("MA").get(f"/en/c/{world.shown().code}/").text
    assert world.browser().get(world.page("our-page")).status_code == 404
    assert "A page of our own" in world.browser("MA").get(world.page("our-page")).text


def test_own_site_of_a_country_shows_it_to_everybody(world: World, make_app: MakeSite, tmp_path: Path) -> None:
    """Also to whoever picked help elsewhere."""
    world.app = make_app(course_path=(world.course.path.parent,), country="MA")
    assert "Sit on the carpet" in world.browser("FR").get(world.page()).text


def test_page_costs_no_more_statement(world: World) -> None:
    """The merged course is made once."""
    found = []
    for country in (None, "MA"):
        client = world.browser(country)
        client.post(world.page(), data=hidden_fields(client.get(world.page()).text))
        with counted(world.app) as sent:
            assert client.get(world.page()).status_code == 200
        found.append(len(sent))
    assert found[0] == found[1] == 1


def test_answer_is_kept_under_the_course_and_its_edition(world: World) -> None:
    """The form holds for the country's page; the record names the course, and what it was in that country."""
    client = world.browser("MA")
    assert client.post(world.page(), data=hidden_fields(client.get(world.page()).text)).status_code == 303
    with world.app.app_context():
        session = current_session(world.app)
        attempt, edition = session.scalars(select(Attempt)).one(), session.scalars(select(CourseEdition)).one()
    assert attempt.course_id == "my-course" and attempt.course_digest == edition.digest == world.shown("MA").digest
    assert edition.adapted_by == {"en": "The team of our country"}
    assert edition.items["our-page"]["added"] is True
    now = edition_of(world.shown("MA"), {})
    assert now.completion(world.shown().items, world.shown().checks).achieved


def test_kept_pages_are_of_the_country_that_their_address_names(world: World) -> None:
    """A phone fetches pieces without cookies of its own making: the address alone says whose course it is."""
    course = world.shown("MA")
    listing = world.browser("MA").get(f"/en/c/{course.code}/kept.json").get_json()
    pieces = [one[0] for module in listing["modules"] for one in module["pieces"]]
    steps = [one for one in pieces if f"/kept/{course.items['first-page'].code}" in one]
    assert len(steps) == 1 and "country=MA" in steps[0]
    assert "Sit on the carpet" in world.browser("FR").get(steps[0]).text


def test_country_hears_its_own_recordings_and_nobody_else_does(world: World) -> None:
    """One of its own page, captioned in its words; and its own file in place of all of the course's in that language."""
    sounds = {name: (TONES / name).read_bytes() for name in ("tone.ogg", "tone.mp3", "tone.opus")}
    add_recording(world.course)
    world.overlay.write("media/en/talk.mp3", sounds["tone.mp3"])
    world.overlay.write("media/greeting.yaml", "title: A greeting of ours\nvoice: person\n")
    world.overlay.write("media/greeting.vtt", "WEBVTT\n\nhello\n00:00.000 --> 00:02.000\nWelcome, all of you.\n")
    world.overlay.write("media/ar/greeting.ogg", sounds["tone.ogg"])
    world.overlay.add("items/our-page.md", "\n:::recording greeting\n:::\n")
    site_of(world.app).library.reload()
    course, ours, theirs = world.shown("MA"), world.browser("MA"), world.browser("FR")

    def heard(client: FlaskClient, address: str) -> set[bytes]:
        return {client.get(one).data for one in re.findall(r'<source src="([^"]+)"', client.get(address).text)}

    assert heard(ours, world.page("our-page").replace("/en/", "/ar/")) == {sounds["tone.ogg"]}
    assert heard(ours, world.page()) == {sounds["tone.mp3"]}
    assert heard(theirs, world.page()) == {sounds["tone.opus"]}
    captions = f"/en/c/{course.code}/captions/{course.recording_code('greeting')}/ar.vtt"
    assert "Welcome, all of you." in theirs.get(f"{captions}?country=MA").text
    assert ours.get(captions).status_code == 404 and f"{captions}?country=MA" in ours.get(world.page("our-page")).text
    assert "A greeting of ours" not in theirs.get(f"/en/c/{course.code}/recordings").text
    feed = ours.get(f"/en/c/{course.code}/podcast.xml?country=MA").text
    assert ".mp3" in feed and "country=MA" in feed and ".mp3" not in theirs.get(f"/en/c/{course.code}/podcast.xml").text


def test_certificate_says_who_adapted_the_course(world: World) -> None:
    """On the page that anybody can check it on."""
    with world.app.app_context():
        session = current_session(world.app)
        put_user(session, "ani@example.org")
        user = user_by_email(session, "ani@example.org")
        assert user is not None
        learner = learner_for_user(session, user.fs_uniquifier, utcnow())
        assert learner is not None
        edition = edition_of(world.shown("MA"), {"en": "A course"})
        (made,) = issue_certificates(
            session, learner.id, edition, [CertificateKind.PARTICIPATION], "Ani", "en", utcnow()
        )
        number = made.number
        session.commit()
    page = world.browser().get(f"/en/check/{number}")
    assert "The team of our country" in page.text


@pytest.fixture
def staff(world: World) -> dict[str, FlaskClient]:
    """Coordinators of two countries."""
    found = {}
    world.app.config["WTF_CSRF_ENABLED"] = False
    with world.app.app_context():
        session = current_session(world.app)
        for country in ("MA", "FR"):
            email = f"{country}@example.org".lower()
            put_user(session, email)
            grant_role(session, email, Role.COORDINATOR, country=country)
            session.commit()
            user = user_by_email(session, email)
            assert user is not None
            found[country] = signed_in_client(world.app, user.fs_uniquifier)
    return found


BLOCK = "first-page#bcheaqg"
RIGHTS = "Children have rights online as they do elsewhere ([UN Committee, 2021](ref:un-gc25))."
NOW = f"A calm talk begins with a real question. {RIGHTS}"


def test_each_text_says_why_its_readers_do_not_see_it(world: World) -> None:
    """What waits for a second reading is translated, and is never counted as if nobody had begun."""
    shown, library = world.shown("MA"), site_of(world.app).library.current()
    first, second, third, fourth, *rest = [one.context for one in shown.messages]
    texts = {one.context: one.text for one in shown.messages}
    entries = {name: CatalogEntry("Dit", texts[name]) for name in (first, second, third)}
    entries[fourth] = CatalogEntry("Dit", "It said something else")
    held = {second: (UNREAD,), third: ("numbers",)}
    french = replace(shown, catalogs={"fr": Catalog("fr", entries, "1", held)})
    found = report(library.overlays["our-country"], library.courses["my-course"], french)
    lack = next(one for one in found.languages if one.code == "fr")
    assert lack.translated == 1 and lack.messages == len(texts)
    by_reason = {why: [one.block for one in lack.of(why)] for why in (Lack.WAITING, Lack.HELD, Lack.STALE)}
    assert by_reason == {Lack.WAITING: [second], Lack.HELD: [third], Lack.STALE: [fourth]}
    assert {one.block for one in lack.of(Lack.MISSING)} == set(rest)


def test_coordinator_of_the_country_decides(world: World, staff: dict[str, FlaskClient]) -> None:
    """Both texts and the old one are shown; what is decided is a file, and stands in two logs. Other countries see nothing."""
    where = "/en/overlays/our-country"
    page = staff["MA"].get(where).text
    for text in ("A good talk begins", "A calm talk begins", "Begin with mint tea."):
        assert text in page
    lacking = page.partition('id="lacking-fr"')[2].partition("</ul>")[0]
    wanted = ("our-page#bourown1", "our-page.md", "first-page#bqai7sk", "Not translated")
    assert [one for one in wanted if one not in lacking] == []
    overview = staff["MA"].get("/en/overlays").text
    assert "our-country" in overview and "1 text waits for a decision. 1 thing is still" in " ".join(overview.split())
    assert staff["FR"].get(where).status_code == 404 and "our-country" not in staff["FR"].get("/en/overlays").text
    form = {
        "block": BLOCK,
        "do": str(EditAction.REPLACE),
        "choice": "edit",
        "text": "Begin with mint tea and a question.",
    }
    assert staff["FR"].post(f"{where}/decide", data=form | {"seen": text_hash(NOW)}).status_code == 404
    stale = staff["MA"].post(f"{where}/decide", data=form | {"seen": text_hash("older")})
    assert stale.status_code == 422 and "Begin with mint tea and a question." in stale.text
    assert staff["MA"].post(f"{where}/looked").status_code == 422
    for bad in ({"choice": "burn"}, {"choice": ""}):
        assert staff["MA"].post(f"{where}/decide", data=form | bad).status_code == 400
    assert staff["MA"].post(f"{where}/decide", data=form | {"block": "none#none"}).status_code == 404
    for typed in ("Begin <b>now</b>.", "See https://example.org.", "Call 0800 123 4567.", "A [link](https://x.org)."):
        refused = staff["MA"].post(f"{where}/decide", data=form | {"seen": text_hash(NOW), "text": typed})
        assert refused.status_code == 422 and str(escape(typed)) in refused.text and "no web address" in refused.text
    assert staff["MA"].post(f"{where}/decide", data=form | {"seen": text_hash(NOW)}).status_code == 303
    assert "Nothing waits for a decision." in staff["MA"].get(where).text
    assert staff["MA"].post(f"{where}/looked").status_code == 303
    assert "mint tea and a question" in world.overlay.read("blocks/first-page_bcheaqg.md")
    assert '"choice": "edit"' in world.overlay.read("decisions.jsonl")
    site_of(world.app).library.reload()
    assert "mint tea and a question" in world.browser("MA").get(world.page()).text
    with world.app.app_context():
        told = current_session(world.app).scalars(select(AuditEvent.about).order_by(AuditEvent.number)).all()
    assert told[-2:] == ["our-country,edit", "our-country,looked"]


def test_what_was_decided_is_undone_and_news_are_answered_with_own_words(
    world: World, staff: dict[str, FlaskClient]
) -> None:
    """Each decision comes back by the button beside it, once; a text that the course changed alone gets words of one's own."""
    where, client, file = "/en/overlays/our-country", staff["MA"], "blocks/first-page_bcheaqg.md"
    before = world.overlay.read(file)
    form = {"block": BLOCK, "do": str(EditAction.REPLACE), "seen": text_hash(NOW), "text": "Begin with tea."}

    def undone() -> int:
        key = hidden_fields(client.get(where).text.partition('id="decided"')[2])["key"]
        site_of(world.app).library.reload()
        assert client.post(f"{where}/undo", data={"key": key}).status_code == 303
        site_of(world.app).library.reload()
        return client.post(f"{where}/undo", data={"key": key}).status_code

    for choice in ("accept", "keep", "edit"):
        assert client.post(f"{where}/decide", data=form | {"choice": choice}).status_code == 303
        site_of(world.app).library.reload()
        assert "Nothing waits for a decision." in client.get(where).text
        assert undone() == 422
        assert world.overlay.read(file) == before and "Begin with mint tea." in client.get(where).text
        assert 'id="decided"' not in client.get(where).text
    log = [json.loads(row)["choice"] for row in world.overlay.read("decisions.jsonl").splitlines()]
    assert log == ["accept", "undo", "keep", "undo", "edit", "undo"]
    world.course.swap(LESSON, "Begin with a question", "A calm first page")
    site_of(world.app).library.reload()
    own = {
        "block": "first-page#title",
        "seen": text_hash("A calm first page"),
        "choice": "edit",
        "text": "For our homes",
    }
    for choice in ("accept", "keep"):
        assert client.post(f"{where}/decide", data=own | {"choice": choice}).status_code == 422
    assert client.post(f"{where}/decide", data=own).status_code == 303
    site_of(world.app).library.reload()
    assert "For our homes" in world.browser("MA").get(world.page()).text
    assert undone() == 422
    assert "A calm first page" in world.browser("MA").get(world.page()).text


def test_decision_without_a_token_is_refused(world: World, staff: dict[str, FlaskClient]) -> None:
    """As every form."""
    world.app.config["WTF_CSRF_ENABLED"] = True
    assert staff["MA"].post("/en/overlays/our-country/decide", data={"choice": "keep"}).status_code == 400


def test_overlay_of_a_course_that_went_away_says_so(world: World, staff: dict[str, FlaskClient]) -> None:
    """No page of it breaks, and nothing is written."""
    where, client, course = "/en/overlays/our-country", staff["MA"], world.course
    course.remove("course.yaml")
    site_of(world.app).library.reload()
    before = {path: path.read_bytes() for path in world.overlay.path.rglob("*") if path.is_file()}
    form = {"block": BLOCK, "do": "replace", "choice": "keep", "seen": text_hash(NOW)}
    for answer in (
        client.get(where),
        client.post(f"{where}/decide", data=form),
        client.post(f"{where}/looked"),
    ):
        assert answer.status_code == 404 and "The course of this overlay is not on the site." in answer.text
    assert {path: path.read_bytes() for path in world.overlay.path.rglob("*") if path.is_file()} == before
