"""One chain of events: whatever is changed in it is found, and it is written with the action or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from coplearn.audit import queries, service
from coplearn.audit.kinds import EventKind
from coplearn.audit.rules import FIRST_HASH, AuditActor, ChainLink, Event, first_break, hash_of
from coplearn.storage.database import current_session

NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def _chain(count: int) -> list[ChainLink]:
    links, before = [], FIRST_HASH
    for number in range(1, count + 1):
        event = Event(number, NOW + timedelta(seconds=number), "role-given", "user:1", "", f"user:{number}", "admin")
        before = hash_of(event, before)
        links.append(ChainLink(event, before))
    return links


@given(st.data())
def test_every_edit_drop_and_reorder_is_found(data: st.DataObject) -> None:
    """Whatever one row is changed to, wherever it is taken from or put, the first wrong number is named."""
    links = _chain(data.draw(st.integers(1, 30)))
    end = (len(links), links[-1].hash)
    assert first_break(links, end) is None
    at = data.draw(st.integers(0, len(links) - 1))
    match data.draw(st.sampled_from(["edit", "drop", "move", "double"])):
        case "edit":
            name = data.draw(st.sampled_from(["at", "kind", "who", "session", "whom", "about", "number"]))
            other = {"at": NOW - timedelta(microseconds=1), "number": 99}.get(name, "else")
            links[at] = ChainLink(replace(links[at].event, **{name: other}), links[at].hash)  # type: ignore[arg-type] # by name
            first = at
        case "drop":
            del links[at]
            first = at
        case "move":
            to = data.draw(st.integers(0, len(links) - 1).filter(lambda to: to != at or len(links) == 1))
            moved = links.pop(at)
            links.insert(to, moved)
            if to == at:
                return
            first = min(at, to)
        case _:
            links.insert(at, links[at])
            first = at + 1
    assert first_break(links, end) == first + 1


def _write(session: Session, count: int) -> None:
    for number in range(1, count + 1):
        service.record(session, EventKind.ROLE_GIVEN, whom=f"user:{number}", about="admin", now=NOW)
        session.commit()


TAMPERINGS = {
    "edit": ("UPDATE audit_event SET whom = 'user:9' WHERE number = 3", 3),
    "a later hour": ("UPDATE audit_event SET at = '2026-11-30 08:00:00.000001' WHERE number = 2", 2),
    "drop": ("DELETE FROM audit_event WHERE number = 2", 2),
    "drop the last": ("DELETE FROM audit_event WHERE number = 5", 5),
    "reorder": ("UPDATE audit_event SET number = 14 WHERE number = 4", 4),
    "forget the end": ("DELETE FROM audit_head", 1),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_is_changed_in_the_database_is_found(session: Session, what: str) -> None:
    """The same on both engines, by a statement behind the site's back."""
    _write(session, 5)
    assert queries.broken_at(session) is None
    statement, number = TAMPERINGS[what]
    session.execute(text(statement))
    if what == "reorder":
        session.execute(text("UPDATE audit_event SET number = 4 WHERE number = 5"))
        session.execute(text("UPDATE audit_event SET number = 5 WHERE number = 14"))
    assert queries.broken_at(session) == number


def test_an_event_shares_the_fate_of_its_transaction(session: Session) -> None:
    """What was rolled back, also to a savepoint alone, is not in the log; what was committed is there once, in one chain."""
    service.record(session, EventKind.ACCOUNT_OFF, whom="user:1", now=NOW)
    session.rollback()
    service.record(session, EventKind.ACCOUNT_ON, whom="user:2", now=NOW, actor=AuditActor("user:3", "ab"))
    undone = session.begin_nested()
    service.record(session, EventKind.ACCOUNT_OFF, whom="user:4", now=NOW)
    undone.rollback()
    with session.begin_nested():
        service.record(session, EventKind.ACCOUNT_OFF, whom="user:5", now=NOW)
    session.commit()
    found = [(event.number, event.kind, event.who, event.whom) for event in queries.newest(session)]
    assert found == [(2, "account-off", "site", "user:5"), (1, "account-on", "user:3", "user:2")]
    assert queries.broken_at(session) is None


def test_nothing_but_ids_and_codes_is_ever_in_the_log(session: Session) -> None:
    """A name, an address or a remark is refused, wherever somebody would put it."""
    for whom, about in (("Ana Sim", ""), ("user:ana@example.org", ""), ("", "was late again"), ("", "ana@example.org")):
        with pytest.raises(ValueError, match="id"):
            service.record(session, EventKind.ROLE_GIVEN, whom=whom, about=about)


def test_fifty_threads_write_one_chain(each_app: Flask) -> None:
    """Whoever writes at the same moment takes turns at the end of the chain: no number twice, none left out."""

    def write(thread: int) -> None:
        with each_app.app_context():
            session = current_session(each_app)
            for turn in range(3):
                service.record(session, EventKind.REGISTER_WRITTEN, about=f"meeting:{thread}.{turn}")
                session.commit()

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(write, range(50)))
    with each_app.app_context():
        session = current_session(each_app)
        assert queries.broken_at(session) is None
        assert queries.newest(session)[0].number == 150


def test_reading_is_written_down_once_an_hour(session: Session) -> None:
    """Who opens the same record again and again is named once an hour, by whichever process they are answered."""
    for minutes in (0, 20, 59, 61):
        service.record_read(
            session, EventKind.PERSON_READ, whom="user:7", now=NOW + timedelta(minutes=minutes), reader="key"
        )
    service.record_read(session, EventKind.PERSON_READ, whom="user:8", now=NOW)
    assert [event.whom for event in queries.newest(session)] == ["user:8", "user:7", "user:7"]
    service.forget_reads()
    service.record_read(session, EventKind.PERSON_READ, whom="user:8", now=NOW + timedelta(minutes=30))
    assert len(queries.newest(session)) == 3
