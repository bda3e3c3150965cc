"""A server on this machine is told what happens in a cohort: signed, in order, again after a failure, and never of others."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select, text

from coplearn.accounts.models import User
from coplearn.api.hooks import Event
from coplearn.kernel.clock import utcnow
from coplearn.keys.ring import KeyPurpose
from coplearn.learning.models import Enrolment, Learner
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.webhooks.models import Webhook
from coplearn.webhooks.rules import EVENTS, GIVE_UP
from tests.accounts.persona import mails
from tests.api.worlds import ApiWorld, put_world
from tests.cohorts.worlds import put_cohort, put_member
from tests.conftest import MakeSite
from tests.webhooks.conftest import Listener, go_on


def add(world: ApiWorld, name: str, cohort: str = "{cohort}", role: str = "lead") -> str:
    """Put somebody on a list; their id."""
    added = world.ask(role, "POST", f"/cohorts/{cohort}/members", {"name": name})
    assert added.json is not None
    return str(added.json["id"])


def test_what_happens_is_told_once_signed_and_without_names(world: ApiWorld, listener: Listener) -> None:
    """Of one's own cohorts alone, from the subscription on; the signature is checked with nothing of ours."""
    add(world, "Before")
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]})
    assert made.status_code == 201, made.text
    assert made.json is not None
    members = [add(world, "Amina"), add(world, "Karim")]
    add(world, "Foreign", "{other_cohort}", "foreign-trainer")
    for _ in range(2):
        go_on(world.app, timedelta(minutes=1))
    told = [json.loads(body) for _, body in listener.told]
    assert [(one["type"], one["data"]["member"]) for one in told] == [("cohort.person-added", one) for one in members]
    assert "Amina" not in str(listener.told)
    key = base64.b64decode(made.json["secret"].removeprefix("whsec_"))
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(made.json["public_key"].removeprefix("whpk_")))
    for headers, body in listener.told:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        by_secret, by_key = headers["webhook-signature"].split(" ")
        assert by_secret == f"v1,{wanted}"
        public.verify(base64.b64decode(by_key.removeprefix("v1a,")), signed)  # raises where it is not good
    assert world.get("lead", f"/webhooks/{made.json['id']}").json["secret"] is None  # type: ignore[index] # a webhook


def test_renewed_key_signs_and_its_public_half_is_told(world: ApiWorld, listener: Listener) -> None:
    """Whoever reads the webhook again has the key with which the next message is checked; the secret stays."""
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]}).json
    assert made is not None
    site_of(world.app).keys.renew(KeyPurpose.WEBHOOKS)
    told = world.get("lead", f"/webhooks/{made['id']}").json
    assert told is not None and told["public_key"] != made["public_key"]
    add(world, "Amina")
    go_on(world.app, timedelta(minutes=1))
    [(headers, body)] = listener.told
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    raw = base64.b64decode(told["public_key"].removeprefix("whpk_"))
    signature = base64.b64decode(headers["webhook-signature"].partition(" v1a,")[2])
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, signed)  # raises where it is not good


def test_messages_go_out_where_no_key_was_given(make_app: MakeSite, listener: Listener) -> None:
    """The environment's keys may lack one for webhooks: then the secret alone signs."""
    world = put_world(make_app(second_factor_for="nobody", webhook_hosts=("127.0.0.1",), site_keys="{}"))
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]}).json
    assert made is not None and made["public_key"] is None
    add(world, "Amina")
    go_on(world.app, timedelta(minutes=1))
    assert [headers["webhook-signature"].count(",") for headers, _ in listener.told] == [1]


def finish(world: ApiWorld, email: str, *courses: str) -> None:
    """Have somebody finish those courses just now, all at one instant."""
    with world.app.app_context():
        session, now = current_session(world.app), utcnow()
        user_id = session.scalars(select(User.id).where(User.email == email)).one()
        learner = session.scalar(select(Learner).where(Learner.user_id == user_id))
        learner = learner or Learner(user_id=user_id, seed=1, created_at=now, seen_at=now)
        session.add(learner)
        session.flush()
        for course in courses:
            row = {"learner_id": learner.id, "course_id": course, "locale": "en", "started_at": now, "place_at": now}
            session.add(Enrolment(**row, finished_at=now))
        session.commit()


