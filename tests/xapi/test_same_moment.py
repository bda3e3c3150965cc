"""Statements that are sent at the same moment on an engine that lets both write at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session, engine_of
from coplearn.xapi.queries.statements import statement_by_id
from coplearn.xapi.rules.access import LrsSender
from coplearn.xapi.rules.formats import Rejected
from coplearn.xapi.service.statements import take_statements
from tests.xapi.lrs import AGENT, statement


@pytest.mark.both_engines
@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_voiding_and_what_it_voids_at_the_same_moment(each_app: Flask) -> None:
    """On an engine that lets both write at once, the later one waits, so that neither misses the other."""
    target, now = statement(), utcnow()
    voiding = statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"}, object={"objectType": "StatementRef", "id": target["id"]}
    )
    sender = LrsSender("site", AGENT, frozenset({"all"}))
    with each_app.app_context(), Session(engine_of(each_app)) as second:
        first = current_session(each_app)
        take_statements(first, sender, [target], {}, now)
        second.execute(text("SET lock_timeout = '20ms'"))
        with pytest.raises(OperationalError):
            take_statements(second, sender, [voiding], {}, now)
        second.rollback()
        take_statements(second, sender, [statement()], {}, now + timedelta(seconds=1))
        second.rollback()
        first.commit()
        take_statements(second, sender, [voiding], {}, now + timedelta(seconds=2))
        second.commit()
        kept = statement_by_id(first, target["id"])
        assert kept is not None and kept.is_voided


@pytest.mark.both_engines
@pytest.mark.parametrize("migrated_url", ["postgresql"], indirect=True)
def test_statement_sent_again_while_its_first_request_is_not_through(each_app: Flask) -> None:
    """The second request waits for the first, and finds that it is there; another statement under its id is refused."""
    one, now = statement(), utcnow()
    sender = LrsSender("site", AGENT, frozenset({"all"}))
    with each_app.app_context(), Session(engine_of(each_app)) as second:
        take_statements(current_session(each_app), sender, [one], {}, now)
        second.execute(text("SET lock_timeout = '20ms'"))
        with pytest.raises(OperationalError):
            take_statements(second, sender, [one, statement()], {}, now)
        second.rollback()
        current_session(each_app).commit()
        heard: list[object] = []
        taken = take_statements(second, sender, [statement(), one], {}, now + timedelta(seconds=1), heard=heard.extend)
        assert taken[1] == one["id"] and len(heard) == 1
        with pytest.raises(Rejected) as refused:
            take_statements(second, sender, [one | {"verb": {"id": "http://x.example/y"}}], {}, now)
        assert refused.value.status == 409
