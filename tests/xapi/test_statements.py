"""The resource of statements: stored once, never changed, found by what they say, voided and never lost."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.kernel.clock import utcnow
from coplearn.storage.database import current_session
from coplearn.xapi.queries.statements import StatementQuery, statement_by_id, statement_query, statements_by_id
from coplearn.xapi.rules.access import LrsSender
from coplearn.xapi.rules.formats import Rejected, instant
from coplearn.xapi.rules.indexing import AGENT as BY_AGENT
from coplearn.xapi.rules.indexing import VERB, identity, mark
from coplearn.xapi.service.statements import take_statements
from tests.xapi.lrs import ACTIVITY, AGENT, Lrs, lrs_with, statement

OTHER = {"account": {"homePage": "http://example.org", "name": "bela"}}
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}


def ref(statement_id: str) -> dict[str, str]:
    """A reference to a statement."""
    return {"objectType": "StatementRef", "id": statement_id}


def test_statement_is_given_back_as_it_came_with_what_an_lrs_adds(lrs: Lrs) -> None:
    """Id, time, authority and version are set where they lack; stored and authority always; the rest is to the letter as sent."""
    sent = statement(
        id=None,
        stored="2001-01-01T00:00:00Z",
        authority=AGENT,
        result={"score": {"raw": 0.12345678901234}, "duration": "PT60M"},
        context={"contextActivities": {"other": {"id": ACTIVITY}}},
    )
    (made,) = lrs.store(sent)
    told = lrs.one(made)
    assert told["id"] == made and told["version"] == "1.0.0" and told["timestamp"] == told["stored"]
    assert told["authority"]["objectType"] == "Agent" and told["authority"]["account"]["homePage"]
    assert instant(told["stored"]) > instant("2026-01-01T00:00:00Z") and len(told["stored"].split(".")[1]) >= 4
    assert told["verb"] == sent["verb"] and told["result"] == sent["result"]
    assert told["context"]["contextActivities"] == {"other": [{"id": ACTIVITY}]}
    kept = lrs.one(lrs.store(statement(version="1.0.2", timestamp="2026-01-01T01:00:00.123+01:00"))[0])
    assert kept["version"] == "1.0.2" and instant(kept["timestamp"]) == instant("2026-01-01T00:00:00.123Z")


def test_put_stores_one_under_its_id(lrs: Lrs) -> None:
    """204; an id that differs, a list, no id and an unknown parameter are refused."""
    wanted, without = str(uuid4()), statement(id=None)
    assert lrs.send("PUT", "statements", without, params={"statementId": wanted}).status_code == 204
    assert lrs.one(wanted)["id"] == wanted
    put: list[tuple[Any, dict[str, str]]] = [
        (statement(), {"statementId": str(uuid4())}),
        ([without], {"statementId": str(uuid4())}),
        (without, {}),
        (without, {"statementId": "7"}),
        (without, {"statementId": str(uuid4()), "stateId": "x"}),
        (without, {"StatementId": str(uuid4())}),
    ]
    assert [lrs.send("PUT", "statements", body, params=params).status_code for body, params in put] == [400] * 6
    assert len(lrs.found()) == 1


def test_statement_is_stored_once_and_never_changed(lrs: Lrs) -> None:
    """The same again is taken and changes nothing; another under its id is 409; nothing of a request with it is kept."""
    first = statement()
    lrs.store(first)
    before = lrs.one(first["id"])
    assert lrs.store(first, statement())[0] == first["id"]
    assert lrs.send("PUT", "statements", first, params={"statementId": first["id"]}).status_code == 204
    other = first | {"verb": {"id": "http://example.org/verbs/other"}}
    assert lrs.send("POST", "statements", other).status_code == 409
    assert lrs.send("POST", "statements", [statement(), other]).status_code == 409
    assert lrs.send("PUT", "statements", other, params={"statementId": first["id"]}).status_code == 409
    assert lrs.one(first["id"]) == before and len(lrs.found()) == 2


def test_batch_is_taken_as_a_whole_or_not_at_all(lrs: Lrs) -> None:
    """One that is wrong or twice in it: none is stored; ids come back in the order of the batch."""
    good = [statement(), statement(id=None), statement()]
    ids = lrs.store(*good)
    assert (ids[0], ids[2]) == (good[0]["id"], good[2]["id"]) and lrs.found(ascending=True) == ids
    refused = lrs.send("POST", "statements", [statement(), statement(verb={"id": "x"})])
    assert refused.status_code == 400 and "statements[1]: verb.id" in (refused.json or {})["error"]
    twice = statement()
    assert lrs.send("POST", "statements", [twice, twice]).status_code == 400
    assert lrs.send("POST", "statements", [statement()] * 501).status_code == 413
    assert lrs.send("DELETE", "statements").status_code == 405
    assert len(lrs.found()) == 3 and lrs.store() == []


def test_queries_find_by_everything_that_a_statement_says(lrs: Lrs) -> None:
    """By agent, verb, activity and registration, closely and broadly, and all of them together; unlike things stay away."""
    registration = str(uuid4())
    whole = statement(
        context={
            "registration": registration.upper(),
            "instructor": OTHER,
            "team": {"objectType": "Group", "mbox": "mailto:team@example.org"},
            "contextActivities": {"grouping": [{"id": "http://example.org/course"}]},
        }
    )
    of_group = statement(actor={"objectType": "Group", "member": [OTHER, {"mbox": "mailto:cem@example.org"}]})
    within = statement(
        object={
            "objectType": "SubStatement",
            "actor": {"mbox": "mailto:dan@example.org"},
            "verb": {"id": "http://example.org/verbs/plan"},
            "object": {"id": "http://example.org/inner"},
        }
    )
    about = statement(object={"objectType": "Agent", **OTHER})
    ids = lrs.store(whole, of_group, within, about)
    assert lrs.found(agent=AGENT) == [about["id"], within["id"], whole["id"]]
    assert lrs.found(agent={**AGENT, "name": "Ani"}) == lrs.found(agent={"mbox": "mailto:ani@EXAMPLE.org"})
    assert lrs.found(agent=OTHER) == [about["id"], of_group["id"]]
    assert lrs.found(agent=OTHER, related_agents=True) == [about["id"], of_group["id"], whole["id"]]
    assert lrs.found(agent={"mbox": "mailto:dan@example.org"}) == []
    assert lrs.found(agent={"mbox": "mailto:dan@example.org"}, related_agents=True) == [within["id"]]
    assert lrs.found(agent={"objectType": "Group", "mbox": "mailto:team@example.org"}, related_agents=True) == [
        whole["id"]
    ]
    assert lrs.found(registration=registration) == [whole["id"]]
    assert lrs.found(activity=ACTIVITY) == [of_group["id"], whole["id"]]
    assert lrs.found(activity="http://example.org/course") == []
    assert lrs.found(activity="http://example.org/course", related_activities=True) == [whole["id"]]
    assert lrs.found(activity="http://example.org/inner", related_activities=True) == [within["id"]]
    assert lrs.found(verb="http://example.org/verbs/tried", agent=AGENT, activity=ACTIVITY) == [whole["id"]]
    assert lrs.found(verb="http://example.org/verbs/never") == [] and len(ids) == 4


def test_parameters_that_are_wrong_are_refused(lrs: Lrs) -> None:
    """Unknown ones, ones in other letters, ones of the wrong sort, and those that do not go together."""
    wanted = str(uuid4())
    wrong: list[dict[str, Any]] = [
        {"foo": "1"},
        {"Agent": AGENT},
        {"agent": "{"},
        {"agent": {"mbox": "x"}},
        {"verb": "tried"},
        {"activity": "7"},
        {"registration": "7"},
        {"since": "yesterday"},
        {"limit": "-1"},
        {"limit": "x"},
        {"format": "Exact"},
        {"ascending": "True"},
        {"attachments": "1"},
        {"statementId": wanted, "voidedStatementId": wanted},
        {"statementId": wanted, "limit": "1"},
        {"voidedStatementId": wanted, "agent": AGENT},
        {"statementId": "x"},
    ]
    found = {json.dumps(one): lrs.send("GET", "statements", params=one).status_code for one in wrong}
    assert set(found.values()) == {400}, found
    assert lrs.send("GET", "statements", params={"statementId": wanted}).status_code == 404
    empty = lrs.send("GET", "statements", params={"agent": AGENT})
    assert empty.status_code == 200 and empty.json == {"statements": [], "more": ""}


def test_pages_go_on_where_they_ended_and_hold_each_statement_once(lrs: Lrs) -> None:
    """In the order of what was stored, both ways; ``more`` is a path, since and until cut to the microsecond."""
    ids = lrs.store(*[statement() for _ in range(7)])
    for ascending in (False, True):
        found, address = [], ""
        page = lrs.send("GET", "statements", params={"limit": "3", "ascending": ascending, "agent": AGENT})
        while True:
            told = page.json or {}
            found += [one["id"] for one in told["statements"]]
            address = told["more"]
            if not address:
                break
            assert address.startswith("/xapi/statements?")
            page = lrs.send("GET", address.removeprefix("/xapi/"))
        assert found == (ids if ascending else ids[::-1])
    times = [lrs.one(one)["stored"] for one in ids]
    assert lrs.found(since=times[2], until=times[4]) == [ids[4], ids[3]]
    assert lrs.found(since=times[6]) == [] and lrs.found(limit=0) == ids[::-1]
    assert lrs.found(since="9999-12-31T00:00:00Z") == [] == lrs.found(until="0001-01-01T00:00:00Z")


def test_voided_statement_is_found_by_its_own_door_alone(lrs: Lrs) -> None:
    """Whichever came first; the voiding one stays to be found, also by what it voids, and cannot be voided itself."""
    gone, early = statement(), statement()
    lrs.store(gone)
    voiding = statement(actor=OTHER, verb=VOIDED, object=ref(gone["id"]))
    before = statement(actor=OTHER, verb=VOIDED, object=ref(early["id"]))
    again = statement(actor=OTHER, verb=VOIDED, object=ref(voiding["id"]))
    lrs.store(voiding, before)
    lrs.store(early, again)
    assert lrs.send("GET", "statements", params={"statementId": gone["id"]}).status_code == 404
    for one in (gone, early):
        told = lrs.send("GET", "statements", params={"voidedStatementId": one["id"]})
        assert told.status_code == 200 and (told.json or {})["id"] == one["id"]
    assert lrs.send("GET", "statements", params={"voidedStatementId": voiding["id"]}).status_code == 404
    assert lrs.one(voiding["id"])["object"] == voiding["object"]
    assert set(lrs.found()) == {voiding["id"], before["id"], again["id"]}
    assert set(lrs.found(agent=AGENT)) == {voiding["id"], before["id"], again["id"]}


def test_references_are_found_by_what_they_refer_to(lrs: Lrs) -> None:
    """Through any number of them, in one request or in several, before the target came or after; by time they are themselves."""
    target, unknown = statement(), statement(actor={"mbox": "mailto:late@example.org"})
    first = statement(actor=OTHER, verb={"id": "http://example.org/verbs/said"}, object=ref(target["id"]))
    second = statement(actor=OTHER, verb={"id": "http://example.org/verbs/said"}, object=ref(first["id"]))
    third = statement(actor=OTHER, object=ref(unknown["id"]))
    fourth = statement(actor=OTHER, object=ref(third["id"]))
    lrs.store(second, first, target)
    lrs.store(fourth)
    lrs.store(third)
    lrs.store(unknown)
    assert set(lrs.found(agent=AGENT)) == {target["id"], first["id"], second["id"]}
    assert set(lrs.found(activity=ACTIVITY, verb="http://example.org/verbs/tried")) >= {
        target["id"],
        first["id"],
        second["id"],
    }
    assert set(lrs.found(agent=unknown["actor"])) == {unknown["id"], third["id"], fourth["id"]}
    assert lrs.found(agent=AGENT, since=lrs.one(second["id"])["stored"], limit=1) != []
    context = statement(actor=OTHER, context={"statement": ref(target["id"])})
    lrs.store(context)
    assert context["id"] not in lrs.found(agent=AGENT)


def test_formats_give_ids_the_exact_or_one_language(lrs: Lrs) -> None:
    """Exact is as sent; ids tell things apart and no more; canonical has the definitions kept here, each map in one language."""
    named = {"id": ACTIVITY, "definition": {"name": {"en": "Seven", "ar": "سبعة"}, "type": "http://example.org/t"}}
    group = {"objectType": "Group", "name": "Us", "member": [{"name": "A", **AGENT}]}
    one, two = statement(object=named), statement(actor=group)
    lrs.store(one, two)
    assert lrs.one(two["id"])["object"] == {"id": ACTIVITY}
    ids = lrs.one(two["id"], format="ids")
    assert ids["verb"] == {"id": one["verb"]["id"]} and ids["actor"] == {"objectType": "Group", "member": [AGENT]}
    for wanted, name, verb in (("ar, en;q=0.5", "ar", "en"), ("fr-CA, de", "en", "fr"), ("en-GB", "en", "en")):
        answer = lrs.send(
            "GET",
            "statements",
            params={"statementId": two["id"], "format": "canonical"},
            headers={"Accept-Language": wanted},
        )
        told = answer.json or {}
        assert list(told["object"]["definition"]["name"]) == [name], wanted
        assert list(told["verb"]["display"]) == [verb] and told["actor"] == group


def test_what_was_stored_can_be_read_up_to_the_time_that_is_told(lrs: Lrs) -> None:
    """On every answer of the resource, also to a refusal-free PUT; single ones tell when they were stored."""
    sent = statement()
    put = lrs.send("PUT", "statements", sent, params={"statementId": sent["id"]})
    listed, single = lrs.send("GET", "statements"), lrs.send("GET", "statements", params={"statementId": sent["id"]})
    for answer in (put, listed, single):
        through = instant(answer.headers["X-Experience-API-Consistent-Through"])
        assert 0 <= (utcnow() - through).total_seconds() < 60
    assert single.headers["Last-Modified"].endswith("GMT") and single.headers["ETag"].startswith('"')


def test_keys_see_and_void_what_their_scopes_say(app: Flask) -> None:
    """One that reads its own sees no other's, not by a reference either; voiding another's statement needs everything."""
    writer, reader, owner = (
        lrs_with(app, "statements/write", "statements/read/mine"),
        lrs_with(app, "all/read"),
        lrs_with(app),
    )
    mine, theirs = statement(), statement()
    writer.store(mine)
    owner.store(theirs, statement(object=ref(mine["id"])))
    assert writer.found() == [mine["id"]] and len(reader.found()) == 3
    assert writer.send("GET", "statements", params={"statementId": theirs["id"]}).status_code == 404
    assert reader.send("POST", "statements", statement()).status_code == 403
    assert lrs_with(app, "state").send("GET", "statements").status_code == 403
    voiding = statement(verb=VOIDED, object=ref(theirs["id"]))
    assert writer.send("POST", "statements", voiding).status_code == 403
    assert writer.store(statement(verb=VOIDED, object=ref(mine["id"]))) and owner.store(voiding)
    assert writer.send("GET", "statements", params={"voidedStatementId": mine["id"]}).status_code == 200


def test_key_voids_none_of_others_before_they_come_either(app: Flask) -> None:
    """Whoever knows an id beforehand has no say about it; a key for everything has."""
    writer, owner, other = lrs_with(app, "statements/write"), lrs_with(app), lrs_with(app, "all")
    first, second, own = statement(), statement(), statement()
    writer.store(*(statement(verb=VOIDED, object=ref(one["id"])) for one in (first, own)))
    other.store(statement(verb=VOIDED, object=ref(second["id"])))
    owner.store(first, second)
    writer.store(own)
    found = owner.found()
    assert first["id"] in found and second["id"] not in found and own["id"] not in found


def test_long_row_of_references_is_walked_once(lrs: Lrs) -> None:
    """Each is found by what the last one says, in whatever order they stand, and a ring of them has an end."""
    ids = [str(uuid4()) for _ in range(300)]
    row = [statement(id=one, actor=OTHER, object=ref(after)) for one, after in pairwise(ids)]
    last = statement(id=ids[-1], context={"contextActivities": {"other": [{"id": ACTIVITY}]}})
    lrs.store(*row, last)
    assert len(lrs.found(agent=AGENT, limit=500)) == 300
    ring = [str(uuid4()) for _ in range(3)]
    verbs = [{"id": f"http://example.org/verbs/{place}"} for place in range(3)]
    lrs.store(*(statement(id=ring[one], verb=verbs[one], object=ref(ring[(one + 1) % 3])) for one in range(3)))
    assert [set(lrs.found(verb=one["id"])) for one in verbs] == [set(ring)] * 3


def test_activity_is_put_together_from_what_is_said_of_it(app: Flask) -> None:
    """Names in all languages that were sent; by a key that may not define, nothing; of one nobody spoke of, its id."""
    owner, writer = lrs_with(app), lrs_with(app, "statements/write")
    for client, name in ((owner, {"en": "Seven"}), (owner, {"fr": "Sept"}), (writer, {"es": "Siete"})):
        client.store(statement(object={"id": ACTIVITY, "definition": {"name": name}}))
    told = owner.send("GET", "activities", params={"activityId": ACTIVITY}).json or {}
    assert told["definition"]["name"] == {"en": "Seven", "fr": "Sept"}
    unknown = owner.send("GET", "activities", params={"activityId": "http://example.org/none"})
    assert unknown.json == {"objectType": "Activity", "id": "http://example.org/none"}
    assert owner.send("GET", "activities").status_code == 400


def test_no_query_reads_a_whole_table(session: Session) -> None:
    """On each engine the plan of every sort of page walks along an index."""
    sender = LrsSender("plan", {"objectType": "Agent", **AGENT}, frozenset({"all"}))
    for _ in range(3):
        batch = [statement(id=str(uuid4())) for _ in range(100)]
        take_statements(session, sender, batch, {}, utcnow())
    session.commit()
    engine = session.get_bind()
    if engine.dialect.name == "postgresql":
        session.execute(text("ANALYZE xapi_statement"))
        session.execute(text("ANALYZE xapi_mark"))
        session.execute(text("SET LOCAL enable_seqscan = on"))
    marks = (mark(BY_AGENT, identity(AGENT)), mark(VERB, "http://example.org/verbs/tried"))
    for some in ((), marks[:1], marks):
        query = statement_query(StatementQuery(some, since=7, until=2**62, limit=10))
        compiled = str(query.compile(dialect=engine.dialect, compile_kwargs={"literal_binds": True}))
        explain = "EXPLAIN " if engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        plan = "\n".join(str(tuple(row)) for row in session.execute(text(explain + compiled.replace(":", "\\:"))))
        assert "Seq Scan" not in plan and "SCAN" not in plan, plan
        assert "Sort" not in plan and "TEMP B-TREE" not in plan, plan


def test_statements_of_two_engines_are_the_same(session: Session) -> None:
    """References, voiding and definitions hold on PostgreSQL as on SQLite."""
    sender = LrsSender("both", {"objectType": "Agent", **AGENT}, frozenset({"all"}))
    target = statement(object={"id": ACTIVITY, "definition": {"name": {"en": "Seven"}}})
    later = statement(actor=OTHER, object=ref(target["id"]))
    voiding = statement(actor=OTHER, verb=VOIDED, object=ref(target["id"]))
    take_statements(session, sender, [later], {}, utcnow())
    take_statements(session, sender, [voiding, target], {}, utcnow())
    session.commit()
    marks = (mark(BY_AGENT, identity(AGENT)),)
    found = session.execute(statement_query(StatementQuery(marks))).all()
    assert {json.loads(row.body)["id"] for row in found} == {later["id"], voiding["id"]}


@pytest.mark.parametrize("resource", ["statements", "activities/state", "agents"])
def test_nothing_is_told_without_a_key(app: Flask, resource: str) -> None:
    """401 with how to sign in, in JSON; nothing is written."""
    answer = Lrs(app.test_client()).send("GET", resource)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Basic")
    assert (answer.json or {})["status"] == 401
    with app.app_context():
        assert current_session(app).scalar(text("SELECT count(*) FROM xapi_statement")) == 0


def test_two_statements_that_get_one_number_are_no_loss(session: Session) -> None:
    """Of a microsecond there are 1024 numbers: whoever draws one that is taken is told to send it again, and may."""
    sender, now, taken = LrsSender("site", AGENT, frozenset({"all"})), utcnow(), list[str]()
    sent = [statement() for _ in range(1025)]

    def send() -> None:
        for each in sent:
            taken.extend(take_statements(session, sender, [each], {}, now))

    with pytest.raises(Rejected) as refused:
        send()
    one = sent[len(taken)]
    assert refused.value.status == 503 and "Send this one again" in refused.value.error
    assert statement_by_id(session, one["id"]) is None and len(statements_by_id(session, taken)) == len(taken)
    assert take_statements(session, sender, [one], {}, now + timedelta(seconds=1)) == [one["id"]]