def test_finished_course_is_told_for_each_cohort_that_has_it(
    world: ApiWorld, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By ids alone, to whoever may see it, once each, however little is told at a time; no other course, and no stranger."""
    monkeypatch.setattr("coplearn.webhooks.queries.AT_ONCE", 3)
    monkeypatch.setattr("coplearn.webhooks.tasks.TURN", 0.0)
    finish(world, "lead@example.org", "cop-parents")
    wanted = {"url": listener.url, "events": ["course-finished"]}
    for role in ("coordinator", "foreign-trainer", "examiner"):
        made = world.ask(role, "POST", "/webhooks", wanted | {"url": f"{listener.url}?{role}"})
        assert made.status_code == 201, made.text
    with world.app.app_context():
        session = current_session(world.app)
        second = put_cohort(session, "MA")
        members = {world.names["member"], put_member(session, second, "trainee@example.org").public_id}
        put_member(session, second, "learner@example.org", state="withdrawn")
        session.commit()
    finish(world, "trainee@example.org", "cop-other", "cop-parents")
    finish(world, "learner@example.org", "cop-parents")
    for minutes in range(1, 8):
        go_on(world.app, timedelta(minutes=minutes))
    told = {headers["webhook-id"]: json.loads(body) for headers, body in listener.told}
    assert {one["type"] for one in told.values()} == {"cohort.course-finished"} and len(told) == 2
    assert {one["data"]["member"] for one in told.values()} == members
    assert {one["data"]["course"] for one in told.values()} == {"cop-parents"}
    assert "example.org" not in str(told)
    before = len(listener.told)
    go_on(world.app, timedelta(hours=1))
    assert len(listener.told) == before


def test_failure_is_tried_again_after_a_pause_under_the_same_number(world: ApiWorld, listener: Listener) -> None:
    """Nothing is sent before the pause is over, and nothing overtakes what failed."""
    world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]})
    members = [add(world, "Amina"), add(world, "Karim")]
    listener.answers = [500]
    go_on(world.app, timedelta(seconds=40))
    go_on(world.app, timedelta(seconds=50))
    assert len(listener.told) == 1
    go_on(world.app, timedelta(minutes=3))
    numbers = [headers["webhook-id"] for headers, _ in listener.told]
    assert [json.loads(body)["data"]["member"] for _, body in listener.told] == [members[0], *members]
    assert numbers[0] == numbers[1] != numbers[2]


def test_webhook_that_fails_too_often_is_stopped_with_a_letter_and_can_be_resumed(
    world: ApiWorld, listener: Listener
) -> None:
    """Whose it is and the administrator hear of it, once; resumed, it is told what it missed."""
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]}).json
    assert made is not None
    add(world, "Amina")
    listener.answers = [503] * GIVE_UP
    for hours in range(1, GIVE_UP + 3):
        go_on(world.app, timedelta(hours=13 * hours))
    assert len(listener.told) == GIVE_UP
    assert world.get("lead", f"/webhooks/{made['id']}").json["stopped_at"] is not None  # type: ignore[index] # a webhook
    letters = [one for one in mails(world.app) if listener.url in one.get_content()]
    assert sorted(str(one["To"]) for one in letters) == ["admin@example.org", "lead@example.org"]
    assert world.ask("lead", "POST", f"/webhooks/{made['id']}/resume").status_code == 200
    go_on(world.app, timedelta(hours=200))
    assert len(listener.told) == GIVE_UP + 1


def test_webhook_ends_with_the_rights_and_the_account_of_its_person(world: ApiWorld, listener: Listener) -> None:
    """Whoever no longer works in a cohort is told nothing of it; nor is anybody who was switched off."""
    world.ask("lead", "POST", "/webhooks", {"url": listener.url})
    world.ask("trainer", "POST", "/webhooks", {"url": listener.url})
    add(world, "Amina")
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(text("UPDATE cohort_staff SET ended_at = added_at WHERE role = 'lead'"))
        session.execute(text("UPDATE \"user\" SET active = false WHERE email = 'trainer@example.org'"))
        session.commit()
    go_on(world.app, timedelta(minutes=1))
    assert listener.told == []


def test_what_may_not_be_seen_does_not_stand_before_what_may(
    world: ApiWorld, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An examiner of one cohort, who is told of none of its people, leads another: they are told of that one's."""
    monkeypatch.setattr("coplearn.webhooks.queries.AT_ONCE", 2)
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(
            text(
                "UPDATE cohort_staff SET user_id = (SELECT id FROM \"user\" WHERE email = 'examiner@example.org')"
                " WHERE user_id = (SELECT id FROM \"user\" WHERE email = 'foreign-trainer@example.org')"
            )
        )
        session.commit()
    made = world.ask("examiner", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]})
    assert made.status_code == 201, made.text
    for name in ("Amina", "Karim", "Salma"):
        add(world, name)
    seen = add(world, "Ani", "{other_cohort}", "examiner")
    for _ in range(3):
        go_on(world.app, timedelta(minutes=1))
    assert [json.loads(body)["data"]["member"] for _, body in listener.told] == [seen]


