"""Somebody whom a platform sends comes to the step, in their language, as themselves; everybody else is refused with a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from coplearn.accounts.models import User
from coplearn.learning.models import Learner
from coplearn.lti.models import LtiNonce, LtiPerson
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.lti.conftest import World
from tests.lti.platform import ADMIN, CLIENT, TEACHER, pem_pair, resigned, soon

CHOICE: dict[str, Any] = {
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": {
        "deep_link_return_url": "https://moodle.example/chosen",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "data": "\ud800",
    }
}
"""A choice whose words hold half a letter."""


def address_of(world: World, lang: str = "en", kind: str = "module") -> str:
    """Where an activity leads to: the first module of the parents' course, its first check, or all of it."""
    course = site_of(world.app).library.current().courses["cop-parents"]
    start = f"http://127.0.0.1:8000/{lang}/c/{course.code}/"
    if kind == "check":
        return start + course.items[course.checks[0]].code
    return start + (f"?module={course.modules[0].id}" if kind == "module" else "")


def test_launch_leads_to_the_item_in_the_platforms_language(world: World) -> None:
    """In a frame that only the registered platform may make, with a cookie kept apart for it, and as the same learner again."""
    check = address_of(world, kind="check")
    browser = world.browser()
    page = browser.launch(target=check)
    assert page.status_code == 200
    assert page.request.path == check.removeprefix("http://127.0.0.1:8000").replace("/en/", "/ar/")
    assert 'dir="rtl"' in page.text
    assert f"frame-ancestors {world.platform.url}" in page.headers["Content-Security-Policy"]
    assert len(page.headers.getlist("Content-Security-Policy")) == 1
    world.browser().launch(target=check)
    world.browser().launch(target=check, user="u-2")
    with world.app.app_context():
        people = current_session(world.app).scalars(select(LtiPerson).order_by(LtiPerson.id)).all()
        assert [one.subject for one in people] == ["u-1", "u-2"]
        assert len({one.learner_id for one in people}) == 2


def test_ordinary_page_is_framed_by_nobody_and_pays_no_statement(world: World) -> None:
    """Nor is a page of accounts, which asks for a window of its own inside a frame."""
    client = world.app.test_client()
    assert "frame-ancestors 'none'" in client.get("/en/").headers["Content-Security-Policy"]
    inside = client.get("/en/sign-in", headers={"Sec-Fetch-Dest": "iframe"})
    assert 'target="_blank"' in inside.text and "password" not in inside.text


def test_cookies_in_a_frame_are_kept_apart(make_app: Any, platform: Any) -> None:
    """By https both the launch's and the session's are partitioned; in a window of its own the session's is an ordinary one."""
    from tests.lti.conftest import world_of

    app = make_app(lti_hosts=("127.0.0.1",), https=True, public_url="https://learn.example.org")
    world = world_of(app, platform)
    platform.tool = "https://learn.example.org"
    for framed, expected in ((True, True), (False, False)):
        browser = world.browser(framed=framed)
        base = {"base_url": "https://learn.example.org", "headers": browser.headers}
        begun = browser.client.post(
            "/lti/login", data={"iss": platform.url, "client_id": CLIENT, "login_hint": "u-1"}, **base
        )
        assert "SameSite=None" in begun.headers["Set-Cookie"] and "Partitioned" in begun.headers["Set-Cookie"]
        query = dict(pair.split("=") for pair in begun.location.partition("?")[2].split("&"))
        token = platform.token({**query, "redirect_uri": "x"}, target=platform.tool + "/lti/launch")
        sent = browser.client.post("/lti/launch", data={"state": query["state"], "id_token": token}, **base)
        entered = browser.client.get(sent.location, **base)
        cookie = next(one for one in entered.headers.getlist("Set-Cookie") if one.startswith("__Host-session="))
        assert ("Partitioned" in cookie) is expected
        assert ("SameSite=None" in cookie) is expected


def test_browser_that_kept_nothing_is_offered_a_window_of_its_own(world: World) -> None:
    """No dead end where cookies are off in frames: the same launch begins anew there, and nothing was used up."""
    browser = world.browser()
    preflight = browser.begin()
    token = world.platform.token(preflight, target=address_of(world))
    other = world.browser()
    page = other.send(preflight, token)
    assert page.status_code == 200 and 'target="_blank"' in page.text
    assert "login_hint=u-1" in page.text and "lti_message_hint=17" in page.text
    assert browser.send(preflight, token).status_code == 303


def test_token_is_taken_once(world: World) -> None:
    """Sent again in the same browser, also after what it kept is gone: refused, on either engine."""
    browser = world.browser()
    preflight = browser.begin()
    token = world.platform.token(preflight, target=address_of(world), locale="en")
    assert browser.send(preflight, token).status_code == 303
    again = browser.send(preflight, token)
    assert again.status_code == 401 and "was used before" in again.text
    with world.app.app_context():
        until = current_session(world.app).scalars(select(LtiNonce.until)).one()
        assert until.timestamp() > soon(3_600)


