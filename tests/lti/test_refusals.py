"""A platform that answers wrongly, a launch that is none, and what is gone meanwhile: refused, and nothing is kept of it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jwt
import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.kernel.errors import Refused
from coplearn.learning.models import Learner
from coplearn.lti.guards import launch_parts
from coplearn.lti.models import LtiDeployment, LtiLink, LtiPerson, LtiPlatform, LtiScore
from coplearn.lti.rules import CLAIM, DEEP_LINKING, NO_COURSE, LaunchRefused, ProvedLaunch, Target, read_launch
from coplearn.lti.service import launches, platforms
from coplearn.lti.service.scores import note_column, take_column
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, hidden_fields
from tests.lti.conftest import World, world_of
from tests.lti.platform import CLIENT, TEACHER, resigned, running_platform
from tests.lti.test_joining import JOIN
from tests.lti.test_launching import address_of
from tests.lti.test_platforms import BASE, an_admin, send
from tests.lti.test_scores import do, due_now, the_course, work

PROVED = ProvedLaunch("1", "u-1", utcnow(), "en", "", "link-1", "Parents", is_learner=True)


def rows(app: Flask, table: type[Any]) -> int:
    """How many rows a table has."""
    with app.app_context():
        return current_session(app).scalar(select(func.count()).select_from(table)) or 0


def remove(world: World) -> None:
    """Forget the platform, as somebody else does meanwhile."""
    with world.app.app_context():
        session = current_session(world.app)
        platforms.remove_platform(session, world.platform_id, utcnow())
        session.commit()


@pytest.mark.parametrize("name", ["", "x" * 256, "u\x00", "u\ud800", 7, None])
def test_person_has_a_name_that_can_be_kept(name: object) -> None:
    """Some letters, and no control or half of a pair among them; so has the part of the platform."""
    claims = {"sub": "u-1", f"{CLAIM}deployment_id": "1"}
    assert read_launch(claims, utcnow()).subject == "u-1"
    for claim in claims:
        with pytest.raises(ValueError, match="a name is missing"):
            read_launch(claims | {claim: name}, utcnow())


def test_launch_without_an_activity_or_a_course_keeps_no_link(session: Session) -> None:
    """A score of it could go nowhere."""
    for launch, target in ((replace(PROVED, link_id=""), Target("cop-parents")), (PROVED, Target())):
        with pytest.raises(LaunchRefused) as refused:
            launches.keep_link(session, 1, launch, target, utcnow())
        assert refused.value.phrase.text == NO_COURSE
    assert session.scalar(select(func.count()).select_from(LtiLink)) == 0


def test_what_is_not_there_is_refused_by_the_verbs(session: Session) -> None:
    """Joining somebody who was forgotten, a part of a platform without a name, and a key before there is one."""
    with pytest.raises(Refused, match="not kept here any more"):
        launches.join_account(session, 1, 1, utcnow(), {})
    for name in ("", "x" * 256):
        with pytest.raises(Refused, match="as the platform shows it"):
            platforms.add_deployment(session, 1, name, utcnow())
    assert session.scalar(select(func.count()).select_from(LtiDeployment)) == 0
    with pytest.raises(LookupError, match="no key to sign with"):
        launch_parts().key(session)


def test_platform_with_too_many_keys_is_silent_and_rests(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with the right one among them; and it is not asked again for a while."""
    keys = world.platform.published()["keys"]
    monkeypatch.setattr(world.platform, "published", lambda: {"keys": keys * 101})
    for _ in range(2):
        page = world.browser().launch(target=address_of(world), locale="en")
        assert page.status_code == 503 and "at the moment" in page.text
    assert world.platform.asked == ["/jwks"] and rows(world.app, Learner) == 0


