"""Every operation is sent what its description allows and what it does not: no fault, and every answer is as described."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from coplearn.api.operations import PREFIX, REGISTRY
from coplearn.audit.service import first_fault
from coplearn.site import site_of
from coplearn.storage.database import current_session
from tests.api.worlds import ApiWorld, put_world
from tests.conftest import settings_in, sites
from tests.sizes import WHOLE

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 3
"""Of what is allowed and of what is not, for each operation; all the rest is in `make prove`."""


@dataclass
class Tried:
    """The scene, whose administrator asks, and the description as the site gives it."""

    world: ApiWorld
    schema: BaseSchema


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    """It, for the whole module: whatever is sent may stay."""
    with sites(settings_in(tmp_path_factory.mktemp("schemathesis"))) as make:
        world = put_world(make(second_factor_for="nobody"))
        yield Tried(world, schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", world.app))


def send(tried: Tried, name: str, examples: int, modes: Iterable[GenerationMode] = GenerationMode) -> Counter[int]:
    """Send that operation so many cases of each of those sorts, with the scene's own things in the address; the answers by status.

    An answer that is not as the description says, or a fault of the server, fails here.
    """
    answers: Counter[int] = Counter()
    one, names = REGISTRY[name], tried.world.names | {"course": "cop-parents"}
    found = tried.schema[one.path.replace("<", "{").replace(">", "}")][one.method]
    known = {"cohort_id": "cohort", "member_id": "member", "meeting_id": "meeting", "course_id": "course"}
    headers = {} if one.is_open else {"Authorization": f"Bearer {tried.world.keys['admin']}"}
    for mode in modes:

        @seed(1)
        @given(case=found.as_strategy(generation_mode=mode))
        @hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: schemathesis.Case[Any]) -> None:
            mine = {key: names[thing] for key, thing in known.items() if key in case.path_parameters}
            case.path_parameters.update(mine)
            answers[case.call_and_validate(headers=headers, checks=list(CHECKS)).status_code] += 1

        ask()
    return answers


@pytest.mark.parametrize("name", REGISTRY)
def test_operation_answers_as_described(tried: Tried, name: str) -> None:
    """A few of each sort: every answer is one that the description names, and none is a fault of the server.

    What is not allowed is sent in the suite to all that write, and to each third of those that read: one place refuses it.
    """
    is_asked_both = WHOLE or REGISTRY[name].method != "get" or list(REGISTRY).index(name) % 3 == 0
    modes = GenerationMode if is_asked_both else [GenerationMode.POSITIVE]
    answers = send(tried, name, 40 if WHOLE else EXAMPLES, modes)
    assert answers and max(answers) < 500


@pytest.mark.whole
@pytest.mark.parametrize("name", REGISTRY)
def test_operation_answers_as_described_whatever_comes(tried: Tried, name: str) -> None:
    """The same of very many."""
    answers = send(tried, name, 1_000)
    assert answers and max(answers) < 500


def test_nothing_that_was_sent_is_left_half_done(tried: Tried) -> None:
    """The database is whole, and so is the audit log."""
    app = tried.world.app
    with app.app_context():
        assert first_fault(current_session(app), site_of(app).keys) is None
