"""Keys, lists, changes and refusals of the API, as a program meets them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text, update

from coplearn.accounts.models import User
from coplearn.audit.models import AuditEvent
from coplearn.kernel.clock import utcnow
from coplearn.site import site_of
from coplearn.storage.database import current_session
from coplearn.tokens.models import ApiToken
from coplearn.tokens.rules import MOST_SHORT, TokenKind
from tests.api.worlds import ApiWorld, give_key, put_world
from tests.cohorts.worlds import put_cohort, put_member, put_staff, signed_in_client
from tests.conftest import MakeSite, settings_in, sites

PERSON = {"name": "Amina", "email": "amina@example.org"}


@pytest.fixture
def world(app: Flask) -> ApiWorld:
    """A scene with keys; every site here has none but second factors for nobody."""
    return put_world(app)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorld]:
    """The same, shared by the tests that change nothing."""
    with sites(settings_in(tmp_path_factory.mktemp("api"))) as make:
        yield put_world(make(second_factor_for="nobody"))


@pytest.fixture
def app(make_app: MakeSite) -> Flask:
    """A site that asks nobody for a second factor: who has one is tested by itself."""
    return make_app(second_factor_for="nobody")


def test_description_is_open_and_valid(seen: ApiWorld) -> None:
    """OpenAPI 3.1, by the judgement of a validator that is not ours; every operation is in it."""
    found = seen.app.test_client().get("/api/v1/openapi.json").json
    assert found is not None
    # Loaded by this test alone: it takes seconds.
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    validate(found, cls=OpenAPIV31SpecValidator)
    described = {one["operationId"] for path in found["paths"].values() for one in path.values()}
    rules = {
        rule.endpoint.partition(".")[2] for rule in seen.app.url_map.iter_rules() if rule.endpoint.startswith("api.")
    }
    assert described == rules - {"description"}


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": utcnow() - timedelta(minutes=1)},
        {"until": utcnow() - timedelta(minutes=1)},
        {"kind": TokenKind.CLIENT},
    ],
)
def test_key_that_ended_opens_nothing(world: ApiWorld, change: dict[str, object]) -> None:
    """Taken back, too old, or a client's own secret."""
    assert world.get("lead", "/me").status_code == 200
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(update(ApiToken).values(**change))
        session.commit()
    refused = world.get("lead", "/me")
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_person_who_is_switched_off_has_no_key(world: ApiWorld) -> None:
    """At the very next request."""
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(update(User).where(User.email == "lead@example.org").values(active=False))
        session.commit()
    assert world.get("lead", "/me").status_code == 401
    assert world.get("trainer", "/me").status_code == 200


def test_role_that_ended_is_gone_from_the_key(world: ApiWorld) -> None:
    """A key has what its person has at this moment."""
    assert world.get("coordinator", "/cohorts/{cohort}").status_code == 200
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(text('DELETE FROM "grant"'))
        session.commit()
    assert world.get("coordinator", "/cohorts/{cohort}").status_code == 404


def test_cookie_opens_nothing_and_is_not_set(seen: ApiWorld) -> None:
    """A browser that is signed in is nobody to the API, so there is nothing to forge; and no answer sets a cookie."""
    with seen.app.app_context():
        session = current_session(seen.app)
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "lead@example.org")).one()
    browser = signed_in_client(seen.app, key)
    assert browser.get("/en/cohorts/").status_code == 200
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.post("/api/v1/cohorts", json={}).status_code == 401
    assert "Set-Cookie" not in seen.get("lead", "/me").headers


def test_scope_that_the_key_lacks(world: ApiWorld) -> None:
    """Named in the sentence; what it has is open."""
    with world.app.app_context():
        session = current_session(world.app)
        lead = session.scalars(select(User.id).where(User.email == "lead@example.org")).one()
        world.keys["lead"] = give_key(world.app, lead, ("cohorts:read",)).secret
        session.commit()
    assert world.get("lead", "/cohorts/{cohort}").status_code == 200
    refused = world.get("lead", "/cohorts/{cohort}/members")
    assert refused.status_code == 403
    assert "people:read" in refused.json["detail"]  # type: ignore[index] # a problem


def test_staff_without_second_factor_open_nothing_of_their_work(make_app: MakeSite) -> None:
    """Where the site asks for one; what is their own stays open."""
    world = put_world(make_app(second_factor_for="staff"))
    assert world.get("coordinator", "/cohorts").status_code == 403
    assert world.get("coordinator", "/me/progress").status_code == 200
    assert world.get("learner", "/cohorts").status_code == 200


