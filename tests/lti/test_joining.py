"""Somebody whom a platform sent joins an account of their own, chooses what goes into a course there, or leaves."""

from __future__ import annotations

import re

import jwt
from jwcrypto.jwk import JWK
from sqlalchemy import select

from coplearn.kernel.clock import utcnow
from coplearn.learning.models import Learner
from coplearn.lti.models import LtiPerson
from coplearn.storage.database import current_session
from tests.accounts.persona import Visitor, hidden_fields
from tests.lti.conftest import World
from tests.lti.platform import TEACHER, Launched, _Conf
from tests.lti.test_launching import address_of
from tests.lti.test_scores import do, the_course, work

JOIN = re.compile(r'href="([^"]*/launched/join\?ticket=[^"]+)"')


def test_what_was_done_in_a_frame_joins_an_account(world: World) -> None:
    """From a window of its own; from then on launches open what is the account's, and its score goes back as well."""
    framed, course = world.browser(), the_course(world)
    framed.launch(target=address_of(world, kind="check"))
    check = course.items[course.checks[0]]
    do(framed.client, course, check)
    about = framed.client.get("/en/launched/", headers=framed.headers)
    found = JOIN.search(about.text)
    assert found is not None and "Moodle of the Ministry" in about.text
    owner = Visitor(world.app)
    asked = owner.get(found[1])
    assert asked.status_code == 302 and "/sign-in" in asked.location
    owner.join("amina@example.org")
    page = owner.get(found[1])
    assert "Is this you?" in page.text
    assert owner.client.post("/en/launched/join", data=hidden_fields(page.text)).status_code == 303
    with world.app.app_context():
        session = current_session(world.app)
        learner = session.scalars(select(Learner).join(LtiPerson, LtiPerson.learner_id == Learner.id)).one()
        assert learner.user_id is not None
    assert owner.get("/en/me/data").status_code == 200
    again = world.browser()
    assert "item--done" in again.launch(target=address_of(world, kind="check")).text
    # The account's other pages stay closed to whoever the platform says they are.
    assert again.client.get("/en/change-password").status_code == 302
    work(world)
    assert [one["userId"] for one in world.platform.scores] == ["u-1"]


def test_whoever_is_signed_in_is_asked_before_a_launch_touches_their_session(world: World) -> None:
    """They join, or go on apart; with the ticket alone, another browser goes nowhere."""
    owner = Visitor(world.app)
    owner.join("rami@example.org")
    browser = Launched(owner.client, world.platform, framed=False)
    page = browser.launch(target=address_of(world, kind="check"), locale="en")
    assert "Is this you?" in page.text and owner.is_signed_in
    ticket = hidden_fields(page.text)["ticket"]
    stranger = Visitor(world.app)
    sent = stranger.client.post("/en/launched/apart", data={"csrf_token": stranger.token(), "ticket": ticket})
    assert sent.status_code == 401
    apart = owner.client.post("/en/launched/apart", data=hidden_fields(page.text))
    assert apart.status_code == 303 and not owner.is_signed_in
    assert owner.get(apart.location).status_code == 200


def test_second_account_is_refused(world: World) -> None:
    """One person of a platform is one account here."""
    from coplearn.kernel.errors import Refused
    from coplearn.lti.service.launches import join_account
    from tests.cohorts.worlds import put_user

    world.browser().launch(target=address_of(world))
    with world.app.app_context():
        session = current_session(world.app)
        first, second = put_user(session, "a@example.org"), put_user(session, "b@example.org")
        join_account(session, 1, first, utcnow(), {})
        join_account(session, 1, first, utcnow(), {})
        try:
            join_account(session, 1, second, utcnow(), {})
        except Refused:
            return
        raise AssertionError("it was joined twice")


def test_leaving_closes_what_the_platform_opened(world: World) -> None:
    """Nobody who comes after sees anything of it."""
    browser = world.browser()
    browser.launch(target=address_of(world))
    page = browser.client.get("/en/launched/", headers=browser.headers)
    assert browser.client.post("/en/launched/leave", data=hidden_fields(page.text)).status_code == 303
    assert "learning_platforms" not in browser.client.get("/en/me/data").get_json()


def test_choosing_a_module_for_a_platforms_course(world: World) -> None:
    """The answer is signed with a key that we publish, keeps what the platform wants back, and what it names can be launched."""
    browser, platform, course = world.browser(), world.platform, the_course(world)
    preflight = browser.begin()
    page = browser.send(preflight, platform.token(preflight, choosing=True, roles=(TEACHER,)))
    assert page.status_code == 200 and course.modules[0].id in page.text
    choice = hidden_fields(page.text)["choice"]
    assert browser.client.post("/lti/choose", data={"choice": choice}).status_code == 422
    part = f"cop-parents/module/{course.modules[0].id}"
    answer = browser.client.post("/lti/choose", data={"choice": choice, "part": part})
    assert f"form-action 'self' {platform.url}" in answer.headers["Content-Security-Policy"]
    assert f'action="{platform.url}/chosen"' in answer.text
    signed = hidden_fields(answer.text)["JWT"]
    conf = _Conf(registration=platform.registration().set_tool_key_set(platform.tool_keys()))
    (item,) = conf.validate_deeplinking_resp({"JWT": signed})
    key = JWK(
        **next(one for one in platform.tool_keys()["keys"] if one["kid"] == jwt.get_unverified_header(signed)["kid"])
    )
    claims = jwt.decode(signed, key.export_to_pem(), algorithms=["RS256"], audience=platform.url)
    assert claims["https://purl.imsglobal.org/spec/lti-dl/claim/data"] == {"data": "keep-this"}
    assert (item["type"], item["lineItem"]["scoreMaximum"]) == ("ltiResourceLink", 100)
    assert world.browser().launch(target=item["url"]).status_code == 200


def test_made_up_choice_is_refused(world: World) -> None:
    """Nobody has us sign what no platform asked for."""
    client = world.app.test_client()
    assert client.post("/lti/choose", data={"choice": "made-up", "part": "cop-parents"}).status_code == 401
