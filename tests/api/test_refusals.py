"""What the API refuses beside what its access table and its description say: each with its status, and nothing written."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from coplearn.storage.database import current_session
from coplearn.webhooks.models import Webhook
from coplearn.webhooks.rules import MOST
from tests.api.worlds import ApiWorld, put_world
from tests.conftest import MakeSite


@pytest.fixture
def world(make_app: MakeSite) -> ApiWorld:
    """A scene of cohorts with a key for everybody in it."""
    return put_world(make_app(second_factor_for="nobody", webhook_hosts=("127.0.0.1",)))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/courses/cop-nothing", 404),
        ("/cohorts/{cohort}/meetings/0000000000000000", 404),
        ("/cohorts?cursor=" + "A" * 1_001, 400),
        ("/reports/edition?to=2999-12-31", 422),
    ],
)
def test_what_is_not_there_is_said(world: ApiWorld, path: str, status: int) -> None:
    """An unknown course or meeting, a cursor longer than any of ours, and numbers of days that are not closed."""
    assert world.get("admin", path).status_code == status


def test_only_json_is_read(world: ApiWorld) -> None:
    """A form, or a text that says nothing of its kind, is not guessed at."""
    headers = {"Authorization": f"Bearer {world.keys['lead']}", "Content-Type": "application/x-www-form-urlencoded"}
    answer = world.client.post(f"/api/v1/cohorts/{world.names['cohort']}/members", data="name=Amina", headers=headers)
    assert answer.status_code == 415


def test_nobody_has_more_webhooks_than_can_be_told(world: ApiWorld) -> None:
    """The one too many is refused with the number there can be, and not kept."""
    wanted = [{"url": f"https://example.org/{number}", "events": ["opened"]} for number in range(MOST + 1)]
    answers = [world.ask("lead", "POST", "/webhooks", one) for one in wanted]
    assert [answer.status_code for answer in answers] == [201] * MOST + [422]
    assert f"{MOST} of these" in answers[-1].text
    with world.app.app_context():
        assert current_session(world.app).scalar(select(func.count()).select_from(Webhook)) == MOST
