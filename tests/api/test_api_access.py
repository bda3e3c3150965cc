"""The API opens what the pages open, to the same people: each operation is held against the page's row in the table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from coplearn.accounts.models import User
from coplearn.api.operations import REGISTRY
from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.tokens.models import ApiToken
from coplearn.tokens.rules import TokenKind, TokenScope, new_secret
from tests.api.worlds import ALL, ApiWorld, give_key, put_world
from tests.cohorts.whole.test_cohort_access import OPENERS, ROLES, SIGNED_IN, TABLE
from tests.conftest import MakeSite, settings_in, sites
from tests.contracts.access_table import TABLE as PAGES_TABLE
from tests.contracts.test_access import ROLES as PAGES_ROLES

PAGES = {
    "list_cohorts": "cohorts.home",
    "read_cohort": "cohorts.cohort",
    "open_cohort": "cohorts.open_new",
    "change_cohort": "cohorts.change",
    "move_cohort": "cohorts.move",
    "list_meetings": "cohorts.meetings",
    "read_meeting": "cohorts.meetings",
    "plan_meeting": "cohorts.plan_meeting",
    "change_meeting": "cohorts.change_meeting",
    "cancel_meeting": "cohorts.set_meeting_state",
    "list_marks": "cohorts.register",
    "send_marks": "cohorts.send_marks",
    "list_members": "cohorts.people",
    "read_member": "cohorts.person",
    "add_member": "cohorts.add_person",
    "correct_member": "cohorts.correct_person",
    "change_member": "cohorts.change_person",
    "download_roster": "cohorts.download_people",
    "list_outcomes": "cohorts.outcomes",
    "read_outcome": "cohorts.outcome",
    "decide_outcome": "cohorts.decide",
    "read_period_report": "insights.report",
    "read_edition": "insights.edition",
}
"""The page whose verb each operation calls."""
OF_EVERYBODY = {
    "list_courses", "read_course", "read_me", "list_my_progress", "read_my_progress", "list_my_certificates",
    "list_my_seats",
}  # fmt: skip
OPEN = {"give_key"}
OWN = {"list_webhooks", "read_webhook", "make_webhook", "end_webhook", "resume_webhook"}
"""What is each one's own, and who may make one: tests/webhooks."""
MAY = {row.endpoint: row.may for row in TABLE}
SENT: dict[str, object] = {
    "open_cohort": {"title": ""},
    "change_cohort": {},
    "move_cohort": {"state": "running"},
    "plan_meeting": {"title": "", "day": "2026-12-01", "begins": "09:00", "ends": "10:00"},
    "change_meeting": {},
    "cancel_meeting": {"cancelled": False},
    "send_marks": {"marks": [{"id": "one", "member": "none", "mark": "present"}]},
    "add_member": {"name": ""},
    "correct_member": {},
    "change_member": {"do": "approve"},
    "decide_outcome": {"outcome": "certified"},
}
"""What does no harm: a change of nothing, or one that is refused by its law (422, and not 404)."""
VALUES = {"cohort_id": "{cohort}", "meeting_id": "{meeting}", "member_id": "{member}", "course_id": "cop-parents"}


RUNNERS = ("trainee", "lead", "coordinator", "examiner")
"""People of the one cohort, who try the other."""
ENDED: dict[str, dict[str, object]] = {
    "taken back": {"revoked_at": utcnow() - timedelta(minutes=1)},
    "too old": {"until": utcnow() - timedelta(minutes=1)},
    "a client's own secret": {"kind": TokenKind.CLIENT},
}
"""What became of keys of somebody who may do everything."""
KEYS = (*ENDED, "made up", "of another scope")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiWorld]:
    """The scene; everything that is sent leaves it as it was."""
    with sites(settings_in(tmp_path_factory.mktemp("api-access"))) as make:
        yield put_world(make(second_factor_for="nobody"))


def test_every_operation_has_a_page() -> None:
    """A new one without it fails here."""
    assert PAGES.keys() | OF_EVERYBODY | OPEN | OWN == REGISTRY.keys()


