"""What the API refuses beside what its access table and its description say: each with its status, and nothing written."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from coplearn.api.cursors import cursor_of
from coplearn.api.operations import REGISTRY, operation
from coplearn.insights.models import Ledger
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


def test_person_of_a_language_that_the_cohort_does_not_speak_is_not_put_on_the_list(world: ApiWorld) -> None:
    """The field is named; nobody would write to them in it."""
    path = "/cohorts/{cohort}/members"
    before = world.get("lead", path).get_json()
    answer = world.ask("lead", "POST", path, {"name": "Amina", "language": "tlh"})
    assert answer.status_code == 422 and [one["field"] for one in answer.get_json()["errors"]] == ["language"]
    assert world.get("lead", path).get_json() == before


def test_nobody_has_more_webhooks_than_can_be_told(world: ApiWorld) -> None:
    """The one too many is refused with the number there can be, and not kept."""
    wanted = [{"url": f"https://example.org/{number}", "events": ["opened"]} for number in range(MOST + 1)]
    answers = [world.ask("lead", "POST", "/webhooks", one) for one in wanted]
    assert [answer.status_code for answer in answers] == [201] * MOST + [422]
    assert f"{MOST} of these" in answers[-1].text
    with world.app.app_context():
        assert current_session(world.app).scalar(select(func.count()).select_from(Webhook)) == MOST


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/cohorts", "a name"),
        ("/cohorts/{cohort}/outcomes", "a name"),
        ("/cohorts/{cohort}/meetings", ["alone"]),
        ("/cohorts/{cohort}/meetings", 7),
        ("/cohorts/{cohort}/meetings/{meeting}/marks", 7),
    ],
)
def test_cursor_of_another_shape_leads_nowhere(world: ApiWorld, path: str, place: object) -> None:
    """A program that kept a cursor over an update of the site is told to begin again."""
    with world.app.test_request_context(f"/api/v1{path.format(**world.names)}"):
        cursor = cursor_of(place)
    assert world.get("lead", path).status_code == 200
    answer = world.get("lead", f"{path}?cursor={cursor}")
    assert (answer.status_code, "This cursor leads nowhere" in answer.text) == (400, True)


def _close_january(world: ApiWorld) -> None:
    with world.app.app_context():
        current_session(world.app).add(Ledger(zone="UTC", last_day=date(2026, 1, 31)))
        current_session(world.app).commit()


def test_edition_ends_with_the_last_closed_day(world: ApiWorld) -> None:
    """A day that may still change is in no edition."""
    _close_january(world)
    assert world.get("admin", "/reports/edition?to=2026-01-31").status_code == 200
    answer = world.get("admin", "/reports/edition?to=2026-02-01")
    assert (answer.status_code, "not_closed" in answer.text) == (422, True)


def test_no_two_operations_have_one_name() -> None:
    """The second would take the address of the first without a word."""
    before = dict(REGISTRY)

    def list_cohorts() -> None:
        """Stand for another operation of that name."""

    with pytest.raises(ValueError, match="There is an operation list_cohorts already"):
        operation("GET", "/others", "List others", None)(list_cohorts)
    assert before == REGISTRY


def test_key_that_asks_for_reports_without_end_is_told_to_wait(
    make_app: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is counted from the records, which costs more than a list."""
    monkeypatch.setattr("coplearn.api.reports._MOST", 1)
    world = put_world(make_app(second_factor_for="nobody", rate_limits=True))
    _close_january(world)
    assert [world.get("admin", "/reports/edition?to=2026-01-31").status_code for _ in range(2)] == [200, 429]