def test_refusal_speaks_the_callers_language(seen: ApiWorld) -> None:
    """As Accept-Language says, with the language named."""
    refused = seen.get("lead", "/cohorts/none", Accept_Language="fr")
    assert (refused.status_code, refused.content_type) == (404, "application/problem+json")
    assert refused.headers["Content-Language"] == "fr"
    assert refused.json is not None
    assert refused.json["title"] == "Il n’y a pas de page à cette adresse"


def test_pages_of_a_list_hold_everybody_once_while_people_join(world: ApiWorld) -> None:
    """Whoever joins meanwhile moves nobody to another page; a cursor that was made up or is another list's leads nowhere."""
    with world.app.app_context():
        session = current_session(world.app)
        cohort = put_cohort(session)
        put_staff(session, cohort, "lead@example.org", "lead")
        for number in range(5):
            put_member(session, cohort, None, name=f"Person {number}")
        session.commit()
        address = f"/cohorts/{cohort.public_id}/members"
    seen, cursor = list[str](), ""
    for _ in range(3):
        page = world.get("lead", f"{address}?limit=2{cursor}").json
        assert page is not None
        seen += [one["name"] for one in page["items"]]
        cursor = f"&cursor={page['next']}"
        world.ask("lead", "POST", address, {"name": "Aaron", "email": f"aaron{len(seen)}@example.org"})
    assert page is not None
    assert seen == [f"Person {number}" for number in range(5)]
    assert page["next"] is None
    first = world.get("lead", f"{address}?limit=2").json
    assert first is not None
    for bad in ("made-up", first["next"][::-1]):
        assert world.get("lead", f"{address}?cursor={bad}").status_code == 400
    assert world.get("lead", f"/cohorts?cursor={first['next']}").status_code == 400
    assert world.get("lead", f"{address}?limit=201").status_code == 400