@pytest.mark.parametrize("name", [*PAGES, *sorted(OF_EVERYBODY)])
def test_operation_opens_to_whom_its_page_opens(world: ApiWorld, name: str) -> None:
    """Role by role; for everybody else there is no such thing, and without a key nobody is told anything."""
    one = REGISTRY[name]
    may = MAY[PAGES[name]] if name in PAGES else SIGNED_IN
    path = one.path
    for value, filled in VALUES.items():
        path = path.replace(f"<{value}>", filled)
    found = {}
    changes = {"If_Match": "*"} if one.method == "PATCH" else {}
    for role in ROLES:
        answer = world.ask(role, one.method, path, SENT.get(name), **changes)
        found[role] = answer.status_code
    opened = {role for role, status in found.items() if status in (200, 422)}
    assert opened == set(may), found
    assert {status for role, status in found.items() if role not in may} <= {401, 404}
    assert found["visitor"] == 401


@pytest.mark.parametrize("name", [name for name in PAGES if "<cohort_id>" in REGISTRY[name].path])
def test_another_cohort_is_none(world: ApiWorld, name: str) -> None:
    """Whoever runs the one finds nothing of the other, by any operation."""
    one = REGISTRY[name]
    path = one.path.replace("<cohort_id>", "{other_cohort}")
    for value, filled in VALUES.items():
        path = path.replace(f"<{value}>", filled)
    for role in RUNNERS:
        assert world.ask(role, one.method, path, SENT.get(name), If_Match="*").status_code == 404


@pytest.fixture(scope="module")
def keys(world: ApiWorld) -> ApiWorld:
    """The same scene with the keys of :data:`KEYS`, all of an administrator."""
    secrets = {"made up": new_secret()}
    with world.app.app_context():
        session = current_session(world.app)
        admin = session.scalars(select(User.id).where(User.email == "admin@example.org")).one()
        secrets["of another scope"] = give_key(world.app, admin, (TokenScope.WEBHOOKS.value,)).secret
        for name, change in ENDED.items():
            made = give_key(world.app, admin, ALL)
            session.execute(update(ApiToken).where(ApiToken.public_id == made.token.public_id).values(**change))
            secrets[name] = made.secret
        session.commit()
    return ApiWorld(world.app, secrets, world.names)


@pytest.mark.parametrize("key", KEYS)
def test_key_that_is_not_good_opens_no_operation(keys: ApiWorld, key: str) -> None:
    """Nothing is told to whoever holds it, though its person may do everything."""
    status = 403 if key == "of another scope" else 401
    found, wanted = {}, {}
    for name in (*PAGES, *OF_EVERYBODY):
        path = REGISTRY[name].path
        for value, filled in VALUES.items():
            path = path.replace(f"<{value}>", filled)
        found[name] = keys.ask(key, REGISTRY[name].method, path, SENT.get(name), If_Match="*").status_code
        wanted[name] = 200 if status == 403 and REGISTRY[name].scope is None else status
    assert found == wanted


def test_cells_are_more_than_five_thousand() -> None:
    """Rows of pages, exports, feeds and files by who asks, and operations by who asks, by whose they are and by what key."""
    pages = len(PAGES_TABLE) * len(PAGES_ROLES) + len(TABLE) * len(ROLES)
    elsewhere = sum("<cohort_id>" in REGISTRY[name].path for name in PAGES) * len(RUNNERS)
    assert pages + (len(PAGES) + len(OF_EVERYBODY)) * (len(ROLES) + len(KEYS)) + elsewhere > 5_200


def test_openers_are_who_opens(make_app: MakeSite) -> None:
    """A trainer without a right opens nothing by the API either."""
    app: Flask = make_app(second_factor_for="nobody")
    world = put_world(app)
    details = {"title": "A", "country": "MA", "languages": ["ar"], "time_zone": "UTC"}
    made = {role for role in ROLES if world.ask(role, "POST", "/cohorts", details).status_code == 201}
    assert made == {"coordinator", "admin"} <= OPENERS
