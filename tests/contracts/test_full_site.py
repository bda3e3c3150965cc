"""The site full of things has one behind every address that it can have one behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.contracts.full_site import NOT_THERE, Site, reason_not_there
from tests.contracts.test_access import READING_IS_LOGGED
from tests.rows import WatchedRows
from tests.sizes import WHOLE

SHARE = 1 if WHOLE else 16
"""One route of so many is asked."""
WRITTEN_BY_LOOKING: Final[Mapping[str, set[str]]] = {
    # The frame of a package that speaks in statements loads it: each loading is a session (cmi5, 8.1).
    "played.opened": {
        "package_record", "package_state", "xapi_activity", "xapi_alias", "xapi_document", "xapi_mark", "xapi_session",
        "xapi_statement",
    },
}  # fmt: skip
"""The pages that change a row when somebody opens them on real things, and the tables that it is in; besides, it is logged who
read people's data."""


def _is_found(answer: TestResponse) -> bool:
    """Whether there is something behind the address for whoever asked: not even a word that they should sign in says so."""
    return answer.status_code < 400 and "/sign-in" not in answer.headers.get("Location", "")


@pytest.mark.sampled
def test_every_address_leads_to_a_real_thing_and_looking_changes_nothing(fully_opened_app: Flask) -> None:
    """Every argument of a route has a value, and somebody finds a page there; what is not there is named with its reason."""
    site = Site(fully_opened_app)
    rules = list(site.app.url_map.iter_rules())
    there = [rule for rule in rules if not reason_not_there(rule)]
    assert [(rule.endpoint, name) for rule in there for name in rule.arguments if site.value(rule, name) is None] == []
    known = {rule.endpoint for rule in rules} | {rule.endpoint.partition(".")[0] for rule in rules}
    assert NOT_THERE.keys() <= known
    asked = [rule for rule in there if "GET" in (rule.methods or set()) and rule.arguments][::SHARE]
    nobody, writing, watched = [], dict[str, set[str]](), WatchedRows(site.app)
    for rule in asked:
        answers = [client.get(site.page(rule), buffered=True) for client in site.clients.values()]
        if not any(map(_is_found, answers)):
            nobody.append((rule.endpoint, [one.status_code for one in answers]))
        if changed := watched.changed() - READING_IS_LOGGED:
            writing[rule.endpoint] = changed
    assert nobody == []
    assert {name: tables for name, tables in writing.items() if tables != WRITTEN_BY_LOOKING.get(name)} == {}
    if WHOLE:
        assert writing == WRITTEN_BY_LOOKING and len(asked) > 200
