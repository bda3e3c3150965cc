"""Administrators register platforms, by hand or by an invitation, see what goes back, and renew the key; nobody else does."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from coplearn.accounts.models import User
from coplearn.accounts.service import grant_role
from coplearn.kernel.clock import utcnow
from coplearn.kernel.words import Role
from coplearn.learning.models import Learner
from coplearn.lti.guards import launch_parts
from coplearn.lti.models import LtiPlatform
from coplearn.lti.queries import keys, signing_key
from coplearn.lti.service import launches, platforms
from coplearn.storage.database import current_session
from tests.accounts.persona import hidden_fields
from tests.cohorts.worlds import put_user, signed_in_client
from tests.lti.conftest import World
from tests.lti.platform import CLIENT, pem_pair
from tests.lti.test_launching import address_of
from tests.lti.test_scores import do, the_course, work

BASE = "/en/settings/platforms/"


def an_admin(world: World) -> FlaskClient:
    """A browser in which an administrator is signed in."""
    with world.app.app_context():
        session = current_session(world.app)
        user_id = put_user(session, "admin@example.org")
        grant_role(session, "admin@example.org", Role.ADMIN)
        session.commit()
        key = session.get_one(User, user_id).fs_uniquifier
    return signed_in_client(world.app, key)


def send(client: FlaskClient, path: str, page: str = "", **typed: str) -> tuple[int, str]:
    """Send a form from its page; the status and what came."""
    fields = hidden_fields(client.get(page or path).text)
    answer = client.post(path, data={**fields, **typed})
    return answer.status_code, answer.text


def test_platform_is_registered_by_hand(world: World) -> None:
    """What is wrong is said at its field, what was typed stays, and the same platform is not registered twice."""
    admin = an_admin(world)
    page = admin.get(BASE).text
    for own in ("/lti/launch", "/lti/login", "/lti/keys"):
        assert own in page
    # Of seven fields only the audience may stay empty, and the form says so of no other.
    assert admin.get(f"{BASE}new").text.count("you may leave this empty") == 1
    url = "https://moodle.example.org"
    typed = {
        "name": "School <b>",
        "issuer": url,
        "client_id": "abc",
        "login_url": "javascript:alert(1)",
        "token_url": f"{url}/mod/lti/token.php",
        "keys_url": f"{url}/mod/lti/certs.php",
    }
    status, text = send(admin, f"{BASE}new", **typed)
    assert status == 422 and "begins with https://" in text and "School &lt;b&gt;" in text
    typed["login_url"] = f"{url}/mod/lti/auth.php"
    assert send(admin, f"{BASE}new", **typed)[0] == 303
    status, text = send(admin, f"{BASE}new", **typed)
    assert status == 422 and "registered already" in text
    with world.app.app_context():
        number = current_session(world.app).scalars(select(LtiPlatform.id).where(LtiPlatform.client_id == "abc")).one()
    one = f"{BASE}{number}"
    assert send(admin, f"{one}/deployments", one, deployment_id="7")[0] == 303
    assert send(admin, f"{one}/edit", name="The school", **{k: v for k, v in typed.items() if k != "name"})[0] == 303
    page = admin.get(one).text
    assert "The school" in page and ">7<" in page
    assert send(admin, f"{one}/remove", one)[0] == 303
    assert admin.get(one).status_code == 404


def test_invited_platform_registers_itself(world: World) -> None:
    """In the shape that Moodle gives: the platform learns our addresses, we learn its own, once, and a launch works."""
    admin, platform = an_admin(world), world.platform
    text = send(admin, f"{BASE}invite", BASE)[1]
    path = text.partition("http://127.0.0.1:8000/lti/register/")[2].partition("<")[0]
    address = f"/lti/register/{path}?openid_configuration={platform.url}/.well-known/openid-configuration&registration_token=tok"
    visitor = world.app.test_client()
    page = visitor.get(address)
    assert page.status_code == 200 and f"frame-ancestors {platform.url}" in page.headers["Content-Security-Policy"]
    assert platform.registered == {}
    done = visitor.post(f"/lti/register/{path}", data=hidden_fields(page.text))
    assert done.status_code == 200 and "data-closes-registration" in done.text
    assert platform.registered["redirect_uris"] == ["http://127.0.0.1:8000/lti/launch"]
    assert platform.registered["initiate_login_uri"] == "http://127.0.0.1:8000/lti/login"
    assert platform.registered["jwks_uri"] == "http://127.0.0.1:8000/lti/keys"
    assert platform.registered["token"] == "Bearer tok"
    assert "lti-ags/scope/score" in platform.registered["scope"]
    claims = platform.registered["https://purl.imsglobal.org/spec/lti-tool-configuration"]["claims"]
    assert claims == ["sub"]
    with world.app.app_context():
        found = current_session(world.app).scalars(select(LtiPlatform).where(LtiPlatform.client_id == "given-1")).one()
        assert (found.issuer, found.keys_url) == (platform.url, f"{platform.url}/jwks")
        assert found.name == "127.0.0.1 (moodle)"
    assert visitor.get(address).status_code == 401
    assert visitor.post(f"/lti/register/{path}", data=hidden_fields(page.text)).status_code == 401


def test_answer_that_nests_without_end_is_no_fault_of_ours(world: World) -> None:
    """Of a platform that registers, and of one whose keys are asked for: refused with a sentence."""
    admin, platform = an_admin(world), world.platform
    text = send(admin, f"{BASE}invite", BASE)[1]
    path = text.partition("http://127.0.0.1:8000/lti/register/")[2].partition("<")[0]
    visitor = world.app.test_client()
    page = visitor.get(f"/lti/register/{path}?openid_configuration={platform.url}/deep")
    done = visitor.post(f"/lti/register/{path}", data=hidden_fields(page.text))
    assert 400 <= done.status_code < 500 and platform.registered == {}
    with world.app.app_context():
        current_session(world.app).execute(update(LtiPlatform).values(keys_url=f"{platform.url}/deep"))
        current_session(world.app).commit()
    assert "/deep" in platform.asked
    page = world.browser().launch(target=address_of(world), locale="en")
    assert page.status_code in (401, 503) and platform.asked.count("/deep") == 2


def test_registration_goes_nowhere_without_an_invitation(world: World) -> None:
    """No request leaves for an address that a stranger names."""
    visitor, platform = world.app.test_client(), world.platform
    address = f"{platform.url}/.well-known/openid-configuration"
    assert visitor.post("/lti/register/made-up", data={"openid_configuration": address}).status_code == 401
    assert visitor.get(f"/lti/register/made-up?openid_configuration={address}").status_code == 401
    assert platform.asked == []


def test_closed_platform_opens_nothing_and_a_removed_one_takes_its_people_along(world: World) -> None:
    """Closed, it can be opened again; removed, what it sent is gone."""
    admin = an_admin(world)
    one = f"{BASE}{world.platform_id}"
    world.browser().launch(target=address_of(world))
    assert send(admin, f"{one}/open", one, open="no")[0] == 303
    said = {"iss": world.platform.url, "client_id": CLIENT, "login_hint": "u-1"}
    refused = world.app.test_client().post("/lti/login", data=said)
    assert refused.status_code == 401 and "at the moment" in refused.text
    assert "frame-ancestors 'none'" in refused.headers["Content-Security-Policy"]
    assert send(admin, f"{one}/open", one, open="yes")[0] == 303
    assert world.browser().launch(target=address_of(world)).status_code == 200
    assert send(admin, f"{one}/remove", one)[0] == 303
    with world.app.app_context():
        assert current_session(world.app).scalar(select(func.count(Learner.id))) == 0


def test_people_of_a_course_are_shown_and_not_kept(world: World) -> None:
    """As the platform names them now, with what they came to; and which scores are back."""
    admin, browser, course = an_admin(world), world.browser(), the_course(world)
    browser.launch(target=address_of(world, kind="check"))
    do(browser.client, course, course.items[course.checks[0]])
    work(world)
    one = f"{BASE}{world.platform_id}"
    page = admin.get(one).text
    assert "1 score sent" in page and "Parents, autumn" in page
    people = admin.get(f"{one}/links/1/people").text
    assert "Amina Example" in people and "100 percent" in people
    assert "Rami Example" in people and "Not active there" in people
    assert "Amina" not in admin.get(one).text


def test_key_is_published_before_it_signs_and_after(world: World) -> None:
    """A platform that looks at our keys now and then never meets a signature whose key it cannot find."""
    with world.app.app_context():
        session, now = current_session(world.app), utcnow()
        first = signing_key(session, now)
        assert first is not None
        name = first.kid

        def make() -> tuple[str, str, dict[str, object]]:
            private, public = pem_pair("second")
            return private, public, {"kid": "second", "kty": "RSA"}

        seal = launch_parts().seal
        platforms.renew_keys(session, seal, make, now)
        assert [row.kid for row in keys(session)] == [name]
        platforms.renew_keys(session, seal, make, now, asked=True)
        assert [row.kid for row in keys(session)] == [name, "second"]
        assert (signing_key(session, now) or first).kid == name
        later = now + timedelta(days=2)
        assert (signing_key(session, later) or first).kid == "second"
        platforms.renew_keys(session, seal, make, later)
        assert len(keys(session)) == 2
        platforms.renew_keys(session, seal, make, now + timedelta(days=40))
        assert [row.kid for row in keys(session)] == ["second"]
        assert pem_pair("second")[0] not in keys(session)[0].sealed
        session.commit()
    assert [one["kid"] for one in world.app.test_client().get("/lti/keys").get_json()["keys"]] == ["second"]


def test_launched_people_are_forgotten_like_visitors(world: World) -> None:
    """Once no platform has sent them for so long; whoever came back stays."""
    for user in ("u-1", "u-2"):
        world.browser().launch(target=address_of(world), user=user)
    with world.app.app_context():
        session, now = current_session(world.app), utcnow()
        launches.forget_launched(session, now - timedelta(days=1), now)
        assert session.scalar(select(func.count(Learner.id))) == 2
        launches.forget_launched(session, now + timedelta(seconds=1), now)
        assert session.scalar(select(func.count(Learner.id))) == 0
        session.commit()
