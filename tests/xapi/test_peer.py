"""A client library of others speaks to our LRS over a real connection."""

from __future__ import annotations

from base64 import b64decode

from flask import Flask
from tincan import Activity, Agent, RemoteLRS, Statement, Verb
from tincan.documents import StateDocument

from tests.xapi.lrs import ACTIVITY, lrs_with
from tests.xapi.test_telling import served


def test_library_of_others_stores_finds_and_keeps_documents(app: Flask) -> None:
    """Statements one by one and together, by id and by a query with its further pages; a state put, read, listed and cleared."""
    key, _, secret = b64decode(lrs_with(app).authorization.removeprefix("Basic ")).decode().partition(":")
    agent, activity = Agent(mbox="mailto:ani@example.org"), Activity(id=ACTIVITY)
    with served(app) as address:
        theirs = RemoteLRS(version="1.0.1", endpoint=f"{address}/xapi/", username=key, password=secret)
        some = [
            Statement(actor=agent, verb=Verb(id=f"http://example.org/verbs/{name}"), object=activity) for name in "abc"
        ]
        saved = theirs.save_statements(some)
        assert saved.success and len(saved.content) == 3
        one = theirs.retrieve_statement(str(saved.content[0].id))
        assert one.success and one.content.verb.id.endswith("/a")
        page = theirs.query_statements({"agent": agent, "limit": 2})
        assert page.success and len(page.content.statements) == 2
        rest = theirs.more_statements(page.content.more)
        assert rest.success and len(rest.content.statements) == 1
        state = StateDocument(
            id="place", activity=activity, agent=agent, content=bytearray(b"page 7"), content_type="text/plain"
        )
        assert theirs.save_state(state).success
        kept = theirs.retrieve_state(activity, agent, "place")
        assert kept.success and bytes(kept.content.content) == b"page 7"
        assert theirs.retrieve_state_ids(activity, agent).content == ["place"]
        assert theirs.clear_state(activity, agent).success