SPOILED = {
    "foreign key": "did not prove",
    "unknown key": "did not prove",
    "old": "did not prove",
    "another nonce": "did not prove",
    "for somebody else": "did not prove",
    "of another issuer": "did not prove",
    "no signature": "did not prove",
    "other deployment": "may not open courses here",
    "nobody": "did not prove",
    "rubble": "did not prove",
    "another address": "leads to no course",
    "half an address": "leads to no course",
    "half a letter": "leads to no course",
    "a privacy launch": "did not prove",
    "a choice with half a letter": "did not prove",
}
"""What is wrong with a token, and what the page says of it."""


def test_what_proves_nobody_is_refused_with_a_sentence(world: World) -> None:
    """Every one of them with 401, and nobody is made a learner."""
    for spoiled, said in SPOILED.items():
        browser = world.browser()
        preflight = browser.begin()
        page = browser.send(preflight, _spoiled(world, preflight, spoiled))
        assert (page.status_code, said in page.text) == (401, True), spoiled
        with world.app.app_context():
            assert current_session(world.app).scalar(select(func.count(Learner.id))) == 0, spoiled


def _spoiled(world: World, preflight: dict[str, str], how: str) -> str:
    platform = world.platform
    good = platform.token(preflight, target=address_of(world))
    own = platform.keys["first"][0]
    made: dict[str, Callable[[], str]] = {
        "foreign key": lambda: resigned(good, pem_pair()[0]),
        "unknown key": lambda: resigned(good, pem_pair()[0], "no-such-key"),
        "old": lambda: resigned(good, own, iat=soon(-900), exp=soon(-600)),
        "another nonce": lambda: resigned(good, own, nonce="made-up"),
        "for somebody else": lambda: resigned(good, own, aud="client-8"),
        "of another issuer": lambda: resigned(good, own, iss="https://elsewhere.example"),
        "no signature": lambda: good.rpartition(".")[0] + ".",
        "other deployment": lambda: platform.token(preflight, target=address_of(world), deployment="2", locale="en"),
        "nobody": lambda: resigned(good, own, sub=""),
        "rubble": lambda: "a.b.c",
        "another address": lambda: platform.token(preflight, target="https://elsewhere.example/en/c/x/", locale="en"),
        "half an address": lambda: platform.token(preflight, target="http://[x", locale="en"),
        "half a letter": lambda: platform.token(preflight, target="http://127.0.0.1:8000/en/c/\ud800", locale="en"),
        "a choice with half a letter": lambda: resigned(platform.token(preflight, choosing=True), own, **CHOICE),
        "a privacy launch": lambda: resigned(
            good, own, **{"https://purl.imsglobal.org/spec/lti/claim/message_type": "DataPrivacyLaunchRequest"}
        ),
    }
    return made[how]()


def test_unknown_key_is_asked_for_once_a_minute(world: World) -> None:
    """A flood of made-up keys is no flood of requests at the platform; a key that it changed to is found."""
    platform = world.platform
    for _ in range(4):
        browser = world.browser()
        preflight = browser.begin()
        good = platform.token(preflight, target=address_of(world))
        browser.send(preflight, resigned(good, pem_pair()[0] if _ == 0 else platform.keys["first"][0], "made-up"))
    assert platform.asked.count("/jwks") == 1


def test_unregistered_and_closed_platforms_are_refused(world: World) -> None:
    """Before anything is asked of anybody."""
    browser = world.browser()
    said = {"login_hint": "u-1", "client_id": CLIENT}
    for changes in ({"iss": "https://elsewhere.example"}, {"iss": world.platform.url, "client_id": "other"}, {}):
        page = browser.client.post("/lti/login", data=said | changes)
        assert page.status_code == 401 and "not registered here" in page.text
    assert browser.client.post("/lti/launch", data={"state": "made-up", "id_token": "x"}).status_code == 401
    assert world.platform.asked == []


def test_roles_of_a_platform_are_none_here(world: World) -> None:
    """Its administrators and teachers come in as learners, and pages of work stay closed."""
    browser = world.browser()
    browser.launch(target=address_of(world), roles=(ADMIN, TEACHER))
    assert browser.client.get("/en/settings/platforms/").status_code == 302
    assert browser.client.get("/en/me/").status_code == 200
    with world.app.app_context():
        assert current_session(world.app).scalar(select(func.count(User.id))) == 0


def test_data_kept_of_a_launched_person_is_theirs_to_have_and_erase(world: World) -> None:
    """They have no card that somebody may have found: the platform has just proved who they are."""
    browser = world.browser()
    browser.launch(target=address_of(world))
    kept = browser.client.get("/en/me/data").get_json()["learning_platforms"]
    assert [(one["platform"], one["called_there"]) for one in kept] == [("Moodle of the Ministry", "u-1")]
    assert "Amina" not in str(kept) and "example.org" not in str(kept)