def test_server_that_is_slow_keeps_nobody_else_waiting(
    world: ApiWorld, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When its turn is over, others come first, and it is told the rest afterwards; nothing is left out."""
    monkeypatch.setattr("coplearn.webhooks.tasks.TURN", 0.0)
    for role in ("lead", "trainer"):
        made = world.ask(role, "POST", "/webhooks", {"url": f"{listener.url}?{role}", "events": ["person-added"]})
        assert made.status_code == 201
    members = [add(world, "Amina"), add(world, "Karim")]
    for _ in range(3):
        go_on(world.app, timedelta(minutes=1))
    assert [json.loads(body)["data"]["member"] for _, body in listener.told] == [
        members[0], members[0], members[1], members[1],
    ]  # fmt: skip


def test_forgotten_webhook_is_told_nothing_else(world: ApiWorld, listener: Listener) -> None:
    """Not what its job had still to tell, either."""
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url, "events": ["person-added"]}).json
    assert made is not None
    for name in ("Amina", "Karim"):
        add(world, name)
    listener.meanwhile = lambda: world.ask("lead", "DELETE", f"/webhooks/{made['id']}")
    go_on(world.app, timedelta(minutes=1))
    assert world.get("lead", "/webhooks").json == {"items": []}
    assert len(listener.told) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/", "https://user@example.org/", "ftp://example.org/", "https://", "//example.org",
        "http://127.0.0.1.example.org/", "https://example.org/ x", "javascript:alert(1)", "http://localhost/",
    ],
)  # fmt: skip
def test_address_that_is_none(world: ApiWorld, url: str) -> None:
    """Plain http to others, credentials, other schemes."""
    assert world.ask("lead", "POST", "/webhooks", {"url": url}).status_code == 422


def test_private_network_is_never_asked(make_app: MakeSite, listener: Listener) -> None:
    """An https address that leads to this machine is taken, because its name may mean anything, and never connected to; a name
    that nothing can have is a failure like any other."""
    world = put_world(make_app(second_factor_for="nobody"))
    port = listener.url.rpartition(":")[2].partition("/")[0]
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "169.254.169.254", "[::1]", "a..b", f"{'a' * 64}.org"):
        made = world.ask("lead", "POST", "/webhooks", {"url": f"https://{host}/", "events": ["person-added"]})
        assert made.status_code == 201
    add(world, "Amina")
    go_on(world.app, timedelta(minutes=1))
    assert listener.told == []
    with world.app.app_context():
        assert current_session(world.app).scalars(select(Webhook.failures)).all() == [1] * 6


def test_description_names_every_event() -> None:
    """What can be asked for is what is told."""
    assert get_args(Event) == EVENTS


def test_others_webhooks_are_none(world: ApiWorld, listener: Listener) -> None:
    """Not to be read, resumed or forgotten; a learner makes none; whose it is forgets it."""
    made = world.ask("lead", "POST", "/webhooks", {"url": listener.url}).json
    assert made is not None
    address = f"/webhooks/{made['id']}"
    assert world.ask("learner", "POST", "/webhooks", {"url": listener.url}).status_code == 404
    assert world.get("admin", address).status_code == 404
    assert world.ask("admin", "POST", f"{address}/resume").status_code == 404
    assert world.ask("admin", "DELETE", address).status_code == 404
    assert world.ask("lead", "DELETE", address).status_code == 204
    assert world.get("lead", "/webhooks").json == {"items": []}
    with world.app.app_context():
        assert current_session(world.app).scalars(select(User.id)).first() is not None
