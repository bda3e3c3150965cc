"""The client and the notebook of the documentation do what they say, against a running site."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import requests
from werkzeug.serving import make_server

from tests.api.worlds import ApiWorld, put_world
from tests.conftest import settings_in, sites

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ApiWorld, str]]:
    """The scene, and the address of a server."""
    with sites(settings_in(tmp_path_factory.mktemp("examples"))) as make:
        world = put_world(make(second_factor_for="nobody"))
        server = make_server("127.0.0.1", 0, world.app)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield world, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The client, as somebody who copied it imports it."""
    spec = importlib.util.spec_from_file_location("coplearn_client", EXAMPLES / "coplearn_client.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["coplearn_client"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["coplearn_client"]


def test_client_reads_makes_and_changes(served: tuple[ApiWorld, str], example: ModuleType) -> None:
    """A list to its end, somebody new, a change that somebody else overtook, and a refusal with its sentence."""
    world, address = served
    site = example.Coplearn(address, world.keys["lead"])
    cohort = world.names["cohort"]
    before = len(list(site.every(f"/cohorts/{cohort}/members")))
    made = site.post(f"/cohorts/{cohort}/members", {"name": "Amina"})
    assert len(list(site.every(f"/cohorts/{cohort}/members"))) == before + 1
    seen = []

    def decide(member: dict[str, str]) -> dict[str, str]:
        seen.append(member["region"])
        if len(seen) == 1:
            site.change(f"/cohorts/{cohort}/members/{made['id']}", lambda _: {"region": "Fes"})
        return {"organisation": f"School of {member['region']}"}

    changed = site.change(f"/cohorts/{cohort}/members/{made['id']}", decide)
    assert (changed["organisation"], seen) == ("School of Fes", ["", "Fes"])
    with pytest.raises(example.Refused) as refused:
        site.post(f"/cohorts/{cohort}/members", {"name": ""})
    assert refused.value.status == 422
    assert "There is no name" in str(refused.value)


def test_client_sends_again_what_was_not_answered_in_time_and_it_is_done_once(
    served: tuple[ApiWorld, str], example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is lost on its way, after the site has done what was asked."""
    world, address = served
    site, members = example.Coplearn(address, world.keys["lead"]), f"/cohorts/{world.names['cohort']}/members"
    before = len(list(site.every(members)))
    real, sent = requests.Session.request, []

    def lose_first(*args: Any, **rest: Any) -> requests.Response:
        answer = real(*args, **rest)
        sent.append(answer.status_code)
        if len(sent) == 1:
            raise requests.ReadTimeout
        return answer

    monkeypatch.setattr(requests.Session, "request", lose_first)
    monkeypatch.setattr(example.time, "sleep", lambda _: None)
    assert site.post(members, {"name": "Nora"})["name"] == "Nora"
    assert sent == [201, 201]
    assert len(list(site.every(members))) == before + 1


def test_notebook_runs_from_its_first_cell_to_its_last(
    served: tuple[ApiWorld, str],
    example: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With nothing but the two variables that it asks for."""
    world, address = served
    monkeypatch.setenv("COPLEARN_SITE", address)
    monkeypatch.setenv("COPLEARN_KEY", world.keys["lead"])
    names: dict[str, object] = {}
    for cell in json.loads((EXAMPLES / "api.ipynb").read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "Rabat, autumn" in capsys.readouterr().out
    assert names["states"]["active"] >= 1  # type: ignore[index] # a counter