def test_launch_waits_for_no_other_that_asks_a_slow_platform(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told to try again, and the platform is not asked a second time meanwhile."""
    from coplearn.lti.client import asking

    begun, may_answer, published = threading.Event(), threading.Event(), world.platform.published

    def slowly() -> dict[str, Any]:
        if not begun.is_set():
            begun.set()
            may_answer.wait(20)
        return published()

    monkeypatch.setattr(asking, "_TURN", 0.05)
    monkeypatch.setattr(asking, "_LONGEST", 20.0)
    monkeypatch.setattr(world.platform, "published", slowly)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(world.browser().launch, target=address_of(world), user="u-2")
        try:
            assert begun.wait(20)
            second = world.browser().launch(target=address_of(world), locale="en")
        finally:
            may_answer.set()
        assert first.result().status_code == 200
    assert second.status_code == 503 and "at the moment" in second.text
    assert world.platform.asked == ["/jwks"] and rows(world.app, Learner) == 1


@pytest.mark.parametrize("header", [{"alg": "HS256", "kid": "first"}, {"alg": "HS256"}])
def test_signature_by_a_shared_secret_asks_no_platform(world: World, header: dict[str, str]) -> None:
    """It is refused before the platform hears of it."""
    browser = world.browser()
    preflight = browser.begin()
    claims = jwt.decode(world.platform.token(preflight), options={"verify_signature": False})
    page = browser.send(preflight, jwt.encode(claims, "s" * 32, headers=header))
    assert page.status_code == 401 and "did not prove" in page.text
    assert world.platform.asked == [] and rows(world.app, Learner) == 0


def test_score_waits_for_its_column(make_app: Any) -> None:
    """While another process makes one, and while the platform makes one that has no address; then it goes there."""

    def add_columns(pages: Flask) -> None:
        pages.add_url_rule("/columns", "made", lambda: ({}, 201), methods=["POST"])
        pages.add_url_rule("/columns", "listed", list)

    with running_platform(more=add_columns) as platform:
        world = world_of(make_app(lti_hosts=("127.0.0.1",)), platform)
        course, browser, jobs = the_course(world), world.browser(), site_of(world.app).jobs
        browser.launch(target=address_of(world, kind="check"), line_item=False)
        do(browser.client, course, course.items[course.checks[0]])
        with world.app.app_context():
            session = current_session(world.app)
            link = session.scalars(select(LtiLink.id)).one()
            assert take_column(session, link, utcnow())
            session.commit()
        work(world)
        for problem, address in (("column-busy", "columns"), ("no-column", "lineitems")):
            with world.app.app_context():
                session = current_session(world.app)
                row = session.scalars(select(LtiScore)).one()
                assert (row.problem, row.is_refused, row.sent_version) == (problem, False, 0)
                note_column(session, link, "")
                session.execute(update(LtiLink).values(line_items=f"{platform.url}/{address}"))
                session.commit()
            assert platform.lines == [] and due_now(world) == 1 and jobs.work_next()
        assert [one["line"] for one in platform.scores] == ["made-1"] and due_now(world) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"issuer": "https://elsewhere.example"}, "did not take the registration"),
        ({"registration_endpoint": "http://elsewhere.example/register"}, "did not take the registration"),
        ({"token_endpoint": "javascript:alert(1)"}, "to register a platform is used"),
    ],
)
def test_platform_that_describes_itself_wrongly_is_not_registered(
    world: World, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], said: str
) -> None:
    """Not for somebody else, and with no address that is none; the invitation is still good."""
    platform, visitor = world.platform, world.app.test_client()
    text = send(an_admin(world), f"{BASE}invite", BASE)[1]
    path = "/lti/register/" + text.partition("http://127.0.0.1:8000/lti/register/")[2].partition("<")[0]
    page = visitor.get(f"{path}?openid_configuration={platform.url}/.well-known/openid-configuration")
    right = platform.described()
    with monkeypatch.context() as changed:
        changed.setattr(platform, "described", lambda: right | wrong)
        done = visitor.post(path, data=hidden_fields(page.text))
    assert done.status_code == 401 and said in done.text and rows(world.app, LtiPlatform) == 1
    assert (platform.registered == {}) == ("token_endpoint" not in wrong)
    assert visitor.post(path, data=hidden_fields(page.text)).status_code == 200


def test_choice_goes_to_no_address_that_is_none(world: World) -> None:
    """A platform that wants it sent to a script gets no signed answer."""
    browser, platform = world.browser(), world.platform
    preflight = browser.begin()
    good = platform.token(preflight, choosing=True, roles=(TEACHER,))
    settings = jwt.decode(good, options={"verify_signature": False})[DEEP_LINKING]
    told = {DEEP_LINKING: settings | {"deep_link_return_url": "javascript:alert(1)"}}
    page = browser.send(preflight, resigned(good, platform.keys["first"][0], **told))
    choice = {"choice": hidden_fields(page.text)["choice"], "part": "cop-parents"}
    answer = browser.client.post("/lti/choose", data=choice)
    assert answer.status_code == 401 and 'name="JWT"' not in answer.text


def test_ticket_of_a_platform_that_is_gone_leads_nowhere(world: World) -> None:
    """Neither in, nor to an account; and nobody joins without being signed in."""
    framed, owner = world.browser(), Visitor(world.app)
    framed.launch(target=address_of(world))
    found = JOIN.search(framed.client.get("/en/launched/", headers=framed.headers).text)
    assert found is not None
    sent = {"csrf_token": owner.token(), "ticket": found[1].partition("ticket=")[2]}
    assert owner.client.post("/en/launched/join", data=sent).status_code == 401
    with world.app.app_context():
        assert current_session(world.app).scalar(select(Learner.user_id)) is None
    owner.join("amina@example.org")
    assert "Is this you?" in owner.get(found[1]).text
    late = world.browser()
    preflight = late.begin()
    entering = late.send(preflight, world.platform.token(preflight, target=address_of(world), locale="en"))
    assert entering.status_code == 303
    remove(world)
    asked, entered = owner.get(found[1]), late.client.get(entering.location, headers=late.headers)
    assert asked.status_code == 401 and "used before" in asked.text
    assert entered.status_code == 401 and "not registered here" in entered.text
    assert rows(world.app, LtiPerson) == 0


def test_activity_that_is_not_there_has_no_people_and_no_scores(world: World) -> None:
    """Nor one whose platform does not tell who is in its course; no platform is asked."""
    admin, one = an_admin(world), f"{BASE}{world.platform_id}"
    world.browser().launch(target=address_of(world))
    assert admin.get(f"{one}/links/1/people").status_code == 200
    with world.app.app_context():
        current_session(world.app).execute(update(LtiLink).values(members_url=""))
        current_session(world.app).commit()
    before = len(world.platform.asked)
    assert admin.get(f"{one}/links/1/people").status_code == 404
    assert admin.get(f"{one}/links/99/people").status_code == 404
    assert send(admin, f"{one}/links/99/send", one)[0] == 404
    assert len(world.platform.asked) == before


@pytest.mark.parametrize("wrong", [{"login_hint": ""}, {"lti_message_hint": "x" * 9_000}])
def test_first_word_that_names_nobody_or_has_no_end_leads_nowhere(world: World, wrong: dict[str, str]) -> None:
    """Of a platform that is registered; it is sent nobody, and the browser keeps nothing."""
    said = {"iss": world.platform.url, "client_id": CLIENT, "login_hint": "u-1", "lti_message_hint": "17"}
    browser = world.app.test_client()
    assert browser.post("/lti/login", data=said).status_code == 302
    answer = world.app.test_client().post("/lti/login", data=said | wrong)
    assert answer.status_code == 401 and "not registered here" in answer.text
    assert not any(cookie.startswith("lti-") for cookie in answer.headers.getlist("Set-Cookie"))


def test_ticket_of_another_browser_or_made_up_opens_nothing(world: World) -> None:
    """Neither the way in nor the way to an account; whose ticket it is goes on."""
    browser, other = world.browser(), world.browser()
    preflight = browser.begin()
    entering = browser.send(preflight, world.platform.token(preflight, target=address_of(world), locale="en"))
    for address in (entering.location, "/lti/enter?ticket=made-up", "/en/launched/join?ticket=made-up"):
        page = other.client.get(address, headers=other.headers)
        assert page.status_code == 401 and "used before" in page.text, address
    assert "learning_platforms" not in other.client.get("/en/me/data").get_json()
    assert browser.client.get(entering.location, headers=browser.headers).status_code == 303


def test_module_that_a_course_does_not_have_is_no_page(world: World) -> None:
    """A platform may keep the address of one that was there once."""
    browser = world.browser()
    begin = f"/en/launched/{the_course(world).code}"
    assert browser.client.get(f"{begin}/{the_course(world).modules[0].id}").status_code == 303
    page = browser.client.get(f"{begin}/gone")
    assert page.status_code == 404 and "There is no page at this address." in page.text
