"""What a statement may be: each thing that the standard forbids is refused at its place, and what it allows is taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.xapi.rules import formats
from coplearn.xapi.rules.comparing import same
from coplearn.xapi.rules.formats import Rejected, read_json
from coplearn.xapi.rules.statements import read_actor, read_agent, read_statement
from tests.xapi.lrs import ACTIVITY, AGENT, statement

ACCOUNT = {"account": {"homePage": "http://example.org", "name": "7"}}
NESTED = {"objectType": "Group", "member": [{"objectType": "Group", **AGENT}]}
REF = {"objectType": "StatementRef", "id": "8f87ccde-bb56-4c2e-ab83-44982ef22df0"}
SUB = {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": "http://example.org/v"}, "object": {"id": ACTIVITY}}
FILE = {
    "usageType": "http://example.org/u",
    "display": {"en": "A file"},
    "contentType": "text/plain",
    "length": 3,
    "sha2": "a" * 64,
}


def defined(**definition: Any) -> dict[str, Any]:
    """A statement about an activity with that definition."""
    return statement(object={"id": ACTIVITY, "definition": definition})


GOOD = {
    "least": statement(),
    "account": statement(actor=ACCOUNT),
    "anonymous group": statement(actor={"objectType": "Group", "member": [AGENT, ACCOUNT]}),
    "identified group": statement(actor={"objectType": "Group", **ACCOUNT}),
    "sha1 and openid": statement(
        actor={"objectType": "Group", "member": [{"mbox_sha1sum": "e" * 40}, {"openid": "http://o.example"}]}
    ),
    "agent as object": statement(object={"objectType": "Agent", **ACCOUNT}),
    "reference": statement(object=REF),
    "statement within": statement(object=SUB | {"timestamp": "2099-01-01T00:00:00Z"}),
    "interaction": defined(
        interactionType="choice", choices=[{"id": "a"}, {"id": "b"}], correctResponsesPattern=["a[,]b"]
    ),
    "interaction without choices": defined(interactionType="other"),
    "any extension": defined(extensions={"http://example.org/x": None, "http://example.org/y": [None, {"a": None}]}),
    "result": statement(
        result={
            "score": {"scaled": -1, "raw": 2.5, "min": 0, "max": 10},
            "success": True,
            "duration": "P3Y1M29DT4H35M59.14S",
        }
    ),
    "weeks": statement(result={"duration": "P4W"}),
    "context": statement(
        context={"registration": REF["id"], "language": "zh-Hans-CN", "team": {"objectType": "Group", **ACCOUNT}}
    ),
    "context activity alone": statement(context={"contextActivities": {"parent": {"id": ACTIVITY}}}),
    "file by address": statement(attachments=[FILE | {"fileUrl": "http://example.org/f"}]),
    "long response": defined(interactionType="long-fill-in", correctResponsesPattern=["x" * 9_000] * 40),
    "time to come": statement(timestamp="2099-01-01T00:00:00+05:30"),
    "hundredths": statement(result={"duration": "PT1.123456S"}),
    "version": statement(version="1.0.9"),
}
BAD = {
    # name: (what is sent, what the refusal names)
    "no actor": (statement(actor=None), "actor"),
    "no verb": (statement(verb=None), "verb"),
    "no object": (statement(object=None), "object"),
    "null": (statement(result={"score": {"raw": None}}, context=None) | {"context": None}, "null"),
    "null in a list": (statement(context={"contextActivities": {"parent": [None]}}), "null"),
    "number as text": (statement(result={"score": {"scaled": "0.5"}}), "result.score.scaled"),
    "truth as text": (statement(result={"success": "true"}), "result.success"),
    "truth as number": (statement(result={"completion": 1}), "result.completion"),
    "text as number": (statement(result={"response": 7}), "result.response"),
    "empty uuid": (statement(id=""), "id"),
    "uuid without dashes": (statement(id="8f87ccdebb564c2eab8344982ef22df0"), "id"),
    "uuid of another variant": (statement(id="8f87ccde-bb56-4c2e-0b83-44982ef22df0"), "id"),
    "case of a key": (statement(Actor=AGENT), "Actor"),
    "case of an object type": (statement(object={"objectType": "activity", "id": ACTIVITY}), "object"),
    "case of an interaction": (defined(interactionType="Choice"), "interactionType"),
    "unknown key": (statement(more="x"), "more"),
    "unknown key in an agent": (statement(actor=AGENT | {"age": 7}), "actor.age"),
    "unknown key in a verb": (statement(verb={"id": "http://example.org/v", "name": "v"}), "verb.name"),
    "verb without scheme": (statement(verb={"id": "tried"}), "verb.id"),
    "activity without scheme": (statement(object={"id": "activities/7"}), "object.id"),
    "activity with a space": (statement(object={"id": "http://example.org/a b"}), "object.id"),
    "extension without scheme": (defined(extensions={"x": 1}), "extensions"),
    "language that is none": (statement(verb={"id": "http://example.org/v", "display": {"a12345678": "x"}}), "display"),
    "text that is none": (statement(verb={"id": "http://example.org/v", "display": {"en": 7}}), "display"),
    "language of context": (statement(context={"language": "en_US"}), "context.language"),
    "agent of nobody": (statement(actor={"objectType": "Agent"}), "actor"),
    "agent of two": (statement(actor=AGENT | ACCOUNT), "actor"),
    "mail without mailto": (statement(actor={"mbox": "ani@example.org"}), "actor.mbox"),
    "short sha1": (statement(actor={"mbox_sha1sum": "e" * 39}), "actor.mbox_sha1sum"),
    "openid without scheme": (statement(actor={"openid": "example.org"}), "actor.openid"),
    "account without name": (statement(actor={"account": {"homePage": "http://example.org"}}), "actor.account.name"),
    "account without page": (statement(actor={"account": {"name": "7"}}), "actor.account.homePage"),
    "group of nobody": (statement(actor={"objectType": "Group"}), "actor"),
    "group of two names": (statement(actor={"objectType": "Group", **AGENT, **ACCOUNT}), "actor"),
    "group in a group": (statement(actor=NESTED), "member"),
    "group in a named group": (statement(actor=NESTED | ACCOUNT), "member"),
    "agent as object without type": (statement(object=AGENT), "object"),
    "unknown object type": (statement(object={"objectType": "Thing", "id": ACTIVITY}), "object"),
    "reference without uuid": (statement(object={"objectType": "StatementRef", "id": "7"}), "object.id"),
    "reference without type": (statement(context={"statement": {"id": REF["id"]}}), "context.statement"),
    "within with id": (statement(object=SUB | {"id": REF["id"]}), "object.id"),
    "within with stored": (statement(object=SUB | {"stored": "2026-01-01T00:00:00Z"}), "object.stored"),
    "within with version": (statement(object=SUB | {"version": "1.0.0"}), "object.version"),
    "within with authority": (statement(object=SUB | {"authority": AGENT}), "object.authority"),
    "within within": (statement(object=SUB | {"object": SUB}), "object"),
    "within that is wrong": (statement(object=SUB | {"actor": {}}), "object.actor"),
    "voiding no statement": (statement(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}), "voiding"),
    "interaction without type": (defined(choices=[{"id": "a"}]), "definition"),
    "two choices with an id": (defined(interactionType="choice", choices=[{"id": "a"}, {"id": "a"}]), "choices"),
    "scaled beyond": (statement(result={"score": {"scaled": 1.01}}), "result.score.scaled"),
    "raw beyond": (statement(result={"score": {"raw": 11, "max": 10}}), "result.score"),
    "min above max": (statement(result={"score": {"min": 2, "max": 1}}), "result.score"),
    "duration": (statement(result={"duration": "4 hours"}), "result.duration"),
    "duration as a time": (statement(result={"duration": "P0003-06-04T12:30:05"}), "result.duration"),
    "weeks and days": (statement(result={"duration": "P4W1D"}), "result.duration"),
    "empty duration": (statement(result={"duration": "PT"}), "result.duration"),
    "timestamp": (statement(timestamp="yesterday"), "timestamp"),
    "timestamp of no day": (statement(timestamp="2026-02-30T00:00:00Z"), "timestamp"),
    "offset of minus zero": (statement(timestamp="2026-02-03T00:00:00-00:00"), "timestamp"),
    "stored": (statement(stored="soon"), "stored"),
    "registration": (statement(context={"registration": "7"}), "context.registration"),
    "team that is an agent": (statement(context={"team": AGENT}), "context.team"),
    "revision without activity": (statement(object=REF, context={"revision": "1"}), "revision"),
    "platform without activity": (statement(object={"objectType": "Agent", **ACCOUNT}, context={"platform": "x"}), "platform"),
    "unknown context activity": (statement(context={"contextActivities": {"child": [{"id": ACTIVITY}]}}), "child"),
    "context activity that is none": (statement(context={"contextActivities": {"parent": "x"}}), "contextActivities"),
    "authority of three": (statement(authority={"objectType": "Group", "member": [AGENT, ACCOUNT, AGENT]}), "authority"),
    "version to come": (statement(version="1.1.0"), "version"),
    "version 2.0 by 1.0.3": (statement(version="2.0.0"), "version"),
    "agents of 2.0 by 1.0.3": (statement(context={"contextAgents": [{"objectType": "contextAgent", "agent": AGENT}]}), "2.0"),
    "file without usage": (statement(attachments=[{**FILE, "usageType": "x"}]), "usageType"),
    "file without name": (statement(attachments=[{name: FILE[name] for name in FILE if name != "display"}]), "display"),
    "file without type": (statement(attachments=[FILE | {"contentType": "x"}]), "contentType"),
    "file of no length": (statement(attachments=[FILE | {"length": "3"}]), "length"),
    "file of no hash": (statement(attachments=[FILE | {"sha2": "abc"}]), "sha2"),
    "a list": ([statement()], "object"),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_the_standard_allows_is_taken(name: str) -> None:
    """And is kept as it came, but for activities of the context, which stand in lists."""
    taken = read_statement(GOOD[name], modern=False)
    assert same(taken, GOOD[name]) and taken["id"] == GOOD[name]["id"]
    if name == "context activity alone":
        assert taken["context"]["contextActivities"]["parent"] == [{"id": ACTIVITY}]


@pytest.mark.parametrize("name", BAD)
def test_what_the_standard_forbids_is_refused_at_its_place(name: str) -> None:
    """With 400, and with words that name the place."""
    sent, place = BAD[name]
    with pytest.raises(Rejected) as refusal:
        read_statement(sent, modern=False)
    assert refusal.value.status == 400 and place in refusal.value.error


def test_version_2_has_agents_and_groups_around() -> None:
    """As IEEE 9274.1.1 has them, and not otherwise."""
    around = [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["http://example.org/coach"]}]
    groups = [{"objectType": "contextGroup", "group": {"objectType": "Group", **ACCOUNT}}]
    told = statement(context={"contextAgents": around, "contextGroups": groups}, version="2.0.0")
    assert read_statement(told, modern=True)["context"]["contextAgents"] == around
    changes: list[dict[str, Any]] = [{"relevantTypes": []}, {"objectType": "Agent"}, {"agent": {}}]
    for wrong in changes:
        with pytest.raises(Rejected, match="contextAgents"):
            read_statement(statement(context={"contextAgents": [around[0] | wrong]}), modern=True)


def test_json_is_read_once_and_no_deeper_than_it_needs() -> None:
    """A key twice, no UTF-8, endless numbers and endless nesting are refused; a number keeps what it had."""
    for raw in (
        b'{"a":1,"a":2}',
        b"\xff",
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"\\ud800"}',
        b"[" * 90 + b"]" * 90,
        b"[" * 100_000,
        b"",
        b"{",
    ):
        with pytest.raises(Rejected):
            read_json(raw)
    assert read_json(b'{"a":0.1234567890123456}') == {"a": 0.1234567890123456}


def test_parameters_are_held_to_the_same_as_statements() -> None:
    """An agent to look for is one agent, a group one with a name."""
    assert read_agent(AGENT) == AGENT and read_actor({"objectType": "Group", **ACCOUNT})
    wrongs: list[Any] = [{}, {"mbox": "x"}, [], {"objectType": "Group", **ACCOUNT}]
    for wrong in wrongs:
        with pytest.raises(Rejected):
            read_agent(wrong)
    with pytest.raises(Rejected):
        read_actor({"objectType": "Group", "member": [AGENT]})


def test_statements_are_compared_as_the_standard_compares_them() -> None:
    """What an LRS adds and what does not count is no difference; a duration in other words, another place in an ordered list is."""
    one = statement(
        result={"duration": "PT1H"},
        timestamp="2026-01-01T00:00:00Z",
        actor={"objectType": "Group", "member": [AGENT, ACCOUNT]},
    )
    like: list[dict[str, Any]] = [
        one | {"stored": "2026-01-02T00:00:00Z", "version": "1.0.0", "authority": AGENT},
        one | {"timestamp": "2026-01-01T02:00:00.000+02:00"},
        one | {"object": {"objectType": "Activity", "id": ACTIVITY, "definition": {"name": {"en": "Seven"}}}},
        one | {"verb": {"id": one["verb"]["id"]}},
        one | {"actor": {"objectType": "Group", "member": [ACCOUNT, {"mbox": "mailto:ani@EXAMPLE.org"}]}},
        {name: value for name, value in one.items() if name != "timestamp"},
    ]
    unlike = [
        one | {"result": {"duration": "PT60M"}},
        one | {"verb": {"id": "http://example.org/verbs/other"}},
        one | {"timestamp": "2026-01-01T00:00:01Z"},
        one | {"actor": AGENT},
        one | {"context": {"language": "en"}},
    ]
    assert all(same(one, other) for other in like)
    assert not any(same(one, other) for other in unlike)


@given(st.text(alphabet="0123456789PTYMDHSWz-:+.,/; a@", max_size=60))
def test_formats_never_take_long_and_never_fail_otherwise(text: str) -> None:
    """Whatever is sent is of the format or is not."""
    for read in (
        formats.iri,
        formats.language_tag,
        formats.duration,
        formats.timestamp,
        formats.uuid,
        formats.media_type,
    ):
        try:
            assert read(text) == text
        except ValueError:
            continue