def test_post_sent_twice_is_done_once(world: ApiWorld) -> None:
    """The second answer is as the first; the same key with something else in it is refused, and changes nothing."""
    address = "/cohorts/{cohort}/members"
    first = world.ask("lead", "POST", address, PERSON, Idempotency_Key="k1")
    again = world.ask("lead", "POST", address, PERSON, Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json == again.json
    assert first.headers["Location"] == again.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    other = world.ask("lead", "POST", address, PERSON | {"name": "Amal"}, Idempotency_Key="k1")
    assert other.status_code == 422
    others = world.ask("trainer", "POST", address, PERSON | {"email": "x@example.org"}, Idempotency_Key="k1")
    assert others.status_code == 201, "the key is another person's"
    assert first.json is not None
    assert world.ask("lead", "GET", address).json["items"][0]["name"] == "Amina"  # type: ignore[index] # a page


def test_change_is_made_from_what_stands(world: ApiWorld) -> None:
    """Without a version 428, from an older one 412 and nothing changed, from the newest it is made and told anew."""
    address = "/cohorts/{cohort}"
    read = world.get("lead", address)
    assert world.get("lead", address, If_None_Match=read.headers["ETag"]).status_code == 304
    assert world.ask("lead", "PATCH", address, {"title": "Fes"}).status_code == 428
    changed = world.ask("lead", "PATCH", address, {"title": "Fes"}, If_Match=read.headers["ETag"])
    assert (changed.status_code, changed.json["title"]) == (200, "Fes")  # type: ignore[index] # a cohort
    late = world.ask("lead", "PATCH", address, {"title": "Tangier"}, If_Match=read.headers["ETag"])
    assert late.status_code == 412
    now = world.get("lead", address)
    assert now.json["title"] == "Fes"  # type: ignore[index] # a cohort
    assert now.headers["ETag"] == changed.headers["ETag"]
    wrong = world.ask("lead", "PATCH", address, {"title": ""}, If_Match=now.headers["ETag"])
    assert wrong.status_code == 422
    assert wrong.json["errors"][0]["field"] == "title"  # type: ignore[index] # a problem


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "A", "card": "x"}, 422, "extra_forbidden"),
        ({"name": 7}, 422, "string_type"),
        ({}, 422, "missing"),
        ({"name": "a\0b"}, 422, "value_error"),
        (["name"], 400, None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(
    seen: ApiWorld, body: object, status: int, code: str | None
) -> None:
    """Unknown fields, other types, what is missing, and what is no object."""
    refused = seen.ask("lead", "POST", "/cohorts/{cohort}/members", body)
    assert refused.status_code == status
    assert refused.json is not None
    assert [one["code"] for one in refused.json.get("errors", [])] == ([code] if code else [])


def test_cohort_from_opening_to_a_mark(world: ApiWorld) -> None:
    """A coordinator opens a cohort, puts somebody on its list, plans a meeting that is on now, and marks who came."""
    details = {
        "kind": "audience-training",
        "title": "Teachers of Fes",
        "country": "MA",
        "languages": ["ar"],
        "time_zone": "UTC",
        "course_ids": ["cop-parents"],
        "capacity": 5,
    }
    opened = world.ask("coordinator", "POST", "/cohorts", details)
    assert opened.status_code == 201, opened.text
    address = opened.headers["Location"].removeprefix("/api/v1")
    member = world.ask("coordinator", "POST", f"{address}/members", {"name": "Amina"})
    assert (member.status_code, member.json["state"]) == (201, "active")  # type: ignore[index] # a member
    now = utcnow()
    first = world.get("learner", "/courses/cop-parents").json["modules"][0]["id"]  # type: ignore[index] # a course
    topics = [{"course": "cop-parents", "module": first}]
    begins, ends = (f"{(now + timedelta(minutes=minutes)):%H:%M}" for minutes in (0, 60))
    meeting = world.ask(
        "coordinator",
        "POST",
        f"{address}/meetings",
        {"title": "Day one", "day": f"{now:%Y-%m-%d}", "begins": begins, "ends": ends, "topics": topics},
    )
    assert meeting.json is not None and meeting.json["topics"] == topics
    assert meeting.status_code == 201, meeting.text
    marks = f"{meeting.headers['Location'].removeprefix('/api/v1')}/marks"
    sent = {"marks": [{"id": "m-1", "member": member.json["id"], "mark": "present"}]}  # type: ignore[index] # as above
    first = world.ask("coordinator", "POST", marks, sent)
    again = world.ask("coordinator", "POST", marks, sent)
    assert (first.json["taken"], again.json["taken"]) == (1, 0)  # type: ignore[index] # as above
    register = world.get("coordinator", marks).json
    assert register is not None
    assert [(one["name"], one["mark"], one["version"]) for one in register["items"]] == [("Amina", "present", 1)]


def test_reads_and_deeds_stand_in_the_audit_log_with_the_key(world: ApiWorld) -> None:
    """As on the pages, by the number of the key; a second reading within the hour is not written again."""
    for _ in range(2):
        assert world.get("lead", "/cohorts/{cohort}/members").status_code == 200
    assert world.ask("lead", "POST", "/cohorts/{cohort}/members", PERSON).status_code == 201
    with world.app.app_context():
        session = current_session(world.app)
        lead = session.scalars(select(User.id).where(User.email == "lead@example.org")).one()
        key = session.scalars(select(ApiToken.public_id).where(ApiToken.user_id == lead)).one()
        events = session.execute(
            select(AuditEvent.kind, AuditEvent.who, AuditEvent.session).where(AuditEvent.session == key)
        ).all()
    assert [tuple(one) for one in events] == [
        ("people-read", f"user:{lead}", key),
        ("member-added", f"user:{lead}", key),
    ]


def test_client_gets_a_key_for_an_hour(world: ApiWorld) -> None:
    """With its name and secret, within its scopes; a wrong secret gets none, and of a client that was taken back all ends."""
    with world.app.app_context():
        session = current_session(world.app)
        admin = session.scalars(select(User.id).where(User.email == "admin@example.org")).one()
        made = give_key(world.app, admin, ("cohorts:read", "courses:read"), TokenKind.CLIENT)
        name, secret = made.token.public_id, made.secret
        session.commit()

    def ask(password: str, **fields: str):  # type: ignore[no-untyped-def] # a test's answer
        form = {"grant_type": "client_credentials", "scope": "cohorts:read people:read"} | fields
        return world.client.post("/api/v1/oauth/token", data=form, auth=(name, password))

    given = ask(secret)
    assert given.status_code == 200
    assert given.json["scope"] == "cohorts:read"
    assert 3_500 < given.json["expires_in"] <= 3_600
    world.keys["program"] = given.json["access_token"]
    assert world.get("program", "/cohorts").status_code == 200
    assert world.get("program", "/courses").status_code == 403
    assert ask(world.keys["lead"]).json == {"error": "invalid_client"}
    assert ask(secret, grant_type="password").json == {"error": "unsupported_grant_type"}
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(update(ApiToken).where(ApiToken.public_id == name).values(revoked_at=utcnow()))
        session.commit()
    assert world.get("program", "/cohorts").status_code == 401
    assert ask(secret).status_code == 401


@time_machine.travel(utcnow(), tick=False)  # with the end of a minute what was counted in it ends
def test_key_that_asks_too_often_waits(make_app: MakeSite) -> None:
    """How often it may still ask stands on every answer; then 429 with when to come back, for this key alone."""
    world = put_world(make_app(second_factor_for="nobody", rate_limits=True))
    first = world.get("lead", "/me")
    assert first.headers["RateLimit-Policy"] == '"default";q=600;w=60'
    assert first.headers["RateLimit"].startswith('"default";r=599;t=')
    with world.app.app_context():
        session = current_session(world.app)
        session.execute(text("UPDATE rate_limit SET count = count + 700"))
        session.commit()
    for _ in range(20):
        answer = world.get("lead", "/me")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 60
    assert world.get("trainer", "/me").status_code == 200


def test_client_asks_no_oftener_with_more_keys_and_leaves_no_heap_of_them(make_app: MakeSite) -> None:
    """All that it got are counted as one, and the oldest ends when there are many."""
    world = put_world(make_app(second_factor_for="nobody", rate_limits=True))
    with world.app.app_context():
        session = current_session(world.app)
        admin = session.scalars(select(User.id).where(User.email == "admin@example.org")).one()
        made = give_key(world.app, admin, ("cohorts:read",), TokenKind.CLIENT)
        proof = made.token.public_id, made.secret
        session.commit()

    def new_key() -> str:
        given = world.client.post("/api/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=proof)
        assert given.status_code == 200, given.text
        return str(given.json["access_token"])  # type: ignore[index] # a key

    world.keys["first"] = new_key()
    assert "r=599;" in world.get("first", "/me").headers["RateLimit"]
    world.keys["second"] = new_key()
    assert "r=598;" in world.get("second", "/me").headers["RateLimit"]
    for _ in range(MOST_SHORT - 1):
        world.keys["last"] = new_key()
    assert [world.get(role, "/me").status_code for role in ("first", "second", "last")] == [401, 200, 200]


def test_reports_are_of_ones_own_countries(seen: ApiWorld) -> None:
    """The report of a period as tables, with for whom it is; another's country is none, and a wrong day has its sentence."""
    found = seen.get("coordinator", "/reports/period?from=2026-01-01&to=2026-12-31").json
    assert found is not None
    assert found["tables"]
    assert found["mark"]
    assert seen.get("coordinator", "/reports/period?country=AM").status_code == 404
    assert seen.get("lead", "/reports/period").status_code == 404
    wrong = seen.get("coordinator", "/reports/period?from=2026-12-31&to=2026-01-01")
    assert wrong.status_code == 422
    assert wrong.json["errors"]  # type: ignore[index] # a problem


def test_own_progress_is_what_my_learning_says(world: ApiWorld) -> None:
    """A learner who did one step finds it, in the list and in the course."""
    with world.app.app_context():
        session = current_session(world.app)
        key = session.scalars(select(User.fs_uniquifier).where(User.email == "learner@example.org")).one()
    course = next(one for one in world.get("learner", "/courses").json["items"] if one["id"] == "cop-parents")  # type: ignore[index] # courses
    browser = signed_in_client(world.app, key)
    page = browser.get("/en/help").text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    held = site_of(world.app).library.current().courses["cop-parents"]
    first = next(iter(held.items.values()))
    assert browser.post(f"/en/c/{held.code}/{first.code}", data={"csrf_token": token}).status_code == 303
    listed = world.get("learner", "/me/progress").json
    assert listed is not None
    assert [(one["course"], one["items_done"]) for one in listed["items"]] == [("cop-parents", 1)]
    steps = world.get("learner", "/me/progress/cop-parents").json
    assert steps is not None
    assert [one["item"] for one in steps["steps"]] == [first.id] == course["modules"][0]["items"][:1]
    assert world.get("trainee", "/me/cohorts").json["items"][0]["member"] == world.names["member"]  # type: ignore[index] # seats
